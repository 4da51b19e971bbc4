"""Passes: the whole data set through the network, layer by layer, to be measured."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from ibtui.engine.forward import Forward, cross_entropy, views_of
from ibtui.engine.memory import VALUES_AT_ONCE
from ibtui.engine.passed import LayerPass, OutputPass
from ibtui.engine.quantizer import Scale, extremes, levels, values
from ibtui.engine.stage import Stage
from ibtui.information.states import pack, pack_floats

ROWS = 64  # samples are padded to a multiple of it, so that no row falls into a loop's scalar tail


class Pass:
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
        first, *others = (stage.layer for stage in self.forward.stages)
        return (first.small or self._distinct_inputs) and all(layer.small for layer in others)

    def __call__(
        self, parameters: Tensor, low: Tensor, high: Tensor, x: Tensor, y: Tensor
    ) -> list[LayerPass]:
        """All layers at once, for a compiler; arguments as in `walk`."""
        return list(self.walk(parameters, low, high, x, y))

    def walk(
        self, parameters: Tensor, low: Tensor, high: Tensor, x: Tensor, y: Tensor
    ) -> Iterator[LayerPass]:
        """The layers one after the other; the last one says how well the output does.

        `parameters` is (parameter, replicate), `low` and `high` (layer, replicate), `x` (sample,
        input, replicate or 1), `y` (sample, replicate or 1).
        """
        views = views_of(self.forward.network, parameters)
        fused = torch.compiler.is_compiling()
        h = self._widened(x, parameters)
        below = None if fused or self._distinct_inputs else pack_floats(h.permute(2, 0, 1))
        for stage, *bounds in zip(self.forward.stages, low, high, strict=True):
            z, h = self._sums_and_activations(stage, h, views)
            if below is not None and stage.weights is not None:
                h = _as_first_in_state(h, below)
            if stage.plan.bits is None:
                out, words = h, pack_floats(h.permute(2, 0, 1))
            else:
                least, greatest = extremes(h) if stage.plan.range == "batch" else bounds
                h, out, words = self._quantized(stage, h, stage.scale(least, greatest))
            output = None
            if stage.is_output:
                logs = self.forward.log_probabilities(z, h)
                output = OutputPass(cross_entropy(logs, y), _correct(out, y))
            yield LayerPass(out, words, *extremes(out), output)
            below = None if fused else words

    def _widened(self, x: Tensor, parameters: Tensor) -> Tensor:
        """The inputs; those that all share for each replicate if the first layer pools.

        Any other layer widens a last axis of length 1 itself.
        """
        pools = self.forward.stages[0].weights is None
        return x.expand(-1, -1, parameters.shape[1]) if pools else x

    def _sums_and_activations(
        self, stage: Stage, h: Tensor, views: tuple[Tensor, ...]
    ) -> tuple[Tensor, Tensor]:
        """A layer's sums (of a hidden layer only some) and its activations, not yet quantized."""
        units, replicates = stage.layer.units, views[0].shape[-1]
        step = _rows_at_once(units * replicates)
        if torch.compiler.is_compiling() or stage.is_output or step >= len(h):
            z = stage.sums(h, views)
            return z, self.forward.activations(stage, z)
        whole, z = h.new_empty(len(h), units, replicates), h
        for rows, into in zip(h.split(step), whole.split(step), strict=True):
            z = stage.sums(rows, views)
            into.copy_(self.forward.activations(stage, z))
        return z, whole

    def _quantized(self, stage: Stage, h: Tensor, grid: Scale) -> tuple[Tensor, Tensor, Tensor]:
        """The layer on its levels, what it gives (of logits their probabilities), and its words."""
        bits = stage.plan.bits
        assert bits is not None
        if torch.compiler.is_compiling() or stage.plan.logits:
            level = levels(h, grid)
            h = out = values(level, grid)
            if stage.plan.logits:
                level, out = self._of_logits(level, h, grid)
            return h, out, pack(level.permute(2, 0, 1), bits)
        words = []
        for rows in h.split(_rows_at_once(h[0].numel())):
            level = levels(rows, grid)
            words.append(pack(level.permute(2, 0, 1), bits))
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
        above = level - level.amin(1, keepdim=True)
        return above, self.forward.probabilities(above * grid.step)

    @torch.no_grad()
    def calibrate(self, parameters: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """The range of every layer's activations when each is quantized over this very batch.

        `x` is (sample, input, replicate or 1). Two tensors, (layer, replicate): where ranges go by
        the epoch, the first epoch's.
        """
        views = views_of(self.forward.network, parameters)
        h, ranges = self._widened(x, parameters), []
        for stage in self.forward.stages:
            _, h = self._sums_and_activations(stage, h, views)
            ranges.append(extremes(h))
            if stage.plan.bits is not None:
                h, _, _ = self._quantized(stage, h, stage.scale(*ranges[-1]))
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
    """The first sample with the same words, for each sample: `words` is (word, sample)."""
    if len(words) == 1:
        rows = words[0]
    else:
        rows = np.ascontiguousarray(words.T).view(np.dtype((np.void, 8 * len(words))))[:, 0]
    _, first, inverse = np.unique(rows, return_index=True, return_inverse=True)
    return first[inverse]
