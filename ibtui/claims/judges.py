"""The judges: questions that several claims put to runs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, pairwise

import numpy as np

from ibtui.analysis import phases
from ibtui.analysis.interval import Interval, mean
from ibtui.analysis.verdict import Said, Verdict
from ibtui.analysis.violations import dpi_violations
from ibtui.claims.claim import Judge, Judgement, Reading, all_of, decided, of_the_end, opposite

TRIVIAL_BITS = 0.5  # closer to H(X) than this, a layer tells nearly all inputs apart
APART_BITS = 0.1  # further below H(X) than this, a layer can be told apart in the plane
CLEARLY_SHARE = 0.01  # of frames and replicates


def output_fits_and_compresses(reading: Reading) -> Judgement:
    """Both phases in the output layer."""
    output = reading.output
    return Judgement(all_of((output.fits, output.compresses)), _phases(output))


def hidden_layers_fit(reading: Reading) -> Judgement:
    """Every hidden layer fits that does not begin at H(Y)."""
    return layers_fit()(reading)


def layers_fit(*numbers: int) -> Judge:
    """These layers fit (T1 is 1), or all hidden ones, but for those with nothing left to fit."""

    def judged(reading: Reading) -> Judgement:
        chosen = [reading.verdicts[n - 1] for n in numbers] or reading.hidden
        looked_at = [one for one in chosen if not np.isnan(one.phases.rise_share.value)]
        full = [one.layer for one in chosen if one not in looked_at]
        words = [_rise(one) for one in looked_at]
        if full:
            words.append(f"{', '.join(full)} with nothing left to fit")
        return Judgement(all_of(one.fits for one in looked_at), "; ".join(words))

    return judged


def no_hidden_layer_compresses(reading: Reading) -> Judgement:
    said = all_of(opposite(one.compresses) for one in reading.hidden)
    return Judgement(said, _falls(reading.hidden))


def only_the_last_hidden_layer_compresses(reading: Reading) -> Judgement:
    *others, last = reading.hidden
    said = all_of((last.compresses, *(opposite(one.compresses) for one in others)))
    return Judgement(said, _falls(reading.hidden))


def some_hidden_layer_compresses(reading: Reading) -> Judgement:
    parts = [opposite(one.compresses) for one in reading.hidden]
    return Judgement(opposite(all_of(parts)), _falls(reading.hidden))


def layers_compress(*numbers: int, by: float | None = None) -> Judge:
    """These layers compress (T1 is 1; -1 the output), `by` so many bits where it is given."""

    def judged(reading: Reading) -> Judgement:
        under = reading if by is None else reading.under(compresses_bits=by)
        chosen = [under.verdicts[n - 1 if n > 0 else n] for n in numbers]
        asked = "" if by is None else f" (asked for: {by:g})"
        return Judgement(all_of(one.compresses for one in chosen), _falls(chosen) + asked)

    return judged


def two_phases_where_layers_can_be_told_apart(reading: Reading) -> Judgement:
    """Fitting and compression in every layer that ends at least a tenth of a bit below H(X)."""
    pairs = zip(reading.verdicts, _told_apart(reading, -1), strict=True)
    looked_at = [(one, apart) for one, apart in pairs if apart is not False]
    said = [_if(apart, all_of((one.fits, one.compresses))) for one, apart in looked_at]
    words = "; ".join(f"{one.layer} {_phases(one)}" for one, _ in looked_at)
    return Judgement(all_of(said), words)


def the_first_compresses_and_the_second_does_not(one: Reading, other: Reading) -> Judgement:
    """Exact counts of two activations differ in the last hidden layer."""
    first, second = one.hidden[-1], other.hidden[-1]
    said = all_of((first.compresses, opposite(second.compresses)))
    return Judgement(said, f"{_fall(first)} against {_fall(second)}")


def the_first_compresses_more(one: Reading, other: Reading) -> Judgement:
    """The hidden layer of each that compresses most decides; undecided where intervals overlap."""
    first, second = (max(r.hidden, key=lambda v: v.phases.fall.value) for r in (one, other))
    said = _greater(first.phases.fall, second.phases.fall)
    return Judgement(said, f"{_fall(first)} against {_fall(second)}")


@of_the_end
def hidden_layers_are_trivial(reading: Reading) -> Judgement:
    """Every hidden layer ends within half a bit of H(X)."""
    floor = reading.run.recording.header.input_bits - TRIVIAL_BITS
    last = reading.i_xt_bits()[:-1]
    said = all_of(bits.above(floor) for bits in last)
    return Judgement(said, f"ends at {_list(reading, last)} of {floor + TRIVIAL_BITS:.2f} bits")


@of_the_end
def information_grows(*readings: Reading) -> Judgement:
    """From each reading to the next, I(X;T) of no layer ends clearly lower, and of one higher.

    Replicates of one run are compared one by one; those of different runs by their intervals.
    """
    parts: list[Said] = []
    for one, other in pairwise(readings):
        if one.run is other.run:
            bits = one.run.recording.i_xt_bits[-1]
            steps = [mean(row) for row in (bits[other.series] - bits[one.series]).T]
        else:
            pairs = zip(one.i_xt_bits(), other.i_xt_bits(), strict=True)
            steps = [_difference(b, a) for a, b in pairs]
        fell = any(step.high < 0 for step in steps)
        rose = any(step.low > 0 for step in steps)
        parts.append(decided(rose and not fell, fell))
    words = "; ".join(f"{_list(reading, reading.i_xt_bits())}" for reading in readings)
    return Judgement(all_of(parts), f"I(X;T): {words} bits")


def the_dpi_is_violated(reading: Reading) -> Judgement:
    """Some layer knows more than the one before it in a hundredth of the frames or more."""
    recording, series = reading.run.recording, reading.series
    missing = np.isnan(recording.i_xt_bits[:, series]).all(axis=2)
    broken = np.where(missing, np.nan, dpi_violations(recording, series).any(axis=2))
    looked_at = broken[reading.looked_at]
    share = mean(np.nanmean(looked_at[:, ~np.isnan(looked_at).all(axis=0)], axis=0))
    said = share.above(CLEARLY_SHARE)
    words = f"in {share.value:.1%} [{share.low:.1%}, {share.high:.1%}] of the frames"
    return Judgement(_so_far(said, reading), words)


def the_dpi_holds(reading: Reading) -> Judgement:
    found = the_dpi_is_violated(reading)
    return Judgement(opposite(found.said), f"violated {found.numbers}")


def accuracy_reaches(low: float, high: float = 1.0) -> Judge:
    """The best mean test accuracy over the run is from `low` to `high`."""

    def judged(reading: Reading) -> Judgement:
        best = phases.greatest(reading.run.recording.test_accuracy, reading.rule)
        reached = _so_far(best.above(low), reading)
        passed = False if high >= 1 else _so_far(best.above(high), reading)
        return Judgement(all_of((reached, opposite(passed))), f"best test accuracy {best.show(3)}")

    return judged


@of_the_end
def accuracy_is_lower(one: Reading, other: Reading) -> Judgement:
    """The test accuracy of the first run ends below that of the second."""
    first, second = (mean(r.run.recording.test_accuracy[-1]) for r in (one, other))
    return Judgement(_greater(second, first), f"{first.show(3)} against {second.show(3)}")


@of_the_end
def more_layers_can_be_told_apart(one: Reading, other: Reading) -> Judgement:
    """More layers of the first run end at least a tenth of a bit below H(X)."""
    (least, most), (other_least, other_most) = (_count_apart(reading) for reading in (one, other))
    words = f"{_range(least, most)} layers against {_range(other_least, other_most)}"
    return Judgement(decided(least > other_most, most <= other_least), words)


def prefitting(test: Callable[[Reading], Judgement]) -> Judge:
    """A judge that looks at the prefitting epochs alone."""
    return lambda reading: test(reading.under(since=int(reading.run.recording.epoch[0]), until=0))


@of_the_end
def hidden_information_rises(reading: Reading) -> Judgement:
    """I(X;T) of every hidden layer that begins at least a tenth of a bit below H(X) rises."""
    steps = _steps(reading, reading.run.recording.i_xt_bits)
    hidden = _told_apart(reading, 0)[: len(reading.hidden)]
    apart = [n for n, said in enumerate(hidden) if said is not False]
    words = ", ".join(f"{reading.verdicts[n].layer} {steps[n].show(2)}" for n in apart)
    if not apart:
        return Judgement(None, "every hidden layer is near H(X) from the start")
    said = all_of(_if(hidden[n], _positive(steps[n])) for n in apart)
    return Judgement(said, f"change of I(X;T): {words} bits")


@of_the_end
def the_output_does_not_move(reading: Reading) -> Judgement:
    """I(X;T) of the output changes by less than what counts as compression, I(T;Y) than 0.1."""
    across, up = (
        _steps(reading, bits)[-1]
        for bits in (reading.run.recording.i_xt_bits, reading.run.recording.i_ty_bits)
    )
    small = reading.rule.compresses_bits
    said = all_of((_within(across, small), _within(up, 0.1)))
    return Judgement(said, f"I(X;T) {across.show(2)}, I(T;Y) {up.show(2)} bits")


@of_the_end
def ends_agree(*readings: Reading) -> Judgement:
    """The hidden layers end within a bit of I(X;T) and a tenth of I(T;Y) of one another."""
    parts: list[Said] = []
    words = []
    ends = (
        ("I(X;T)", [r.i_xt_bits()[:-1] for r in readings], 1.0),
        ("I(T;Y)", [r.i_ty_bits()[:-1] for r in readings], 0.1),
    )
    for name, layers, near in ends:
        for one, other in combinations(layers, 2):
            pairs = zip(one, other, strict=True)
            parts += [_within(_difference(a, b), near) for a, b in pairs]
        spans = np.ptp([[bits.value for bits in one] for one in layers], axis=0)
        words.append(f"{name} {_plain(spans, 2)}")
    return Judgement(all_of(parts), f"{', '.join(words)} bits apart")


def labels_are_learnt(share: float) -> Judge:
    """Every hidden layer's I(T;Y) ends at `share` of H(Y) or more."""

    def judged(reading: Reading) -> Judgement:
        goal = share * reading.run.recording.header.label_bits
        last = reading.i_ty_bits()[:-1]
        words = f"I(T;Y) ends at {_list(reading, last)} of {goal / share:.2f} bits"
        return Judgement(all_of(bits.above(goal) for bits in last), words)

    return of_the_end(judged)


