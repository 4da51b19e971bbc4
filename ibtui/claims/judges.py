"""The judges: questions that several claims put to runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations, pairwise

import numpy as np

from ibtui.analysis import phases
from ibtui.analysis.interval import Interval, mean
from ibtui.analysis.verdict import Said
from ibtui.analysis.violations import dpi_violations
from ibtui.claims.claim import Judge, Judgement, Reading, all_of, decided, of_the_end, opposite
from ibtui.claims.comparing import (
    change,
    difference,
    greater,
    if_there,
    positive,
    so_far,
    steps,
    told_apart,
    within,
)
from ibtui.claims.words import fall_of, falls_of, listed, phases_of, plainly, rise_of, span_of

TRIVIAL_BITS = 0.5  # closer to H(X) than this, a layer tells nearly all inputs apart
CLEARLY_SHARE = 0.01  # of frames and replicates


def output_fits_and_compresses(reading: Reading) -> Judgement:
    """Both phases in the output layer."""
    output = reading.output
    return Judgement(all_of((output.fits, output.compresses)), phases_of(output))


def hidden_layers_fit(reading: Reading) -> Judgement:
    """Every hidden layer fits that does not begin at H(Y)."""
    return layers_fit()(reading)


def layers_fit(*numbers: int) -> Judge:
    """These layers fit (T1 is 1), or all hidden ones, but for those with nothing left to fit."""

    def judged(reading: Reading) -> Judgement:
        chosen = [reading.verdicts[n - 1] for n in numbers] or reading.hidden
        looked_at = [one for one in chosen if not np.isnan(one.phases.rise_share.value)]
        full = [one.layer for one in chosen if one not in looked_at]
        words = [rise_of(one) for one in looked_at]
        if full:
            words.append(f"{', '.join(full)} with nothing left to fit")
        return Judgement(all_of(one.fits for one in looked_at), "; ".join(words))

    return judged


def no_hidden_layer_compresses(reading: Reading) -> Judgement:
    said = all_of(opposite(one.compresses) for one in reading.hidden)
    return Judgement(said, falls_of(reading.hidden))


def only_the_last_hidden_layer_compresses(reading: Reading) -> Judgement:
    *others, last = reading.hidden
    said = all_of((last.compresses, *(opposite(one.compresses) for one in others)))
    return Judgement(said, falls_of(reading.hidden))


def some_hidden_layer_compresses(reading: Reading) -> Judgement:
    parts = [opposite(one.compresses) for one in reading.hidden]
    return Judgement(opposite(all_of(parts)), falls_of(reading.hidden))


def layers_compress(*numbers: int, by: float | None = None) -> Judge:
    """These layers compress (T1 is 1; -1 the output), `by` so many bits where it is given."""

    def judged(reading: Reading) -> Judgement:
        under = reading if by is None else reading.under(compresses_bits=by)
        chosen = [under.verdicts[n - 1 if n > 0 else n] for n in numbers]
        asked = "" if by is None else f" (asked for: {by:g})"
        return Judgement(all_of(one.compresses for one in chosen), falls_of(chosen) + asked)

    return judged


@of_the_end
def two_phases_where_layers_can_be_told_apart(reading: Reading) -> Judgement:
    """Fitting and compression in every layer that ends at least a tenth of a bit below H(X)."""
    pairs = zip(reading.verdicts, told_apart(reading, -1), strict=True)
    looked_at = [(one, apart) for one, apart in pairs if apart is not False]
    said = [if_there(apart, all_of((one.fits, one.compresses))) for one, apart in looked_at]
    words = "; ".join(f"{one.layer} {phases_of(one)}" for one, _ in looked_at)
    return Judgement(all_of(said), words)


def the_first_compresses_and_the_second_does_not(one: Reading, other: Reading) -> Judgement:
    """Exact counts of two activations differ in the last hidden layer."""
    first, second = one.hidden[-1], other.hidden[-1]
    said = all_of((first.compresses, opposite(second.compresses)))
    return Judgement(said, f"{fall_of(first)} against {fall_of(second)}")


@of_the_end
def the_first_compresses_more(one: Reading, other: Reading) -> Judgement:
    """The hidden layer of each that compresses most decides; undecided where intervals overlap."""
    first, second = (max(r.hidden, key=lambda v: v.phases.fall.value) for r in (one, other))
    said = greater(first.phases.fall, second.phases.fall)
    return Judgement(said, f"{fall_of(first)} against {fall_of(second)}")


@of_the_end
def hidden_layers_are_trivial(reading: Reading) -> Judgement:
    """Every hidden layer ends within half a bit of H(X)."""
    floor = reading.run.recording.header.input_bits - TRIVIAL_BITS
    last = reading.i_xt_bits()[:-1]
    said = all_of(bits.above(floor) for bits in last)
    return Judgement(said, f"ends at {listed(reading, last)} of {floor + TRIVIAL_BITS:.2f} bits")


@of_the_end
def information_grows(*readings: Reading) -> Judgement:
    """I(X;T) of no layer ends clearly lower from each reading to the next, and of one higher.

    Replicates of one run are compared one by one; those of different runs by their intervals.
    """
    return _grows(readings, "i_xt_bits", "I(X;T)")


@of_the_end
def label_information_grows(*readings: Reading) -> Judgement:
    """The same of I(T;Y)."""
    return _grows(readings, "i_ty_bits", "I(T;Y)")


def _grows(readings: Sequence[Reading], name: str, symbol: str) -> Judgement:
    parts: list[Said] = []
    for one, other in pairwise(readings):
        if one.run is other.run:
            bits = getattr(one.run.recording, name)[-1]
            changes = [mean(row) for row in (bits[other.series] - bits[one.series]).T]
        else:
            pairs = zip(_last(one, name), _last(other, name), strict=True)
            changes = [difference(b, a) for a, b in pairs]
        fell = any(step.high < 0 for step in changes)
        rose = any(step.low > 0 for step in changes)
        parts.append(decided(rose and not fell, fell))
    words = "; ".join(listed(reading, _last(reading, name)) for reading in readings)
    return Judgement(all_of(parts), f"{symbol}: {words} bits")


def _last(reading: Reading, name: str) -> list[Interval]:
    return reading.i_xt_bits() if name == "i_xt_bits" else reading.i_ty_bits()


def the_dpi_is_violated(reading: Reading) -> Judgement:
    """Some layer knows more than the one before it in a hundredth of the frames or more."""
    recording, series = reading.run.recording, reading.series
    missing = np.isnan(recording.i_xt_bits[:, series]).all(axis=2)
    broken = np.where(missing, np.nan, dpi_violations(recording, series).any(axis=2))
    looked_at = broken[reading.looked_at]
    share = mean(np.nanmean(looked_at[:, ~np.isnan(looked_at).all(axis=0)], axis=0))
    said = share.above(CLEARLY_SHARE)
    words = f"in {share.value:.1%} [{share.low:.1%}, {share.high:.1%}] of the frames"
    return Judgement(so_far(said, reading), words)


def the_dpi_holds(reading: Reading) -> Judgement:
    found = the_dpi_is_violated(reading)
    return Judgement(opposite(found.said), f"violated {found.numbers}")


def accuracy_reaches(low: float, high: float = 1.0) -> Judge:
    """The best mean test accuracy over the run is from `low` to `high`."""

    def judged(reading: Reading) -> Judgement:
        best = phases.greatest(reading.run.recording.test_accuracy, reading.rule)
        reached = so_far(best.above(low), reading)
        passed = False if high >= 1 else so_far(best.above(high), reading)
        return Judgement(all_of((reached, opposite(passed))), f"best test accuracy {best.show(3)}")

    return judged


@of_the_end
def accuracy_is_lower(one: Reading, other: Reading) -> Judgement:
    """The test accuracy of the first run ends below that of the second."""
    first, second = (mean(r.run.recording.test_accuracy[-1]) for r in (one, other))
    return Judgement(greater(second, first), f"{first.show(3)} against {second.show(3)}")


@of_the_end
def more_layers_can_be_told_apart(one: Reading, other: Reading) -> Judgement:
    """More layers of the first run end at least a tenth of a bit below H(X)."""
    (least, most), (other_least, other_most) = (_count_apart(reading) for reading in (one, other))
    words = f"{span_of(least, most)} layers against {span_of(other_least, other_most)}"
    return Judgement(decided(least > other_most, most <= other_least), words)


def prefitting(test: Callable[[Reading], Judgement]) -> Judge:
    """A judge that looks at the prefitting epochs alone."""
    return lambda reading: test(reading.under(since=int(reading.run.recording.epoch[0]), until=0))


@of_the_end
def hidden_information_rises(reading: Reading) -> Judgement:
    """I(X;T) of every hidden layer that begins at least a tenth of a bit below H(X) rises."""
    return _information_rises(reading, len(reading.hidden))


@of_the_end
def all_information_rises(reading: Reading) -> Judgement:
    """The same of every layer, the output among them."""
    return _information_rises(reading, len(reading.verdicts))


def _information_rises(reading: Reading, layers: int) -> Judgement:
    changes = steps(reading, reading.run.recording.i_xt_bits)
    begins = told_apart(reading, 0)[:layers]
    apart = [n for n, said in enumerate(begins) if said is not False]
    words = ", ".join(f"{reading.verdicts[n].layer} {changes[n].show(2)}" for n in apart)
    if not apart:
        return Judgement(None, "every layer is near H(X) from the start")
    said = all_of(if_there(begins[n], positive(changes[n])) for n in apart)
    return Judgement(said, f"change of I(X;T): {words} bits")


@of_the_end
def hidden_label_information_rises(reading: Reading) -> Judgement:
    """I(T;Y) of some hidden layer rises, and of none falls."""
    changes = steps(reading, reading.run.recording.i_ty_bits)[:-1]
    fell = any(change.high < 0 for change in changes)
    rose = any(change.low > 0 for change in changes)
    words = ", ".join(
        f"{one.layer} {change.show(3)}" for one, change in zip(reading.hidden, changes, strict=True)
    )
    return Judgement(decided(rose and not fell, fell), f"change of I(T;Y): {words} bits")


@of_the_end
def label_information_rises_more(one: Reading, other: Reading) -> Judgement:
    """I(T;Y), mean over hidden layers, rises more in the first run."""
    first, second = (
        mean(change(r, r.run.recording.i_ty_bits)[:, :-1].mean(axis=1)) for r in (one, other)
    )
    words = f"I(T;Y) rises by {first.show(3)} against {second.show(3)} bits"
    return Judgement(greater(first, second), words)


@of_the_end
def the_output_does_not_move_along_x(reading: Reading) -> Judgement:
    """I(X;T) of the output changes by less than what counts as compression."""
    across = steps(reading, reading.run.recording.i_xt_bits)[-1]
    return Judgement(within(across, reading.rule.compresses_bits), f"I(X;T) {across.show(2)} bits")


@of_the_end
def the_output_does_not_move_along_y(reading: Reading) -> Judgement:
    """I(T;Y) of the output changes by less than 0.1 bit."""
    up = steps(reading, reading.run.recording.i_ty_bits)[-1]
    return Judgement(within(up, reading.rule.fits_bits), f"I(T;Y) {up.show(2)} bits")


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
            parts += [within(difference(a, b), near) for a, b in pairs]
        spans = np.ptp([[bits.value for bits in one] for one in layers], axis=0)
        words.append(f"{name} {plainly(spans, 2)}")
    return Judgement(all_of(parts), f"{', '.join(words)} bits apart")


def labels_are_learnt(share: float) -> Judge:
    """Every hidden layer's I(T;Y) ends at `share` or more of what inputs tell of labels."""

    def judged(reading: Reading) -> Judgement:
        goal = share * reading.run.recording.header.ceiling_bits
        last = reading.i_ty_bits()[:-1]
        words = f"I(T;Y) ends at {listed(reading, last)} of {goal / share:.2f} bits"
        return Judgement(all_of(bits.above(goal) for bits in last), words)

    return of_the_end(judged)


def no_hidden_layer_fits(reading: Reading) -> Judgement:
    said = all_of(opposite(one.fits) for one in reading.hidden)
    return Judgement(said, ", ".join(rise_of(one) for one in reading.hidden))


def compresses_while_overfitting(reading: Reading) -> Judgement:
    """A hidden layer compresses, and the test loss ends above its minimum."""
    loss = reading.run.recording.test_loss_nats
    over = phases.change(-loss, phases.fall_to_end, reading.rule)
    falls = some_hidden_layer_compresses(reading)
    said = all_of((falls.said, so_far(positive(over), reading)))
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


def _count_apart(reading: Reading) -> tuple[int, int]:
    """How many layers can be told apart at the end, at least and at most."""
    apart = told_apart(reading, -1)
    return apart.count(True), len(apart) - apart.count(False)
