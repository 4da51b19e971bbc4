"""Cells: uniform cells of a range, by which a value is looked up instead of searched for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ibtui.information.blocks import CACHED

if TYPE_CHECKING:
    from jaxtyping import Float, Int32
    from torch import Tensor

CELLS = 1 << 12  # the levels of 12 bits and fewer have a cell each
FIRST = 1 << 14  # values that show whether few of them are distinct


class Cells(NamedTuple):
    """Cells 0..CELLS-1 of a range: where they begin, and how many there are to 1.

    Several replicates give arrays (replicate, 1, 1) of the values' dtype.
    """

    low: Float[Tensor, "*replicate"]
    scale: Float[Tensor, "*replicate"]

    @staticmethod
    def between(low: Float[Tensor, " replicate"], high: Float[Tensor, " replicate"]) -> Cells:
        """The cells from `low` to `high`, (replicate,), whose difference is finite."""
        span = (high - low).abs_()[:, None, None]  # not -0.0, by which 1 is -inf
        most = float(np.finfo(np.float32).max)
        return Cells(low[:, None, None], ((CELLS - 1) / span).clamp(max=most))

    def of(self, values: Float[Tensor, "*place"]) -> Int32[Tensor, "*place"]:
        """The cell of each of values in the range, int32; of a smaller value none is higher."""
        return (values - self.low).mul_(self.scale).int()

    def of_replicate(self, replicate: int) -> Cells:
        """The cells of one replicate, for values (value,)."""
        return Cells(self.low[replicate, 0], self.scale[replicate, 0])

    def distinct(self, values: Float[Tensor, " value"]) -> Float[np.ndarray, " distinct"]:
        """`numpy.unique` of one replicate's values (value,).

        Where many of them repeat, those that are known are struck out and the rest sorted, which
        takes half the time of sorting all.
        """
        if len(values) <= CACHED:
            return np.unique(values.numpy())
        found = [np.unique(values[:FIRST].numpy())]
        if len(found[0]) > FIRST // 4:
            return np.unique(values.numpy())
        import torch

        held = values.new_full((CELLS,), torch.nan)  # a value of each cell
        for part in values[FIRST:].split(CACHED):
            known = torch.from_numpy(found[-1])
            held[self.of(known)] = known
            unknown = held.index_select(0, self.of(part)).numpy() != part.numpy()
            found.append(np.unique(part.numpy()[unknown]))
        return np.unique(np.concatenate(found))
