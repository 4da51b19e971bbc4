"""Heading: the top row: which run, in what state, how long yet, how far, how fast, on what."""

from __future__ import annotations

from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from ibtui.tui.draw.names import DROPPED, shortened
from ibtui.tui.draw.rows import Picture
from ibtui.tui.look.view import Look

GOOD = ("training", "live", "finished", "compiling")
BAD = ("failed", "stalled", "not ready")
NAME = 8  # columns of a name that are there in any case


class Said(NamedTuple):
    """What the heading says.

    `left` is the time left, `alarm` what has gone wrong without ending the run, `elsewhere` the
    run in training where another one is on the screen, `device` what it runs on.
    """

    name: str = ""
    state: str = ""
    left: str = ""
    alarm: str = ""
    progress: str = ""
    elsewhere: str = ""
    device: str = ""


class Heading(Picture):
    """One row; first the name is shortened, then what does not fit is left out from the right."""

    def __init__(self) -> None:
        super().__init__(id="heading")
        self._look = Look()
        self._said = Said()

    def show(self, said: Said) -> None:
        if self._said != said:
            self._said = said
            self.redraw()

    def restyle(self, look: Look) -> None:
        self._look = look
        self.redraw()

    def redraw(self) -> None:
        width = self.size.width
        if width < 1:
            return
        said, palette = self._said, self._look.palette
        bold = Style(bold=True)
        colour = (
            palette.good
            if said.state in GOOD
            else palette.bad
            if said.state in BAD
            else palette.strong
        )
        start = Segment(" ibtui ", palette.strong + Style(reverse=True))
        parts = [Segment(f" {said.state.upper()} ", colour + bold)]
        if said.left:
            parts.append(Segment(f" {said.left} ", palette.strong))
        if said.alarm:
            parts.append(Segment(f" {said.alarm} ", palette.bad + bold))
        if said.elsewhere:
            parts.append(Segment(f" {said.elsewhere} ", palette.good + bold))
        parts.append(Segment(f" {said.progress}"))
        used = sum(len(part.text) for part in (start, *parts)) + 2
        room = min(max(width - used, NAME), max(len(said.name), 1))
        [name] = shortened([said.name], room, DROPPED[self._look.markers])
        parts = [start, Segment(f" {name} ", palette.strong), *parts]
        used = sum(len(part.text) for part in parts)
        right = f" {said.device} "
        if said.device and used + len(right) <= width:
            parts += [Segment(" " * (width - used - len(right))), Segment(right, palette.frame)]
        self.paint([Strip(parts).adjust_cell_length(width)])
