"""Disagreement: how far each series of a run is from the exact count, and in what it misleads.

numpy only. What fits and what compresses is defined by `ibtui.analysis.verdict`, on the mean over
replicates. A series agrees where it says of a layer what the exact count says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ibtui.analysis.summary import spread
from ibtui.analysis.verdict import COMPRESSES_BITS, FITS_BITS, fall_bits, rise_bits
from ibtui.errors import UsageError
from ibtui.recording import Floats, Recording

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Disagreement:
    """One series against the reference; every array is (L,), over the frames that both have.

    `error_xt_bits` and `error_ty_bits` are mean absolute differences over frames and replicates.
    `rise_bits` and `fall_bits` are those of this series, `true_rise_bits` and `true_fall_bits`
    those of the reference over the same frames and replicates. Where the two never met, all is NaN.
    """

    series: str
    frames: int
    error_xt_bits: Floats
    error_ty_bits: Floats
    rise_bits: Floats
    fall_bits: Floats
    true_rise_bits: Floats
    true_fall_bits: Floats

    @property
    def met(self) -> Flags:
        """Where the two were ever measured together, (L,)."""
        return ~np.isnan(self.error_xt_bits)

    def agrees_on_fitting(self, threshold_bits: float = FITS_BITS) -> Flags:
        """Where both or neither rise in I(T;Y) by at least the threshold, (L,)."""
        return _same_side(self.rise_bits, self.true_rise_bits, threshold_bits)

    def agrees_on_compression(self, threshold_bits: float = COMPRESSES_BITS) -> Flags:
        """Where both or neither fall in I(X;T) by at least the threshold, (L,)."""
        return _same_side(self.fall_bits, self.true_fall_bits, threshold_bits)


def disagreements(
    recording: Recording, reference: str = "exact", *, nulls: Sequence[bool] = ()
) -> list[Disagreement]:
    """Every other series of the recording against the series `reference`.

    `nulls` says of each series whether its labels were shuffled (`Profile.nulls`): such a series
    is no estimate, and is left out. Raises `UsageError` where there is no such reference.
    """
    names = recording.header.series
    if reference not in names:
        raise UsageError(f"no series is called {reference!r} (there are {', '.join(names)})")
    true = names.index(reference)
    left_out = {true, *np.flatnonzero(nulls).tolist()}
    return [_compare(recording, k, true) for k in range(len(names)) if k not in left_out]


def _compare(recording: Recording, series: int, true: int) -> Disagreement:
    xt, ty = recording.i_xt_bits, recording.i_ty_bits
    both = ~np.isnan(xt[:, series] + xt[:, true] + ty[:, series] + ty[:, true])

    def mean_path(bits: Floats, k: int) -> Floats:
        return spread(np.where(both, bits[:, k], np.nan), axis=1).mean

    def error(bits: Floats) -> Floats:
        apart = np.abs(bits[:, series] - bits[:, true]).reshape(-1, bits.shape[-1])
        return spread(np.where(both.reshape(apart.shape), apart, np.nan), axis=0).mean

    return Disagreement(
        series=recording.header.series[series],
        frames=int(both.any(axis=(1, 2)).sum()),
        error_xt_bits=error(xt),
        error_ty_bits=error(ty),
        rise_bits=rise_bits(mean_path(ty, series)),
        fall_bits=fall_bits(mean_path(xt, series)),
        true_rise_bits=rise_bits(mean_path(ty, true)),
        true_fall_bits=fall_bits(mean_path(xt, true)),
    )


def _same_side(one: Floats, other: Floats, threshold: float) -> Flags:
    return ((one >= threshold) == (other >= threshold)) & ~np.isnan(one)
