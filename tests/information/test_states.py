"""Counting states: against a dictionary, at every width, with a hash that is good for nothing."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from ibtui.information import counting, counting_device
from ibtui.information.count import count, one_number
from ibtui.information.counting import count_words
from ibtui.information.counting_device import count_on_device, hash_on_device
from ibtui.information.states import (
    float_word_bits,
    level_word_bits,
    pack,
    pack_floats,
    pack_wide,
)
from tests.information.oracles import informations_bits, rows

shapes = st.tuples(st.integers(1, 3), st.integers(1, 40), st.integers(1, 17))


def draw_levels(shape, bits, seed, distinct):
    """Levels (replicate, sample, unit) with at most `distinct` different rows a replicate."""
    rng = np.random.default_rng(seed)
    replicates, samples, units = shape
    kinds = rng.integers(0, 2**bits, (replicates, distinct, units))
    chosen = rng.integers(0, distinct, (replicates, samples))
    return np.take_along_axis(kinds, chosen[:, :, None], axis=1)


def oracle(levels, labels):
    pairs = [informations_bits(rows(own), labels.tolist()) for own in levels]
    return np.array(pairs).T


def engine_order(levels, dtype):
    """The same values in the engine's memory order, (sample, unit, replicate)."""
    return torch.as_tensor(levels).to(dtype).permute(1, 2, 0).contiguous().permute(2, 0, 1)


