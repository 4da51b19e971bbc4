"""Reading: the values at a point of a plane or a curve, and how the crosshair gets there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ibtui.recording import Floats
from ibtui.report.words import number
from ibtui.tui.look.averages import Average, Quantity, values_of
from ibtui.tui.look.shown import Shown
from ibtui.tui.look.tracks import PLANE, chosen_replicate
from ibtui.tui.look.view import Point, View

REACH = 8.0  # columns from the mouse within which a point is read off
CELL = 2.0  # a terminal cell is so many times higher than wide


class Reading(NamedTuple):
    """A layer's mean over the replicates and their deviation in bits, or one replicate's values.

    The epoch is the last one up to the point at which the series was measured.
    """

    layer: str
    epoch: int
    i_xt_bits: float
    i_ty_bits: float
    i_xt_deviation: float
    i_ty_deviation: float

    def i_xt(self, view: View) -> str:
        """`7.21 ±0.31`, in the view's unit."""
        return with_deviation(self.i_xt_bits * view.factor, self.i_xt_deviation * view.factor, 2)

    def i_ty(self, view: View) -> str:
        return with_deviation(self.i_ty_bits * view.factor, self.i_ty_deviation * view.factor, 3)

    @property
    def note(self) -> tuple[str, str]:
        """Where it is, in words and in fewer."""
        return f"{self.layer} epoch {self.epoch}", f"{self.layer} @{self.epoch}"


def reading(shown: Shown, series: int, view: View) -> Reading | None:
    """What `series` has at the view's point; None where there is none, or nothing measured."""
    point = on_recording(shown, view.point)
    if point is None:
        return None
    x, y = (_of(shown, name, series, view) for name in PLANE)
    known = np.flatnonzero(np.isfinite(x.mean[: point.frame + 1, point.layer]))
    if not len(known):
        return None
    at = int(known[-1]), point.layer
    values = (float(one[at]) for one in (x.mean, y.mean, x.deviation, y.deviation))
    layer = shown.recording.header.layers[point.layer]
    return Reading(layer, int(shown.recording.epoch[at[0]]), *values)


def on_recording(shown: Shown, point: Point | None) -> Point | None:
    """The point, moved to what is shown of a run: its layers, its frames up to the cursor."""
    last = min(shown.cursor.at, len(shown.recording) - 1)
    if point is None or last < 0:
        return None
    layers = len(shown.recording.header.layers)
    return Point(min(max(point.layer, 0), layers - 1), min(max(point.frame, 0), last))


def moved(shown: Shown, view: View, frames: int, layers: int) -> Point | None:
    """The view's point so many frames and layers on; the layers' newest places to begin with."""
    if view.point is None:
        last = len(shown.recording.header.layers) - 1
        layer = last if view.layer is None else view.layer
        return on_recording(shown, Point(layer, shown.cursor.at))
    now = on_recording(shown, view.point)
    return now and on_recording(shown, Point(now.layer + layers, now.frame + frames))


def nearest(
    x: Floats, y: Floats, place: tuple[float, float], cells: tuple[int, int], only: int | None
) -> Point | None:
    """The point of the paths x and y (E, L), in shares of the view, nearest to `place` in cells.

    None where none is near; `only` is the one layer that can be read off.
    """
    columns, rows = cells
    away = np.hypot((x - place[0]) * columns, (y - place[1]) * rows * CELL)
    away[~((x >= 0) & (x <= 1) & (y >= 0) & (y <= 1))] = np.inf
    if only is not None:
        away[:, np.arange(away.shape[1]) != only] = np.inf
    if not away.size or not away.min() <= REACH:
        return None
    frame, layer = np.unravel_index(int(away.argmin()), away.shape)
    return Point(int(layer), int(frame))


def nearest_line(
    epochs: NDArray[np.float64], values: Floats, place: tuple[float, float]
) -> Point | None:
    """The line of values (E, L) nearest above or below `place`, at the frame nearest beside it.

    All are shares of the chart.
    """
    if not values.size:
        return None
    frame = int(np.abs(epochs - place[0]).argmin())
    away = np.abs(values[frame] - place[1])
    if not np.isfinite(away).any():
        return None
    return Point(int(np.nanargmin(away)), frame)


def with_deviation(value: float, deviation: float, decimals: int) -> str:
    """`7.21 ±0.31`, or the value alone where there is no deviation."""
    spread = f" ±{number(deviation, decimals)}" if np.isfinite(deviation) else ""
    return f"{number(value, decimals)}{spread}"


def _of(shown: Shown, quantity: Quantity, series: int, view: View) -> Average:
    average = shown.averages.of(shown.recording, quantity, series)
    replicate = chosen_replicate(shown.recording, shown.averages, series, view)
    if replicate is None:
        return average
    values = values_of(shown.recording, quantity, series)[:, replicate]
    return Average(values, np.full_like(values, np.nan), average.used)
