"""Disagreement: how far each series of a run is from the exact count, and in what it misleads.

numpy only. What fits and what compresses is said by verdicts (`ibtui.analysis.verdict`) of both
series over the frames and replicates that both have. A series agrees where it says of a layer what
the exact count says; where either is undecided, nobody knows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from ibtui.analysis.interval import Interval, mean
from ibtui.analysis.reasons import ONE_REPLICATE
from ibtui.analysis.rule import Rule
from ibtui.analysis.summary import spread
from ibtui.analysis.verdict import Said, Verdict, verdicts
from ibtui.errors import UsageError
from ibtui.recording import Floats, Recording


@dataclass(frozen=True)
class LayerDisagreement:
    """One layer of one series against the reference.

    `error_xt` and `error_ty` are mean absolute differences in bits, over the frames of each
    replicate and then over replicates. `said` and `truth` are the verdicts of both. Where the two
    never met, all is NaN or undecided.
    """

    layer: str
    error_xt: Interval
    error_ty: Interval
    said: Verdict
    truth: Verdict

    @property
    def met(self) -> bool:
        """Whether the two were ever measured together."""
        return not np.isnan(self.error_xt.value)

    @property
    def reason(self) -> str:
        """Why numbers are missing; empty where none is."""
        if not self.met:
            return "the two were never measured together"
        if self.said.frames < 2:
            return "one frame: nothing rises or falls"
        return ONE_REPLICATE if np.isnan(self.error_xt.low) else ""

    @property
    def agrees_on_fitting(self) -> Said:
        """Whether both fit or neither does; None where that is not decided."""
        return _same(self.said.fits, self.truth.fits)

    @property
    def agrees_on_compression(self) -> Said:
        """Whether both compress or neither does; None where that is not decided."""
        return _same(self.said.compresses, self.truth.compresses)


@dataclass(frozen=True)
class Disagreement:
    """One series against the reference, over the `frames` that both have."""

    series: str
    frames: int
    layers: tuple[LayerDisagreement, ...]


@np.errstate(over="ignore", invalid="ignore")  # a number that is not finite is told as it is
def disagreements(
    recording: Recording,
    reference: str = "exact",
    rule: Rule | None = None,
    *,
    nulls: Sequence[bool] = (),
    planned: int | None = None,
    known: Sequence[list[Verdict]] = (),
) -> list[Disagreement]:
    """Every other series of the recording against the series `reference`.

    `nulls` says of each series whether its labels were shuffled (`Profile.nulls`): such a series
    is no estimate, and is left out. `planned` is the last epoch that the run is to reach.
    `known` are the verdicts of every series by the same rule, where they have been made already.
    Raises `UsageError` where there is no such reference.
    """
    names = recording.header.series
    if reference not in names:
        raise UsageError(f"no series is called {reference!r} (there are {', '.join(names)})")
    true = names.index(reference)
    left_out = {true, *np.flatnonzero(nulls).tolist()}
    others = [k for k in range(len(names)) if k not in left_out]
    own = cache(lambda k: known[k] if len(known) else verdicts(recording, k, rule, planned=planned))

    def judged(series: int, pair: Recording, place: int) -> list[Verdict]:
        # What both have is mostly all that there is, and a verdict takes longer than all else.
        alone = recording.i_xt_bits[:, series] + recording.i_ty_bits[:, series]
        both = pair.i_xt_bits[:, place] + pair.i_ty_bits[:, place]
        if np.array_equal(np.isnan(alone), np.isnan(both)):
            return own(series)
        return verdicts(pair, place, rule, planned=planned)

    return [_compare(recording, k, true, judged) for k in others]


def _compare(
    recording: Recording,
    series: int,
    true: int,
    judged: Callable[[int, Recording, int], list[Verdict]],
) -> Disagreement:
    names, layers = recording.header.series, recording.header.layers
    xt, ty = (bits[:, [series, true]] for bits in (recording.i_xt_bits, recording.i_ty_bits))
    both = ~np.any(np.isnan(xt + ty), axis=1)  # (E, R, L)
    xt, ty = (np.where(both[:, None], bits, np.nan) for bits in (xt, ty))
    pair = replace(
        recording,
        header=replace(recording.header, series=(names[series], names[true])),
        i_xt_bits=xt,
        i_ty_bits=ty,
        output_loss_bits=recording.output_loss_bits[:, [series, true]],
        cells=recording.cells[:, [series, true]],
    )
    said, truth = judged(series, pair, 0), judged(true, pair, 1)
    errors = [_errors(bits) for bits in (xt, ty)]
    return Disagreement(
        series=names[series],
        frames=int(both.any(axis=(1, 2)).sum()),
        layers=tuple(
            LayerDisagreement(layer, errors[0][n], errors[1][n], said[n], truth[n])
            for n, layer in enumerate(layers)
        ),
    )


def _errors(bits: Floats) -> list[Interval]:
    """How far the two series of (E, 2, R, L) are apart, one interval a layer."""
    over_frames = spread(np.abs(bits[:, 0] - bits[:, 1]), axis=0).mean
    return [mean(layer) for layer in over_frames.T]


def _same(one: Said, other: Said) -> Said:
    return None if None in (one, other) else one is other
