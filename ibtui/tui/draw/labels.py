"""Where to put the layers' digits when several layers share a place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ibtui.tui.draw.raster import Marks, cell_at

DIGITS = "123456789abcdefghijklmnopqrstuvwxyz"
# Nearest first, sideways before up and down: a terminal cell is twice as high as wide.
PLACES = tuple(
    sorted(
        ((column, row) for column in range(-12, 13) for row in range(-4, 5)),
        key=lambda place: (place[0] ** 2 + 4 * place[1] ** 2, place[1], -place[0]),
    )
)


def digit(layer: int) -> str:
    """The character that stands for layer `layer` (from 0), `+` beyond the 35th."""
    return DIGITS[layer] if layer < len(DIGITS) else "+"


def spread_out(
    cells: Sequence[tuple[int, int]], columns: int, rows: int
) -> list[tuple[int, int] | None]:
    """A cell of its own for each label, as near as can be to where it belongs.

    `cells` are (column, row); None where there is no free cell near.
    """
    taken: set[tuple[int, int]] = set()
    placed: list[tuple[int, int] | None] = []
    for column, row in cells:
        free = (
            (column + right, row + up)
            for right, up in PLACES
            if 0 <= column + right < columns and 0 <= row + up < rows
        )
        cell = next((place for place in free if place not in taken), None)
        placed.append(cell)
        if cell is not None:
            taken.add(cell)
    return placed


def label_below(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    text: str,
    drawn: Sequence[Marks],
    size: tuple[int, int],
    level: int,
) -> Marks:
    """`text` just below a line through the places x, y (0 to 1), where it is level for so long.

    It covers nothing that is drawn; it is left out where the `size` (columns, rows) has no such
    place.
    """
    columns, rows = size
    taken = {
        cell
        for marks in drawn
        for cell in zip(marks.columns.tolist(), marks.rows.tolist(), strict=True)
    }
    middles = (np.arange(columns) + 0.5) / max(columns, 1)
    row = np.floor(np.interp(middles, x, y, left=-1.0, right=-1.0) * rows).astype(np.int64)
    first = next(
        (
            start
            for start in range(columns - len(text))
            if 1 <= row[start] < rows
            and (row[start : start + len(text)] == row[start]).all()
            and taken.isdisjoint((start + i, int(row[start]) - 1) for i in range(len(text)))
        ),
        None,
    )
    places = [] if first is None else range(first, first + len(text))
    return Marks(
        np.array(places, np.int64),
        np.full(len(places), 0 if first is None else row[first] - 1, np.int64),
        list(text) if places else [],
        np.full(len(places), level, np.int64),
    )


def label_marks(
    places: Sequence[tuple[float, float]],
    texts: Sequence[str],
    levels: Sequence[int],
    columns: int,
    rows: int,
) -> Marks:
    """Characters at `places` (0 to 1 along each axis), moved apart where they would overlap."""
    cells = [(cell_at(x, columns), cell_at(y, rows)) for x, y in places]
    found = zip(spread_out(cells, columns, rows), texts, levels, strict=True)
    placed = [(*cell, text, level) for cell, text, level in found if cell is not None]
    return Marks(
        np.array([column for column, _, _, _ in placed], np.int64),
        np.array([row for _, row, _, _ in placed], np.int64),
        [text for _, _, text, _ in placed],
        np.array([level for _, _, _, level in placed], np.int64),
    )
