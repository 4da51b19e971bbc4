"""Tabs: the row that says which pane one sees where only one fits."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from ibtui.tui.draw.rows import Picture
from ibtui.tui.look.view import Look

PANES = ("setup", "planes", "curves", "table", "log", "claims")


class Tabs(Picture):
    """The panes with their keys; a click picks one."""

    class Picked(Message):
        """A pane was clicked."""

        def __init__(self, pane: str) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self, panes: Sequence[str] = PANES) -> None:
        super().__init__(id="tabs")
        self._look, self._current = Look(), ""
        self._panes = panes

    def show(self, current: str) -> None:
        self._current = current
        self.redraw()

    def restyle(self, look: Look) -> None:
        self._look = look
        self.redraw()

    def redraw(self) -> None:
        if self.size.width < 1:
            return
        palette = self._look.palette
        chosen = palette.strong + Style(reverse=True)
        segments = [
            Segment(text, chosen if pane == self._current else palette.frame)
            for pane, text in zip(self._panes, self._texts(), strict=True)
        ]
        self.paint([Strip(segments).adjust_cell_length(self.size.width)])

    def on_click(self, event: events.Click) -> None:
        start = 0
        for pane, text in zip(self._panes, self._texts(), strict=True):
            if start <= event.x < start + len(text):
                self.post_message(self.Picked(pane))
            start += len(text)

    def _texts(self) -> list[str]:
        return [f" {number} {pane} " for number, pane in enumerate(self._panes, start=1)]
