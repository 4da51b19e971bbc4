"""Raster: points and paths as dots inside character cells, with one level (a colour) a cell.

A cell that several levels touch belongs to the highest one, and all its dots are drawn in that
colour: a terminal cell has one colour, and the latest epoch should win.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Markers = Literal["braille", "block", "ascii"]
EMPTY = -1
LONGEST_STEP = 4096  # dots of one line: more than any screen is wide, so a zoomed line stays whole


class Marks(NamedTuple):
    """Characters to put into cells: columns from the left, rows from the bottom."""

    columns: NDArray[np.int64]
    rows: NDArray[np.int64]
    glyphs: list[str]
    levels: NDArray[np.int64]


@dataclass(frozen=True)
class Dots:
    """How a cell is divided, and the glyph of each pattern of dots (bit 0 is the upper left)."""

    wide: int
    high: int
    glyphs: tuple[str, ...]


def _braille() -> Dots:
    # Unicode numbers the dots down the columns, with the last row added later (ISO/TR 11548-1).
    values = (0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80)
    patterns = (sum(v for bit, v in enumerate(values) if n >> bit & 1) for n in range(256))
    return Dots(2, 4, tuple(chr(0x2800 + pattern) for pattern in patterns))


DOTS: dict[Markers, Dots] = {
    "braille": _braille(),
    "block": Dots(2, 2, tuple(" ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█")),
    "ascii": Dots(1, 1, (" ", ".")),
}


def cell_at(share: float, cells: int) -> int:
    """The cell, of so many, that holds the place `share` (0 to 1) along an axis."""
    return min(int(share * cells), cells - 1)


class Raster:
    """A grid of dots over `columns` x `rows` cells; coordinates run from 0 to 1 along each axis."""

    def __init__(self, columns: int, rows: int, markers: Markers) -> None:
        self._dots = DOTS[markers]
        self._columns, self._rows = columns, rows
        self._level = np.full((rows * self._dots.high, columns * self._dots.wide), EMPTY, np.int64)

    def points(self, x: NDArray, y: NDArray, level: NDArray | int) -> None:
        """Paint points; x, y and level broadcast. Points that are NaN or outside are left out.

        Where points fall on one dot, the last one stays.
        """
        height, width = self._level.shape
        x, y, level = (a.ravel() for a in np.broadcast_arrays(x, y, level))
        inside = (x >= 0) & (x <= 1) & (y >= 0) & (y <= 1)
        column = np.minimum((x[inside] * width).astype(np.int64), width - 1)
        row = np.minimum((y[inside] * height).astype(np.int64), height - 1)
        self._level[row, column] = level[inside]

    def path(self, x: NDArray, y: NDArray, level: NDArray) -> None:
        """Paint a path through the points, in order; each piece has the level of its end.

        NaN is passed over (a series may be measured at some epochs only).
        """
        keep = np.isfinite(x) & np.isfinite(y)
        x, y, level = x[keep], y[keep], level[keep]
        self.points(x[:1], y[:1], level[:1])
        if len(x) > 1:
            self._lines(x, y, level)

    def marks(self) -> Marks:
        """The cells that hold dots."""
        high, wide = self._dots.high, self._dots.wide
        cells = self._level.reshape(self._rows, high, self._columns, wide)
        # Dots count from the upper left; rows of the grid run upwards.
        dots = cells[:, ::-1].transpose(0, 2, 1, 3).reshape(self._rows, self._columns, -1)
        owner = dots.max(axis=2)
        rows, columns = np.nonzero(owner != EMPTY)
        filled = dots[rows, columns] != EMPTY
        pattern = filled @ (1 << np.arange(filled.shape[1]))
        glyphs = self._dots.glyphs
        return Marks(columns, rows, [glyphs[n] for n in pattern], owner[rows, columns])

    def _lines(self, x: NDArray, y: NDArray, level: NDArray) -> None:
        height, width = self._level.shape
        seen = (np.minimum(x[:-1], x[1:]) <= 1) & (np.maximum(x[:-1], x[1:]) >= 0)
        seen &= (np.minimum(y[:-1], y[1:]) <= 1) & (np.maximum(y[:-1], y[1:]) >= 0)
        start = np.flatnonzero(seen)
        dx, dy = x[start + 1] - x[start], y[start + 1] - y[start]
        reach = np.maximum(np.abs(dx) * width, np.abs(dy) * height)
        steps = np.minimum(np.floor(reach) + 2, LONGEST_STEP).astype(np.int64)
        piece = np.repeat(np.arange(len(start)), steps)
        step = np.arange(len(piece)) - np.repeat(np.cumsum(steps) - steps, steps) + 1
        share = step / steps[piece]
        self.points(
            x[start][piece] + share * dx[piece],
            y[start][piece] + share * dy[piece],
            level[start + 1][piece],
        )
