"""Training: one optimizer step of all replicates, and their state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ibtui import profile as options
from ibtui.engine.dropout import drop
from ibtui.engine.forward import EMA_START, Forward, cross_entropy
from ibtui.engine.layers import Pooling
from ibtui.engine.quantizer import extremes, quantize

BETA1, BETA2 = 0.9, 0.999  # Kingma & Ba 2015, section 2


@dataclass
class State:
    """All that changes in training; P parameters, L layers, R replicates on the last axis."""

    parameters: Tensor  # (P, R)
    first_moment: Tensor  # (P, R)  Adam's, or the momentum of sgd
    second_moment: Tensor  # (P, R)
    steps: Tensor  # (R,)
    low: Tensor  # (L, R)  the ranges in force
    high: Tensor  # (L, R)
    seen_low: Tensor  # (L, R)  the ranges seen in this epoch
    seen_high: Tensor  # (L, R)
    running_min: Tensor  # (L, R)  extremes over all measured epochs
    running_max: Tensor  # (L, R)

    @classmethod
    def fresh(cls, forward: Forward, seeds: Sequence[int], device: torch.device) -> State:
        """The state before the first step; ranges by epoch still have to be calibrated."""
        parameters = forward.network.initial(seeds).to(device)
        per_layer = (len(forward.network.layers), len(seeds))
        low, high, seen_low, seen_high, running_min, running_max = (
            torch.full(per_layer, value, device=device)
            for value in (*EMA_START, torch.inf, -torch.inf, torch.inf, -torch.inf)
        )
        return cls(
            parameters,
            torch.zeros_like(parameters),
            torch.zeros_like(parameters),
            torch.zeros(len(seeds), device=device),
            low,
            high,
            seen_low,
            seen_high,
            running_min,
            running_max,
        )

    def tensors(self) -> dict[str, Tensor]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def arrays(self) -> dict[str, NDArray]:
        return {name: tensor.cpu().numpy().copy() for name, tensor in self.tensors().items()}

    def load(self, arrays: Mapping[str, NDArray]) -> None:
        """Take over saved arrays, in place: compiled steps know the tensors by address.

        Raises `ValueError` where a shape is not this state's.
        """
        for name, tensor in self.tensors().items():
            array = arrays[name]
            if array.shape != tensor.shape:
                raise ValueError(f"{name} is {array.shape}, not {tuple(tensor.shape)}")
            tensor.copy_(torch.from_numpy(np.ascontiguousarray(array)))

    def part(self, start: int, stop: int) -> State:
        """Some of the replicates, as a view: what changes there changes here."""
        return State(*(tensor[..., start:stop] for tensor in self.tensors().values()))

    def splice(self, other: State, replicates: Sequence[int]) -> None:
        """Take over the columns of `other` for these replicates."""
        for name, tensor in self.tensors().items():
            tensor[..., replicates] = getattr(other, name)[..., replicates]

    def end_epoch(self) -> None:
        """What was seen in the epoch just ended becomes the range in force."""
        for ruling, seen in ((self.low, self.seen_low), (self.high, self.seen_high)):
            ruling.copy_(torch.where(seen.isfinite(), seen, ruling))
        self.seen_low.fill_(torch.inf)
        self.seen_high.fill_(-torch.inf)


class Step:
    """One step of all replicates on one batch each, in place on a `State`."""

    def __init__(self, forward: Forward, training: options.Training) -> None:
        self.forward, self.training = forward, training

    def __call__(
        self, state: State, x: Tensor, y: Tensor, share: Tensor, dropout_keys: Tensor | None
    ) -> None:
        """`x` is (sample, input, replicate or 1), `y` (sample, replicate or 1).

        `share` (sample, 1) is what a sample counts in the mean: 1/batch size, or 0 for padding.
        """
        views = self.forward.network.views(state.parameters)
        others = (state.low, state.high, x, y, share, dropout_keys)
        if torch.compiler.is_compiling():
            gradients, (low, high) = torch.func.grad(self._loss, has_aux=True)(views, *others)
        else:  # the same, in half the time where every call counts
            leaves = tuple(view.detach().requires_grad_() for view in views)
            loss, (low, high) = self._loss(leaves, *others)
            gradients = torch.autograd.grad(loss, leaves)
        replicates = state.parameters.shape[-1]
        gradient = torch.cat([part.reshape(-1, replicates) for part in gradients])
        for index, plan in enumerate(self.forward.plans):
            if plan.bits is None:
                continue
            if plan.range == "epoch":
                state.seen_low[index] = torch.minimum(state.seen_low[index], low[index])
                state.seen_high[index] = torch.maximum(state.seen_high[index], high[index])
            elif plan.range == "ema":
                state.low[index] = low[index]
                state.high[index] = high[index]
        self._update(state, gradient)

    def _loss(
        self,
        views: tuple[Tensor, ...],
        low: Tensor,
        high: Tensor,
        x: Tensor,
        y: Tensor,
        share: Tensor,
        dropout_keys: Tensor | None,
    ) -> tuple[Tensor, tuple[list[Tensor], list[Tensor]]]:
        """Summed mean cross-entropy of the replicates, and the range of every layer's activations.

        Ranges are those to keep: a moving average as updated, for an epoch what this batch shows.
        """
        forward, h, last = self.forward, x, len(self.forward.plans) - 1
        ranges: list[tuple[Tensor, Tensor]] = []
        z = h
        for index, plan in enumerate(forward.plans):
            z = forward.sums(index, h, views)
            h = forward.activations(index, z)
            bounds = low[index], high[index]
            if plan.bits is not None:
                bounds = forward.next_range(index, h, *bounds)
                ranges.append(extremes(h) if plan.range == "epoch" else bounds)
                h = quantize(h, forward.scale(index, *bounds))
            else:
                ranges.append(bounds)
            pooled = isinstance(forward.network.layers[index], Pooling)
            if dropout_keys is not None and index < last and not pooled:
                # Padding repeats the first sample, its mask too: it must not widen a range.
                row = torch.where(share[:, 0] > 0, torch.arange(len(share), device=h.device), 0)
                h = drop(h, row, dropout_keys[index], forward.network.options.dropout)
        loss = cross_entropy(forward.log_probabilities(z, h), y)
        return (loss * share).sum(), ([r[0] for r in ranges], [r[1] for r in ranges])

    def _update(self, state: State, gradient: Tensor) -> None:
        """Adam with bias correction (Kingma & Ba 2015, algorithm 1), or SGD with momentum."""
        rate = self.training.learning_rate
        state.steps.add_(1)
        if self.training.optimizer == "sgd":
            state.first_moment.mul_(self.training.momentum).add_(gradient)
            state.parameters.sub_(rate * state.first_moment)
            return
        state.first_moment.mul_(BETA1).add_(gradient, alpha=1 - BETA1)
        state.second_moment.mul_(BETA2).addcmul_(gradient, gradient, value=1 - BETA2)
        mean = state.first_moment / (1 - BETA1**state.steps)
        variance = state.second_moment / (1 - BETA2**state.steps)
        state.parameters.sub_(rate * mean / (variance.sqrt() + self.training.epsilon))
