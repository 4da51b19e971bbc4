"""Epoch bands: the planned epochs cut into a few pieces, one colour each.

Tied to the plan and not to what has been measured so far, so that a cell of a plane keeps its
colour while the run goes on and nothing has to be drawn twice.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Span(NamedTuple):
    """The first and the last epoch that a run is planned to reach (the first may lie below 0)."""

    first: int
    last: int


def band_of(epoch: ArrayLike, span: Span, count: int, *, log: bool) -> NDArray[np.int64]:
    """The band, 0 to `count` - 1, of each epoch; epochs outside the span belong to its ends."""
    share = fraction(epoch, span, log=log)
    return np.clip((share * count).astype(np.int64), 0, count - 1)


def fraction(epoch: ArrayLike, span: Span, *, log: bool) -> NDArray[np.float64]:
    """How far each epoch lies along the span, 0 to 1, on a linear or a logarithmic scale."""
    passed = np.maximum(np.asarray(epoch, np.float64) - span.first, 0.0)
    whole = max(span.last - span.first, 1)
    return np.log1p(passed) / np.log1p(whole) if log else passed / whole


def epoch_at(share: float, span: Span, *, log: bool) -> int:
    """The epoch that lies `share` (0 to 1) along the span: the inverse of `fraction`."""
    whole = max(span.last - span.first, 1)
    passed = np.expm1(share * np.log1p(whole)) if log else share * whole
    return span.first + round(float(passed))
