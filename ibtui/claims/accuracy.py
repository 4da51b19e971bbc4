"""Judges of accuracies: of one run, and of runs beside each other."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ibtui.analysis import phases
from ibtui.analysis.interval import mean
from ibtui.analysis.verdict import Said
from ibtui.claims.claim import Judge, Judgement, Reading, all_of, decided, of_the_end
from ibtui.claims.comparing import difference, greater, positive, within
from ibtui.recording import Floats

SIMILAR, SLIGHTLY = 0.02, 0.05  # apart


def accuracy_is_near(by: float) -> Judge:
    """The test accuracies of two runs end less than `by` apart."""

    def judged(one: Reading, other: Reading) -> Judgement:
        first, second = (mean(r.run.recording.test_accuracy[-1]) for r in (one, other))
        said = within(difference(first, second), by)
        return Judgement(said, f"test accuracy {first.show(3)} against {second.show(3)}")

    return of_the_end(judged)


@of_the_end
def training_accuracy_grows(*readings: Reading) -> Judgement:
    """The training accuracy ends higher from each run to the next."""
    last = [mean(reading.run.recording.train_accuracy[-1]) for reading in readings]
    said = all_of(greater(other, one) for one, other in pairwise(last))
    return Judgement(said, f"training accuracy {', '.join(one.show(3) for one in last)}")


@of_the_end
def training_accuracy_decreases(reading: Reading) -> Judgement:
    """The mean training accuracy ends below its maximum."""
    fall = phases.change(reading.run.recording.train_accuracy, phases.fall_to_end, reading.rule)
    return Judgement(positive(fall), f"{fall.show(3)} below its maximum")


@of_the_end
def accuracies_vary_less(one: Reading, other: Reading) -> Judgement:
    """Test accuracies of the first end nearer to their median (Brown and Forsythe's distances)."""
    first, second = (mean(_distances(r.run.recording.test_accuracy[-1])) for r in (one, other))
    words = f"{first.show(3)} from the median against {second.show(3)}"
    return Judgement(greater(second, first), words)


@of_the_end
def accuracy_does_not_rise(reading: Reading) -> Judgement:
    """The test accuracy ends less than 0.05 above where it begins."""
    recording = reading.run.recording
    looked_at = np.flatnonzero(reading.looked_at)
    accuracy = recording.test_accuracy[looked_at]
    rise = mean(accuracy[-1] - accuracy[0])
    said: Said = decided(rise.high < SLIGHTLY, rise.low >= SLIGHTLY)
    return Judgement(said, f"test accuracy rises by {rise.show(3)}")


def _distances(accuracy: Floats) -> Floats:
    return np.abs(accuracy - np.nanmedian(accuracy))
