"""Quantile: adaptive bins that hold equally many distinct activation values."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ibtui.information.cells import CELLS, Cells
from ibtui.information.discretized import Discretized, Grid
from ibtui.information.layer import Layer
from ibtui.information.threads import in_threads

if TYPE_CHECKING:
    from torch import Tensor

FEW = 256  # bins up to which the CPU compares every value with every edge


class Quantile(Discretized):
    """Entropy-based adaptive binning (EBAB): the edges are quantiles of the layer's unique values.

    A value that occurs often, such as the zero of a ReLU, counts once. The value of rank r
    (0..m-1) among m unique ones lies in bin floor(r bins / (m - 1)), the greatest in the last: the
    edges are those of `numpy.quantile(unique, linspace(0, 1, bins + 1))`.
    """

    source: ClassVar[str] = "Chelombiev, Houghton & O'Donnell, ICLR 2019"
    cost: ClassVar[str] = "N U log(N U)"
    in_name: ClassVar[tuple[str, ...]] = ("bins",)

    name: Literal["quantile"] = "quantile"
    bins: int = Field(30, ge=1, le=65536, description="bins of equally many unique values")

    def grid(self, layer: Layer) -> Grid:
        low, high = layer.extremes  # raises where a value is not finite
        values, bits = layer.values.flatten(1), max(1, (self.bins - 1).bit_length())
        if values.device.type != "cpu":
            edges = _quantiles_on_device(values, self.bins)
            return Grid(partial(_reached_by_bisection, edges), bits)
        cells = Cells.between(low, high)
        edges, below = unique_quantiles(values, cells, self.bins)
        table = _table(edges, below, cells)
        if table is not None:
            return Grid(partial(_reached_by_cell, table, cells), bits)
        by = _reached_by_comparison if self.bins <= FEW else _reached_by_bisection
        return Grid(partial(by, edges), bits)


def unique_quantiles(values: Tensor, cells: Cells, bins: int) -> tuple[Tensor, Tensor]:
    """The inner edges of the bins of `values` (replicate, value), and the unique values below them.

    (replicate, bins - 1) each. An edge is a value; where all are the same, so is what is below.
    """
    import torch

    values = values.contiguous()
    found = values.new_empty((2, len(values), bins - 1))
    level = np.arange(1, bins)

    def fill(replicate: int, edges: NDArray, below: NDArray) -> None:
        unique = cells.of_replicate(replicate).distinct(values[replicate])
        rank = _least_rank(level, bins, len(unique) - 1)
        edges[:], below[:] = unique[rank], unique[np.maximum(rank - 1, 0)]

    in_threads(fill, range(len(values)), *found.numpy(), threads=torch.get_num_threads())
    return found[0], found[1]


def _quantiles_on_device(values: Tensor, bins: int) -> Tensor:
    """The edges of all replicates at once, in torch."""
    import torch

    level = torch.arange(1, bins, device=values.device)
    ordered = values.sort(dim=1).values
    rank = torch.zeros_like(ordered, dtype=torch.int64)
    rank[:, 1:] = (ordered[:, 1:] != ordered[:, :-1]).cumsum(dim=1)
    return ordered.gather(1, torch.searchsorted(rank, _least_rank(level, bins, rank[:, -1:])))


def _least_rank(level, bins: int, last_rank):
    """The least rank in bin `level`: where rank * bins >= level * last_rank."""
    return (level * last_rank + bins - 1) // bins


def _table(edges: Tensor, below: Tensor, cells: Cells) -> Tensor | None:
    """How many edges the values of each cell reach, (replicate, cell).

    None where a cell holds both an edge and another value below it: it does not tell them apart.
    """
    import torch

    own, lower = (cells.of(part[:, None])[:, 0] for part in (edges, below))
    if not ((own > lower) | (edges == below)).all():
        return None
    kind = torch.uint8 if edges.shape[1] < FEW else torch.int32
    begun = torch.zeros((len(edges), CELLS), dtype=kind)
    begun.scatter_add_(1, own.long(), torch.ones_like(own, dtype=kind))
    return begun.cumsum(1, dtype=kind)


def _reached_by_cell(table: Tensor, cells: Cells, values: Tensor) -> Tensor:
    """How many edges each of values (replicate, sample, unit) reaches, looked up in a table."""
    import torch

    place = cells.of(values)
    if len(table) > 1:
        place += torch.arange(0, table.numel(), CELLS, dtype=torch.int32)[:, None, None]
    place = place.permute(1, 2, 0)  # in the engine's order
    reached = table.view(-1).index_select(0, place.reshape(-1))
    return reached.view(place.shape).permute(2, 0, 1)


def _reached_by_comparison(edges: Tensor, values: Tensor) -> Tensor:
    """The same by comparing every value with every one of edges (replicate, edge)."""
    import torch

    compared = values.contiguous().flatten(1).numpy()
    levels, reached = np.zeros_like(compared, np.uint8), np.empty_like(compared, np.bool_)
    for edge in edges.numpy().T:
        np.greater_equal(compared, edge[:, None], out=reached)
        levels += reached.view(np.uint8)
    return torch.from_numpy(levels).view(values.shape)


def _reached_by_bisection(edges: Tensor, values: Tensor) -> Tensor:
    """The same by bisection, on any device; on the CPU it takes as long as 300 comparisons."""
    import torch

    flat = values.flatten(1).contiguous()
    return torch.searchsorted(edges, flat, right=True, out_int32=True).view(values.shape)
