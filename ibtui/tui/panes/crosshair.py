"""Crosshair: lines from a point that is read off to both axes, and the messages that move it."""

from __future__ import annotations

import numpy as np
from textual.message import Message

from ibtui.tui.draw.labels import digit
from ibtui.tui.draw.raster import Marks, Raster, cell_at
from ibtui.tui.look.view import Point


class Pointed(Message):
    """The mouse is at a point of a path; None where it has left."""

    def __init__(self, point: Point | None) -> None:
        super().__init__()
        self.point = point


class Lit(Message):
    """The mouse is on a layer's label; None where it has left."""

    def __init__(self, layer: int | None) -> None:
        super().__init__()
        self.layer = layer


class Kept(Message):
    """A layer's label was clicked: it alone is to be looked at, or all of them again."""

    def __init__(self, layer: int) -> None:
        super().__init__()
        self.layer = layer


def draw_cross(raster: Raster, x: float, y: float, level: int) -> None:
    """Lines to both axes from a place (0 to 1 along each)."""
    levels = np.full(2, level)
    raster.path(np.array([0.0, x]), np.full(2, y), levels)
    raster.path(np.full(2, x), np.array([0.0, y]), levels)


def here(x: float, y: float, layer: int, columns: int, rows: int, level: int) -> Marks:
    """The layer's digit at the place itself; nothing where that is outside."""
    inside = 0 <= x <= 1 and 0 <= y <= 1
    places = [(cell_at(x, columns), cell_at(y, rows))] if inside else []
    return Marks(
        np.array([column for column, _ in places], np.int64),
        np.array([row for _, row in places], np.int64),
        [digit(layer)] * len(places),
        np.full(len(places), level, np.int64),
    )
