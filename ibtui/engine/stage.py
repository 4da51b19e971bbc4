"""Stage: one layer of a network together with its quantization, as torch computes it."""

from __future__ import annotations

from dataclasses import dataclass, fields

from jaxtyping import Float
from torch import Tensor

from ibtui.engine.layers import Operation, operation
from ibtui.engine.network import Network
from ibtui.engine.plan import EMA_DECAY, PlannedLayer, planned
from ibtui.engine.quantizer import Scale, extremes, quantize, scale, weight_scale
from ibtui.profile import Quantization


@dataclass(frozen=True)
class Stage(PlannedLayer):
    """A planned layer that computes. Ranges are (replicate,)."""

    layer: Operation

    def sums(
        self, h: Float[Tensor, "sample input #replicate"], views: tuple[Tensor, ...]
    ) -> Float[Tensor, "sample unit replicate"]:
        """What the layer computes of `h` before its activation function."""
        own = views[self.weights or slice(0)]
        if self.plan.weight_bits is not None:
            # A copy, since compiled code (torch 2.13) gives no gradient to a leaf that an autograd
            # function takes as it is: quantized weights would stand still without a word.
            over = weight_scale(own[0], self.plan.weight_bits, self.grid)
            own = (quantize(own[0].clone(), over), *own[1:])
        return self.layer(h, *own)

    def next_range(
        self,
        t: Float[Tensor, "sample unit replicate"],
        low: Float[Tensor, " replicate"],
        high: Float[Tensor, " replicate"],
    ) -> tuple[Float[Tensor, " replicate"], Float[Tensor, " replicate"]]:
        """The range that quantizes `t` in training, given the one in force."""
        match self.plan.range:
            case "batch":
                return extremes(t)
            case "ema":
                least, greatest = extremes(t)
                return (
                    low * EMA_DECAY + least.clamp(max=0.0) * (1 - EMA_DECAY),
                    high * EMA_DECAY + greatest.clamp(min=0.0) * (1 - EMA_DECAY),
                )
            case "epoch":
                return low, high

    def scale(self, low: Float[Tensor, " replicate"], high: Float[Tensor, " replicate"]) -> Scale:
        """The layer's grid between `low` and `high`."""
        assert self.plan.bits is not None
        return scale(low, high, self.plan.bits, self.grid)


def stages(network: Network, quantization: Quantization | None) -> tuple[Stage, ...]:
    """A stage for every layer."""
    return tuple(map(_stage, planned(network, quantization)))


def _stage(one: PlannedLayer) -> Stage:
    others = {field.name: getattr(one, field.name) for field in fields(one)[1:]}
    return Stage(operation(one.layer), **others)
