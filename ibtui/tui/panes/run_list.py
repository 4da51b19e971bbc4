"""Run list: thousands of runs, of which only the rows on the screen are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ibtui.store import Listed
from ibtui.tui.draw.names import DROPPED, shortened
from ibtui.tui.keys import RUN_LIST
from ibtui.tui.look.columns import Column, fitting, signs
from ibtui.tui.look.picked import Picked
from ibtui.tui.look.view import Look

CURSOR = "run-list--cursor"
GAP = 1  # columns between cells


class RunList(ScrollView, can_focus=True):
    """The runs with a cursor on one of them; the first row names the columns."""

    BINDINGS: ClassVar[list[BindingType]] = [*RUN_LIST]
    COMPONENT_CLASSES: ClassVar[set[str]] = {CURSOR}

    class Moved(Message):
        """The cursor is on another run."""

    class Opened(Message):
        """A run is to be opened."""

    class Marked(Message):
        """Runs were marked, or are marked no longer."""

    class Sorted(Message):
        """The name of a column was clicked: `key` is what its runs are sorted by."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, picked: Picked) -> None:
        super().__init__(id="runs")
        self._picked, self._look = picked, Look()
        self._runs: Sequence[Listed] = ()
        self._at = 0
        self._fitted: tuple[int, Sequence[Listed], list[tuple[Column, int]]] = (-1, (), [])

    @property
    def here(self) -> Listed | None:
        """The run under the cursor."""
        return self._runs[self._at] if self._at < len(self._runs) else None

    @property
    def shown(self) -> Sequence[Listed]:
        """All runs that the filter leaves, in their order."""
        return self._runs

    def show(self, runs: Sequence[Listed], here: Path | None = None) -> None:
        """Show these runs; the cursor stays on its run, or in its row where that is gone."""
        before = self.here
        here = here or (before.folder if before else None)
        old, columns, self._runs = self._runs, self._columns(), runs
        places = (at for at, one in enumerate(runs) if one.folder == here)
        self._at = max(next(places, min(self._at, len(runs) - 1)), 0)
        size = Size(self.size.width, len(runs) + 1)
        if size != self.virtual_size:
            self.virtual_size = size
        self._refresh_from(old, columns)
        self._reveal()
        if before is None or self.here is None or before.folder != self.here.folder:
            self.post_message(self.Moved())

    def _refresh_from(self, old: Sequence[Listed], columns: list[tuple[Column, int]]) -> None:
        """Send the terminal the rows that changed, which are few while runs go on."""
        if len(old) != len(self._runs) or columns != self._columns():
            self.refresh()
            return
        top = int(self.scroll_offset.y)
        for row in range(min(self.size.height - 1, len(old) - top)):
            if old[top + row] != self._runs[top + row]:
                self.refresh_line(row + 1)

    def restyle(self, look: Look) -> None:
        self._look = look
        self.refresh()

    def go(self, at: int) -> None:
        """Put the cursor on the run in this place, or in the nearest one there is."""
        before, self._at = self._at, max(min(at, len(self._runs) - 1), 0)
        if before != self._at:
            for row in (before, self._at):
                self.refresh_line(row + 1 - int(self.scroll_offset.y))
            self._reveal()
            self.post_message(self.Moved())

    def _reveal(self) -> None:
        top, rows = int(self.scroll_offset.y), max(self.size.height - 1, 1)
        if not top <= self._at < top + rows:
            to = self._at if self._at < top else self._at - rows + 1
            self.scroll_to(y=to, animate=False, immediate=True)

    def on_resize(self) -> None:
        self._reveal()

    # What keys and mouse do

    def move(self, by: int) -> None:
        """Go so many rows down."""
        self.go(self._at + by)

    def page(self, by: int) -> None:
        """Go so many pages down."""
        self.go(self._at + by * max(self.size.height - 2, 1))

    def mark(self) -> None:
        """Mark the run, and go on to the next one."""
        if self.here is not None:
            self._picked.toggle(self.here.folder)
            self.refresh()
            self.post_message(self.Marked())
            self.move(1)

    def mark_all(self) -> None:
        """Mark all that are listed; where all are, mark none."""
        folders = [one.folder for one in self._runs]
        if all(folder in self._picked.marked for folder in folders):
            self._picked.unmark(folders)
        else:
            self._picked.mark(folders)
        self.refresh()
        self.post_message(self.Marked())

    def on_click(self, event: events.Click) -> None:
        if event.y == 0:
            self._sort_by_column_at(event.x)
            return
        at = event.y - 1 + int(self.scroll_offset.y)
        if at >= len(self._runs):
            return
        self.go(at)
        if event.x < 2:
            self.mark()
        elif event.chain == 2:
            self.post_message(self.Opened())

    def _sort_by_column_at(self, x: int) -> None:
        start = 0
        for column, width in self._columns():
            if start <= x < start + width + GAP and column.key:
                self.post_message(self.Sorted(column.key))
            start += width + GAP

    # Rows

    def _columns(self) -> list[tuple[Column, int]]:
        """The columns with their widths, found once for a list, so that scrolling moves none."""
        width, (of, runs, found) = self.size.width, self._fitted
        if of != width or runs is not self._runs:
            found = fitting(width, self._runs)
            self._fitted = width, self._runs, found
        return found

    def render_line(self, y: int) -> Strip:
        width, base = self.size.width, self.rich_style
        at = y - 1 + int(self.scroll_offset.y)
        if y == 0:
            segments = self._head()
        elif at < len(self._runs):
            if at == self._at:
                base = self.get_component_rich_style(CURSOR)
            segments = self._row(self._runs[at])
        else:
            return Strip.blank(width, base)
        styled = [Segment(text, base + style if style else base) for text, style, _ in segments]
        # Cells of one style are one segment: each segment costs bytes on the line.
        return Strip(styled).adjust_cell_length(width, base).simplify()

    def _head(self) -> list[Segment]:
        sort, down = self._picked.sort or "", (self._picked.sort or "").startswith("-")
        arrow = ("v" if down else "^") if self._look.markers == "ascii" else "▼" if down else "▲"
        segments = []
        for column, width in self._columns():
            by = column.key and sort.lstrip("-") == column.key
            title = f"{column.title}{arrow}" if by else column.title
            text = _cell(title, width, column.right) + " " * GAP
            segments.append(Segment(text, self._look.palette.frame))
        return segments

    def _row(self, one: Listed) -> list[Segment]:
        palette, letter = self._look.palette, self._picked.letter(one.folder)
        segments = []
        for column, width in self._columns():
            text, style = column.cell(one), Style()
            match column.title:
                case "":
                    text = letter
                    if slot := letter and self._picked.marked[one.folder] + 1:
                        pinned = self._picked.pinned == one.folder
                        style = palette.run(slot - 1) + Style(bold=True, reverse=pinned)
                case "run":
                    [text] = shortened([text], width, DROPPED[self._look.markers])
                    style = Style(bold=True) if one.row.status == "running" else Style()
                case "s" | "status":
                    style = {"running": palette.good, "interrupted": palette.strong}.get(
                        one.row.status, palette.bad if text in BAD else palette.frame
                    )
            if column.title == "s":
                text = signs(self._look.markers)[one.row.status]
            segments.append(Segment(_cell(text, width, column.right), style))
            segments.append(Segment(" " * GAP))
        return segments


BAD = ("failed", "broken")


def _cell(text: str, width: int, right: bool) -> str:
    """`text` in exactly so many columns; wide characters take two."""
    if cell_len(text) > width:
        return set_cell_size(text, width)
    gap = " " * (width - cell_len(text))
    return gap + text if right else text + gap
