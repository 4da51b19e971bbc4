"""Histograms of a layer's activations, over all its units and samples."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, UInt32
from torch import Tensor

from ibtui.information.uniform import Edges


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
