"""Schedule: at which epochs a run is measured, and how many steps make it a long one."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ibtui.networks import Factory
from ibtui.profile import Profile

WORTH_COMPILING = 10_000  # steps: below, an eager run is over before a compiled one has begun


def planned_epochs(profile: Profile) -> NDArray[np.int64]:
    """The epochs of all frames, ascending, the first and the last always among them.

    Epoch 0 is before training on the true labels; epochs of prefitting are negative. A run that
    went on has the frames that it was planned with until it was to end, that last one too.
    """
    first, ends = -profile.training.prefit_epochs, profile.training.ends
    measure = profile.measure
    if measure.schedule == "linear":
        epochs = np.arange(first, ends[-1] + 1, measure.every)
    else:
        plans = [first + log_spaced(end - first, measure.points) for end in ends]
        before = (first - 1, *ends)
        epochs = np.concatenate([p[p > end] for p, end in zip(plans, before, strict=False)])
    return np.union1d(epochs, (first, 0, *ends)).astype(np.int64)


def kept_epochs(profile: Profile) -> NDArray[np.int64]:
    """The epochs whose weights are kept, ascending: of the last frame unless the profile says.

    Of somebody else's network there are none.
    """
    planned = planned_epochs(profile)
    if isinstance(profile.network, Factory):
        return planned[:0]
    match profile.measure.weights:
        case "frames":
            return planned
        case "none":
            return planned[:0]
        case _:
            return planned[-1:]


def kept_count(profile: Profile) -> int:
    """How many epochs `kept_epochs` gives, by arithmetic alone."""
    if isinstance(profile.network, Factory):
        return 0
    return {"frames": frame_count(profile), "none": 0}.get(profile.measure.weights or "end", 1)


def frame_count(profile: Profile) -> int:
    """How many epochs `planned_epochs` gives, by arithmetic alone, however many they are."""
    prefit, measure = profile.training.prefit_epochs, profile.measure
    whole = prefit + profile.training.epochs
    if whole == 0:
        return 1
    if measure.schedule == "linear":
        between = {prefit, *(prefit + end for end in profile.training.ends)} - {0}
        return whole // measure.every + 1 + sum(1 for at in between if at % measure.every)
    if profile.training.earlier_epochs:
        return len(planned_epochs(profile))  # no more than the points of every end
    pieces = measure.points - 1
    growth = math.log(whole) / pieces  # of the logarithm, from one point to the next
    # Points that lie closer than 1 to the one before take every whole number on their way.
    dense = pieces
    if growth > 0:
        dense = min(pieces, math.ceil(max(-math.log(math.expm1(growth)), 0.0) / growth))
    reached = whole if dense == pieces else round(math.exp(dense * growth))
    near = math.log(max(prefit, 1)) / growth if growth > 0 else 0.0
    beside = {round(math.exp(min(max(at, 0), pieces) * growth)) for at in _around(near)}
    met = prefit <= reached or prefit == whole or prefit in beside
    return 1 + reached + pieces - dense + (0 if met else 1)


def _around(place: float) -> range:
    return range(math.floor(place) - 1, math.ceil(place) + 2)


def log_spaced(last: int, points: int) -> NDArray[np.int64]:
    """About `points` whole numbers from 0 to `last`, evenly spaced in the logarithm."""
    if last == 0:
        return np.zeros(1, np.int64)
    return np.unique(np.round(np.geomspace(1, last, points)).astype(np.int64))
