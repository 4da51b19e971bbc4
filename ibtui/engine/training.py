"""Training: one optimizer step of all replicates."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from ibtui import profile as options
from ibtui.engine import noise
from ibtui.engine.dropout import drop
from ibtui.engine.forward import Forward, cross_entropy, views_of
from ibtui.engine.optimizer import update
from ibtui.engine.quantizer import extremes, quantize
from ibtui.engine.train_state import TorchState


class Step:
    """One step of all replicates on one batch each, in place on a `TorchState`."""

    def __init__(self, forward: Forward, training: options.Training) -> None:
        self.forward, self.training = forward, training

    def __call__(
        self,
        state: TorchState,
        x: Float[Tensor, "sample input #replicate"],
        y: Int64[Tensor, "sample #replicate"],  # noqa: F821
        share: Float[Tensor, "sample 1"],
        dropout_keys: Int64[Tensor, "hidden replicate"] | None,
        noise_keys: Int64[Tensor, "hidden replicate"] | None = None,
        rate: Float[Tensor, ""] | None = None,
    ) -> None:
        """`x` is (sample, input, replicate or 1), `y` (sample, replicate or 1).

        `share` (sample, 1) is what a sample counts in the mean: 1/batch size, or 0 for padding.
        Keys are (layer, replicate). `rate` is the learning rate, () float32, where a schedule
        changes it: a number would be compiled anew at every change.
        """
        views = views_of(self.forward.network, state.parameters)
        others = (state.low, state.high, x, y, share, dropout_keys, noise_keys)
        if torch.compiler.is_compiling():
            gradients, (low, high) = torch.func.grad(self._loss, has_aux=True)(views, *others)
        else:  # the same, in half the time where every call counts
            leaves = tuple(view.detach().requires_grad_() for view in views)
            loss, (low, high) = self._loss(leaves, *others)
            gradients = torch.autograd.grad(loss, leaves)
        replicates = state.parameters.shape[-1]
        gradient = torch.cat([part.reshape(-1, replicates) for part in gradients])
        for index, stage in enumerate(self.forward.stages):
            if stage.plan.bits is None:
                continue
            if stage.plan.range == "epoch":
                state.seen_low[index] = torch.minimum(state.seen_low[index], low[index])
                state.seen_high[index] = torch.maximum(state.seen_high[index], high[index])
            elif stage.plan.range == "ema":
                state.low[index] = low[index]
                state.high[index] = high[index]
        update(
            state, gradient, self.training, self.training.learning_rate if rate is None else rate
        )

    def _loss(
        self,
        views: tuple[Tensor, ...],
        low: Tensor,
        high: Tensor,
        x: Tensor,
        y: Tensor,
        share: Tensor,
        dropout_keys: Tensor | None,
        noise_keys: Tensor | None,
    ) -> tuple[Tensor, tuple[list[Tensor], list[Tensor]]]:
        """Summed mean cross-entropy of the replicates, and the range of every layer's activations.

        Ranges are those to keep: a moving average as updated, for an epoch what this batch shows.
        """
        forward, h, z = self.forward, x, x
        ranges: list[tuple[Tensor, Tensor]] = []
        # Padding repeats the first sample, its noise and mask too: it must not widen a range.
        row = torch.where(share[:, 0] > 0, torch.arange(len(share), device=x.device), 0)
        for index, stage in enumerate(forward.stages):
            z = stage.sums(h, views)
            h = forward.activations(stage, z)
            bounds = low[index], high[index]
            if stage.plan.bits is not None:
                bounds = stage.next_range(h, *bounds)
                ranges.append(extremes(h) if stage.plan.range == "epoch" else bounds)
                h = quantize(h, stage.scale(*bounds))
            else:
                ranges.append(bounds)
            if stage.weights is None or stage.is_output:
                continue
            if noise_keys is not None:
                h = noise.add(h, row, noise_keys[index], forward.network.options.noise)
            if dropout_keys is not None:
                h = drop(h, row, dropout_keys[index], forward.network.options.dropout)
        loss = cross_entropy(forward.log_probabilities(z, h), y)
        return (loss * share).sum(), ([r[0] for r in ranges], [r[1] for r in ranges])
