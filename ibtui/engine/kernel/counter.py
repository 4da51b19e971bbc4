"""Counter: the random bits of `engine.counter`, bit for bit."""

from __future__ import annotations

import numpy as np

from ibtui.engine.kernel.cache import exact

u32 = np.uint32
FIRST, SECOND = u32(0x85EBCA6B), u32(0xC2B2AE35)
S16, S13 = u32(16), u32(13)


@exact
def mixed(x):
    """murmur3's finaliser of a 32-bit word."""
    x = u32((x ^ (x >> S16)) * FIRST)
    x = u32((x ^ (x >> S13)) * SECOND)
    return x ^ (x >> S16)


@exact
def bits(sample, unit, units, key):
    """32 random bits of a sample of a batch and a unit."""
    return mixed(mixed(u32(sample * units + unit)) ^ key)
