"""Judges of the course of training: what happens when, and what comes first."""

from __future__ import annotations

import numpy as np

from ibtui.analysis import phases
from ibtui.analysis.interval import Interval, mean
from ibtui.analysis.verdict import Said
from ibtui.claims.claim import Judge, Judgement, Reading, all_of, decided, of_the_end, opposite
from ibtui.claims.comparing import greater, so_far
from ibtui.claims.words import rise_of
from ibtui.recording import Floats

SLIGHT_BITS = 0.05  # what the papers call a slight rise or a small compression
KNOWING = 0.9  # of what the inputs know of the labels: a layer that knows the labels
LEARNING = 0.75  # accuracy up to which a network has not learnt them


def between(since: int, until: int, judge: Judge) -> Judge:
    """A judge that looks at these epochs alone."""
    return lambda *readings: judge(*(r.under(since=since, until=until) for r in readings))


def rises_after(epoch: int, *numbers: int) -> Judge:
    """I(X;T) of these layers (T1 is 1) rises from its value at `epoch` by 0.05 bit or more."""

    def judged(reading: Reading) -> Judgement:
        found = [(n, _rise_after(reading, epoch, n - 1)) for n in numbers]
        words = ", ".join(f"T{n} {rise.show(2)}" for n, rise in found)
        said = all_of(so_far(rise.above(SLIGHT_BITS), reading) for _, rise in found)
        return Judgement(said, f"rises by {words} bits after epoch {epoch}")

    return judged


def does_not_rise_after(epoch: int, *numbers: int) -> Judge:
    def judged(reading: Reading) -> Judgement:
        each = [rises_after(epoch, n)(reading) for n in numbers]
        numbers_of_all = rises_after(epoch, *numbers)(reading).numbers
        return Judgement(all_of(opposite(one.said) for one in each), numbers_of_all)

    return judged


def fitting_is_interrupted(number: int) -> Judge:
    """I(X;T) of this layer (T1 is 1; -1 the output) falls and rises again before it has fitted."""

    def judged(reading: Reading) -> Judgement:
        verdict = reading.verdicts[number - 1 if number > 0 else number]
        recording = reading.run.recording
        layer = recording.header.layers.index(verdict.layer)
        epochs = recording.epoch[reading.looked_at]
        paths = _known(recording.i_xt_bits[reading.looked_at, reading.series, :, layer])
        fitted = int(np.searchsorted(epochs, verdict.phases.fitted.value, side="right"))
        if fitted < 3 or paths.shape[1] < 2:
            return Judgement(None, f"{verdict.layer} has fitted at once, or not been measured")
        fall = phases.change(paths[:fitted], phases.greatest_fall, reading.rule)
        trough = int(phases.greatest_fall(paths[:fitted].mean(axis=1)[:, None])[0, 1])
        again = phases.change(paths[trough:], phases.rise_from_start, reading.rule)
        parts = (fall.above(SLIGHT_BITS), again.above(SLIGHT_BITS))
        words = (
            f"{verdict.layer} falls by {fall.show(2)} until epoch {epochs[fitted - 1]} and rises "
            f"by {again.show(2)} bits after epoch {epochs[trough]}"
        )
        return Judgement(so_far(all_of(parts), reading), words)

    return judged


def neither_phase(*numbers: int) -> Judge:
    """These layers (T1 is 1), or all hidden ones, neither fit nor compress."""

    def judged(reading: Reading) -> Judgement:
        chosen = [reading.verdicts[n - 1] for n in numbers] or reading.hidden
        said = [opposite(one.fits) for one in chosen] + [opposite(one.compresses) for one in chosen]
        words = "; ".join(f"{rise_of(one)}, falls {one.phases.fall.show(2)}" for one in chosen)
        return Judgement(all_of(said), f"{words} bits")

    return judged


def knows_labels_before_learning(*numbers: int) -> Judge:
    """These layers have 0.9 of I(X;Y) in the first frame, while the accuracy is below 0.75."""

    def judged(reading: Reading) -> Judgement:
        recording = reading.run.recording
        goal = KNOWING * recording.header.ceiling_bits
        first = [reading.i_ty_bits(0)[n - 1] for n in numbers]
        accuracy = mean(recording.test_accuracy[0])
        said = all_of((*(bits.above(goal) for bits in first), opposite(accuracy.above(LEARNING))))
        words = ", ".join(f"T{n} {bits.show(2)}" for n, bits in zip(numbers, first, strict=True))
        return Judgement(said, f"I(T;Y) begins at {words} bits, test accuracy {accuracy.show(2)}")

    return judged


