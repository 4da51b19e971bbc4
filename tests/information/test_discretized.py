"""Requantized and binning: against literal formulas, at the edges, and where they must refuse."""

from math import log2

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from ibtui.errors import MeasureError
from ibtui.information.binning import Binning
from ibtui.information.exact import Exact
from ibtui.information.requantized import Requantized
from tests.information.oracles import informations_bits, make_layer, rows, uniform_bin

LABELS = [0, 1, 1, 0, 2, 1, 0]


def literal_states(values, low, high, bins):
    epsilon = np.finfo(np.float32).eps
    return [tuple(uniform_bin(v, low, high, bins, epsilon) for v in row) for row in values]


@settings(max_examples=60, deadline=None)
@given(
    bins=st.sampled_from([1, 2, 7, 30, 100, 256]),
    bounds=st.sampled_from(["activation", "layer", "running", "run", "network"]),
    units=st.integers(1, 14),
    seed=st.integers(0, 2**32),
)
def test_binning_is_its_definition(bins, bounds, units, seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(scale=rng.choice([0.01, 0.5, 1.0]), size=(3, 7, units)).astype(np.float32)
    values[0, :2] = 1.0
    low, high = values.min((1, 2)), values.max((1, 2))
    wider, widest = np.float32(0.3), np.float32(0.7)
    layer = make_layer(
        values,
        LABELS,
        activation="tanh",
        running_min=torch.tensor(low - wider),
        running_max=torch.tensor(high + wider),
        run_min=torch.tensor(low - widest),
        run_max=torch.tensor(high + widest),
        network_min=torch.tensor(low - 2 * widest),
        network_max=torch.tensor(high + 2 * widest),
    )
    edges = {
        "activation": [(-1.0, 1.0)] * 3,
        "layer": list(zip(low, high, strict=True)),
        "running": list(zip(low - wider, high + wider, strict=True)),
        "run": list(zip(low - widest, high + widest, strict=True)),
        "network": list(zip(low - 2 * widest, high + 2 * widest, strict=True)),
    }[bounds]
    measured = Binning(bins=bins, bounds=bounds).measure(layer)
    for replicate, (own, (bottom, top)) in enumerate(zip(values, edges, strict=True)):
        expected = informations_bits(literal_states(own, bottom, top, bins), LABELS)
        found = measured.i_xt_bits[0, replicate], measured.i_ty_bits[0, replicate]
        assert_allclose(found, expected, atol=1e-9)


def test_the_top_edge_lies_in_the_last_bin():
    # Four bins over [-1, 1]; 1.0 shares the last one with 0.6, -1.0 the first one with -0.6.
    layer = make_layer([[[1.0], [0.6], [-1.0], [-0.6]]], [0, 0, 1, 1], activation="tanh")
    assert Binning(bins=4).measure(layer).i_xt_bits.tolist() == [[1.0]]


def test_what_lies_outside_the_bounds_is_a_state_of_its_own():
    # Over [0, 1] with one bin: below, inside and above are three states, however far outside.
    values = [[[-0.1], [-9.0], [0.5], [1.0], [1.1], [7.0]]]
    layer = make_layer(values, [0, 0, 1, 1, 2, 2], activation="sigmoid")
    measured = Binning(bins=1).measure(layer)
    assert_allclose(measured.i_xt_bits, [[log2(3)]])
    assert_allclose(measured.i_ty_bits, [[log2(3)]])


@pytest.mark.parametrize("activation", ["relu", "leaky-relu", "linear", "pool"])
def test_unbounded_activations_need_other_bounds(activation):
    layer = make_layer(np.ones((1, 3, 2)), [0, 1, 1], activation=activation)
    with pytest.raises(MeasureError, match=r"set bounds = 'layer', 'running' or 'run'"):
        Binning().measure(layer)


def test_bounds_of_the_run_need_a_first_pass():
    layer = make_layer(np.ones((1, 3, 2)), [0, 1, 1], activation="tanh")
    for bounds in ("run", "network"):
        with pytest.raises(MeasureError, match=f"bounds = '{bounds}' needs .* first pass"):
            Binning(bounds=bounds).measure(layer)
        assert Binning(bounds=bounds).needs_run_range
    assert not Binning(bounds="activation").needs_run_range


@settings(max_examples=40, deadline=None)
@given(bits=st.integers(1, 9), units=st.integers(1, 9), seed=st.integers(0, 2**32))
def test_requantized_equals_exact_on_one_uniform_grid(bits, units, seed):
    levels = np.random.default_rng(seed).integers(0, 2**bits, (2, 40, units))
    levels[:, 0], levels[:, 1] = 0, 2**bits - 1  # the grid is the layer's range
    labels = np.arange(40) % 3
    layer = make_layer(levels * np.float32(0.37) - 2, labels)
    exact, requantized = Exact().measure(layer), Requantized(bits=bits).measure(layer)
    assert_allclose(requantized.bits, exact.bits, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(bits=st.integers(1, 10), seed=st.integers(0, 2**32))
def test_requantized_rounds_to_the_nearest_level(bits, seed):
    values = np.random.default_rng(seed).normal(size=(2, 31, 3)).astype(np.float32)
    labels = np.arange(31) % 4
    measured = Requantized(bits=bits).measure(make_layer(values, labels))
    for replicate, own in enumerate(values):
        grid = np.linspace(own.min(), own.max(), 2**bits + 1)
        nearest = np.abs(own.astype(np.float64)[:, :, None] - grid).argmin(2)
        expected = informations_bits(rows(nearest), labels.tolist())
        found = measured.i_xt_bits[0, replicate], measured.i_ty_bits[0, replicate]
        assert_allclose(found, expected, atol=1e-9)


def test_requantizing_a_softmax_that_saturates_loses_states():
    # True states 0..63 of a softmax whose range is [0, 1] but whose mass lies below 1/512.
    small = np.arange(64) / 64 / 512
    values = np.stack([np.append(small, 1.0), np.append(1 - small, 0.0)], axis=1)[None]
    layer = make_layer(values, np.arange(65) % 2, activation="softmax")
    assert_allclose(Exact().measure(layer).i_xt_bits, [[log2(65)]])
    assert Requantized(bits=8).measure(layer).i_xt_bits.item() < 0.2


@pytest.mark.parametrize(
    "estimator",
    [Exact(), Requantized(), Binning(), Binning(bounds="layer")],
    ids=lambda e: e.series[0],
)
class TestDegenerateLayers:
    def test_constant(self, estimator):
        layer = make_layer(np.full((2, 5, 3), 0.25), [0, 1, 0, 1, 1], activation="tanh")
        assert estimator.measure(layer).i_xt_bits.tolist() == [[0.0, 0.0]]
        assert estimator.measure(layer).i_ty_bits.tolist() == [[0.0, 0.0]]

    def test_one_sample(self, estimator):
        layer = make_layer([[[0.1, 0.2]], [[0.3, 0.4]]], [0], activation="tanh", classes=2)
        assert estimator.measure(layer).i_xt_bits.tolist() == [[0.0, 0.0]]

    def test_all_samples_distinct_and_one_class(self, estimator):
        values = np.linspace(-1, 1, 16)[None, :, None]
        layer = make_layer(values, np.zeros(16, int), activation="tanh")
        assert_allclose(estimator.measure(layer).i_xt_bits, [[4.0]])
        assert_allclose(estimator.measure(layer).i_ty_bits, [[0.0]], atol=1e-12)

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    def test_not_finite(self, estimator, value):
        values = np.zeros((3, 4, 2))
        values[1, 2, 0] = value
        with pytest.raises(MeasureError, match="replicate 1 has NaN or infinite activations"):
            estimator.measure(make_layer(values, [0, 1, 1, 0], activation="tanh"))


def test_a_sample_of_replicates_leaves_nan_for_the_others():
    values = np.random.default_rng(0).normal(size=(5, 20, 2))
    layer = make_layer(values, np.arange(20) % 2, activation="tanh")
    everything = Binning(bounds="running").apply(layer)
    sample = Binning(bounds="running", replicates=3).apply(layer)
    for all_bits, some_bits in zip(everything.bits, sample.bits, strict=True):
        assert_allclose(some_bits[:, :3], all_bits[:, :3])
        assert np.isnan(some_bits[:, 3:]).all()
        assert some_bits.shape == (1, 5)


def test_every_nth_frame_is_due_and_the_last():
    due = [Exact(every=3).due(frame, last=frame == 7) for frame in range(8)]
    assert due == [True, False, False, True, False, False, True, True]


def test_series_names_say_what_differs():
    estimators = [Binning(), Binning(bins=100), Binning(bounds="run"), Requantized(bits=4)]
    names = [estimator.series for estimator in estimators]
    assert names == [("binning-30",), ("binning-100",), ("binning-30-run",), ("requantized-4",)]
    assert Exact(label="truth").series == ("truth",)


def test_a_sample_goes_by_the_numbers_of_the_run():
    # The layer holds replicates 2, 5, 7 and 8 of a run, of which the first six are wanted.
    values = np.random.default_rng(0).normal(size=(4, 20, 2))
    layer = make_layer(values, np.arange(20) % 2)
    measured = Exact(replicates=6).apply(layer, [2, 5, 7, 8])
    assert np.isfinite(measured.i_xt_bits).tolist() == [[True, True, False, False]]
    none = Exact(replicates=2).apply(layer, [2, 5, 7, 8])
    assert np.isnan(none.bits).all()
