"""Histograms of activations: of a layer over all its units, and of every unit at every label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int64, UInt32
from torch import Tensor

from ibtui.information.uniform import Edges

VALUES_AT_ONCE = 1 << 21  # of units that are counted together: temporaries stay small


def histograms(
    values: Float[Tensor, "replicate sample unit"],
    low: Float[Tensor, " replicate"],
    high: Float[Tensor, " replicate"],
    bins: int,
) -> UInt32[np.ndarray, "replicate {bins}"]:
    """How many values of each replicate lie in each of the uniform bins from low to high: (R, B).

    `values` are (replicate, sample, unit), within `low` and `high`, (replicate,). `high` itself is
    in the last bin; where low = high all values are in the first.
    """
    epsilon = torch.finfo(values.dtype).eps
    counted = np.empty((len(values), bins), np.uint32)
    for replicate, row in enumerate(counted):  # one by one: a copy of all of them is large
        own = slice(replicate, replicate + 1)
        levels = Edges.between(low[own], high[own], bins, epsilon).levels(values[own])
        row[:] = torch.bincount(levels.flatten().long(), minlength=bins).cpu().numpy()
    return counted


def unit_histograms(
    values: Float[Tensor, "sample unit"],
    low: Float[Tensor, ""],
    high: Float[Tensor, ""],
    labels: Int64[Tensor, " sample"],
    classes: int,
    bins: int,
) -> UInt32[np.ndarray, "unit {classes} {bins}"]:
    """The counts of one replicate in the same bins, of every unit at the samples of every label.

    Summed over units and labels they are those of `histograms`.
    """
    samples, units = values.shape
    edges = Edges.between(low[None], high[None], bins, torch.finfo(values.dtype).eps)
    counted = np.empty((units, classes, bins), np.uint32)
    step = max(1, VALUES_AT_ONCE // max(samples, 1))
    for first in range(0, units, step):
        part = values[:, first : first + step]
        unit = torch.arange(part.shape[1], device=part.device)
        cell = edges.levels(part[None])[0].long().add_((unit * classes + labels[:, None]) * bins)
        counts = torch.bincount(cell.flatten(), minlength=part.shape[1] * classes * bins)
        counted[first : first + step] = counts.reshape(-1, classes, bins).cpu().numpy()
    return counted


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
        values: Float[Tensor, "replicate sample unit"],
        low: Float[Tensor, " replicate"],
        high: Float[Tensor, " replicate"],
        labels: Sequence[Int64[Tensor, " sample"]],
    ) -> None:
        """Count the layer `index` of the replicates at `places`, each with its own labels."""
        if not self._labels:
            self.of_layers[places, index] = histograms(values, low, high, self._bins)
            return
        units = slice(*self._first[index : index + 2])
        for at, own, least, most, given in zip(places, values, low, high, labels, strict=True):
            counted = unit_histograms(own, least, most, given, self._labels, self._bins)
            self.of_units[at, units] = counted
            self.of_layers[at, index] = counted.sum(axis=(0, 1))
