"""Stage: one layer of a network together with its quantization."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from jaxtyping import Float
from torch import Tensor

from ibtui.engine.layers import Operation
from ibtui.engine.network import Network
from ibtui.engine.quantizer import GridKind, Scale, extremes, quantize, scale, weight_scale
from ibtui.information.states import float_word_bits, level_word_bits
from ibtui.profile import Quantization
from ibtui.profile.geometry import parameter_shapes

RangeRule = Literal["epoch", "batch", "ema"]
EMA_DECAY = 0.999  # of the published code, as is the first range:
EMA_START = (-6.0, 6.0)


class Plan(NamedTuple):
    """What is quantized in one layer: None for full precision. `range` rules the activations."""

    bits: int | None
    weight_bits: int | None
    range: RangeRule
    logits: bool  # the sums of the output layer, not its probabilities


@dataclass(frozen=True)
class Stage:
    """A layer and its plan; `weights` is where its weights and biases are among the network's.

    `weights` is a slice of `Network.views`, None for a layer without. Ranges are (replicate,).
    """

    layer: Operation
    plan: Plan
    weights: slice | None
    is_output: bool
    activation: str  # "tanh", ..., "softmax", "sigmoid" or "pool"
    grid: GridKind

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

    @property
    def word_bits(self) -> int:
        """How many low bits the words of the layer's states may set, see `states.pack`."""
        if self.plan.bits is None:
            return float_word_bits(self.layer.units)
        return level_word_bits(self.layer.units, self.plan.bits)

    def scale(self, low: Float[Tensor, " replicate"], high: Float[Tensor, " replicate"]) -> Scale:
        """The layer's grid between `low` and `high`."""
        assert self.plan.bits is not None
        return scale(low, high, self.plan.bits, self.grid)


def stages(network: Network, quantization: Quantization | None) -> tuple[Stage, ...]:
    """A stage for every layer."""
    grid: GridKind = quantization.grid if quantization else "uniform"
    made, views = [], 0
    for number, (layer, activation) in enumerate(
        zip(network.layers, network.activations, strict=True), start=1
    ):
        is_output = number == len(network.layers)
        own = len(parameter_shapes(layer))
        made.append(
            Stage(
                layer,
                _plan(quantization, is_output=is_output, trained=own > 0),
                slice(views, views + own) if own else None,
                is_output,
                activation,
                grid,
            )
        )
        views += own
    return tuple(made)


def _plan(q: Quantization | None, *, is_output: bool, trained: bool) -> Plan:
    if q is None:
        return Plan(None, None, "epoch", False)
    bits = None if q.bits == 32 else q.bits
    weight_bits = q.weight_bits or q.bits
    weighted = trained and (q.weights == "all" or (q.weights == "output" and is_output))
    quantized = q.output != "none" if is_output else trained
    return Plan(
        bits if quantized else None,
        weight_bits if weighted and weight_bits != 32 else None,
        (q.output_range or q.range) if is_output else q.range,
        is_output and q.output == "logits" and bits is not None,
    )
