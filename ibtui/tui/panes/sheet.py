"""Sheet: rows of text that may be wider and higher than their place, and can be moved about."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip


class Sheet(ScrollView, can_focus=False):
    """Draws only the rows on the screen, and again only those that changed."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.rows: list[Strip] = []

    def show(self, rows: Sequence[Strip]) -> None:
        before, self.rows = self.rows, list(rows)
        size = Size(max((row.cell_length for row in rows), default=0), len(rows))
        if size != self.virtual_size:
            self.virtual_size = size
            self.refresh()
            return
        for at, (old, new) in enumerate(zip(before, self.rows, strict=True)):
            if old != new:
                self.refresh_line(at - int(self.scroll_offset.y))

    def render_line(self, y: int) -> Strip:
        left, top = self.scroll_offset
        width, base = self.size.width, self.rich_style
        if y + top >= len(self.rows):
            return Strip.blank(width, base)
        row = self.rows[y + top].crop(left, left + width)
        styled = [Segment(text, base + style if style else base) for text, style, _ in row]
        return Strip(styled, row.cell_length).adjust_cell_length(width, base)
