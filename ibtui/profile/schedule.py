"""Schedule: at which epochs a run is measured, and how many steps make it a long one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ibtui.profile import Profile

WORTH_COMPILING = 10_000  # steps: below, an eager run is over before a compiled one has begun


def planned_epochs(profile: Profile) -> NDArray[np.int64]:
    """The epochs of all frames, ascending, the first and the last always among them.

    Epoch 0 is before training on the true labels; epochs of prefitting are negative.
    """
    first, last = -profile.training.prefit_epochs, profile.training.epochs
    measure = profile.measure
    if measure.schedule == "linear":
        epochs = np.arange(first, last + 1, measure.every)
    else:
        epochs = first + _log_spaced(last - first, measure.points)
    return np.union1d(epochs, (first, 0, last)).astype(np.int64)


def _log_spaced(last: int, points: int) -> NDArray[np.int64]:
    """About `points` whole numbers from 0 to `last`, evenly spaced in the logarithm."""
    if last == 0:
        return np.zeros(1, np.int64)
    return np.unique(np.round(np.geomspace(1, last, points)).astype(np.int64))