@settings(max_examples=150, deadline=None)
@given(
    shape=shapes,
    bits=st.sampled_from([1, 2, 3, 8, 16, 17, 31, 62]),
    classes=st.integers(1, 5),
    distinct=st.integers(1, 30),
    seed=st.integers(0, 2**32),
    floats=st.booleans(),
)
def test_packed_levels_count_as_a_dictionary_counts_them(
    shape, bits, classes, distinct, seed, floats
):
    levels = draw_levels(shape, bits, seed, distinct)
    labels = np.random.default_rng(seed + 1).integers(0, classes, shape[1])
    dtype = torch.float32 if floats and bits <= 16 else torch.int64
    words = pack(engine_order(levels, dtype), bits)
    word_bits = level_word_bits(shape[2], bits)
    assert words.shape == (-(-shape[2] // (62 // bits)), *shape[:2])
    assert int(words.min()) >= 0
    assert int(words.max()).bit_length() <= word_bits
    for counter in (count, count_on_device):
        measured = counter(words, word_bits, torch.from_numpy(labels), classes)
        assert_allclose(measured, oracle(levels, labels), atol=1e-9)


@settings(max_examples=100, deadline=None)
@given(
    shape=shapes,
    bits=st.sampled_from([1, 7, 8, 9, 15, 16, 31, 32, 53]),
    distinct=st.integers(1, 30),
    seed=st.integers(0, 2**32),
)
def test_whole_bytes_count_as_a_dictionary_counts_them(shape, bits, distinct, seed):
    levels = draw_levels(shape, bits, seed, distinct)
    levels[:, 0] = 2**bits - 1
    labels = np.random.default_rng(seed + 1).integers(0, 3, shape[1])
    words = pack_wide(engine_order(levels, torch.float64), bits)
    size = next(size for size, most in ((1, 8), (2, 15), (4, 31), (8, 63)) if bits <= most)
    assert words.shape == (-(-shape[2] * size // 8), *shape[:2])
    for counter in (count, count_on_device):
        measured = counter(words, 64, torch.from_numpy(labels), 3)
        assert_allclose(measured, oracle(levels, labels), atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(shape=shapes, distinct=st.integers(1, 30), seed=st.integers(0, 2**32))
def test_packed_floats_count_as_a_dictionary_counts_them(shape, distinct, seed):
    chosen = draw_levels(shape, 3, seed, distinct)
    values = np.array([0.0, -0.0, 1e-45, -1e-45, 1.0, np.nextafter(1, 2), -2.5, 3e38], np.float32)
    values = values[chosen]
    labels = np.random.default_rng(seed).integers(0, 3, shape[1])
    words = pack_floats(engine_order(values, torch.float32))
    for counter in (count, count_on_device):
        measured = counter(words, float_word_bits(shape[2]), torch.from_numpy(labels), 3)
        assert_allclose(measured, oracle(values, labels), atol=1e-9)


@pytest.mark.parametrize("kept_bits", [0, 1, 3])
def test_a_hash_that_collides_everywhere_changes_nothing(monkeypatch, kept_bits):
    levels = draw_levels((4, 60, 19), 8, seed=5, distinct=25)
    labels = np.random.default_rng(6).integers(0, 3, 60)
    words = pack(torch.from_numpy(levels), 8)
    mask = (1 << kept_bits) - 1
    good, good_on_device = counting.hash_rows, counting_device.hash_on_device
    monkeypatch.setattr(counting, "hash_rows", lambda w, bits: good(w, bits) & mask)
    monkeypatch.setattr(
        counting_device, "hash_on_device", lambda w, bits: good_on_device(w, bits) & mask
    )
    for counter in (count, count_on_device):
        measured = counter(words, level_word_bits(19, 8), torch.from_numpy(labels), 3)
        assert_allclose(measured, oracle(levels, labels), atol=1e-9)


@pytest.mark.parametrize("unit", [0, 6, 7, 13, 18])
def test_rows_that_differ_in_one_unit_alone_are_told_apart(monkeypatch, unit):
    levels = np.full((2, 50, 19), 0x77)
    levels[:, :, unit] = np.arange(50) % 20
    words = pack(torch.from_numpy(levels), 8)
    monkeypatch.setattr(counting, "hash_rows", lambda words, bits: 0 * words[0])
    monkeypatch.setattr(counting_device, "hash_on_device", lambda words, bits: 0 * words[0])
    for counter in (count, count_on_device):
        measured = counter(words, level_word_bits(19, 8), torch.arange(50) % 2, 2)
        assert_allclose(measured, oracle(levels, np.arange(50) % 2), atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    shape=shapes,
    bits=st.sampled_from([1, 8, 17, 62]),
    distinct=st.integers(1, 30),
    seed=st.integers(0, 2**32),
)
def test_states_have_one_number_each_on_every_device(shape, bits, distinct, seed):
    levels = draw_levels(shape, bits, seed, distinct)
    words = pack(torch.as_tensor(levels), bits)
    numbers = one_number(words, level_word_bits(shape[2], bits))
    for found, own in zip(numbers.tolist(), levels, strict=True):
        pairs = set(zip(found, rows(own), strict=True))
        assert len(pairs) == len(set(found)) == len(set(rows(own)))
        assert min(found) >= 0
    on_host = counting.hash_rows(words.contiguous().numpy(), 63)
    assert_array_equal(hash_on_device(words, 63), on_host)


def test_the_good_hash_never_needs_the_slow_proof(monkeypatch):
    def slow(*_):
        raise AssertionError("a collision of 50 bits among 4096 rows")

    monkeypatch.setattr(counting, "_sum_rows", slow)
    monkeypatch.setattr(counting_device, "count_words", slow)
    random = draw_levels((2, 4096, 19), 8, seed=5, distinct=3000)
    structured = np.zeros((2, 4096, 14), np.int64)  # under a linear hash these would collide
    structured[:, :, 6], structured[:, :, 13] = np.divmod(np.arange(4096), 16)
    for levels in (random, structured):
        for counter in (count, count_on_device):
            words = pack(torch.from_numpy(levels), 8)
            counter(words, 56, torch.zeros(4096, dtype=torch.int64), 2)


def test_every_code_of_twelve_bits_gives_twelve_bits_exactly():
    codes = np.arange(4096)
    levels = ((codes[:, None] >> np.arange(12)) & 1)[None].repeat(2, axis=0)
    labels = torch.from_numpy(codes % 2)
    h_t, i_ty = count(pack(torch.from_numpy(levels), 1), 12, labels, 2)
    assert h_t.tolist() == [12.0, 12.0]
    assert i_ty.tolist() == [1.0, 1.0]


def test_a_constant_layer_gives_exactly_nothing():
    labels = torch.tensor([0, 1, 2, 1, 0, 0, 2])
    for counter in (count, count_on_device):
        h_t, i_ty = counter(torch.zeros(1, 3, 7, dtype=torch.int64), 8, labels, 3)
        assert h_t.tolist() == [0.0] * 3
        assert i_ty.tolist() == [0.0] * 3


@settings(max_examples=50, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 4), st.integers(1, 50), st.integers(1, 12)),
    classes=st.integers(1, 4),
    seed=st.integers(0, 2**32),
)
def test_bounds_and_invariances(shape, classes, seed):
    rng = np.random.default_rng(seed)
    levels = draw_levels(shape, 8, seed, distinct=12)
    labels = rng.integers(0, classes, shape[1])

    def measure(levels, labels):
        word_bits = level_word_bits(shape[2], 8)
        return count(pack(torch.as_tensor(levels), 8), word_bits, torch.as_tensor(labels), classes)

    h_t, i_ty = measure(levels, labels)
    h_y = informations_bits(labels.tolist(), labels.tolist())[0]
    assert (h_t >= 0).all()
    assert (h_t <= np.log2(shape[1]) + 1e-12).all()
    assert (i_ty >= -1e-9).all()
    assert (i_ty <= np.minimum(h_t, h_y) + 1e-9).all()
    samples, units = rng.permutation(shape[1]), rng.permutation(shape[2])
    relabelled = rng.permutation(classes)[labels[samples]]
    permuted = measure(levels[:, samples][:, :, units] ^ 0x5A, relabelled)
    assert_allclose(permuted, (h_t, i_ty), atol=1e-12)


def test_many_replicates_equal_single_ones_whatever_the_threads(monkeypatch):
    monkeypatch.setattr(counting, "CHUNK", 256)
    levels = draw_levels((11, 90, 9), 8, seed=1, distinct=70)
    labels = np.random.default_rng(2).integers(0, 2, 90)
    words = pack(torch.from_numpy(levels), 8).numpy()
    together = [count_words(words, 56, labels, 2, threads) for threads in (1, 2, 3)]
    alone = [count_words(words[:, r : r + 1], 56, labels, 2) for r in range(11)]
    for one in together:
        assert_array_equal(one, np.concatenate(alone, axis=1))


def test_packing_compiles_into_a_graph():
    levels = engine_order(draw_levels((2, 33, 10), 8, seed=1, distinct=20), torch.float32)
    compiled = torch.compile(pack, backend="aot_eager", fullgraph=True)
    assert torch.equal(compiled(levels, 8), pack(levels, 8))
    floats = torch.compile(pack_floats, backend="aot_eager", fullgraph=True)
    assert torch.equal(floats(levels), pack_floats(levels))