def no_hidden_layer_fits(reading: Reading) -> Judgement:
    said = all_of(opposite(one.fits) for one in reading.hidden)
    return Judgement(said, ", ".join(_rise(one) for one in reading.hidden))


def compresses_while_overfitting(reading: Reading) -> Judgement:
    """A hidden layer compresses, and the test loss ends above its minimum."""
    loss = reading.run.recording.test_loss_nats
    over = phases.change(-loss, phases.fall_to_end, reading.rule)
    falls = some_hidden_layer_compresses(reading)
    said = all_of((falls.said, _positive(over)))
    return Judgement(said, f"{falls.numbers}; test loss {over.show(3)} nats above its minimum")


@of_the_end
def overfits(reading: Reading) -> Judgement:
    """The training accuracy ends above the test accuracy by a hundredth or more."""
    recording = reading.run.recording
    gap = mean(recording.train_accuracy[-1] - recording.test_accuracy[-1])
    return Judgement(gap.above(0.01), f"training accuracy {gap.show(3)} above test accuracy")


def does_not_overfit(reading: Reading) -> Judgement:
    found = overfits(reading)
    return Judgement(opposite(found.said), found.numbers)


def _told_apart(reading: Reading, frame: int) -> list[Said]:
    """Whether each layer lacks a state for nearly every input in one frame."""
    ceiling = reading.run.recording.header.input_bits - APART_BITS
    return [opposite(bits.above(ceiling)) for bits in reading.i_xt_bits(frame)]


