"""Phases: where the mean information of one layer rises and falls over training, and by how much.

A rise of I(T;Y) is looked for from the first frame to any later one, a fall of I(X;T) between any
frame and any later one: a fall in mid-run that recovers is a fall, and how much of it is left at
the end is said apart. All bits are cross-fitted (`ibtui.analysis.crossfit`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ibtui.analysis import crossfit
from ibtui.analysis.crossfit import Frames
from ibtui.analysis.interval import MISSING, Interval
from ibtui.analysis.rule import FULL_BITS, Rule
from ibtui.analysis.summary import TOLERANCE_BITS
from ibtui.recording import Floats

INTERLACED = 64  # frames from which on a replicate's own fall is found and measured on others
CLEAR_STEP = 6  # median steps between frames, 4 standard deviations of white noise


@dataclass(frozen=True)
class Phases:
    """The phases of one layer; of no replicate all is NaN, of one there are no intervals.

    `rise` is that of I(T;Y) from the first frame to its maximum in bits, `rise_share` the same as
    a share of the headroom (NaN where there is none), `fitted` the epoch at which
    `Rule.fitted_share` of the rise is made. `fall` is the greatest fall of I(X;T) from the epoch
    `peak` to the later epoch `trough`, `lasting` that from its maximum to the last frame, and
    `forgotten` that of I(T;Y) from its maximum between these epochs to `trough`; the estimands are
    those of the mean curve of infinitely many replicates. `fell` counts the replicates whose own
    I(X;T) falls, between frames of its own, by `Rule.compresses_bits` or more.
    """

    rise: Interval = MISSING
    rise_share: Interval = MISSING
    fitted: Interval = MISSING
    fall: Interval = MISSING
    peak: Interval = MISSING
    trough: Interval = MISSING
    lasting: Interval = MISSING
    forgotten: Interval = MISSING
    fell: int = 0


def phases(
    epoch: NDArray[np.int64], i_xt_bits: Floats, i_ty_bits: Floats, ceiling_bits: float, rule: Rule
) -> Phases:
    """The phases of (E, R) without NaN; `ceiling_bits` is the most that I(T;Y) can be."""
    if not i_xt_bits.size:
        return Phases()
    fell = int((own_falls(i_xt_bits) >= rule.compresses_bits).sum())
    full = ceiling_bits - i_ty_bits[0].mean() < FULL_BITS
    if i_xt_bits.shape[1] == 1:
        return _of_one(epoch, i_xt_bits, i_ty_bits, math.nan if full else ceiling_bits, rule, fell)
    over = crossfit.draws(i_xt_bits.shape[1], rule.resamples, rule.seed)
    across, up = crossfit.Search(i_xt_bits, over), crossfit.Search(i_ty_bits, over)
    fall, lasting, rise = (
        across.find(greatest_fall),
        across.find(fall_to_end),
        up.find(rise_from_start),
    )

    def bits(paths: Floats, found: crossfit.Found) -> Interval:
        return crossfit.measured(paths, found, over, rule.coverage)

    def at(frames: Frames) -> Interval:
        return crossfit.epochs(epoch, frames, rule.coverage)

    return Phases(
        rise=bits(i_ty_bits, rise),
        rise_share=MISSING
        if full
        else crossfit.measured_share(i_ty_bits, rise, over, rule.coverage, ceiling_bits),
        fitted=at(_reached(up.wholes, rule.fitted_share)),
        fall=bits(i_xt_bits, fall),
        peak=at(fall.wholes[:, 0]),
        trough=at(fall.wholes[:, 1]),
        lasting=bits(i_xt_bits, lasting),
        forgotten=bits(i_ty_bits, up.find_within(fall, fall_within)),
        fell=fell,
    )


def change(paths: Floats, find: crossfit.Find, rule: Rule) -> Interval:
    """How far the mean of any quantity (E, R) is apart between two frames that `find` takes of it.

    Replicates with a NaN are left out; MISSING where that leaves fewer than two.
    """
    return _cross_fitted(paths[:, ~np.isnan(paths).any(axis=0)], find, rule)


def greatest(paths: Floats, rule: Rule) -> Interval:
    """The greatest value of the mean of any quantity (E, R), with the same care."""
    return _cross_fitted(paths[:, ~np.isnan(paths).any(axis=0)], _maximum_and_zero, rule)


def greatest_fall(paths: Floats) -> Frames:
    """The frames of the greatest fall of each path (E, P) to a later frame, (P, 2).

    The last frame at the maximum and the first at the minimum, where there are several.
    """
    top = _highest_so_far(paths)
    trough = first_greatest(top - paths)
    highest = np.take_along_axis(top, trough[None], axis=0) - TOLERANCE_BITS
    at = np.arange(len(paths))[:, None]
    at_peak = (paths >= highest) & (at <= trough)
    peak = len(paths) - 1 - at_peak[::-1].argmax(axis=0)
    return np.stack([peak, trough], axis=1)


def fall_within(paths: Floats, span: Frames) -> Frames:
    """The frames of the maximum of each path (E, P) within a span (P, 2) and of the span's end."""
    at = np.arange(len(paths))[:, None]
    inside = (at >= span[:, 0]) & (at <= span[:, 1])
    return np.stack([first_greatest(np.where(inside, paths, -np.inf)), span[:, 1]], axis=1)


