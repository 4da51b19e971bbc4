"""Quantile: adaptive bins that hold equally many distinct activation values."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ibtui.information.discretized import Discretized, Grid
from ibtui.information.layer import Layer
from ibtui.information.states import in_threads

if TYPE_CHECKING:
    from torch import Tensor

FEW = 256  # bins up to which the CPU compares every value with every edge


class Quantile(Discretized):
    """Entropy-based adaptive binning (EBAB): the edges are quantiles of the layer's unique values.

    A value that occurs often, such as the zero of a ReLU, counts once. Of m unique values, the one
    of rank r (0..m-1) lies in bin floor(r bins / (m - 1)), the greatest in the last: the edges
    are those of `numpy.quantile(unique, linspace(0, 1, bins + 1))`.
    """

    source: ClassVar[str] = "Chelombiev, Houghton & O'Donnell, ICLR 2019"
    cost: ClassVar[str] = "N U log(N U)"
    in_name: ClassVar[tuple[str, ...]] = ("bins",)

    name: Literal["quantile"] = "quantile"
    bins: int = Field(30, ge=1, le=65536, description="bins of equally many unique values")

    def grid(self, layer: Layer) -> Grid:
        _ = layer.extremes  # raises where a value is not finite
        edges = unique_quantiles(layer.values.flatten(1), self.bins)
        few = self.bins <= FEW and edges.device.type == "cpu"
        count = _count_few if few else _count_many
        return Grid(partial(count, edges), max(1, (self.bins - 1).bit_length()))


def unique_quantiles(values: Tensor, bins: int) -> Tensor:
    """The inner edges of the bins of `values` (replicate, value): (replicate, bins - 1)."""
    import torch

    values = values.contiguous()
    level = np.arange(1, bins)
    if values.device.type != "cpu":
        return _quantiles_on_device(values, torch.from_numpy(level).to(values.device), bins)
    edges = values.new_empty((len(values), bins - 1))

    def fill(row: NDArray[np.float32], own: NDArray[np.float32]) -> None:
        unique = np.unique(row)
        own[:] = unique[_least_rank(level, bins, len(unique) - 1)]

    in_threads(fill, values.numpy(), edges.numpy(), threads=torch.get_num_threads())
    return edges


def _quantiles_on_device(values: Tensor, level: Tensor, bins: int) -> Tensor:
    """The same for all replicates at once, in torch."""
    import torch

    ordered = values.sort(dim=1).values
    rank = torch.zeros_like(ordered, dtype=torch.int64)
    rank[:, 1:] = (ordered[:, 1:] != ordered[:, :-1]).cumsum(dim=1)
    return ordered.gather(1, torch.searchsorted(rank, _least_rank(level, bins, rank[:, -1:])))


def _least_rank(level, bins: int, last_rank):
    """The least rank in bin `level`: where rank * bins >= level * last_rank."""
    return (level * last_rank + bins - 1) // bins


def _count_few(edges: Tensor, values: Tensor) -> Tensor:
    """How many edges (replicate, edge) do not exceed each of values (replicate, sample, unit)."""
    import torch

    compared = values.contiguous().flatten(1).numpy()
    levels, reached = np.zeros_like(compared, np.uint8), np.empty_like(compared, np.bool_)
    for edge in edges.numpy().T:
        np.greater_equal(compared, edge[:, None], out=reached)
        levels += reached.view(np.uint8)
    return torch.from_numpy(levels).view(values.shape)


def _count_many(edges: Tensor, values: Tensor) -> Tensor:
    """The same by bisection, on any device; on the CPU it takes as long as 300 comparisons."""
    import torch

    flat = values.flatten(1).contiguous()
    return torch.searchsorted(edges, flat, right=True, out_int32=True).view(values.shape)
