"""Noise: that of `engine.noise`, from the very bits."""

from __future__ import annotations

import math

import numpy as np

from ibtui.engine.kernel.arithmetic import cos, log_double
from ibtui.engine.kernel.cache import exact
from ibtui.engine.kernel.counter import bits, mixed
from ibtui.engine.randomness import SECOND

f32 = np.float32
ANEW = np.uint32(SECOND)
HALF, WORD, TURN = f32(0.5), f32(2.0**32), f32(2 * math.pi / 2**32)


@exact
def add(h, units, stride, real, key, deviation):
    """Add N(0, deviation^2) to every value of `h` (Box & Muller 1958).

    Samples from number `real` on are copies of the first, and have its noise.
    """
    for u in range(units):
        row = h[u * stride : (u + 1) * stride]
        for b in range(stride):
            first = bits(b if b < real else 0, u, units, key)
            share = (f32(first) + HALF) / WORD
            radius = np.sqrt(f32(-2) * f32(log_double(np.float64(share))))
            row[b] += deviation * radius * cos(TURN * f32(mixed(first ^ ANEW)))
