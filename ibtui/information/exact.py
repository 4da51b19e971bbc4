"""Exact information: the states of a layer, counted."""

from __future__ import annotations

from typing import ClassVar, Literal

from ibtui.information.counted import Counted
from ibtui.information.layer import Information, Layer

STATES = "states"  # the count of a layer's own states


class Exact(Counted):
    """I(X;T) = H(T) and I(T;Y) of the states that the network itself computes with.

    Quantized layers have as states the vectors of their level indices, others the bit patterns of
    their floats. The count is proven at any width; see `count`. It is exact of the samples that are
    measured: of a split, or of data that were drawn from more, it is the count of that sample, and
    I(T;Y) of the source is less (`correction`, `shuffles`).
    """

    source: ClassVar[str] = "Lorenzen, Igel & Nielsen, ICLR 2022, section 3"
    cost: ClassVar[str] = "N log N"

    name: Literal["exact"] = "exact"

    @property
    def count_key(self) -> str | None:
        return STATES if self.counts_plainly else None

    def measure(self, layer: Layer) -> Information:
        _ = layer.extremes  # raises where a value is not finite
        return self.informations(layer, layer.words, layer.word_bits)