def _count_apart(reading: Reading) -> tuple[int, int]:
    """How many layers can be told apart at the end, at least and at most."""
    apart = _told_apart(reading, -1)
    return apart.count(True), len(apart) - apart.count(False)


def _if(there: Said, said: Said) -> Said:
    """What is said of something; undecided where it may not be there and would say no."""
    return said if there or said else None


def _so_far(said: Said, reading: Reading) -> Said:
    """What is not there yet may come: a run that goes on decides no absence."""
    return None if said is False and not reading.whole else said


def _steps(reading: Reading, bits: np.ndarray) -> list[Interval]:
    """The change of each layer from the first to the last frame that the rule looks at."""
    looked_at = np.flatnonzero(reading.looked_at)
    change = bits[looked_at[-1], reading.series] - bits[looked_at[0], reading.series]
    return [mean(change[:, n]) for n in range(change.shape[1])]


def _difference(one: Interval, other: Interval) -> Interval:
    """A cautious interval of a difference: where it excludes 0, the two do not overlap."""
    return Interval(one.value - other.value, one.low - other.high, one.high - other.low)


def _positive(bits: Interval) -> Said:
    if np.isnan(bits.low):
        return None
    if bits.low > 0:
        return True
    return False if bits.high <= 0 else None


def _within(bits: Interval, size: float) -> Said:
    if np.isnan(bits.low):
        return None
    if -size < bits.low and bits.high < size:
        return True
    return False if bits.low >= size or bits.high <= -size else None


def _greater(one: Interval, other: Interval) -> Said:
    if one.low > other.high:
        return True
    return False if other.low > one.high else None


def _phases(verdict: Verdict) -> str:
    found = verdict.phases
    return f"rises {found.rise.show(2)}, falls {found.fall.show(2)} bits"


def _falls(found: list[Verdict]) -> str:
    return ", ".join(_fall(one) for one in found) + " bits"


def _fall(verdict: Verdict) -> str:
    """`T5 4.20 [3.51, 4.83]`, and what else must be known of such a fall."""
    words = f"{verdict.layer} {verdict.phases.fall.show(2)}"
    if verdict.forgets:
        words += " forgotten"
    elif verdict.falls and verdict.lasts is False:
        words += " in mid-run"
    return words


def _rise(verdict: Verdict) -> str:
    found = verdict.phases
    words = f"{verdict.layer} {found.rise.show(2)}"
    full = np.isnan(found.rise_share.value)
    return words if full else f"{words}, {found.rise_share.value:.0%} of its headroom"


def _range(least: int, most: int) -> str:
    return str(least) if least == most else f"{least} to {most}"


def _list(reading: Reading, bits: list[Interval]) -> str:
    pairs = zip(reading.verdicts, bits, strict=False)
    return ", ".join(f"{verdict.layer} {one.value:.2f}" for verdict, one in pairs)


def _plain(values: np.ndarray, digits: int) -> str:
    return ", ".join(f"{value:.{digits}f}" for value in values)
