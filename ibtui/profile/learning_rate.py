"""Learning rate: that of every epoch, by the schedule of a profile."""

from __future__ import annotations

import math

from ibtui.profile.model import Training

STEP_FACTOR = 0.1


def learning_rate(training: Training, epoch: int) -> float:
    """The learning rate of the epoch that begins after `epoch` completed ones.

    It changes between epochs and counts those on the true labels; prefitting, below 0, goes at the
    first one's. "cosine" is r (1 + cos(pi e/E))/2 over E epochs (Loshchilov & Hutter 2017, without
    restarts), "step" is r f^floor(e/n). Of a run that went on, E is the end planned at the time.
    """
    rate, done = training.learning_rate, max(epoch, 0)
    match training.schedule:
        case "cosine":
            end = next((end for end in training.ends if done < end), training.epochs)
            return rate * (1 + math.cos(math.pi * done / end)) / 2
        case "step":
            assert training.schedule_every is not None
            factor = training.schedule_factor or STEP_FACTOR
            return rate * factor ** (done // training.schedule_every)
        case "constant":
            return rate
