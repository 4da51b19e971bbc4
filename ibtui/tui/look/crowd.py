"""Crowd: layers whose digits want the same place of a plane, and the part that tells them apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ibtui.recording import Floats
from ibtui.tui.draw.labels import digit
from ibtui.tui.look.viewport import Viewport

LEAST = 0.025  # of the plane, to either side of the middle of a crowd
AIR = 0.75  # of a crowd's width, to either side of its middle


def crowd(x: Floats, y: Floats, columns: int, rows: int) -> list[int]:
    """The largest group of layers at most a cell apart, one from the next; fewer than two: none.

    x and y, (L,), are shares of the view; NaN and what is outside it crowds nothing.
    """
    inside = np.flatnonzero((x >= 0) & (x <= 1) & (y >= 0) & (y <= 1)).tolist()
    column, row = np.floor(x * columns), np.floor(y * rows)
    groups: list[list[int]] = []
    for layer in inside:
        near = [
            group
            for group in groups
            if any(
                max(abs(column[layer] - column[i]), abs(row[layer] - row[i])) <= 1 for i in group
            )
        ]
        joined = sorted([layer, *(i for group in near for i in group)])
        groups = [*(group for group in groups if group not in near), joined]
    largest = max(groups, key=len, default=[])
    return largest if len(largest) > 1 else []


def around(plane: Viewport, x: Floats, y: Floats) -> Viewport:
    """The part of a plane that places x, y in bits fill, none of them at its edge."""

    def part(values: Floats, whole: float) -> tuple[float, float]:
        low, high = float(values.min()), float(values.max())
        return (low + high) / 2, max(AIR * (high - low), LEAST * whole)

    (across, wide), (up, high) = (
        part(x, plane.width - plane.west),
        part(y, plane.height - plane.south),
    )
    return plane.holding(across - wide, across + wide, up - high, up + high)


def digits(layers: Sequence[int]) -> str:
    """`1-4` of layers one after another, else `124`."""
    if len(layers) > 2 and layers[-1] - layers[0] == len(layers) - 1:
        return f"{digit(layers[0])}-{digit(layers[-1])}"
    return "".join(map(digit, layers))
