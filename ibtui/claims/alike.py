"""Judges of likeness: of planes, of phases, of layers, of replicates to their mean."""

from __future__ import annotations

import numpy as np

from ibtui.analysis.interval import Interval, mean
from ibtui.analysis.summary import median_replicate, student_quantile
from ibtui.analysis.verdict import Said, Verdict
from ibtui.claims.claim import Judge, Judgement, Reading, all_of, decided, of_the_end
from ibtui.claims.comparing import difference, greater, within
from ibtui.claims.judges import the_dpi_is_violated
from ibtui.claims.words import plainly
from ibtui.recording import Floats

NEAR_XT_BITS, NEAR_TY_BITS = 1.0, 0.1  # as far apart as this, planes are alike
SAME_XT_BITS, SAME_TY_BITS = 0.1, 0.02  # as far apart as this, layers coincide
RESAMPLES = 200


def readings_disagree(*readings: Reading) -> Judgement:
    """A layer fits or compresses by one reading and not by another, or one breaks the DPI alone.

    Of one network they are measurements that contradict each other.
    """
    apart, open_ = [], False
    for n, layer in enumerate(readings[0].verdicts):
        for word in ("fits", "compresses"):
            said = [getattr(reading.verdicts[n], word) for reading in readings]
            if True in said and False in said:
                apart.append(f"{layer.layer} {word} by {_which(readings, said)}")
            open_ |= None in said
    broken = [the_dpi_is_violated(reading).said for reading in readings]
    if True in broken and False in broken:
        apart.append(f"the DPI is violated by {_which(readings, broken)}")
    said = decided(bool(apart), not open_ and None not in broken)
    return Judgement(said, "; ".join(apart) or "all say the same")


def planes_are_alike(one: Reading, other: Reading) -> Judgement:
    """Layers differ by less than 1 bit of X and 0.1 of Y, over the epochs that both have."""
    frames = np.intersect1d(
        one.run.recording.epoch, other.run.recording.epoch, return_indices=True
    )[1:]
    parts: list[Said] = []
    words = []
    for name, bits, near in (
        ("I(X;T)", "i_xt_bits", NEAR_XT_BITS),
        ("I(T;Y)", "i_ty_bits", NEAR_TY_BITS),
    ):
        first, second = (
            [mean(row) for row in np.nanmean(getattr(r.run.recording, bits)[at, r.series], 0).T]
            for r, at in zip((one, other), frames, strict=True)
        )
        apart = [difference(a, b) for a, b in zip(first, second, strict=True)]
        parts += [within(each, near) for each in apart]
        words.append(f"{name} {plainly(np.array([each.value for each in apart]), 2)}")
    return _of_the_end(Judgement(all_of(parts), f"{', '.join(words)} bits apart"), one, other)


def phases_are_alike(*numbers: int) -> Judge:
    """These layers (T1 is 1), or all, fit in both runs or in none, and so for compression."""

    def judged(one: Reading, other: Reading) -> Judgement:
        pairs = list(zip(one.verdicts, other.verdicts, strict=False))
        chosen = [pairs[n - 1] for n in numbers] or pairs
        said: list[Said] = []
        for first, second in chosen:
            said += [_same(first.fits, second.fits), _same(first.compresses, second.compresses)]
        words = "; ".join(f"{a.layer} {_short(a)} against {_short(b)}" for a, b in chosen)
        return Judgement(all_of(said), words)

    return judged


def layers_coincide(*numbers: int) -> Judge:
    """These layers (T1 is 1) end within 0.1 bit of I(X;T) and 0.02 of I(T;Y) of one another."""

    def judged(reading: Reading) -> Judgement:
        recording, own = reading.run.recording, [n - 1 for n in numbers]
        spans = [
            mean(np.ptp(bits[-1, reading.series][:, own], axis=1))
            for bits in (recording.i_xt_bits, recording.i_ty_bits)
        ]
        near = zip(spans, (SAME_XT_BITS, SAME_TY_BITS), strict=True)
        words = f"I(X;T) {spans[0].show(2)}, I(T;Y) {spans[1].show(3)} bits apart"
        return Judgement(all_of(within(span, bits) for span, bits in near), words)

    return of_the_end(judged)


def replicates_vary_less_where_information_is_large(reading: Reading) -> Judgement:
    """The deviation of I(X;T) over replicates is less where its mean is in the upper half."""
    bits = reading.run.recording.i_xt_bits[:, reading.series].transpose(1, 0, 2)
    below, above = _resampled(bits, _deviations_by_half)
    said = _resampled_difference(below - above)
    words = f"deviation {above[0]:.2f} bits in the upper half, {below[0]:.2f} in the lower"
    return _of_the_end(Judgement(said, words), reading)


def replicates_vary_more(one: Reading, other: Reading) -> Judgement:
    """The deviation of I(X;T) over replicates, mean over frames and layers, is greater."""
    first, second = (
        _resampled(r.run.recording.i_xt_bits[:, r.series].transpose(1, 0, 2), _deviation)[0]
        for r in (one, other)
    )
    said = _resampled_difference(first - second)
    words = f"deviation {first[0]:.2f} bits against {second[0]:.2f}"
    return _of_the_end(Judgement(said, words), one, other)


