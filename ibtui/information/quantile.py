"""Quantile: adaptive bins that hold equally many distinct activation values."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal, TypeVar

import numpy as np
from pydantic import Field

from ibtui.information.cells import CELLS, Cells
from ibtui.information.discretized import Discretized, Grid
from ibtui.information.layer import Layer
from ibtui.information.threads import in_threads

if TYPE_CHECKING:
    from jaxtyping import Float, Integer
    from torch import Tensor

    Whole = TypeVar("Whole", np.ndarray, Tensor)  # numbers in numpy or in torch

FEW = 256  # edges below which the CPU compares every value with every edge


class Quantile(Discretized):
    """Entropy-based adaptive binning (EBAB): bins of equally many unique values of the layer.

    The bins are those of the published code. A value that occurs often counts once. Of a layer
    without negative values the exact zeros, where a ReLU is off, are a bin of their own and are
    left out of the rest. Of the m unique values that remain, that of rank r (0..m-1) lies in the
    last of the bins k = 0..bins-1 that begin at a rank floor(k m / bins) <= r. The greatest value
    is a bin of its own, since the last edge is closed below alone: bins + 2 in all at most.
    """

    source: ClassVar[str] = "Chelombiev, Houghton & O'Donnell, ICLR 2019"
    cost: ClassVar[str] = "N U log(N U)"
    in_name: ClassVar[tuple[str, ...]] = ("bins",)

    name: Literal["quantile"] = "quantile"
    bins: int = Field(30, ge=1, le=65536, description="bins of equally many unique values")

    def grid(self, layer: Layer) -> Grid:
        low, high = layer.extremes  # raises where a value is not finite
        values, bits = layer.values.flatten(1), (self.bins + 1).bit_length()
        if values.device.type != "cpu":
            edges = _quantiles_on_device(values, self.bins)
            return Grid(partial(_reached_by_bisection, edges), bits)
        cells = Cells.between(low, high)
        edges, below = unique_quantiles(values, cells, self.bins)
        table = _table(edges, below, cells)
        if table is not None:
            return Grid(partial(_reached_by_cell, table, cells), bits)
        by = _reached_by_comparison if edges.shape[1] < FEW else _reached_by_bisection
        return Grid(partial(by, edges), bits)


def unique_quantiles(
    values: Float[Tensor, "replicate value"], cells: Cells, bins: int
) -> tuple[Float[Tensor, "replicate edge"], Float[Tensor, "replicate edge"]]:
    """Where the bins of `values` (replicate, value) begin, and the unique values below.

    (replicate, bins + 1) each. An edge is a value; where none is below it, so is what is below.
    """
    import torch

    values = values.contiguous()
    found = values.new_empty((2, len(values), bins + 1))
    level = np.arange(bins + 1)

    def fill(
        replicate: int, edges: Float[np.ndarray, " edge"], below: Float[np.ndarray, " edge"]
    ) -> None:
        unique = cells.of_replicate(replicate).distinct(values[replicate])
        last = np.array(len(unique) - 1)
        rank = _first_rank(level, bins, last, np.array(unique[0] == 0 and last > 0, np.int64))
        edges[:], below[:] = unique[rank], unique[np.maximum(rank - 1, 0)]

    in_threads(fill, range(len(values)), *found.numpy(), threads=torch.get_num_threads())
    return found[0], found[1]


def _quantiles_on_device(
    values: Float[Tensor, "replicate value"], bins: int
) -> Float[Tensor, "replicate edge"]:
    """The edges of all replicates at once, in torch."""
    import torch

    level = torch.arange(bins + 1, device=values.device)
    ordered = values.sort(dim=1).values
    rank = torch.zeros_like(ordered, dtype=torch.int64)
    rank[:, 1:] = (ordered[:, 1:] != ordered[:, :-1]).cumsum(dim=1)
    last = rank[:, -1:]
    zeros = ((ordered[:, :1] == 0) & (last > 0)).long()
    return ordered.gather(1, torch.searchsorted(rank, _first_rank(level, bins, last, zeros)))


def _first_rank(level: Whole, bins: int, last: Whole, zeros: Whole) -> Whole:
    """The least rank in bin `level`, 0..bins, of unique values with ranks 0..`last`.

    The lowest is left out where `zeros` is 1.
    """
    kept = last + 1 - zeros
    return zeros + level * kept // bins - level // bins  # at level = bins the greatest


def _table(
    edges: Float[Tensor, "replicate edge"], below: Float[Tensor, "replicate edge"], cells: Cells
) -> Integer[Tensor, "replicate cell"] | None:
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


def _reached_by_cell(
    table: Integer[Tensor, "replicate cell"],
    cells: Cells,
    values: Float[Tensor, "replicate sample unit"],
) -> Integer[Tensor, "replicate sample unit"]:
    """How many edges each of values (replicate, sample, unit) reaches, looked up in a table."""
    import torch

    place = cells.of(values)
    if len(table) > 1:
        place += torch.arange(0, table.numel(), CELLS, dtype=torch.int32)[:, None, None]
    place = place.permute(1, 2, 0)  # in the engine's order
    reached = table.view(-1).index_select(0, place.reshape(-1))
    return reached.view(place.shape).permute(2, 0, 1)


def _reached_by_comparison(
    edges: Float[Tensor, "replicate edge"], values: Float[Tensor, "replicate sample unit"]
) -> Integer[Tensor, "replicate sample unit"]:
    """The same by comparing every value with every one of edges (replicate, edge)."""
    import torch

    compared = values.contiguous().flatten(1).numpy()
    levels, reached = np.zeros_like(compared, np.uint8), np.empty_like(compared, np.bool_)
    for edge in edges.numpy().T:
        np.greater_equal(compared, edge[:, None], out=reached)
        levels += reached.view(np.uint8)
    return torch.from_numpy(levels).view(values.shape)


def _reached_by_bisection(
    edges: Float[Tensor, "replicate edge"], values: Float[Tensor, "replicate sample unit"]
) -> Integer[Tensor, "replicate sample unit"]:
    """The same by bisection, on any device; on the CPU it takes as long as 300 comparisons."""
    import torch

    flat = values.flatten(1).contiguous()
    return torch.searchsorted(edges, flat, right=True, out_int32=True).view(values.shape)
