"""Neuron mean: the information of single units, averaged."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from ibtui.information.counted import Counted
from ibtui.information.joint import NOISY
from ibtui.information.layer import Information, Layer
from ibtui.information.states import pack_floats

if TYPE_CHECKING:
    from jaxtyping import Float, Float64
    from torch import Tensor

BYTES_PER_VALUE = 40  # words, sort keys and their differences, int64 each
AT_ONCE = 1 << 19  # values counted at once: more would leave a core's cache


class NeuronMean(Counted):
    """The mean over a layer's units of H(unit) and I(unit;Y), counted on the unit's exact values.

    Not the information of the layer: units may share what they know, or know it only together.
    """

    source: ClassVar[str] = "per-unit variant of the exact count"
    cost: ClassVar[str] = "U N log N"

    name: Literal["neuron-mean"] = "neuron-mean"

    def measure(self, layer: Layer) -> Information:
        _ = layer.extremes  # raises where a value is not finite
        replicates, samples, units = layer.values.shape
        step = max(1, layer.memory_bytes // (BYTES_PER_VALUE * replicates * samples))
        total = np.zeros((2, replicates))
        for some in layer.values.permute(2, 0, 1).split(step):
            rows = some.contiguous().view(-1, samples, 1)  # every unit's values side by side
            parts = rows.split(max(1, AT_ONCE // samples))
            bits = np.concatenate([self._bits(part, layer) for part in parts], axis=1)
            total += bits.reshape(2, -1, replicates).sum(1)
        notes = () if layer.of_x is None else (NOISY,)
        return Information(*(total / units)[:, None], notes=notes)

    def _bits(
        self, values: Float[Tensor, "unit sample 1"], layer: Layer
    ) -> Float64[np.ndarray, "2 unit"]:
        """I(X;unit) and I(unit;Y) of values (unit, sample, 1), (2, unit)."""
        words, word_bits = pack_floats(values), 8 * values.element_size()
        return self.informations(layer, words, word_bits).bits[:, 0]