def the_median_replicate_is_like_the_mean(reading: Reading) -> Judgement:
    """Root mean square over frames, it is within 1 bit of I(X;T) and 0.1 of I(T;Y) in each layer.

    One replicate has no interval: the numbers decide.
    """
    recording, series = reading.run.recording, reading.series
    chosen = median_replicate(recording, series)
    far = [
        np.sqrt(
            np.nanmean((bits[:, series, chosen] - np.nanmean(bits[:, series], axis=1)) ** 2, axis=0)
        )
        for bits in (recording.i_xt_bits, recording.i_ty_bits)
    ]
    near = bool((far[0] < NEAR_XT_BITS).all() and (far[1] < NEAR_TY_BITS).all())
    words = f"replicate {chosen}: I(X;T) {plainly(far[0], 2)}, I(T;Y) {plainly(far[1], 2)} bits off"
    return _of_the_end(Judgement(near, words), reading)


def grows_less(few: Reading, many: Reading, other_few: Reading, other_many: Reading) -> Judgement:
    """I(X;T), mean over layers, grows less from few bins to many in the first run."""
    first, second = (
        mean(
            (
                b.run.recording.i_xt_bits[-1, b.series] - a.run.recording.i_xt_bits[-1, a.series]
            ).mean(axis=1)
        )
        for a, b in ((few, many), (other_few, other_many))
    )
    words = f"grows by {first.show(2)} against {second.show(2)} bits"
    found = Judgement(greater(second, first), words)
    return _of_the_end(found, few, other_few)


def bounds_close_up(*numbers: int) -> Judge:
    """An upper and a lower bound of I(T;Y) of these layers end within 0.1 bit of each other."""

    def judged(upper: Reading, lower: Reading) -> Judgement:
        bits = upper.run.recording.i_ty_bits[:, :, :, [n - 1 for n in numbers]]
        gaps = bits[:, upper.series] - bits[:, lower.series]  # (E, R, L)
        known = np.flatnonzero(np.isfinite(gaps).any(axis=(1, 2)))
        if not len(known):
            return Judgement(None, "no bounds were measured")
        widest = known[np.nanmean(gaps[known], axis=(1, 2)).argmax()]
        last = [mean(row) for row in gaps[known[-1]].T]
        first = [mean(row) for row in gaps[widest].T]
        words = ", ".join(
            f"T{n} {one.value:.2f} to {other.show(2)}"
            for n, one, other in zip(numbers, first, last, strict=True)
        )
        said = all_of(within(gap, NEAR_TY_BITS) for gap in last)
        return Judgement(said, f"gap of {words} bits")

    return of_the_end(judged)


def _of_the_end(found: Judgement, *readings: Reading) -> Judgement:
    """Undecided while a run goes on."""
    return found if all(r.whole for r in readings) else Judgement(None, found.numbers)


def _which(readings: tuple[Reading, ...], said: list[Said]) -> str:
    names = [r.run.recording.header.series[r.series] for r in readings]
    yes = [name for name, one in zip(names, said, strict=True) if one]
    no = [name for name, one in zip(names, said, strict=True) if one is False]
    return f"{', '.join(yes)} and not by {', '.join(no)}"


def _same(one: Said, other: Said) -> Said:
    return None if None in (one, other) else one is other


def _short(verdict: Verdict) -> str:
    word = {True: "yes", False: "no", None: "?"}
    return f"fits {word[verdict.fits]}, compresses {word[verdict.compresses]}"


def _resampled(bits: Floats, of: object) -> Floats:
    """What `of` makes of (R, E, L), and of its resamples over replicates: (values, 1 + B)."""
    assert callable(of)
    rng = np.random.default_rng(0)
    drawn = [np.arange(len(bits)), *rng.integers(len(bits), size=(RESAMPLES, len(bits)))]
    step = max(1, bits.shape[1] // 100)
    return np.array([of(bits[rows, ::step]) for rows in drawn]).T


def _deviations_by_half(bits: Floats) -> tuple[float, float]:
    middle, deviation = np.nanmean(bits, axis=0), np.nanstd(bits, axis=0, ddof=1)
    upper = middle >= np.nanmedian(middle)
    return float(np.nanmean(deviation[~upper])), float(np.nanmean(deviation[upper]))


def _deviation(bits: Floats) -> tuple[float]:
    return (float(np.nanmean(np.nanstd(bits, axis=0, ddof=1))),)


def _resampled_difference(values: Floats) -> Said:
    """Whether the first of (1 + B,) is above 0, by the deviation of the others."""
    half = student_quantile(30) * float(np.std(values[1:], ddof=1))
    bits = Interval(float(values[0]), values[0] - half, values[0] + half)
    return bits.above(0.0) if not np.isnan(half) else None
