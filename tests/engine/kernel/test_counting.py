from collections import Counter

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from ibtui.engine.kernel import counting
from ibtui.information import states
from ibtui.information.counting import sums_of_logs


def dictionary_sums(words, labels):
    """Sums of c log2 c over states and over states with labels."""
    rows = list(map(tuple, words.T.tolist()))
    pairs = list(zip(rows, labels.tolist(), strict=True))
    return tuple(sum(c * np.log2(c) for c in Counter(of).values()) for of in (rows, pairs))


def count(words, labels, classes=3):
    return counting.count(words, labels, classes, sums_of_logs(words.shape[1]))


@given(st.integers(1, 700), st.integers(1, 4), st.integers(1, 3000), st.integers(0, 2**32))
def test_the_count_is_that_of_a_dictionary(samples, words, distinct, seed):
    random = np.random.default_rng(seed)
    pool = random.integers(0, 2**62, (words, distinct))
    rows = pool[:, random.integers(0, distinct, samples)]
    labels = random.integers(0, 3, samples)
    np.testing.assert_allclose(
        count(rows, labels), dictionary_sums(rows, labels), rtol=1e-12, atol=1e-9
    )


def test_states_of_one_hash_are_told_apart(monkeypatch):
    """Words that differ in the high bits alone, and many samples: filter and table both collide."""
    random = np.random.default_rng(1)
    rows = (random.integers(0, 50_000, 70_000) << 45)[None]
    labels = random.integers(0, 3, 70_000)
    np.testing.assert_allclose(count(rows, labels), dictionary_sums(rows, labels), rtol=1e-12)


def test_all_alike_and_all_different():
    labels = np.zeros(4096, np.int64)
    alike = np.full((2, 4096), 7)
    assert count(alike, labels) == (4096 * 12, 4096 * 12)
    assert count(np.arange(4096)[None], labels) == (0, 0)


@given(st.integers(1, 70), st.integers(1, 16), st.integers(0, 2**32))
def test_words_of_levels_are_the_engines(units, bits, seed):
    samples, stride = 37, 64
    levels = np.random.default_rng(seed).integers(0, 2**bits, (units, stride)).astype(np.float32)
    words = np.empty((counting.words_of(units, bits), samples), np.int64)
    counting.pack_levels(levels.ravel(), units, stride, bits, words)
    expected = states.pack(torch.from_numpy(levels[None, :, :samples]).transpose(1, 2), bits)
    np.testing.assert_array_equal(words, expected[:, 0].numpy())


@given(st.integers(1, 9), st.integers(0, 2**32))
def test_words_of_floats_are_the_engines(units, seed):
    samples, stride = 37, 64
    values = np.random.default_rng(seed).normal(size=(units, stride)).astype(np.float32)
    values[values < -0.5] = -0.0
    words = np.empty((counting.words_of(units, 0), samples), np.int64)
    counting.pack_floats(values.ravel(), units, stride, words)
    expected = states.pack_floats(torch.from_numpy(values[None, :, :samples]).transpose(1, 2))
    np.testing.assert_array_equal(words, expected[:, 0].numpy())