def fall_to_end(paths: Floats) -> Frames:
    """The frames of the maximum of each path (E, P) and of its end, (P, 2)."""
    peak = first_greatest(paths)
    return np.stack([peak, np.full_like(peak, len(paths) - 1)], axis=1)


def rise_from_start(paths: Floats) -> Frames:
    """The frames of the maximum of each path (E, P) and of its start, (P, 2)."""
    peak = first_greatest(paths)
    return np.stack([peak, np.zeros_like(peak)], axis=1)


def first_greatest(paths: Floats) -> Frames:
    """The first frame at which each path (E, P) is at its maximum, but for rounding."""
    return (paths >= paths.max(axis=0) - TOLERANCE_BITS).argmax(axis=0)


def own_falls(paths: Floats) -> Floats:
    """The greatest fall of each replicate's own path, (E, R) to (R,).

    With `INTERLACED` frames or more, it is found on every second frame (means of three of them) and
    measured on their neighbours, once each way, so that noise alone does not fall. The first and
    the last frame have one neighbour; where a step from it is clearly more than noise, they are
    taken as they are.
    """
    count = len(paths)
    columns = np.arange(paths.shape[1])
    if count < INTERLACED:
        peak, trough = greatest_fall(paths).T
        return paths[peak, columns] - paths[trough, columns]
    near = paths.copy()
    near[1:-1] = (paths[:-2] + paths[2:]) / 2
    step = np.abs(np.diff(paths, axis=0))
    noise = CLEAR_STEP * np.median(step, axis=0)
    for end, neighbour in ((0, 1), (-1, -2)):
        near[end] = np.where(step[end] > noise, paths[end], paths[neighbour])
    falls = np.zeros(paths.shape[1])
    for start in (0, 1):
        chosen = np.union1d(np.arange(start, count, 2), [0, count - 1])
        peak, trough = chosen[greatest_fall(crossfit.smoothed(paths[chosen], 1)).T]
        falls += (near[peak, columns] - near[trough, columns]) / 2
    return falls


def _cross_fitted(paths: Floats, find: crossfit.Find, rule: Rule) -> Interval:
    if paths.shape[1] < 2:
        return MISSING
    over = crossfit.draws(paths.shape[1], rule.resamples, rule.seed)
    found = crossfit.Search(paths, over).find(find)
    with_zero = np.concatenate([paths, np.zeros_like(paths[:1])])
    return crossfit.measured(with_zero, found, over, rule.coverage)


def _maximum_and_zero(paths: Floats) -> Frames:
    """The frame of the maximum of each path (E, P) and the frame of zeros after the last."""
    peak = first_greatest(paths)
    return np.stack([peak, np.full_like(peak, len(paths))], axis=1)


def _highest_so_far(paths: Floats) -> Floats:
    """`np.maximum.accumulate` over the first axis, which takes ten times as long."""
    top = paths.copy()
    for frame in range(1, len(top)):
        np.maximum(top[frame - 1], top[frame], out=top[frame])
    return top


def _reached(paths: Floats, share: float) -> Frames:
    """The first frame at which each path (E, P) has made a share of its rise, (P,)."""
    goal = paths[0] + share * (paths.max(axis=0) - paths[0])
    return (paths >= goal - TOLERANCE_BITS).argmax(axis=0)


def _of_one(
    epoch: NDArray[np.int64], xt: Floats, ty: Floats, ceiling: float, rule: Rule, fell: int
) -> Phases:
    (fall,), (lasting,) = greatest_fall(xt), fall_to_end(xt)
    (rise,), (forgotten,) = rise_from_start(ty), fall_within(ty, greatest_fall(xt))

    def bits(path: Floats, frames: Frames) -> float:
        return float(path[frames[0], 0] - path[frames[1], 0])

    alone = {
        "rise": bits(ty, rise),
        "rise_share": bits(ty, rise) / (ceiling - float(ty[0, 0])),
        "fitted": float(epoch[_reached(ty, rule.fitted_share)[0]]),
        "fall": bits(xt, fall),
        "peak": float(epoch[fall[0]]),
        "trough": float(epoch[fall[1]]),
        "lasting": bits(xt, lasting),
        "forgotten": bits(ty, forgotten),
    }
    intervals = {name: Interval(one, math.nan, math.nan) for name, one in alone.items()}
    return Phases(**intervals, fell=fell)
