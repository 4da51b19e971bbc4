"""Chart: axes and marks drawn by a private plotext figure, read back as styled rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from ibtui.tui.draw.axes import Axis
from ibtui.tui.draw.raster import Marks, cell_at
from ibtui.tui.private import UNCOLOURED, Figure

Y_LABEL = 5  # columns for the numbers of the y axis: a fixed width keeps the marks in their cells
SMALLEST = (Y_LABEL + 9, 5)


def canvas(width: int, height: int) -> tuple[int, int]:
    """Columns and rows that are left for marks in a chart of `width` x `height` cells."""
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return 0, 0
    return width - Y_LABEL - 1, height - 3


class Chart:
    """Draws marks inside axes. It has a plotext figure of its own: no global state, any size."""

    def __init__(self) -> None:
        self._figure = Figure()

    def draw(
        self,
        size: tuple[int, int],
        x: Axis,
        y: Axis,
        marks: Sequence[Marks],
        styles: Sequence[Style],
        frame: Style,
    ) -> list[Strip]:
        """A chart of `size` (width, height) cells; a mark's level picks its style.

        Later marks cover earlier ones. One plotext series a level, because plotext's colours of
        single points depend on the hash seed.
        """
        columns, rows = canvas(*size)
        if not columns:
            return [Strip.blank(size[0])] * size[1]
        figure = self._figure
        figure.begin(*size)
        figure.xaxes(True, False)
        figure.yaxes(True, False)
        figure.xlim(0, columns - 1)
        figure.ylim(0, rows - 1)
        across, up = x.ticks(columns // 8), y.ticks(max(rows // 3, 2))
        figure.xticks([cell_at(at, columns) for at, _ in across], [text for _, text in across])
        figure.yticks([cell_at(at, rows) for at, _ in up], [text.rjust(Y_LABEL) for _, text in up])
        figure.xlabel(x.name)
        # One blank point: plotext leaves out the axes where there is nothing to draw.
        figure.scatter([0], [0], marker=" ")
        for some in marks:
            for level in np.unique(some.levels):
                here = np.flatnonzero(some.levels == level)
                figure.scatter(
                    some.columns[here].tolist(),
                    some.rows[here].tolist(),
                    marker=[some.glyphs[i] for i in here],
                    color=int(level),
                )
        return [_strip(*row, styles, frame) for row in figure.cells()]


def _strip(
    characters: Iterable[str], levels: Iterable[int | str], styles: Sequence[Style], frame: Style
) -> Strip:
    """Cells of one style in a row become one segment: each segment costs bytes on the line."""
    cells = (
        (character, frame if level == UNCOLOURED else styles[int(level)])
        for character, level in zip(characters, levels, strict=True)
    )
    runs = groupby(cells, key=lambda cell: cell[1])
    return Strip(
        [Segment("".join(character for character, _ in run), style) for style, run in runs]
    )
