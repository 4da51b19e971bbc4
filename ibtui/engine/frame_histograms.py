"""The histograms of one frame, empty where none are asked for: then without torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor


class Histograms:
    """The histograms of one frame, filled layer by layer.

    `of_layers` is (drawn, layer, bin) and `of_units` (drawn, unit, label, bin), with the units of
    all layers one after the other; `of_units` is empty where `labels`, their number, is 0.
    """

    def __init__(self, drawn: int, units: Sequence[int], labels: int, bins: int) -> None:
        self._first = np.cumsum([0, *units]).tolist()
        self._labels, self._bins = labels, bins
        self.of_layers = np.zeros((drawn, len(units), bins), np.uint32)
        in_all = self._first[-1] if labels else 0
        self.of_units = np.zeros((drawn, in_all, labels, bins), np.uint32)

    def count(
        self,
        index: int,
        places: Sequence[int],
        values: Tensor,
        low: Tensor,
        high: Tensor,
        labels: Sequence[Tensor],
    ) -> None:
        """Count the layer `index` of the replicates at `places`, each with its own labels.

        Arguments are as `histograms` and `unit_histograms` take them.
        """
        from ibtui.engine.histograms import histograms, unit_histograms

        if not self._labels:
            self.of_layers[places, index] = histograms(values, low, high, self._bins)
            return
        units = slice(*self._first[index : index + 2])
        for at, own, least, most, given in zip(places, values, low, high, labels, strict=True):
            counted = unit_histograms(own, least, most, given, self._labels, self._bins)
            self.of_units[at, units] = counted
            self.of_layers[at, index] = counted.sum(axis=(0, 1))