def starts_high_and_falls(*numbers: int) -> Judge:
    """I(X;T) of these layers (T1 is 1) does not rise above its start by 0.1 bit, and falls."""

    def judged(reading: Reading) -> Judgement:
        parts: list[Said] = []
        words = []
        for n in numbers:
            verdict = reading.verdicts[n - 1]
            rise = phases.change(_paths(reading, n - 1), phases.rise_from_start, reading.rule)
            parts += [opposite(rise.above(reading.rule.fits_bits)), verdict.falls]
            words.append(
                f"{verdict.layer} rises {rise.show(2)}, falls {verdict.phases.fall.show(2)}"
            )
        return Judgement(so_far(all_of(parts), reading), f"{'; '.join(words)} bits")

    return judged


def forgets_between(since: int, until: int) -> Judge:
    """I(X;T) and I(T;Y) of a hidden layer both fall between these epochs."""

    def judged(reading: Reading) -> Judgement:
        under = reading.under(since=since, until=until)
        said = [one.forgets for one in under.hidden]
        words = ", ".join(
            f"{one.layer} {one.phases.fall.show(2)} with {one.phases.forgotten.show(2)}"
            for one in under.hidden
        )
        some = decided(True in said, None not in said and True not in said)
        return Judgement(some, f"I(X;T) with I(T;Y) falls by {words} bits")

    return judged


def only_compresses(number: int) -> Judge:
    """This hidden layer alone compresses (T1 is 1)."""

    def judged(reading: Reading) -> Judgement:
        said = [
            one.compresses if n == number else opposite(one.compresses)
            for n, one in enumerate(reading.hidden, start=1)
        ]
        words = ", ".join(f"{one.layer} {one.phases.fall.show(2)}" for one in reading.hidden)
        return Judgement(all_of(said), f"falls by {words} bits")

    return judged


@of_the_end
def the_first_enters_compression_sooner(one: Reading, other: Reading) -> Judgement:
    """In the hidden layer that falls most in both: a replicate is in it once it fell enough.

    Enough is what counts as compression. Epochs are compared as ratios.
    """
    pairs = list(zip(one.hidden, other.hidden, strict=True))
    falls = [min(a.phases.fall.value, b.phases.fall.value) for a, b in pairs]
    layer = int(np.nanargmax(falls))
    name = pairs[layer][0].layer
    if not all(verdict.falls for verdict in pairs[layer]):
        return Judgement(None, f"{name} has falls that are undecided or none")
    entered = [mean(_log_entry(reading, layer)) for reading in (one, other)]
    words = " against ".join(f"{10**epoch.value - 1:.0f}" for epoch in entered)
    return Judgement(greater(entered[1], entered[0]), f"{name} from epoch {words}")


def _log_entry(reading: Reading, layer: int) -> Floats:
    """log10 of 1 + the epoch from which each replicate has fallen enough, (R,); else NaN."""
    paths = reading.run.recording.i_xt_bits[reading.looked_at, reading.series, :, layer]
    epochs = reading.run.recording.epoch[reading.looked_at]
    fallen = np.fmax.accumulate(paths, axis=0) - paths >= reading.rule.compresses_bits
    return np.where(fallen.any(axis=0), np.log10(1 + epochs[fallen.argmax(axis=0)]), np.nan)


def _rise_after(reading: Reading, epoch: int, layer: int) -> Interval:
    recording = reading.run.recording
    later = reading.looked_at & (recording.epoch >= epoch)
    paths = _known(recording.i_xt_bits[later, reading.series, :, layer])
    if len(paths) < 2 or paths.shape[1] < 2:
        return Interval(np.nan, np.nan, np.nan)
    return phases.change(paths, phases.rise_from_start, reading.rule)


def _paths(reading: Reading, layer: int) -> Floats:
    bits = reading.run.recording.i_xt_bits[reading.looked_at, reading.series, :, layer]
    return _known(bits)


def _known(paths: Floats) -> Floats:
    """Frames and replicates that were measured throughout."""
    paths = paths[np.isfinite(paths).any(axis=1)]
    return paths[:, np.isfinite(paths).all(axis=0)]
