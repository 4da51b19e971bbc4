"""Exact information: the states of a layer, counted."""

from __future__ import annotations

from typing import ClassVar, Literal

from ibtui.information.count import count
from ibtui.information.estimator import Estimator
from ibtui.information.layer import Information, Layer


class Exact(Estimator):
    """I(X;T) = H(T) and I(T;Y) of the states that the network itself computes with.

    Quantized layers have as states the vectors of their level indices, others the bit patterns of
    their floats. The count is proven at any width; see `count`.
    """

    source: ClassVar[str] = "Lorenzen, Igel & Nielsen, ICLR 2022, section 3"
    cost: ClassVar[str] = "N log N"

    name: Literal["exact"] = "exact"

    def measure(self, layer: Layer) -> Information:
        _ = layer.extremes  # raises where a value is not finite
        i_xt_bits, i_ty_bits = count(layer.words, layer.word_bits, layer.labels, layer.classes)
        return Information(i_xt_bits[None], i_ty_bits[None])
