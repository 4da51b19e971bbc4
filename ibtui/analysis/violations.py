"""Violations: where a series says what true mutual information cannot, and where it says nothing.

A layer that knows more than the one before it (the data processing inequality, DPI), or more than
there is to know; and saturation, where every input has a state of its own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ibtui.analysis.summary import TOLERANCE_BITS
from ibtui.information.correction import CORRECTIONS
from ibtui.recording import Recording

CLEARLY_ABOVE_BITS = 0.01  # what no rounding is, nor a Renyi order near 1


@np.errstate(over="ignore", invalid="ignore")  # a number that is not finite is told as it is
def dpi_violations(recording: Recording, series: int) -> NDArray[np.bool_]:
    """Where a layer knows more of X or of Y than the layer before it: (E, R, L - 1).

    The data processing inequality forbids that to true mutual information, X - T1 - ... - TL being
    a Markov chain; an estimator that shows it is wrong there. What rounding may do is no violation.
    """
    tolerance_bits = tolerance(recording, series)
    broken = np.zeros(np.diff(recording.i_xt_bits[:, series], axis=2).shape, np.bool_)
    for information in (recording.i_xt_bits, recording.i_ty_bits):
        broken |= np.diff(information[:, series], axis=2) > tolerance_bits
    return broken


def saturated(recording: Recording, series: int) -> NDArray[np.bool_]:
    """Where I(X;T) has reached H(X), log2 N for distinct inputs, and is not above it: (E, R, L).

    There every input has a state of its own, and the estimate can say nothing more. A corrected
    count is of the source of the samples, whose H(X) nobody knows: it is not held against theirs.
    """
    ceiling_bits = recording.header.input_bits - tolerance(recording, series)
    reached = recording.i_xt_bits[:, series] >= ceiling_bits
    reached &= not is_corrected(recording, series)
    return reached & ~above_entropy(recording, series).i_xt


def tolerance(recording: Recording, series: int) -> float:
    """The bits by which rounding alone may part two equal values of a series."""
    known = recording.header.tolerance_bits
    return known[series] if known else TOLERANCE_BITS


def is_corrected(recording: Recording, series: int) -> bool:
    """Whether the name of a series says that its counts are corrected for a small sample."""
    name = recording.header.series[series]
    return name.removesuffix("-null").removesuffix("-less").endswith(CORRECTIONS)


class Above(NamedTuple):
    """Where I(X;T) is above H(X), and I(T;Y) above I(X;Y) or H(Y): (E, R, L) each."""

    i_xt: NDArray[np.bool_]
    i_ty: NDArray[np.bool_]


def above_entropy(recording: Recording, series: int) -> Above:
    """Where an estimate is more than `CLEARLY_ABOVE_BITS` above the information that bounds it.

    None can be: an estimator that shows it is wrong there. But a corrected count may be above the
    H(X) of the samples, since it is of what they were drawn from.
    """
    header = recording.header
    above_hx = recording.i_xt_bits[:, series] > header.input_bits + CLEARLY_ABOVE_BITS
    return Above(
        above_hx & (not is_corrected(recording, series)),
        recording.i_ty_bits[:, series] > header.ceiling_bits + CLEARLY_ABOVE_BITS,
    )
