"""Discretized: what requantized and the binnings share, from value to level to word to count."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from ibtui.information.blocks import blocks
from ibtui.information.counted import Counted
from ibtui.information.layer import Information, Layer
from ibtui.information.states import WORD, level_word_bits, pack, pack_wide

if TYPE_CHECKING:
    from torch import Tensor

BYTES_PER_VALUE = 32  # a word, its sort key and what is made of it; more than wide layers need


class Grid(NamedTuple):
    """How the values of a layer are mapped to levels.

    `levels` takes values (replicate, some samples, unit) and gives whole numbers in 0..2^bits-1 of
    any dtype and of the same shape.
    """

    levels: Callable[[Tensor], Tensor]
    bits: int


class Discretized(Counted):
    """Base of the estimators that map each value to a level and count the vectors of levels."""

    discretizes: ClassVar[bool] = True

    def grid(self, layer: Layer) -> Grid:
        """The levels of this layer. Raises `MeasureError` where there are none."""
        raise NotImplementedError

    def measure(self, layer: Layer) -> Information:
        return Information.join(self._measure(part) for part in layer.parts(BYTES_PER_VALUE))

    def words(self, layer: Layer) -> tuple[Tensor, int]:
        """The discretized states as words, (word, replicate, sample), and their `word_bits`."""
        levels, bits = self.grid(layer)
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

    def _measure(self, layer: Layer) -> Information:
        words, word_bits = self.words(layer)
        return self.informations(layer, words, word_bits)


def uniform_levels(values: Tensor, low: Tensor, high: Tensor, bins: int | Tensor) -> Tensor:
    """The uniform bin of every value, floor((t - low) / (high - low) * bins), `high` in the last.

    `values` are float32 (replicate, sample, unit) within `low` and `high`, (replicate,), or below
    them; `bins` is one number or (replicate,). Where low = high all values get bin 0.
    """
    import torch

    last = torch.as_tensor(bins, dtype=values.dtype, device=values.device).view(-1, 1, 1) - 1
    low, high = low[:, None, None], high[:, None, None]
    span = torch.where(high > low, high - low, 1.0)
    # A value just below `high` may round up to `bins`; it belongs to the last bin as `high` does.
    return (values - low).div_(span).mul_(last + 1).floor_().clamp_(max=last)


def bounded_levels(values: Tensor, low: Tensor, high: Tensor, bins: int) -> Tensor:
    """`uniform_levels`, and the level `bins` for a value below `low`, `bins + 1` above `high`.

    So nothing outside the bounds is taken for what is inside.
    """
    below, above = values < low[:, None, None], values > high[:, None, None]
    levels = uniform_levels(values, low, high, bins)
    return levels.masked_fill_(below, bins).masked_fill_(above, bins + 1)


def round_levels(values: Tensor, low: Tensor, high: Tensor, steps: int) -> Tensor:
    """The nearest of steps + 1 uniform levels from `low` to `high`, ties to even.

    `values` are float32 (replicate, sample, unit) within `low` and `high`, (replicate,);
    where low = high all of them get level 0.
    """
    import torch

    low, high = low[:, None, None], high[:, None, None]
    span = torch.where(high > low, high - low, 1.0)
    return (values - low).div_(span).mul_(steps).round_()
