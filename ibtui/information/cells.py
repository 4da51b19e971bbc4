"""Cells: uniform cells of a range, by which a value is looked up instead of searched for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

CELLS = 1 << 12  # the levels of 12 bits and fewer have a cell each


class Cells(NamedTuple):
    """Cells 0..CELLS-1 of a range: half of where they begin, and how many there are to half of 1.

    Of several replicates, (replicate, 1, 1) float32 each. Halves, because a range of floats may be
    more than the greatest float.
    """

    half_low: Tensor
    scale: Tensor

    @staticmethod
    def between(low: Tensor, high: Tensor) -> Cells:
        """The cells from `low` to `high`, (replicate,) float32."""
        half_low = low[:, None, None] / 2
        span = (high[:, None, None] / 2 - half_low).abs_()  # not -0.0, by which 1 is -inf
        most = float(np.finfo(np.float32).max)
        return Cells(half_low, ((CELLS - 1) / span).clamp(max=most))

    def of(self, values: Tensor) -> Tensor:
        """The cell of each of values in the range, int32; of a smaller value none is higher."""
        return values.mul(0.5).sub_(self.half_low).mul_(self.scale).int()
