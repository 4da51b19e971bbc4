"""Stratified splits and subsets: exact sizes, equal shares, one seed."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.data.split import apportion, stratified_draw, stratified_split

LABELS = st.lists(st.integers(0, 4), min_size=1, max_size=60).map(np.array)


def test_the_papers_split_has_3276_training_samples():
    labels = np.repeat([0, 1], [1978, 2118])
    train, test = stratified_split(labels, 0.2, seed=0)
    assert (len(train), len(test)) == (3276, 820)
    assert np.bincount(labels[test]).tolist() == [396, 424]  # of 395.98 and 424.02


@pytest.mark.parametrize(
    ("fraction", "n", "held_out"), [(0.07, 100, 7), (0.29, 100, 29), (0.3, 7, 3)]
)
def test_fractions_are_taken_as_written(fraction, n, held_out):
    """In binary, 0.07 * 100 is above 7 and 0.29 * 100 below 29."""
    train, test = stratified_split(np.zeros(n, np.int64), fraction, seed=0)
    assert (len(train), len(test)) == (n - held_out, held_out)


@given(LABELS, st.sampled_from([0.0, 0.05, 0.2, 0.5, 0.9]), st.integers(0, 3))
def test_a_split_partitions_and_keeps_the_shares(labels, fraction, seed):
    train, test = stratified_split(labels, fraction, seed)
    assert np.array_equal(np.sort(np.concatenate([train, test])), np.arange(len(labels)))
    assert np.all(np.diff(train) > 0)
    assert np.all(np.diff(test) > 0)
    assert len(train) == int((1 - Fraction(str(fraction))) * len(labels))
    counts = np.bincount(labels)
    held_out = np.bincount(labels[test], minlength=len(counts))
    assert np.all(np.abs(held_out - counts * len(test) / len(labels)) < 1)


@given(LABELS, st.data())
def test_seats_are_shared_out_whole(labels, data):
    counts = np.bincount(labels)
    total = data.draw(st.integers(0, len(labels)))
    seats = apportion(counts, total)
    assert seats.sum() == total
    assert np.all((seats >= 0) & (seats <= counts))
    assert np.all(np.abs(seats - counts * total / len(labels)) < 1)


def test_seeds_decide_who_is_held_out():
    labels = np.arange(90) % 3
    first, again, other = (stratified_split(labels, 0.2, seed)[1] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_every_sample_is_drawn_equally_often():
    strata = np.repeat([0, 1, 2], [5, 10, 25])
    times = np.zeros(40)
    for seed in range(2000):
        times[stratified_draw(strata, 8, np.random.default_rng(seed))] += 1
    # 8 of 40 are drawn, 1 of 5 in each stratum: 400 times each, give or take 4.5 times 18.
    assert np.all(np.abs(times - 400) < 80)
