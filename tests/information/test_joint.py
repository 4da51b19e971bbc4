"""Inputs that repeat and layers that are no function of them, counted jointly."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from ibtui.estimation import estimate, rows
from ibtui.information.binning import Binning
from ibtui.information.exact import Exact
from ibtui.information.joint import NOISY, is_function, number_rows
from ibtui.information.kmeans import KMeans
from ibtui.information.neuron_mean import NeuronMean
from ibtui.information.quantile import Quantile
from tests.information.oracles import entropy_bits, informations_bits, make_layer
from tests.information.oracles import rows as as_states


def noisy(samples=1024, seed=0):
    """x of 16 values, t = (x + uniform{0..3}) mod 16."""
    x = np.repeat(np.arange(16), samples // 16)
    t = (x + np.random.default_rng(seed).integers(0, 4, samples)) % 16
    return x.astype(float)[:, None], t.astype(float)[:, None]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    samples=st.integers(1, 40),
    units=st.integers(1, 5),
    dtype=st.sampled_from([np.float32, np.float64, np.int16, np.bool_]),
)
def test_equal_rows_have_equal_numbers(seed, samples, units, dtype):
    values = np.random.default_rng(seed).integers(-1, 2, (samples, units)) * -1.0
    array = values.astype(dtype)  # of floats, some are -0.0
    numbers = number_rows(array)
    states = as_states(array.astype(float))
    if len(set(states)) == samples:
        assert numbers is None
        return
    assert set(numbers.tolist()) == set(range(len(set(states))))
    assert len(set(zip(numbers.tolist(), states, strict=True))) == len(set(states))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), words=st.integers(1, 3))
def test_a_function_gives_equal_inputs_equal_states(seed, words):
    rng = np.random.default_rng(seed)
    of_x = np.unique(rng.integers(0, 5, 12), return_inverse=True)[1]
    states = rng.integers(0, 3, (words, 4, 5))[:, :, of_x]
    broken = rng.random(4) < 0.5
    for replicate in np.flatnonzero(broken):
        sample = rng.integers(12)
        states[rng.integers(words), replicate, sample] += 7
        broken[replicate] = (of_x == of_x[sample]).sum() > 1
    found = is_function(torch.from_numpy(states), torch.from_numpy(of_x))
    assert_array_equal(found, ~broken)


@pytest.mark.parametrize(
    "estimator",
    [Exact(), Binning(bins=16, bounds="layer"), Quantile(bins=16), KMeans(clusters=16)],
    ids=lambda estimator: estimator.name,
)
def test_information_through_noise(estimator):
    x, t = noisy()
    measured = estimate({"T": t}, x[:, 0] % 2, [estimator], inputs=x)
    # 2 bits, and (16 - 1)(16 - 1) / (2 N ln 2) too much at most; H(T) would be 3.996.
    assert 2.0 < measured.recording.i_xt_bits.item() < 2.05
    (row,) = rows(measured)
    assert row["notes"] == [NOISY]
    assert [note.line for note in measured.notes] == [NOISY]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), units=st.integers(1, 3))
def test_it_is_the_joint_count(seed, units):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 4, (60, 2)).astype(float), rng.integers(0, 2, 60)
    t = (x[:, :1] + rng.integers(0, 3, (2, 60, units))).astype(np.float32)
    made = estimate({"T": t}, y, ["exact", "neuron-mean"], inputs=x)
    for replicate, own in enumerate(t):
        found = informations_bits(as_states(own), as_states(x))[1]
        assert_allclose(made.recording.i_xt_bits[0, 0, replicate, 0], found, atol=1e-9)
        alone = [informations_bits(unit.tolist(), as_states(x))[1] for unit in own.T]
        assert_allclose(made.recording.i_xt_bits[0, 1, replicate, 0], np.mean(alone), atol=1e-9)


def test_only_the_noisy_layer_and_only_what_repeats_is_counted_jointly():
    x, t = noisy()
    made = estimate({"T1": x // 2, "T2": t}, x[:, 0] % 2, ["exact", "kde"], inputs=x)
    assert {(note.layer, note.series) for note in made.notes} == {
        ("T2", "exact"),
        ("T2", "kde-upper"),
        ("T2", "kde-lower"),
    }
    assert_allclose(made.recording.i_xt_bits[0, 0, 0, 0], 3.0)
    distinct = np.arange(1024.0)[:, None]  # nothing shows that there is noise
    for inputs in (distinct, None):
        made = estimate({"T": t}, x[:, 0] % 2, ["exact"], inputs=inputs)
        assert not made.notes
        assert_allclose(made.recording.i_xt_bits, entropy_bits(t[:, 0].tolist()))


def test_dropout_augmentation_and_replicates():
    rng = np.random.default_rng(0)
    x = np.repeat(rng.normal(size=(32, 6)), 40, axis=0)  # every input in 40 views
    clean = np.tanh(x @ rng.normal(size=(6, 3))).round(1)
    dropped = clean * (rng.random((3, *clean.shape)) < 0.8)
    dropped[1] = clean  # one replicate without
    made = estimate({"T": dropped}, np.arange(1280) // 40 % 2, ["exact"], inputs=x)
    bits = made.recording.i_xt_bits[0, 0, :, 0]
    h_x = entropy_bits(as_states(x))
    assert_allclose(bits[1], entropy_bits(as_states(clean)), atol=1e-9)
    assert (bits[[0, 2]] < h_x).all()
    for replicate in (0, 2):
        assert entropy_bits(as_states(dropped[replicate])) > bits[replicate] + 0.5


def test_a_function_of_x_counts_the_same_both_ways():
    x = np.repeat(np.arange(20.0), 5)[:, None]
    layer = make_layer((x // 3)[None], x[:, 0] > 7, inputs=x)
    jointly = replace(layer, of_x=torch.from_numpy(number_rows(x)))
    for estimator in (Exact(), NeuronMean(), Binning(bins=4, bounds="layer")):
        once, twice = estimator.measure(layer), estimator.measure(jointly)
        assert_allclose(twice.bits, once.bits, atol=1e-12)
        assert twice.notes == (NOISY,)
