"""Measuring: one pass of the whole data set, layer by layer, and what the estimators make of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ibtui.engine.forward import Forward, Plan, cross_entropy
from ibtui.engine.layers import Pooling
from ibtui.engine.quantizer import Scale, extremes, levels, stored, values
from ibtui.information.states import float_word_bits, level_word_bits, pack, pack_floats

ROWS = 64  # samples are padded to a multiple of it, so that no row falls into a loop's scalar tail


VALUES_AT_ONCE = 1 << 22  # an eager pass works in parts of so many values: temporaries stay small


class LayerPass(NamedTuple):
    """One layer of some replicates over all samples."""

    values: Tensor  # (sample, unit, replicate)  what the next layer receives
    words: Tensor  # (word, replicate, sample)   its states, packed
    low: Tensor  # (replicate,)                  least value
    high: Tensor  # (replicate,)                 greatest value


class OutputPass(NamedTuple):
    """How well the network does on every sample, (sample, replicate) each."""

    loss_nats: Tensor
    correct: Tensor


class Sweep:
    """The measuring pass: no dropout, ranges as they stand, equal states below give equal above.

    T_(l+1) is a function of T_l only if equal rows round equally wherever they lie in the batch.
    Sums that a compiler fuses term by term do; a matrix product, or a loop whose last rows take
    another instruction, may not. Such a layer is therefore read off, for every sample, from the
    first sample that is in the same state below; the data processing inequality then holds
    by construction.
    """

    def __init__(self, forward: Forward, distinct_inputs: bool) -> None:
        self.forward, self._distinct_inputs = forward, distinct_inputs

    @property
    def fusible(self) -> bool:
        """Whether one compiled graph rounds equal rows equally without a look at the states."""
        first, *others = self.forward.network.layers
        return (first.small or self._distinct_inputs) and all(layer.small for layer in others)

    def __call__(
        self, parameters: Tensor, low: Tensor, high: Tensor, x: Tensor, y: Tensor
    ) -> tuple[list[LayerPass], OutputPass]:
        """All layers at once, for a compiler; arguments as in `walk`."""
        *layers, output = self.walk(parameters, low, high, x, y)
        return layers, output  # type: ignore[return-value]

    def walk(
        self, parameters: Tensor, low: Tensor, high: Tensor, x: Tensor, y: Tensor
    ) -> Iterator[LayerPass | OutputPass]:
        """The layers one after the other, then how well the output does.

        `parameters` is (parameter, replicate), `low` and `high` (layer, replicate), `x` (sample,
        input, replicate or 1), `y` (sample, replicate or 1).
        """
        views = self.forward.network.views(parameters)
        fused = torch.compiler.is_compiling()
        h = self._widened(x, parameters)
        below = None if fused or self._distinct_inputs else pack_floats(h.permute(2, 0, 1))
        z = out = h
        for index, plan in enumerate(self.forward.plans):
            z, h = self._sums_and_activations(index, h, views)
            if below is not None and not isinstance(self.forward.network.layers[index], Pooling):
                h = _as_first_in_state(h, below)
            if plan.bits is None:
                out, words = h, pack_floats(h.permute(2, 0, 1))
            else:
                bounds = extremes(h) if plan.range == "batch" else (low[index], high[index])
                grid = self.forward.scale(index, *bounds)
                h, out, words = self._quantized(plan, h, grid)
            yield LayerPass(out, words, *extremes(out))
            below = None if fused else words
        logs = self.forward.log_probabilities(z, h)
        yield OutputPass(cross_entropy(logs, y), _correct(out, y))

    def _widened(self, x: Tensor, parameters: Tensor) -> Tensor:
        """The inputs; those that all share for each replicate if the first layer pools.

        Any other layer widens a last axis of length 1 itself.
        """
        pooled = isinstance(self.forward.network.layers[0], Pooling)
        return x.expand(-1, -1, parameters.shape[1]) if pooled else x

    def _sums_and_activations(
        self, index: int, h: Tensor, views: tuple[Tensor, ...]
    ) -> tuple[Tensor, Tensor]:
        """A layer's sums (of a hidden layer only some) and its activations, not yet quantized."""
        layer, replicates = self.forward.network.layers[index], views[0].shape[-1]
        step = _rows_at_once(layer.units * replicates)
        if torch.compiler.is_compiling() or index == len(self.forward.plans) - 1 or step >= len(h):
            z = self.forward.sums(index, h, views)
            return z, self.forward.activations(index, z)
        whole, z = h.new_empty(len(h), layer.units, replicates), h
        for rows, into in zip(h.split(step), whole.split(step), strict=True):
            z = self.forward.sums(index, rows, views)
            into.copy_(self.forward.activations(index, z))
        return z, whole

    def _quantized(self, plan: Plan, h: Tensor, grid: Scale) -> tuple[Tensor, Tensor, Tensor]:
        """The layer on its levels, what it gives (of logits their probabilities), and its words."""
        assert plan.bits is not None
        if torch.compiler.is_compiling() or plan.logits:
            level = stored(levels(h, grid))
            h = out = stored(values(level, grid))
            if plan.logits:
                level, out = self._of_logits(level, h, grid)
            return h, out, pack(level.permute(2, 0, 1), plan.bits)
        words = []
        for rows in h.split(_rows_at_once(h[0].numel())):
            level = levels(rows, grid)
            words.append(pack(level.permute(2, 0, 1), plan.bits))
            rows.copy_(values(level, grid))
        return h, h, torch.cat(words, dim=2)

    def _of_logits(self, level: Tensor, h: Tensor, grid: Scale) -> tuple[Tensor, Tensor]:
        """The states of an output layer whose logits are quantized, and its probabilities.

        Softmax is the same for logits that all move by one step, so its state is by how many steps
        each logit lies above the least of its sample (Lorenzen et al. 2022, section 3.2: one unit
        less than there are). Probabilities are taken of those steps: equal states, equal values.
        """
        if self.forward.network.options.output == "sigmoid":
            return level, self.forward.probabilities(h)
        above = stored(level - level.amin(1, keepdim=True))
        return above, self.forward.probabilities(above * grid.step)

    def word_bits(self, index: int) -> int:
        """How many low bits the words of layer `index` may set."""
        units, bits = self.forward.network.units[index], self.forward.plans[index].bits
        return float_word_bits(units) if bits is None else level_word_bits(units, bits)

    @torch.no_grad()
    def calibrate(self, parameters: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """The range of every layer's activations when each is quantized over this very batch.

        `x` is (sample, input, replicate or 1). Two tensors, (layer, replicate): where ranges go by
        the epoch, the first epoch's.
        """
        views = self.forward.network.views(parameters)
        h, ranges = self._widened(x, parameters), []
        for index, plan in enumerate(self.forward.plans):
            _, h = self._sums_and_activations(index, h, views)
            ranges.append(extremes(h))
            if plan.bits is not None:
                h, _, _ = self._quantized(plan, h, self.forward.scale(index, *ranges[-1]))
        low, high = zip(*ranges, strict=True)
        return torch.stack(low), torch.stack(high)


def _correct(out: Tensor, y: Tensor) -> Tensor:
    """Whether the label is the one that probabilities stand for; of equal ones the first is.

    `out` is (sample, unit, replicate), `y` (sample, replicate or 1), the result as `out` without
    its units.
    """
    if out.shape[1] == 1:
        return (out[:, 0] > 0.5) == (y == 1)
    unit = torch.arange(out.shape[1], device=out.device)[:, None]
    label = y[:, None, :]
    of_label = torch.where(unit == label, out, 0.0).sum(1, keepdim=True)
    return ((out < of_label) | ((out == of_label) & (unit >= label))).all(1)


def _as_first_in_state(h: Tensor, below: Tensor) -> Tensor:
    """`h` (sample, unit, replicate) with every row as the first row of the same state has it.

    `below` are the words of the states, (word, replicate or 1, sample).
    """
    first = np.stack([_first_in_state(words) for words in below.cpu().numpy().swapaxes(0, 1)])
    if (first == np.arange(first.shape[1])).all():
        return h
    index = torch.from_numpy(first.T.copy()).to(h.device)[:, None, :]
    for units in h.split(max(1, VALUES_AT_ONCE // index.numel()), dim=1):
        units.copy_(units.gather(0, index.expand(units.shape)))
    return h


def _rows_at_once(values: int) -> int:
    """How many samples are computed at once where each has so many values."""
    return ROWS * max(1, VALUES_AT_ONCE // (ROWS * values))


def _first_in_state(words: np.ndarray) -> np.ndarray:
    """For each sample the first one with the same words: `words` is (word, sample)."""
    if len(words) == 1:
        rows = words[0]
    else:
        rows = np.ascontiguousarray(words.T).view(np.dtype((np.void, 8 * len(words))))[:, 0]
    _, first, inverse = np.unique(rows, return_index=True, return_inverse=True)
    return first[inverse]
