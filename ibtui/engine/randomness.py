"""Random numbers of replicates: counter-based, so that a path depends on its own seed alone.

Every draw is keyed by (seed, purpose, epoch); nothing is carried from one draw to the next. A run
that resumes at some epoch therefore draws what it would have drawn, with no generator to save.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from jaxtyping import Int64

WEIGHTS, SHUFFLE, LABELS, DROPOUT, NOISE, MODULE = range(6)
SECOND = 0x9E3779B9  # tells the second draw of a value from its first: 2^32 over the golden ratio


def stream(seed: int, purpose: int, epoch: int = 0) -> np.random.Philox:
    """The bit generator of one replicate for one purpose in one epoch (Philox 4x64)."""
    return np.random.Philox(
        key=np.array([seed, purpose], np.uint64), counter=(epoch % 2**64) << 192
    )


def torch_seed(seed: int, purpose: int, epoch: int = 0) -> int:
    """What seeds torch's own generators for one replicate, purpose and epoch."""
    return int(stream(seed, purpose, epoch).random_raw(1)[0] >> np.uint64(1))


def replicate_seed(base: int, replicate: int, attempt: int, taken: Collection[int]) -> int:
    """The seed of a replicate: base + replicate, and for later attempts one that nobody has."""
    if attempt == 0:
        return base + replicate
    while True:
        words = np.random.SeedSequence([base, replicate, attempt]).generate_state(1, np.uint64)
        seed = int(words[0] >> np.uint64(1))
        if seed not in taken:
            return seed
        attempt += 1 << 32


def shuffled(
    seeds: Sequence[int], epoch: int, samples: int
) -> Int64[np.ndarray, "{samples} replicate"]:
    """An order of `samples` for each seed, (samples, seed), for one epoch.

    Sorting random 64-bit keys whose low bits hold the index is the fastest way to many
    permutations that do not depend on each other.
    """
    index_bits = np.uint64(max(samples - 1, 1).bit_length())
    keys = np.empty((len(seeds), samples), np.uint64)
    for row, seed in zip(keys, seeds, strict=True):
        row[:] = stream(seed, SHUFFLE, epoch).random_raw(samples)
    keys >>= index_bits
    keys <<= index_bits
    keys |= np.arange(samples, dtype=np.uint64)
    keys.sort(axis=-1)
    keys &= (np.uint64(1) << index_bits) - np.uint64(1)
    return np.ascontiguousarray(keys.T).view(np.int64)


def shuffled_labels(
    labels: Int64[np.ndarray, " sample"], train: Int64[np.ndarray, " some"], seed: int
) -> Int64[np.ndarray, " sample"]:
    """Labels with those of the training samples permuted once."""
    labels = labels.copy()
    generator = np.random.Generator(stream(seed, LABELS))
    labels[train] = generator.permutation(labels[train])
    return labels
