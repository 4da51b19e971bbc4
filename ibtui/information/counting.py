"""Counting: how often each state occurs, exactly, by numpy's sort.

T is a function of X, so I(X;T) = H(T) and I(T;Y) = H(T) + H(Y) - H(T,Y), where the entropies are
those of how often states (and states with labels) occur. Nothing here estimates: a hash only brings
rows into an order in which few comparisons prove what is equal.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ibtui.information.threads import in_threads

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64, Integer

    Words = Int64[np.ndarray, "word replicate sample"]
    CountedBits = tuple[Float64[np.ndarray, " replicate"], Float64[np.ndarray, " replicate"]]

CHUNK = 1 << 16  # samples sorted at once: keys and scratch stay in a core's cache


def count_words(
    words: Words,
    word_bits: int,
    labels: Integer[np.ndarray, " sample"],
    classes: int,
    threads: int = 1,
) -> CountedBits:
    """`count` on numpy arrays; no result depends on neighbours or `threads`."""
    replicates, samples = words.shape[1:]
    sum_log = sums_of_logs(samples)
    sums = np.empty((2, replicates))
    parts = min(replicates, threads * -(-replicates * samples // (CHUNK * threads)))
    bounds = [replicates * part // parts for part in range(parts + 1)]

    def fill(start: int, stop: int) -> None:
        part = words[:, start:stop]
        sums[:, start:stop] = _run_sums(part, word_bits, labels, classes, sum_log)

    in_threads(fill, bounds[:-1], bounds[1:], threads=threads)
    return informations(sums[0], sums[1], np.bincount(labels), sum_log)


@lru_cache(maxsize=8)  # as long to make as a sort of as many samples
def sums_of_logs(samples: int) -> Float64[np.ndarray, " {samples}+1"]:
    """c log2 c for c = 0..samples, read-only; to 2^-53 of the greatest sum of so many samples.

    All are multiples of one power of two, so sums are exact: in any order of the states, and so by
    every backend and whatever the states are called, the same to the last bit.
    """
    counts = np.arange(samples + 1, dtype=np.float64)
    table = counts * np.log2(np.maximum(counts, 1))
    grain = 2.0 ** (np.ceil(np.log2(max(table[-1], 1))) - 53)
    table = np.round(table / grain) * grain
    table.flags.writeable = False
    return table


def informations(
    states: Float64[np.ndarray, " replicate"],
    joint: Float64[np.ndarray, " replicate"],
    label_counts: Int64[np.ndarray, " label"],
    sum_log: Float64[np.ndarray, " count"],
) -> CountedBits:
    """H(T) and I(T;Y) in bits from sums of c log2 c over the counts of states and (state, label).

    H = log2 N - 1/N sum c log2 c; the order of the terms makes a constant layer give exactly 0.
    """
    return bits_of_sums(states, joint, sum_log[label_counts].sum(), sum_log)


def bits_of_sums(
    states: Float64[np.ndarray, "*place"],
    joint: Float64[np.ndarray, "*place"],
    of_labels: float | Float64[np.ndarray, "#*place"],
    sum_log: Float64[np.ndarray, " count"],
) -> tuple[Float64[np.ndarray, "*place"], Float64[np.ndarray, "*place"]]:
    """The same where the sums over labels are known; all in any shape."""
    samples = len(sum_log) - 1
    h_t_bits = (sum_log[-1] - states) / samples
    i_ty_bits = ((sum_log[-1] - states) - (of_labels - joint)) / samples
    return h_t_bits, i_ty_bits


def layout(word_count: int, word_bits: int, samples: int, classes: int) -> tuple[int, int]:
    """How far above bit 0 of a sort key the label begins and the state begins.

    A key is state | label | index of the sample. The index is needed only to prove a hash: where
    a state fits into the key itself it takes no bits.
    """
    label_bits = (classes - 1).bit_length()
    whole = word_count == 1 and word_bits + label_bits <= 63
    index_bits = 0 if whole else (samples - 1).bit_length()
    return index_bits, index_bits + label_bits


def _run_sums(
    words: Words,
    word_bits: int,
    labels: Integer[np.ndarray, " sample"],
    classes: int,
    sum_log: Float64[np.ndarray, " sample+1"],
) -> Float64[np.ndarray, "2 replicate"]:
    """Sums of c log2 c over states and over (state, label), (2, replicate)."""
    word_count, _, samples = words.shape
    label_shift, state_shift = layout(word_count, word_bits, samples, classes)
    if label_shift == 0:
        keys = words[0] << state_shift
        keys |= labels
        if word_bits + state_shift <= 31:
            keys = keys.astype(np.int32)  # half the width sorts in half the time
    else:
        keys = hash_rows(words, 63 - state_shift) << state_shift
        keys |= (labels << label_shift) | np.arange(samples)
    keys.sort(axis=-1)
    differing = np.empty_like(keys)
    np.bitwise_xor(keys[:, 1:], keys[:, :-1], out=differing[:, :-1])
    differing[:, -1] = np.iinfo(keys.dtype).max  # the last sample of a replicate has no next one
    same_state = differing < 1 << state_shift
    if np.count_nonzero(same_state) > 0.75 * same_state.size:
        ends = [np.flatnonzero(differing >= 1 << shift) for shift in (state_shift, label_shift)]
        runs = [(last, np.diff(last, prepend=-1)) for last in ends]
    else:
        inside = np.flatnonzero(same_state)
        of_joint = inside[differing.ravel()[inside] < 1 << label_shift]
        runs = [_repetitions(inside), _repetitions(of_joint)]
    sums = np.zeros((2, words.shape[1]))
    for own, (last, length) in zip(sums, runs, strict=True):
        own += np.bincount(last // samples, weights=sum_log[length], minlength=len(own))
    if label_shift:
        order = keys & ((1 << label_shift) - 1)
        for replicate in _unproven(words, order, np.flatnonzero(same_state)):
            sums[:, replicate] = _sum_rows(words[:, replicate], labels, sum_log)
    return sums


def _repetitions(
    inside: Int64[np.ndarray, " place"],
) -> tuple[Int64[np.ndarray, " run"], Int64[np.ndarray, " run"]]:
    """The runs longer than one: where they end, and their lengths.

    `inside` are the places of keys that equal the next one. Runs of one add 0 = 1 log2 1 to a sum,
    so where most are such the others are enough: the sum is the same to the last bit.
    """
    if len(inside) == 0:
        return inside, inside
    last = np.append(np.flatnonzero(inside[1:] - inside[:-1] != 1), len(inside) - 1)
    return inside[last], np.diff(last, prepend=-1) + 1


def hash_rows(words: Words, bits: int) -> Int64[np.ndarray, "replicate sample"]:
    """A hash of every row, (replicate, sample), in 0..2^bits-1."""
    high = np.zeros(words.shape[1:], np.uint64)
    for word in words.view(np.uint64):
        high ^= word
        high *= np.uint64(0x9E3779B97F4A7C15)
        high ^= high >> np.uint64(29)
    high *= np.uint64(0xBF58476D1CE4E5B9)  # splitmix64's finaliser, whose high bits are the best
    high >>= np.uint64(64 - bits)
    return high.view(np.int64)


def _unproven(
    words: Words,
    order: Int64[np.ndarray, "replicate sample"],
    same_state: Int64[np.ndarray, " place"],
) -> Int64[np.ndarray, " unproven"]:
    """The replicates in which some rows of equal hashes differ; for all others equality is proven.

    Rows of a run that all equal their predecessor equal the first one.
    """
    replicate, place = np.divmod(same_state, words.shape[2])
    one, other = order[replicate, place], order[replicate, place + 1]
    differ = np.zeros(len(same_state), bool)
    for word in words:
        differ |= word[replicate, one] != word[replicate, other]
    return np.unique(replicate[differ])


def _sum_rows(
    words: Int64[np.ndarray, "word sample"],
    labels: Integer[np.ndarray, " sample"],
    sum_log: Float64[np.ndarray, " sample+1"],
) -> tuple[float, float]:
    """Sums of c log2 c of one replicate, (word, sample), without a hash: sorted word by word."""
    order = np.lexsort((labels, *words))
    new_state = np.any(words[:, order[1:]] != words[:, order[:-1]], axis=0)
    new_joint = new_state | (labels[order[1:]] != labels[order[:-1]])
    ends = (np.append(np.flatnonzero(new), len(order) - 1) for new in (new_state, new_joint))
    of_states, of_joint = (float(sum_log[np.diff(end, prepend=-1)].sum()) for end in ends)
    return of_states, of_joint
