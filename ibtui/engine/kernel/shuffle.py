"""Shuffle: numpy's Philox 4x64 (Salmon et al. 2011), and the order that it gives samples.

Bit for bit what `engine.randomness.shuffled` makes: random keys whose low bits hold the index,
sorted. Keys are random, so a sort needs one pass into buckets by their upper bits and a few swaps.
"""

from __future__ import annotations

import numpy as np

from ibtui.engine.kernel.cache import exact
from ibtui.engine.kernel.lanes import high_product
from ibtui.engine.randomness import DROPOUT, NOISE, SHUFFLE

u64 = np.uint64
M0, M1 = u64(0xD2E7470EE14C6C93), u64(0xCA5A826395121157)
W0, W1 = u64(0x9E3779B97F4A7C15), u64(0xBB67AE8584CAA73B)
ONE, ALL = u64(1), u64(64)
FOR_SHUFFLE, FOR_DROPOUT, FOR_NOISE = u64(SHUFFLE), u64(DROPOUT), u64(NOISE)


@exact
def philox(seed, purpose, epoch, block):
    """Numbers 4 block .. 4 block + 3 of the stream of a seed for a purpose in an epoch."""
    k0, k1 = u64(seed), u64(purpose)
    c0, c1, c2, c3 = u64(block) + ONE, u64(0), u64(0), u64(epoch)
    for _ in range(10):
        h0, l0 = high_product(M0, c0), M0 * c0
        h1, l1 = high_product(M1, c2), M1 * c2
        c0, c1, c2, c3 = h1 ^ c1 ^ k0, l1, h0 ^ c3 ^ k1, l0
        k0 += W0
        k1 += W1
    return c0, c1, c2, c3


@exact
def random_raw(seed, purpose, epoch, out):
    """Fill `out`, uint64, with the first numbers of a stream."""
    count = out.shape[0]
    for block in range(count // 4):
        at = 4 * block
        out[at], out[at + 1], out[at + 2], out[at + 3] = philox(seed, purpose, epoch, block)
    rest = count % 4
    if rest:
        at = count - rest
        four = philox(seed, purpose, epoch, count // 4)
        for k in range(rest):
            out[at + k] = four[k]


@exact
def bit_length(number):
    """How many bits a whole number takes; 0 takes none."""
    bits = 0
    while number >> bits:
        bits += 1
    return bits


@exact
def shuffle(seed, epoch, keys, ends, order):
    """An order of as many samples as `keys` has room for.

    `keys` and `order` are scratch and result, uint64 and int64 (samples,); `ends` is int32 scratch
    of 1 + 2^bits, with bits those that samples - 1 takes, at least 1.
    """
    samples = keys.shape[0]
    index_bits = u64(max(bit_length(samples - 1), 1))
    bucket = ALL - index_bits
    raw = order.view(np.uint64)
    random_raw(seed, FOR_SHUFFLE, epoch, raw)
    ends[:] = 0
    for k in range(samples):
        ends[(raw[k] >> bucket) + ONE] += 1
    for k in range(1, ends.shape[0]):
        ends[k] += ends[k - 1]
    for k in range(samples):
        place = raw[k] >> bucket
        at = ends[place]
        ends[place] = at + 1
        keys[at] = ((raw[k] >> index_bits) << index_bits) | u64(k)
    for k in range(1, samples):
        key = keys[k]
        at = k
        while at > 0 and keys[at - 1] > key:
            keys[at] = keys[at - 1]
            at -= 1
        keys[at] = key
    mask = (ONE << index_bits) - ONE
    for k in range(samples):
        order[k] = np.int64(keys[k] & mask)
