"""Plan: what is quantized in each layer of a network, and by which rule; without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from ibtui.engine.network import Network
from ibtui.information.states import float_word_bits, level_word_bits
from ibtui.profile import Quantization
from ibtui.profile.geometry import Geometry, parameter_shapes

GridKind = Literal["uniform", "zero-point"]
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
class PlannedLayer:
    """A layer and its plan; `weights` is where its weights and biases are among the network's.

    `weights` is a slice of `forward.views_of`, None for a layer without.
    """

    layer: Geometry
    plan: Plan
    weights: slice | None
    is_output: bool
    activation: str  # "tanh", ..., "softmax", "sigmoid" or "pool"
    grid: GridKind

    @property
    def word_bits(self) -> int:
        """How many low bits the words of the layer's states may set, see `states.pack`."""
        if self.plan.bits is None:
            return float_word_bits(self.layer.units)
        return level_word_bits(self.layer.units, self.plan.bits)


def planned(network: Network, quantization: Quantization | None) -> tuple[PlannedLayer, ...]:
    """The plan of every layer."""
    grid: GridKind = quantization.grid if quantization else "uniform"
    made, views = [], 0
    for number, (layer, activation) in enumerate(
        zip(network.layers, network.activations, strict=True), start=1
    ):
        is_output = number == len(network.layers)
        own = len(parameter_shapes(layer))
        made.append(
            PlannedLayer(
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
