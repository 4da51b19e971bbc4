"""Samples: the data set that all replicates share, or one for each, as tensors.

On a last axis of data sets, S, there is one that all share or one for each replicate.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def joined(arrays: Sequence[NDArray], axis: int) -> Tensor:
    """Arrays of all data sets, which get an axis of their own; a lone, large one is not copied."""
    if len(arrays) == 1:
        return torch.from_numpy(np.expand_dims(arrays[0], axis))
    return torch.from_numpy(np.stack(arrays, axis))


def columns(tensor: Tensor, start: int, stop: int) -> Tensor:
    """What belongs to replicates start..stop-1 of (..., S), as a view."""
    return tensor if tensor.shape[-1] == 1 else tensor[..., start:stop]
