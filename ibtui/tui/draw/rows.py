"""Rows of cells, what changed between two pictures, and a widget that repaints only that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class Change(NamedTuple):
    """Cells `start` to `stop` of a row."""

    row: int
    start: int
    stop: int


def changes(old: Sequence[Strip], new: Sequence[Strip]) -> list[Change] | None:
    """The part of each row that differs; None where the pictures differ in size."""
    if len(old) != len(new):
        return None
    found = []
    for row, (before, after) in enumerate(zip(old, new, strict=True)):
        if before is after or before == after:
            continue
        if before.cell_length != after.cell_length:
            return None
        left = _cells_alike(before, after)
        right = _cells_alike(before, after, backwards=True)
        found.append(Change(row, left, after.cell_length - right))
    return found


def _cells_alike(before: Strip, after: Strip, *, backwards: bool = False) -> int:
    """How many cells agree from the left (or the right), at least counting whole characters."""
    count = 0
    for (a, a_style), (b, b_style) in zip(
        _cells(before, backwards), _cells(after, backwards), strict=False
    ):
        if a != b or a_style != b_style:
            break
        count += 1
    return count


def _cells(strip: Strip, backwards: bool) -> list[tuple[str, Style | None]]:
    # One character is one cell here: the pictures hold no wide characters.
    cells = [(character, segment.style) for segment in strip for character in segment.text]
    return cells[::-1] if backwards else cells


class Picture(Widget, can_focus=False):
    """A widget that holds rows, and sends to the terminal only the cells that changed."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.rows: list[Strip] = []

    def redraw(self) -> None:
        """Draw the picture again: what it shows, how, or its size is another."""
        raise NotImplementedError

    def on_resize(self) -> None:
        self.redraw()

    def paint(self, rows: list[Strip]) -> None:
        """Show `rows`; they must be as wide and as many as the widget's content."""
        changed = changes(self.rows, rows)
        self.rows = rows
        if changed is None:
            self.refresh()
            return
        for row, start, stop in changed:
            self.refresh(Region(start, row, stop - start, 1))

    def render_line(self, y: int) -> Strip:
        base = self.rich_style
        if y >= len(self.rows):
            return Strip.blank(self.size.width, base)
        return Strip(
            [Segment(text, base + style if style else base) for text, style, _ in self.rows[y]]
        )
