"""Counter: random bits of a place in a batch, without a generator to carry along.

They depend on the replicate's seed, the epoch, the step, the layer, the row and the unit alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from ibtui.engine.randomness import stream

WORD = 0xFFFFFFFF


def keys(
    purpose: int, seeds: Sequence[int], epoch: int, steps: int, layers: int
) -> Int64[Tensor, "step layer replicate"]:
    """Keys of one epoch for one purpose, int64 (step, layer, replicate) in 0..2^32-1."""
    drawn = [stream(seed, purpose, epoch).random_raw(steps * layers) for seed in seeds]
    whole = np.stack(drawn, axis=-1).reshape(steps, layers, len(seeds)) >> np.uint64(32)
    return torch.from_numpy(whole.astype(np.int64))


def bits(
    row: Int64[Tensor, " sample"], units: int, key: Int64[Tensor, " replicate"]
) -> Int64[Tensor, "sample {units} replicate"]:
    """32 random bits of every row and unit, int64 (sample, unit, replicate).

    `row` is (sample,), `key` (replicate,): a hash (murmur3's finaliser) of row, unit and key.
    """
    place = (row[:, None] * units + torch.arange(units, device=row.device))[:, :, None]
    return mixed(mixed(place) ^ key)


def mixed(x: Tensor) -> Tensor:
    """murmur3's finaliser of 32-bit words that lie in int64."""
    x = ((x ^ (x >> 16)) * 0x85EBCA6B) & WORD
    x = ((x ^ (x >> 13)) * 0xC2B2AE35) & WORD
    return x ^ (x >> 16)
