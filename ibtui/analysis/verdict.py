"""Verdict: what a series says of a layer, with its uncertainty: fitting, compression, turns.

numpy only. Fitting is the rise of I(T;Y) from the first frame to its maximum, compression the fall
of I(X;T) from its maximum to the last frame, both of the mean over the replicates. Their intervals
come from resampling whole replicates (expanded percentile bootstrap, seeded) with the frame of the
maximum held: one looked for anew in every resample would be biased upwards by noise.

Of few replicates even the expanded interval is too narrow. For normal falls, a nominal 95 % holds
the truth in about 51 % of 2 replicates, 74 % of 3, 87 % of 4, 92 % of 5 or 6, 94 % of 8, 95 % of 12
(2000 simulations each). So fewer than `DECIDING` replicates decide nothing, and fewer than
`TRUSTED` are told with every verdict. One frame shows neither rise nor fall: it has no verdict.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ibtui.analysis.summary import (
    TOLERANCE_BITS,
    above_entropy,
    dpi_violations,
    saturated,
    student_quantile,
)
from ibtui.recording import Floats, Recording

FITS_BITS = 0.1  # rise of I(T;Y) that counts as fitting
COMPRESSES_BITS = 0.5  # fall of I(X;T) that counts as compression
DECIDING = 3  # replicates without which nothing is decided
TRUSTED = 5  # replicates from which on a 95 % interval holds the truth in over 90 %


@dataclass(frozen=True)
class Rule:
    """What counts as fitting and as compression, and how intervals are made.

    Frames before epoch `since` (prefitting) and after epoch `until` are not looked at.
    """

    fits_bits: float = FITS_BITS
    compresses_bits: float = COMPRESSES_BITS
    fitted_share: float = 0.95
    coverage: float = 0.95
    resamples: int = 1000
    seed: int = 0
    since: int = 0
    until: int | None = None

    def lines(self) -> list[str]:
        """The definitions and thresholds in words."""
        span = f"from epoch {self.since}" + (f" to {self.until}" if self.until is not None else "")
        return [
            f"fits: mean I(T;Y) rises to its maximum by {self.fits_bits:g} bits or more, {span}",
            "compresses: mean I(X;T) falls after its maximum by "
            f"{self.compresses_bits:g} bits or more, {span}",
            f"[{self.coverage:.0%} interval] over replicates ({self.resamples} resamples, seed "
            f"{self.seed}); undecided where it holds the threshold "
            f"and of fewer than {DECIDING} replicates",
            f"of fewer than {TRUSTED} replicates the intervals are too narrow: 95% ones hold the "
            "truth in about 51% of 2 replicates, 74% of 3, 87% of 4, 92% of 5",
        ]


@dataclass(frozen=True)
class Interval:
    """A number with its interval; one replicate alone gives none (NaN)."""

    value: float
    low: float
    high: float

    def above(self, threshold: float) -> bool | None:
        """Whether it is at or above the threshold; None where the interval does not say."""
        if self.low >= threshold:
            return True
        return False if self.high < threshold else None

    def show(self, digits: int) -> str:
        """`1.9 [1.2, 2.7]`."""
        if np.isnan(self.low):
            return _number(self.value, digits)
        return "{} [{}, {}]".format(
            *(_number(bits, digits) for bits in (self.value, self.low, self.high))
        )


@dataclass(frozen=True)
class Verdict:
    """What one series says of one layer.

    `fitting` and `compression` are in bits, `fitted` (the epoch at which I(T;Y) has made
    `Rule.fitted_share` of its rise) and `turn` (the epoch of the maximum of I(X;T)) in epochs.
    `saturated` is the share of the looked-at frames and replicates in which I(X;T) = H(X);
    `above_hx`, `above_hy` and `breaks_dpi` are those of what is impossible: I(X;T) above H(X),
    I(T;Y) above H(Y), and a layer that knows more than the one before it. `used` of `replicates`
    have a value in every frame that was measured, of which there are `frames`; the others
    (diverged, or never measured) are left out of everything here.
    """

    series: str
    layer: str
    rule: Rule
    frames: int
    used: int
    replicates: int
    fitting: Interval
    compression: Interval
    fitted: Interval
    turn: Interval
    saturated: float
    above_hx: float
    above_hy: float
    breaks_dpi: float

    @property
    def fits(self) -> bool | None:
        """Whether the layer fits; None where that is not decided."""
        return self.fitting.above(self.rule.fits_bits) if self._decides else None

    @property
    def compresses(self) -> bool | None:
        """Whether the layer compresses; None where that is not decided."""
        return self.compression.above(self.rule.compresses_bits) if self._decides else None

    @property
    def _decides(self) -> bool:
        return self.frames > 1 and self.used >= DECIDING

    def line(self) -> str:
        """`fits 0.35 bits [0.31, 0.39], compresses 1.9 bits [1.2, 2.7] from epoch 900 [..]`."""
        if not self.used:
            return f"not measured in any of {self.replicates} replicates"
        parts = ["one frame: no verdict"]
        if self.frames > 1:
            parts = [self.fitting_words(), self.compression_words()]
            if self.compresses or self.used == 1:
                parts[-1] += f" from epoch {self.turn.show(0)}"
        if self.saturated > 0:
            parts.append(f"I(X;T) = H(X) in {_share(self.saturated)}")
        impossible = (
            ("I(X;T) above H(X)", self.above_hx),
            ("I(T;Y) above H(Y)", self.above_hy),
            ("violates the DPI", self.breaks_dpi),
        )
        parts += [f"{what} in {_share(share)}" for what, share in impossible if share > 0]
        of = f" of {self.replicates}" if self.used < self.replicates else ""
        if 1 < self.used < TRUSTED and self.frames > 1:
            parts.append(f"only {self.used}{of} replicates: the intervals are too narrow")
        elif of:
            parts.append(f"{self.used}{of} replicates")
        return ", ".join(parts)

    def fitting_words(self) -> str:
        return _words(self.fits, self.fitting, ("fits", "no fitting", "fitting undecided", "rises"))

    def compression_words(self) -> str:
        names = "compresses", "no compression", "compression undecided", "falls"
        return _words(self.compresses, self.compression, names)


def verdicts(recording: Recording, series: int, rule: Rule | None = None) -> list[Verdict]:
    """The verdict of one series on each layer, in the order of the layers."""
    rule = rule or Rule()
    header = recording.header
    looked_at = recording.epoch >= rule.since
    if rule.until is not None:
        looked_at &= recording.epoch <= rule.until
    paths = [information[looked_at, series] for information in _informations(recording)]
    full = saturated(recording, series)[looked_at]
    above = above_entropy(recording, series)
    above_hx, above_hy = above.i_xt[looked_at], above.i_ty[looked_at]
    broken = dpi_violations(recording, series)[looked_at]
    broken = np.concatenate([np.zeros_like(full[:, :, :1]), broken], axis=2)
    found = []
    for n, layer in enumerate(header.layers):
        i_xt_bits, i_ty_bits = (path[:, :, n] for path in paths)
        phases = Phases.of(recording.epoch[looked_at], i_xt_bits, i_ty_bits, rule)
        frames = phases.frames[:, None], phases.replicates
        found.append(
            Verdict(
                series=header.series[series],
                layer=layer,
                rule=rule,
                frames=len(phases.frames),
                used=len(phases.replicates),
                replicates=header.replicates,
                fitting=phases.fitting,
                compression=phases.compression,
                fitted=phases.fitted,
                turn=phases.turn,
                saturated=_mean(full[:, :, n][frames]),
                above_hx=_mean(above_hx[:, :, n][frames]),
                above_hy=_mean(above_hy[:, :, n][frames]),
                breaks_dpi=_mean(broken[:, :, n][frames]),
            )
        )
    return found


@dataclass(frozen=True)
class Phases:
    """The phases of one layer: `i_xt_bits` and `i_ty_bits` (E, R) at `epoch` (E,), without NaN."""

    epoch: NDArray[np.int64]
    i_xt_bits: Floats
    i_ty_bits: Floats
    rule: Rule
    frames: NDArray[np.int64]  # of those looked at, the ones in which the layer was measured
    replicates: NDArray[np.int64]  # those with a value in all of these frames

    @classmethod
    def of(
        cls, epoch: NDArray[np.int64], i_xt_bits: Floats, i_ty_bits: Floats, rule: Rule
    ) -> Phases:
        """Of (E, R) with NaN: its measured frames, its replicates that are whole in them."""
        there = ~np.isnan(i_xt_bits + i_ty_bits)
        frames = np.flatnonzero(there.any(axis=1))
        replicates = np.flatnonzero(there[frames].all(axis=0)) if len(frames) else frames
        pick = np.ix_(frames, replicates)
        return cls(epoch[frames], i_xt_bits[pick], i_ty_bits[pick], rule, frames, replicates)

    @property
    def fitting(self) -> Interval:
        """The rise of I(T;Y), in bits."""
        if not self.i_ty_bits.size:
            return MISSING
        peak = _peaks(self.i_ty_bits.mean(axis=1)[None])[0]
        return self._mean(self.i_ty_bits[peak] - self.i_ty_bits[0])

    @property
    def compression(self) -> Interval:
        """The fall of I(X;T) after its maximum, in bits."""
        if not self.i_xt_bits.size:
            return MISSING
        peak = _peaks(self.i_xt_bits.mean(axis=1)[None])[0]
        return self._mean(self.i_xt_bits[peak] - self.i_xt_bits[-1])

    @property
    def fitted(self) -> Interval:
        """The first epoch at which I(T;Y) has made its share of the rise."""
        if not self.i_ty_bits.size:
            return MISSING

        def first(paths: Floats) -> NDArray[np.int64]:
            start = paths[:, :1]
            goal = start + self.rule.fitted_share * (paths.max(axis=1, keepdims=True) - start)
            return (paths >= goal).argmax(axis=1)

        return self._epoch(first, self.i_ty_bits)

    @property
    def turn(self) -> Interval:
        """The epoch of the maximum of I(X;T)."""
        if not self.i_xt_bits.size:
            return MISSING
        return self._epoch(_peaks, self.i_xt_bits)

    @cached_property
    def _weights(self) -> Floats:
        """How much each replicate counts in each resample, (resamples, R)."""
        rng = np.random.default_rng(self.rule.seed)
        count = len(self.replicates)
        drawn = rng.integers(count, size=(self.rule.resamples, count))
        drawn += count * np.arange(self.rule.resamples)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=self.rule.resamples * count)
        return weights.reshape(-1, count) / count

    def _mean(self, values: Floats) -> Interval:
        """The mean of (R,)."""
        return self._interval(float(values.mean()), self._weights @ values)

    def _epoch(self, find, paths: Floats) -> Interval:
        """The epoch of the frame that `find` takes from mean paths (resamples, E)."""
        at = self.epoch[find(paths.mean(axis=1)[None])]
        return self._interval(float(at[0]), self.epoch[find(self._weights @ paths.T)])

    def _interval(self, value: float, resampled: NDArray) -> Interval:
        if len(self.replicates) < 2:
            return Interval(value, np.nan, np.nan)
        tail = _tail(len(self.replicates), self.rule.coverage)
        low, high = np.quantile(resampled, [tail, 1 - tail])
        return Interval(value, float(low), float(high))


MISSING = Interval(np.nan, np.nan, np.nan)


def rise_bits(path: Floats) -> Floats:
    """From the first measured value of each layer to its greatest, of mean paths (E, L): (L,)."""
    rises = np.full(path.shape[1], np.nan)
    for layer, values in enumerate(path.T):
        values = values[~np.isnan(values)]
        if len(values):
            rises[layer] = values.max() - values[0]
    return rises


def fall_bits(path: Floats) -> Floats:
    """From the greatest value of each layer to its last measured one, of mean paths (E, L)."""
    return rise_bits(path[::-1])


def _informations(recording: Recording) -> tuple[Floats, Floats]:
    return recording.i_xt_bits, recording.i_ty_bits


def _tail(replicates: int, coverage: float) -> float:
    """The share to cut off each end: less than (1 - coverage) / 2 where replicates are few.

    The expanded percentile interval of Hesterberg (2015), The American Statistician 69, 371-386:
    wider than the plain one, which holds the truth in 84 % of 5 replicates for a nominal 95 %; this
    one does in 92 %. A mean of few replicates has few resamples, and no quantile reaches past them.
    """
    t = student_quantile(replicates - 1, coverage)
    return math.erfc(t * math.sqrt(replicates / (replicates - 1) / 2)) / 2


def _peaks(paths: Floats) -> NDArray[np.int64]:
    """The first frame at which each of some paths (P, E) is at its maximum, but for rounding."""
    return (paths >= paths.max(axis=1, keepdims=True) - TOLERANCE_BITS).argmax(axis=1)


def _words(said: bool | None, bits: Interval, names: tuple[str, str, str, str]) -> str:
    yes, no, open_, alone = names
    if np.isnan(bits.low):
        return f"{alone} {_number(bits.value, 2)} bits (one replicate, no interval)"
    number, interval = bits.show(2).split(" ", 1)
    if said:
        return f"{yes} {number} bits {interval}"
    return f"{no} {interval}" if said is False else f"{open_}: {number} bits {interval}"


def _mean(flags: NDArray[np.bool_]) -> float:
    return float(flags.mean()) if flags.size else 0.0


def _share(share: float) -> str:
    return f"{share:.0%}" if share >= 0.005 else "under 1%"


def _number(value: float, digits: int) -> str:
    # Adding 0 turns a -0.0 that rounding made into 0.0.
    return f"{round(value, digits) + 0.0:.{digits}f}"
