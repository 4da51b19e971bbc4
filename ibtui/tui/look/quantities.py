"""Quantities: what can be drawn against the epoch, as lines with a name and a range."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, get_args

import numpy as np

from ibtui.recording import DERIVED, PER_SERIES, Floats, Recording
from ibtui.tui.draw.axes import holding
from ibtui.tui.draw.labels import digit
from ibtui.tui.look.averages import Average, Averages, PerSeries, Quantity, values_of
from ibtui.tui.look.tracks import chosen_replicate
from ibtui.tui.look.view import NATS_PER_BIT, View

# fmt: off
Curve = Literal[
    "I(X;T)", "I(T;Y)", "loss", "accuracy", "I(X;T|Y)", "H(out|T)", "cells", "range", "weights",
    "biases",
]
# fmt: on
CURVES: tuple[Curve, ...] = get_args(Curve)
TRAIN, TEST = -1, -2  # colours that are no layer's
AIR = 1.03  # a line at the top of its range is no part of the frame


class Line(NamedTuple):
    """Values (E,), the deviation of the replicates where there is one, a character, a colour.

    A colour from 0 on is a layer's.
    """

    values: Floats
    deviation: Floats | None
    mark: str
    colour: int


@dataclass(frozen=True)
class Lines:
    """Lines between `low` and `high`; what is written along the axis is multiplied by `scale`."""

    lines: Sequence[Line]
    low: float
    high: float
    name: str
    scale: float = 1.0


def lines_of(
    curve: Curve,
    recording: Recording,
    averages: Averages,
    series: int,
    view: View,
    capacities_bits: Sequence[float] = (),
) -> Lines:
    """The lines of a curve: means over the replicates, or the replicate that the view shows.

    Of I(X;T) also the capacity of the layer that is looked at, where it is less than H(X).
    """
    header = recording.header
    replicate = chosen_replicate(recording, averages, series, view)

    def lines(quantity: Quantity, mark: str, colour: int) -> list[Line]:
        of = series if quantity in (*PER_SERIES, *DERIVED) else None
        average = averages.of(recording, quantity, of)
        if replicate is not None:
            values = values_of(recording, quantity, of)[:, replicate]
            average = Average(values, np.full_like(values, np.nan), average.used)
        if average.mean.ndim == 1:
            return [Line(average.mean, average.deviation, mark, colour)]
        return [
            Line(average.mean[:, i], average.deviation[:, i], digit(i), i)
            for i in range(len(header.layers))
        ]

    def information(quantity: PerSeries, entropy_bits: float) -> Lines:
        """The range from 0 to the entropy, wider where estimates lie beyond."""
        all_layers = lines(quantity, "", 0)
        values = [line.values for line in all_layers]
        low, high = holding(0.0, entropy_bits or 1.0, *values)
        low = min([low, *(float(np.nanmin(one, initial=0.0)) for one in values)])
        name = f"{curve} [{view.unit}] {header.series[series]}"
        return Lines(all_layers, low, AIR * high, name, view.factor)

    match curve:
        case "I(X;T)":
            found = information("i_xt_bits", header.input_bits)
            full = np.ones(len(recording))
            bounds = [
                Line(bits * full, None, "=", i)
                for i, bits in enumerate(capacities_bits)
                if i == view.bright and bits < header.input_bits
            ]
            return replace(found, lines=[*bounds, *found.lines])
        case "I(X;T|Y)":
            return information("i_xt_given_y_bits", header.input_bits - header.ceiling_bits)
        case "I(T;Y)":
            return information("i_ty_bits", header.label_bits)
        case "H(out|T)":
            return information("output_loss_bits", header.label_bits)
        case "cells":
            found = lines("cells", "", 0)
            return Lines(found, 0.0, _bounds(found)[1], f"bins or clusters {header.series[series]}")
        case "loss":
            both = lines("train_loss_nats", "r", TRAIN) + lines("test_loss_nats", "e", TEST)
            scale = view.factor / NATS_PER_BIT
            return Lines(both, 0.0, _bounds(both)[1], f"loss [{view.unit}] r train e test", scale)
        case "accuracy":
            both = lines("train_accuracy", "r", TRAIN) + lines("test_accuracy", "e", TEST)
            return Lines(both, 0.0, AIR, "accuracy r train e test")
        case "range":
            both = lines("activation_min", "", 0) + lines("activation_max", "", 0)
            return Lines(both, *_bounds(both), "activation range")
        case "weights" | "biases":
            found = lines("weight_rms" if curve == "weights" else "bias_rms", "", 0)
            return Lines(found, 0.0, _bounds(found)[1], f"{curve}, root mean square")


def recorded(curve: Curve, recording: Recording, series: int) -> bool:
    """Whether a recording has values of this curve: some are optional, some of no estimator."""
    match curve:
        case "H(out|T)":
            return bool(np.isfinite(recording.output_loss_bits[:, series]).any())
        case "cells":
            return bool(np.isfinite(recording.cells[:, series]).any())
        case "weights":
            return bool(np.isfinite(recording.weight_mean).any())
        case "biases":
            return bool(np.isfinite(recording.bias_mean).any())
    return True


def fitted(lines: Lines, only: int | None) -> Lines:
    """The lines in a range that their values just fill; `only` one layer's, where it is given."""
    chosen = [
        line.values for line in lines.lines if only is None or line.colour in (only, TRAIN, TEST)
    ]
    values = np.concatenate([one[np.isfinite(one)] for one in chosen] or [np.empty(0)])
    if not len(values) or values.min() == values.max():
        return lines
    air = (AIR - 1) * (values.max() - values.min())
    return replace(lines, low=float(values.min() - air), high=float(values.max() + air))


def smoothed(values: Floats, frames: int) -> Floats:
    """The running mean over `frames` frames around each, fewer at the ends; NaN stays NaN."""
    known = np.isfinite(values)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    at, half = np.arange(len(values)), frames // 2
    start, stop = np.maximum(at - half, 0), np.minimum(at + half + 1, len(values))
    with np.errstate(invalid="ignore", divide="ignore"):
        means = (sums[stop] - sums[start]) / (counts[stop] - counts[start])
    return np.where(known, means, np.nan)


def _bounds(lines: Sequence[Line]) -> tuple[float, float]:
    """Round numbers (1, 2 or 5 times a power of ten) that hold all the values, and 0."""
    finite = [line.values[np.isfinite(line.values)] for line in lines]
    low = min((float(values.min()) for values in finite if len(values)), default=0.0)
    high = max((float(values.max()) for values in finite if len(values)), default=1.0)
    return -_round_up(-min(low, 0.0)), _round_up(max(high, 0.0)) or 1.0


def _round_up(value: float) -> float:
    if value <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in (1, 2, 5, 10) if value <= factor * power * 1.000001)
