"""Counting: how often each state of a layer occurs, alone and with each label.

Most states occur once, and those add nothing to a sum of c log c. A filter of single bits passes
over them: a bit that was set once belongs to one sample, whatever its hash. The others meet in a
table that compares their words, so nothing rests on a hash.
"""

from __future__ import annotations

import numpy as np

from ibtui.engine.kernel.cache import exact
from ibtui.engine.kernel.lanes import bits_of

u32, u64, i32 = np.uint32, np.uint64, np.int32
K1, K2 = u64(0x9E3779B97F4A7C15), u64(0xBF58476D1CE4E5B9)
K3 = u32(2654435769)
HALF_WORD, ONE, FIVE, LOW5 = u64(32), u32(1), u32(5), u32(31)
ZERO = np.float32(0)
WORD = 62  # bits of a word that levels may take, as in `information.states`


@exact
def words_of(units, bits):
    """How many words the states of a layer take; bits of 0 are full precision."""
    in_word = min(units, WORD // bits) if bits else 2
    return (units + in_word - 1) // in_word


@exact
def pack_levels(levels, units, stride, bits, words):
    """Words of a quantized layer, into `words`, int64 (word, sample), as of `states.pack`."""
    in_word = min(units, WORD // bits)
    for j in range(words_of(units, bits)):
        first = j * in_word
        word = words[j]
        row = levels[first * stride : (first + 1) * stride]
        for k in range(word.shape[0]):
            word[k] = np.int64(i32(row[k]))
        for u in range(first + 1, min(units, first + in_word)):
            row, shift = levels[u * stride : (u + 1) * stride], np.int64(bits * (u - first))
            for k in range(word.shape[0]):
                word[k] |= np.int64(i32(row[k])) << shift


@exact
def pack_floats(values, units, stride, words):
    """Words of a full-precision layer, as of `states.pack_floats`."""
    for j in range((units + 1) // 2):
        word = words[j]
        row = values[2 * j * stride : (2 * j + 1) * stride]
        for k in range(word.shape[0]):
            word[k] = np.int64(u32(bits_of(row[k] + ZERO)))
        if 2 * j + 1 < units:
            row = values[(2 * j + 1) * stride : (2 * j + 2) * stride]
            for k in range(word.shape[0]):
                word[k] |= np.int64(u32(bits_of(row[k] + ZERO))) << np.int64(32)


@exact
def hashes(words, out):
    """A hash of every column of `words`, uint32."""
    first = words[0]
    for k in range(out.shape[0]):
        h = u64(first[k]) * K1
        h ^= h >> HALF_WORD
        for j in range(1, words.shape[0]):
            h = (h ^ u64(words[j, k])) * K1
            h ^= h >> HALF_WORD
        out[k] = u32((h * K2) >> HALF_WORD)


@exact
def count(words, labels, classes, sum_log):
    """Sums of c log2 c over how often states, and states with labels, occur.

    `words` are int64 (word, sample), `sum_log` holds c log2 c for c = 0..samples.
    """
    samples = words.shape[1]
    bits = 12
    while (1 << bits) < samples:
        bits += 1
    hashed, listed = np.empty(samples, u32), np.empty(samples + 1, i32)
    hashes(words, hashed)
    down = u32(32 - min(bits + 4, 32))
    seen, twice = (
        np.zeros((1 << min(bits + 4, 32)) // 32, u32),
        np.zeros((1 << min(bits + 4, 32)) // 32, u32),
    )
    for k in range(samples):
        place = hashed[k] >> down
        bit, at = u32(ONE << (place & LOW5)), place >> FIVE
        before = seen[at]
        twice[at] |= u32(before & bit)
        seen[at] = before | bit
    some = 0
    for k in range(samples):
        place = hashed[k] >> down
        listed[some] = k
        some += np.int64((twice[place >> FIVE] >> (place & LOW5)) & ONE)
    size = 4
    while (1 << size) < 2 * some:
        size += 1
    slots, mask, up = np.full(1 << size, -1, i32), u32((1 << size) - 1), u32(32 - size)
    first, counts = np.empty(some, i32), np.zeros((some, classes), i32)
    states = 0
    for s in range(some):
        k = listed[s]
        place = u32(hashed[k] * K3) >> up
        while True:
            state = slots[place]
            if state < 0:
                state = states
                slots[place], first[state] = state, k
                states += 1
                break
            same = True
            for j in range(words.shape[0]):
                same &= words[j, k] == words[j, first[state]]
            if same:
                break
            place = u32(place + ONE) & mask
        counts[state, labels[k]] += 1
    of_states, joint = 0.0, 0.0
    for state in range(states):
        total = 0
        for label in range(classes):
            c = counts[state, label]
            total += c
            joint += sum_log[c]
        of_states += sum_log[total]
    return of_states, joint
