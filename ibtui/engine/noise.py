"""Noise: Gaussian, added to hidden activations in training.

Like the masks of dropout it depends on the replicate's seed, the epoch and the step alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from jaxtyping import Float, Int64
from torch import Tensor

from ibtui.engine import counter
from ibtui.engine.randomness import NOISE, SECOND


def keys(
    seeds: Sequence[int], epoch: int, steps: int, layers: int
) -> Int64[Tensor, "step layer replicate"]:
    """Keys of the noise of one epoch, int64 (step, layer, replicate) in 0..2^32-1."""
    return counter.keys(NOISE, seeds, epoch, steps, layers)


def add(
    h: Float[Tensor, "sample unit replicate"],
    row: Int64[Tensor, " sample"],
    key: Int64[Tensor, " replicate"],
    deviation: float,
) -> Float[Tensor, "sample unit replicate"]:
    """`h` with N(0, deviation^2) added to every value (Box & Muller 1958).

    `h` is (sample, unit, replicate), `row` (sample,), `key` (replicate,). Samples of one row have
    the same noise.
    """
    first = counter.bits(row, h.shape[1], key)
    second = counter.mixed(first ^ SECOND)
    radius = (-2 * ((first + 0.5) / (counter.WORD + 1)).log()).sqrt()
    return h + deviation * radius * (2 * math.pi / (counter.WORD + 1) * second).cos()
