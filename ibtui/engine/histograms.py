"""Histograms of activations: of a layer over all its units, and of every unit at every label."""

from __future__ import annotations

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
