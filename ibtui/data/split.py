"""Stratified draws: a split into training and test samples, or a smaller set of samples."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]


def stratified_split(labels: Indices, test_fraction: float, seed: int) -> tuple[Indices, Indices]:
    """Sorted indices (train, test): ceil(test_fraction N) samples are held out, by label.

    4096 samples leave 3276 for training at 0.2, as in Lorenzen et al. (2022).
    """
    # The fraction as it is written: 0.1 of 10 is 1, though 10 * 0.1 in binary may exceed it.
    held_out = math.ceil(Fraction(str(test_fraction)) * len(labels))
    test = stratified_draw(labels, held_out, np.random.default_rng(seed))
    rest = np.ones(len(labels), bool)
    rest[test] = False
    return np.flatnonzero(rest), test


def stratified_draw(strata: Indices, total: int, rng: np.random.Generator) -> Indices:
    """Sorted indices of `total` samples, drawn without replacement so that shares are kept."""
    counts = np.bincount(strata)
    quotas = apportion(counts, total)
    shuffled = rng.permutation(len(strata))
    grouped = shuffled[np.argsort(strata[shuffled], kind="stable")]
    rank = np.arange(len(strata)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.sort(grouped[rank < np.repeat(quotas, counts)])


def apportion(counts: Indices, total: int) -> Indices:
    """`total` seats shared out in proportion to `counts`, by the largest remainder.

    No share is off by as much as one seat, and none exceeds its count. Equal remainders go to the
    earlier stratum. Needs 0 <= total <= sum(counts).
    """
    seats, remainders = np.divmod(counts * total, counts.sum())
    most = np.argsort(-remainders, kind="stable")[: total - seats.sum()]
    seats[most] += 1
    return seats
