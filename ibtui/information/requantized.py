"""Requantized: the published code's count, on a uniform grid over each layer's range."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from ibtui.information.discretized import Discretized, Grid
from ibtui.information.layer import Layer
from ibtui.information.uniform import round_levels


def requantized_key(bits: int) -> str:
    """The key of a count over 2^bits + 1 levels."""
    return f"requantized-{bits}"


class Requantized(Discretized):
    """Values rounded to 2^bits + 1 uniform levels between the layer's minimum and maximum.

    On layers that were quantized to one uniform grid this equals `exact`; on a softmax output,
    whose true states lie closer than the levels, it loses information.
    """

    source: ClassVar[str] = "published code of Lorenzen, Igel & Nielsen, ICLR 2022"
    cost: ClassVar[str] = "N log N"

    name: Literal["requantized"] = "requantized"
    bits: int = Field(8, ge=1, le=16, description="2^bits + 1 levels over the layer's range")

    @property
    def count_key(self) -> str | None:
        return requantized_key(self.bits) if self.counts_plainly else None

    def grid(self, layer: Layer) -> Grid:
        low, high = layer.extremes
        steps = 1 << self.bits
        return Grid(
            lambda values: round_levels(values, low, high, steps, layer.epsilon), self.bits + 1
        )
