"""Verdict: what a series says of a layer, with its uncertainty: fitting, compression, forgetting.

numpy only. Fitting is a rise of I(T;Y), compression a fall of I(X;T) while I(T;Y) stays; where
both fall the layer forgets (`Rule` has the thresholds, `phases` what is measured, `crossfit` how).
Fewer than `DECIDING` replicates decide nothing. One frame shows neither rise nor fall: it has no
verdict. A run that has not reached its last epoch decides no absence: what it does not show yet is
undecided.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ibtui.analysis.phases import Phases, phases
from ibtui.analysis.rule import DECIDING, Rule
from ibtui.analysis.violations import above_entropy, dpi_violations, saturated
from ibtui.recording import Floats, Recording

Said = bool | None  # yes, no, or undecided


@dataclass(frozen=True)
class Verdict:
    """What one series says of one layer.

    `saturated` is the share of the looked-at frames and replicates in which I(X;T) = H(X);
    `above_hx`, `above_hy` and `breaks_dpi` are those of what is impossible: I(X;T) above H(X),
    I(T;Y) above `ceiling` (H(Y) or I(X;Y)), and a layer that knows more than the one before it.
    `used` of `replicates` have a value in every frame that was measured, of which there are
    `frames`; the others (diverged, or never measured) are left out of everything here. The run is
    at `epoch` of the `planned` ones that the rule looks at.
    """

    series: str
    layer: str
    rule: Rule
    phases: Phases
    frames: int
    used: int
    replicates: int
    epoch: int
    planned: int
    ceiling: str
    saturated: float
    above_hx: float
    above_hy: float
    breaks_dpi: float

    @property
    def whole(self) -> bool:
        """Whether all epochs are there that the rule looks at."""
        return self.epoch >= self.planned

    @property
    def fits(self) -> Said:
        """Whether I(T;Y) rises by what counts in bits, or by its share of the headroom."""
        if not self.decides:
            return None
        said = [self.phases.rise.above(self.rule.fits_bits)]
        if not np.isnan(self.phases.rise_share.low):
            said.append(self.phases.rise_share.above(self.rule.fits_share))
        if True in said:
            return True
        return self._so_far(None if None in said else False)

    @property
    def falls(self) -> Said:
        """Whether I(X;T) falls by what counts, between any maximum and a later minimum."""
        if not self.decides:
            return None
        return self._so_far(self.phases.fall.above(self.rule.compresses_bits))

    @property
    def lasts(self) -> Said:
        """Whether so much of a fall is left at the end; None of a run that has not got there."""
        if not (self.decides and self.whole):
            return None
        return self.phases.lasting.above(self.rule.compresses_bits)

    @property
    def forgets(self) -> Said:
        """Whether I(X;T) falls and I(T;Y) with it."""
        return self._so_far(_both(self.falls, self._loses))

    @property
    def compresses(self) -> Said:
        """Whether I(X;T) falls while I(T;Y) stays."""
        return self._so_far(_both(self.falls, None if self._loses is None else not self._loses))

    @property
    def decides(self) -> bool:
        """Whether there are frames and replicates enough to decide anything."""
        return self.frames > 1 and self.used >= DECIDING

    def _so_far(self, said: Said) -> Said:
        return None if said is False and not self.whole else said

    @property
    def _loses(self) -> Said:
        return self.phases.forgotten.above(self.rule.forgets_bits)


@np.errstate(over="ignore", invalid="ignore")  # a number that is not finite is told as it is
def verdicts(
    recording: Recording, series: int, rule: Rule | None = None, *, planned: int | None = None
) -> list[Verdict]:
    """The verdict of one series on each layer, in the order of the layers.

    `planned` is the last epoch that the run is to reach; None where it is the last one recorded.
    """
    rule = rule or Rule()
    header = recording.header
    looked_at = recording.epoch >= rule.since
    if rule.until is not None:
        looked_at &= recording.epoch <= rule.until
    epoch = recording.epoch[looked_at]
    reached = int(recording.epoch[-1]) if len(recording) else rule.since
    goal = reached if planned is None else planned
    xt, ty = recording.i_xt_bits[looked_at, series], recording.i_ty_bits[looked_at, series]
    full = saturated(recording, series)[looked_at]
    above = above_entropy(recording, series)
    above_hx, above_hy = above.i_xt[looked_at], above.i_ty[looked_at]
    broken = dpi_violations(recording, series)[looked_at]
    broken = np.concatenate([np.zeros_like(full[:, :, :1]), broken], axis=2)
    found = []
    for n, layer in enumerate(header.layers):
        frames, replicates = whole_part(xt[:, :, n] + ty[:, :, n])
        part = np.ix_(frames, replicates)
        i_xt_bits, i_ty_bits = xt[:, :, n][part], ty[:, :, n][part]
        found.append(
            Verdict(
                series=header.series[series],
                layer=layer,
                rule=rule,
                phases=phases(epoch[frames], i_xt_bits, i_ty_bits, header.ceiling_bits, rule),
                frames=len(frames),
                used=len(replicates),
                replicates=header.replicates,
                epoch=reached,
                planned=goal if rule.until is None else min(goal, rule.until),
                ceiling=header.ceiling_name,
                saturated=_share(full[:, :, n][part]),
                above_hx=_share(above_hx[:, :, n][part]),
                above_hy=_share(above_hy[:, :, n][part]),
                breaks_dpi=_share(broken[:, :, n][part]),
            )
        )
    return found


def whole_part(bits: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The frames of (E, R) that hold any value, and the replicates with a value in all of these."""
    there = ~np.isnan(bits)
    frames = np.flatnonzero(there.any(axis=1))
    replicates = np.flatnonzero(there[frames].all(axis=0)) if len(frames) else frames
    return frames, replicates


def _both(one: Said, other: Said) -> Said:
    if one is False or other is False:
        return False
    return None if None in (one, other) else True


def _share(flags: NDArray[np.bool_]) -> float:
    return float(flags.mean()) if flags.size else 0.0
