"""Dropout whose masks depend on the replicate's seed, the epoch and the step alone."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from ibtui.engine import counter
from ibtui.engine.randomness import DROPOUT


def keys(
    seeds: Sequence[int], epoch: int, steps: int, layers: int
) -> Int64[Tensor, "step layer replicate"]:
    """Keys of the masks of one epoch, int64 (step, layer, replicate) in 0..2^32-1."""
    return counter.keys(DROPOUT, seeds, epoch, steps, layers)


def drop(
    h: Float[Tensor, "sample unit replicate"],
    row: Int64[Tensor, " sample"],
    key: Int64[Tensor, " replicate"],
    probability: float,
) -> Float[Tensor, "sample unit replicate"]:
    """Zero each value with `probability` and scale the others up (Srivastava et al. 2014).

    `h` is (sample, unit, replicate), `row` (sample,), `key` (replicate,). Samples of one row have
    one mask.
    """
    kept = counter.bits(row, h.shape[1], key) >= int(probability * (counter.WORD + 1))
    return torch.where(kept, h / (1 - probability), 0.0)
