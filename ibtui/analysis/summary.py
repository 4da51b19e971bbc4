"""Many replicates in a few numbers: mean, deviation, 95 % interval, milestones.

numpy only. A replicate without a value (NaN: not measured, or diverged) is left out of a number,
and every number says over how many replicates it was taken.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ibtui.recording import DERIVED, Floats, Recording

PLANE = ("i_xt_bits", "i_ty_bits")
TOLERANCE_BITS = 1e-9  # what sums of at most 2^17 float64 terms can be off by


@dataclass(frozen=True)
class Spread:
    """Values of several replicates as mean, deviation and interval; all arrays of one shape.

    `deviation` is the sample's standard deviation (R - 1). `low` to `high` is the 95 % interval
    of the mean by Student's t; with one replicate there is none (NaN). `used` is the number of
    replicates that had a value; where it is 0, everything else is NaN.
    """

    mean: Floats
    deviation: Floats
    low: Floats
    high: Floats
    used: NDArray[np.int64]

    def at(self, frame: NDArray[np.int64]) -> Spread:
        """From arrays (E, L) to (L,): each layer at a frame of its own, `frame` (L,)."""
        pick = frame, np.arange(len(frame))
        bounds = self.low[pick], self.high[pick]
        return Spread(self.mean[pick], self.deviation[pick], *bounds, self.used[pick])

    def at_layer(self, n: int) -> Spread:
        """One layer's numbers, from arrays (L,)."""
        bounds = self.low[n], self.high[n]
        return Spread(self.mean[n], self.deviation[n], *bounds, self.used[n])


@np.errstate(over="ignore", invalid="ignore")  # a number that is not finite is told as it is
def spread(values: Floats, axis: int) -> Spread:
    """Summarize the replicates that lie along `axis`."""
    values = np.moveaxis(values, axis, 0)
    present = ~np.isnan(values)
    used = present.sum(axis=0)
    mean = _ratio(np.where(present, values, 0.0).sum(axis=0), used)
    squares = np.where(present, values - mean, 0.0) ** 2
    deviation = np.sqrt(_ratio(squares.sum(axis=0), used - 1))
    half = _student_quantiles(used) * deviation / np.sqrt(np.maximum(used, 1))
    return Spread(mean, deviation, mean - half, mean + half, used)


@lru_cache(maxsize=1024)
def student_quantile(degrees: int, coverage: float = 0.95) -> float:
    """The t with P(|T| <= t) = `coverage` under Student's distribution.

    Bisection of the closed form for whole degrees of freedom, Abramowitz & Stegun 26.7.3-4.
    """
    low, high = 0.0, 2.0
    while _student_coverage(high, degrees) < coverage:
        high *= 2
    while low < (middle := (low + high) / 2) < high:
        if _student_coverage(middle, degrees) < coverage:
            low = middle
        else:
            high = middle
    return high


@dataclass(frozen=True)
class Milestones:
    """First, greatest and last value of each layer; spreads and epochs have shape (L,).

    The greatest is that of the mean over replicates, so it has one epoch. A layer that was never
    measured has `used` 0, and its epochs mean nothing.
    """

    first: Spread
    first_epoch: NDArray[np.int64]
    greatest: Spread
    greatest_epoch: NDArray[np.int64]
    last: Spread
    last_epoch: NDArray[np.int64]


def milestones(epoch: NDArray[np.int64], values: Floats) -> Milestones:
    """The milestones of one series' I(X;T) or I(T;Y), `values` (E, R, L) at `epoch` (E,)."""
    if len(epoch) == 0:
        return milestones(np.zeros(1, np.int64), np.full((1, *values.shape[1:]), np.nan))
    over = spread(values, axis=1)
    measured = over.used > 0
    first = measured.argmax(axis=0)
    last = len(epoch) - 1 - measured[::-1].argmax(axis=0)
    greatest = np.where(measured, over.mean, -np.inf).argmax(axis=0)

    return Milestones(
        first=over.at(first),
        first_epoch=epoch[first],
        greatest=over.at(greatest),
        greatest_epoch=epoch[greatest],
        last=over.at(last),
        last_epoch=epoch[last],
    )


def newest(recording: Recording, name: str) -> Spread:
    """A loss or an accuracy over the replicates in the newest frame; not used by any before it."""
    values = getattr(recording, name)
    missing = np.full(recording.header.replicates, np.nan)
    return spread(values[-1] if len(values) else missing, axis=0)


@np.errstate(over="ignore", invalid="ignore")  # a number that is not finite is told as it is
def distances(recording: Recording, series: int) -> Floats:
    """How far each replicate's path is from the mean path: L2 over epochs, layers and both axes.

    (R,), in bits. Where no replicate was measured, nothing counts; a replicate that lacks a value
    where others have one (it diverged) has no distance (NaN).
    """
    total = np.zeros(recording.header.replicates)
    for information in (recording.i_xt_bits, recording.i_ty_bits):
        paths = information[:, series]
        over = spread(paths, axis=1)
        squares = (paths - over.mean[:, None]) ** 2
        total += np.where((over.used > 0)[:, None], squares, 0.0).sum(axis=(0, 2))
    return np.sqrt(total)


def median_replicate(recording: Recording, series: int) -> int:
    """The replicate of median distance from the mean (Lorenzen et al. 2022, appendix B).

    The lower one where their number is even. Diverged replicates have no rank; if none has one,
    it is replicate 0.
    """
    far = distances(recording, series)
    ranked = np.argsort(far, kind="stable")[: np.isfinite(far).sum()]
    return int(ranked[(len(ranked) - 1) // 2]) if len(ranked) else 0


def quantities(recording: Recording, series: int) -> tuple[str, ...]:
    """The information that there is of a series: I(X;T), I(T;Y), what follows, and what else."""
    there = [
        name
        for name in ("output_loss_bits", "cells")
        if np.isfinite(getattr(recording, name)[:, series]).any()
    ]
    return (*PLANE, *DERIVED, *there)


def _ratio(total: Floats, count: NDArray[np.int64]) -> Floats:
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _student_quantiles(used: NDArray[np.int64]) -> Floats:
    counts, where = np.unique(used, return_inverse=True)
    table = [student_quantile(int(n) - 1) if n > 1 else math.nan for n in counts]
    return np.array(table, np.float64)[where].reshape(used.shape)


def _student_coverage(t: float, degrees: int) -> float:
    angle = math.atan(t / math.sqrt(degrees))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = degrees % 2
    term = cosine if odd else 1.0
    total = term if degrees > 1 else 0.0
    for k in range(2 + odd, degrees - 1, 2):
        term *= (k - 1) / k * cosine**2
        total += term
    return (2 / math.pi) * (angle + sine * total) if odd else sine * total
