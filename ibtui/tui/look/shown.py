"""Shown: one run as the panes get it, and pictures of it."""

from __future__ import annotations

from typing import NamedTuple

from textual.strip import Strip

from ibtui.analysis.bottleneck import Limit, deterministic_limit
from ibtui.recording import Recording
from ibtui.tui.draw.rows import Picture
from ibtui.tui.look.averages import Averages
from ibtui.tui.look.view import Cursor, Look, View


class Shown(NamedTuple):
    """A recording at the cursor; `noisy` is the limit of its source, where it is a noisy one."""

    recording: Recording
    cursor: Cursor
    averages: Averages
    noisy: Limit | None = None

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The limits that the information bottleneck sets this run."""
        certain = deterministic_limit(self.recording.header.label_bits)
        return (certain,) if self.noisy is None else (certain, self.noisy)

    @property
    def epoch(self) -> int | None:
        """The epoch at the cursor; None before there is a frame."""
        epochs, at = self.recording.epoch, self.cursor.at
        return int(epochs[at]) if 0 <= at < len(epochs) else None

    @property
    def newest(self) -> int | None:
        """The newest epoch that was measured."""
        return int(self.recording.epoch[-1]) if len(self.recording) else None

    def series(self, wish: int) -> int:
        """The series that is wished for, or the last one where there are fewer."""
        return min(wish, len(self.recording.header.series) - 1)


class RunPicture(Picture):
    """A picture of one run, in the present view and look."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.shown: Shown | None = None
        self.view, self._look = View(), Look()

    def show(self, shown: Shown) -> None:
        self.shown = shown
        self.redraw()

    def look(self, view: View, look: Look) -> None:
        self.view, self._look = view, look
        self.redraw()

    def redraw(self) -> None:
        if self.size and self.shown is not None:
            self.paint(self.draw(self.shown, self.view, self._look))

    def draw(self, shown: Shown, view: View, look: Look) -> list[Strip]:
        """Rows that fill the widget."""
        raise NotImplementedError
