"""Heading: the top row: which run, in what state, how far, how fast, on what."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from ibtui.tui.draw.rows import Picture
from ibtui.tui.look.view import Look

GOOD = ("training", "live", "finished")
BAD = ("failed", "stalled", "not ready")


class Heading(Picture):
    """One row; what does not fit is left out from the right."""

    def __init__(self) -> None:
        super().__init__(id="heading")
        self._look = Look()
        self._said: tuple[str, str, str, str] = ("", "", "", "")

    def show(self, name: str, state: str, progress: str, device: str) -> None:
        if self._said != (name, state, progress, device):
            self._said = (name, state, progress, device)
            self.redraw()

    def restyle(self, look: Look) -> None:
        self._look = look
        self.redraw()

    def redraw(self) -> None:
        width = self.size.width
        if width < 1:
            return
        name, state, progress, device = self._said
        palette = self._look.palette
        colour = palette.good if state in GOOD else palette.bad if state in BAD else palette.strong
        parts = [
            Segment(" ibtui ", palette.strong + Style(reverse=True)),
            Segment(f" {name} ", palette.strong),
            Segment(f" {state.upper()} ", colour + Style(bold=True)),
            Segment(f" {progress}"),
        ]
        used = sum(len(part.text) for part in parts)
        right = f" {device} "
        if device and used + len(right) <= width:
            parts += [Segment(" " * (width - used - len(right))), Segment(right, palette.frame)]
        self.paint([Strip(parts).adjust_cell_length(width)])
