"""Averages: a recording's means and deviations over replicates, kept up as the recording grows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ibtui.analysis.summary import median_replicate, spread
from ibtui.recording import Floats, Header, Recording

PerLayer = Literal["activation_min", "activation_max", "weight_rms", "bias_rms"]
PerReplicate = Literal["train_loss_nats", "test_loss_nats", "train_accuracy", "test_accuracy"]
PerSeries = Literal["i_xt_bits", "i_ty_bits", "i_xt_given_y_bits", "output_loss_bits", "cells"]
Quantity = PerSeries | PerLayer | PerReplicate
GROWTH = 1.1  # the median replicate is looked for again when there are so many times more frames


class Average(NamedTuple):
    """Mean, deviation and number of replicates with a value; each (E, L), or (E,)."""

    mean: Floats
    deviation: Floats
    used: NDArray[np.int64]


@dataclass
class Averages:
    """What a pane asks of one run's recordings, each taken later than the one before.

    Only frames that are new, or changed because a restarted replicate caught up, are averaged:
    a frame that changed has other losses, which are compared bit by bit.
    """

    _header: Header | None = None
    _seen: Recording | None = None
    _losses: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 0), np.int64))
    _cache: dict[tuple[Quantity, int | None], Average] = field(default_factory=dict)
    _median: dict[int, tuple[int, int]] = field(default_factory=dict)

    def of(self, recording: Recording, quantity: Quantity, series: int | None = None) -> Average:
        """The averages of one quantity (information: of one series) over all frames."""
        self._follow(recording)
        key = (quantity, series)
        if key not in self._cache:
            self._cache[key] = _average(values_of(recording, *key))
        return self._cache[key]

    def median(self, recording: Recording, series: int) -> int:
        """The replicate of median distance from the mean path, looked for now and then."""
        self._follow(recording)
        frames, replicate = self._median.get(series, (0, 0))
        if len(recording) >= frames * GROWTH or len(recording) < frames:
            replicate = median_replicate(recording, series) if len(recording) else 0
            self._median[series] = (len(recording), replicate)
        return replicate

    def _follow(self, recording: Recording) -> None:
        if recording is self._seen:
            return
        losses = np.ascontiguousarray(recording.train_loss_nats).view(np.int64)
        known = len(self._losses)
        if recording.header != self._header or len(recording) < known:
            self._cache, self._median, known = {}, {}, 0
        fresh = np.ones(len(recording), np.bool_)
        fresh[:known] = (losses[:known] != self._losses[:known]).any(axis=1) if known else False
        if fresh.any():
            for key, average in self._cache.items():
                self._cache[key] = _extend(average, values_of(recording, *key), fresh)
            self._losses = losses.copy()
        self._header, self._seen = recording.header, recording


def values_of(recording: Recording, quantity: Quantity, series: int | None) -> Floats:
    """A quantity over all frames and replicates, (E, R, L) or (E, R).

    Of weights and biases their root mean square: the side to which one grows is chance.
    """
    match quantity:
        case "weight_rms":
            return np.hypot(recording.weight_mean, recording.weight_deviation, dtype=np.float64)
        case "bias_rms":
            return np.hypot(recording.bias_mean, recording.bias_deviation, dtype=np.float64)
    values = getattr(recording, quantity)
    return values if series is None else values[:, series]


def _average(values: Floats) -> Average:
    over = spread(values, axis=1)
    return Average(over.mean, over.deviation, over.used)


def _extend(average: Average, values: Floats, fresh: NDArray[np.bool_]) -> Average:
    parts = []
    for old, new in zip(average, _average(values[fresh]), strict=True):
        grown = np.empty((len(values), *old.shape[1:]), old.dtype)
        grown[: len(old)] = old
        grown[fresh] = new
        parts.append(grown)
    return Average(*parts)
