"""Discretized: what requantized and the binnings share, from value to level to word to count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ibtui.information.blocks import blocks
from ibtui.information.count import one_number
from ibtui.information.decomposed import Decomposed
from ibtui.information.extremes import extremes
from ibtui.information.layer import OF_RUN, Information, Layer
from ibtui.information.states import WORD, level_word_bits, pack, pack_wide

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64
    from torch import Tensor

BYTES_PER_VALUE = 32  # a word, its sort key and what is made of it; more than wide layers need


class Grid(NamedTuple):
    """How the values of a layer are mapped to levels.

    `levels` takes values (replicate, some samples, unit) and gives whole numbers in 0..2^bits-1 of
    any dtype and of the same shape. `cells`, (replicate,), is how many levels there are, where that
    follows from the values of the layer.
    """

    levels: Callable[[Tensor], Tensor]
    bits: int
    cells: Float64[Tensor, " replicate"] | None = None


def of_inputs(layer: Layer) -> Layer:
    """The inputs in the place of a layer's values, one replicate between its own extremes."""
    values = layer.inputs[None]
    low, high = extremes(values)
    names = ("running_min", "running_max", *OF_RUN)
    bounds = {name: low if name.endswith("min") else high for name in names}
    precision = layer.input_precision
    bare = replace(layer, values=values, activation="linear", precision=precision)
    return replace(bare, low=low, high=high, **bounds)


def number_cells(words: Int64[Tensor, "word 1 sample"], word_bits: int) -> Int64[Tensor, " sample"]:
    """The states of one replicate, numbered from 0 on."""
    import torch

    return torch.unique(one_number(words, word_bits)[0], return_inverse=True)[1]


class Discretized(Decomposed):
    """Base of the estimators that map each value to a level and count the vectors of levels."""

    def grid(self, layer: Layer) -> Grid:
        """The levels of this layer. Raises `MeasureError` where there are none."""
        raise NotImplementedError

    def measure(self, layer: Layer) -> Information:
        return Information.join(self._measure(part) for part in layer.parts(BYTES_PER_VALUE))

    def words(self, layer: Layer, grid: Grid) -> tuple[Int64[Tensor, "word replicate sample"], int]:
        """The discretized states as words, (word, replicate, sample), and their `word_bits`."""
        levels, bits, _ = grid
        replicates, samples, units = layer.values.shape
        words, narrow = None, bits * units <= WORD
        for where, block in blocks(layer.values):
            if narrow:
                packed = pack(levels(block), bits)
            else:
                packed = pack_wide(levels(block.contiguous()), bits)
            if words is None:
                words = packed.new_empty((len(packed), replicates, samples))
            words[:, :, where] = packed
        assert words is not None
        return words, level_word_bits(units, bits) if narrow else 64

    def cells_of_inputs(self, layer: Layer) -> Int64[Tensor, " sample"]:
        inputs = of_inputs(layer)
        return number_cells(*self.words(inputs, self.grid(inputs)))

    def _measure(self, layer: Layer) -> Information:
        grid = self.grid(layer)
        found = self.informations(layer, *self.words(layer, grid))
        return (
            found if grid.cells is None else replace(found, cells=grid.cells.double().cpu().numpy())
        )
