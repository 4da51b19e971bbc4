"""Dropout: the coins of `engine.dropout`, bit for bit."""

from __future__ import annotations

import numpy as np

from ibtui.engine.kernel.cache import exact
from ibtui.engine.kernel.forward import layer_of

u32 = np.uint32
FIRST, SECOND = u32(0x85EBCA6B), u32(0xC2B2AE35)
S16, S13, KEY = u32(16), u32(13), np.uint64(32)
ZERO = np.float32(0)


@exact
def mix(x):
    """murmur3's finaliser."""
    x = u32((x ^ (x >> S16)) * FIRST)
    x = u32((x ^ (x >> S13)) * SECOND)
    return x ^ (x >> S16)


@exact
def drop(design, scratch, index, stride, real, coin):
    """Drop from what hidden layer `index` passes on; `coin` is the raw number of its key."""
    slopes, h = layer_of(design, scratch, index, stride)
    key = u32(coin >> KEY)
    mask(h, slopes, design.sizes[index + 1], stride, real, key, design.dropped, design.kept)


@exact
def mask(h, slopes, units, stride, real, key, dropped, kept):
    """Zero each value of `h` and its slope with the chance of its coin, scale the others up.

    Samples from number `real` on are copies of the first, and share its coins.
    """
    for u in range(units):
        row = h[u * stride : (u + 1) * stride]
        of_row = slopes[u * stride : (u + 1) * stride]
        for b in range(stride):
            sample = b if b < real else 0
            coin = mix(mix(u32(sample * units + u)) ^ key)
            keeps = np.int64(coin) >= dropped
            row[b] = row[b] / kept if keeps else ZERO
            of_row[b] = of_row[b] / kept if keeps else ZERO
