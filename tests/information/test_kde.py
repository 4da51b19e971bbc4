"""KDE: hand-computed mixtures, a literal double sum, tiles, and where float32 would fail."""

from math import exp, log2

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from ibtui.information import kde
from ibtui.information.kde import Kde
from tests.information.oracles import entropy_bits, make_layer

NATS = np.log(2)


def literal(values, labels, variance):
    """(2: upper and lower, 2: I(X;T) and I(T;Y)): the sums of Kolchinsky & Tracey, one by one."""

    def entropy(points, c):
        kernels = [
            [exp(-float(((a - b) ** 2).sum()) / (c * variance)) for b in points] for a in points
        ]
        return -sum(log2(sum(row) / len(points)) for row in kernels) / len(points)

    values = values.astype(np.float64)
    result = []
    for c in (2, 8):
        within = sum(
            (labels == label).mean() * entropy(values[labels == label], c) for label in set(labels)
        )
        result.append((entropy(values, c), entropy(values, c) - within))
    return np.array(result)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    variance=st.sampled_from([1e-3, 0.1, 1.0]),
    scale=st.sampled_from(["fixed", "layer"]),
    side=st.integers(1, 12),
)
def test_the_tiles_sum_what_the_double_sum_does(seed, variance, scale, side):
    rng = np.random.default_rng(seed)
    values = (rng.normal(size=(2, 19, 3)) * 0.3 + 5).astype(np.float32)
    labels = rng.permutation(np.arange(19) % 4)
    layer = make_layer(values, labels, memory_bytes=side**2 * kde.BYTES_PER_PAIR)
    measured = Kde(variance=variance, scale=scale).measure(layer).bits.swapaxes(0, 1)
    for replicate, own in enumerate(values):
        unit = own.astype(np.float64).var(axis=0).mean() if scale == "layer" else 1.0
        expected = literal(own, labels, variance * unit)
        assert_allclose(measured[:, :, replicate], expected, atol=2e-6)


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    samples=st.integers(1, 40),
    variance=st.sampled_from([1e-6, 0.1, 10.0]),
    scale=st.sampled_from(["fixed", "layer"]),
)
def test_bounds_of_the_bounds(seed, samples, variance, scale):
    """0 <= lower <= upper <= log2 N; I(T;Y), no bound, is at most H(Y): own kernels are some."""
    rng = np.random.default_rng(seed)
    values = (rng.normal(size=(2, samples, 3)) * 10.0 ** rng.integers(-3, 4)).round(3)
    labels = rng.integers(0, 3, samples)
    layer = make_layer(values, labels)
    (upper, lower), i_ty = Kde(variance=variance, scale=scale).measure(layer).bits
    assert (lower >= -1e-6).all()  # kernels are float32
    assert (lower <= upper + 1e-6).all()
    assert (upper <= log2(samples) + 1e-6).all()
    assert np.isfinite(i_ty).all()
    assert (i_ty <= entropy_bits(labels.tolist()) + 1e-6).all()


def test_two_points_at_plus_and_minus_one():
    # The mixture of N(-1,1) and N(1,1): 0.3368 nats between the bounds.
    measured = Kde(variance=1.0).measure(make_layer([[[1.0], [-1.0]]], [0, 1]))
    upper, lower = measured.i_xt_bits[:, 0] * NATS
    assert_allclose((lower, upper), (0.2191, 0.5662), atol=5e-5)
    t = np.linspace(-12, 12, 200001)
    density = (np.exp(-((t - 1) ** 2) / 2) + np.exp(-((t + 1) ** 2) / 2)) / np.sqrt(8 * np.pi)
    true = -np.trapezoid(density * np.log(density), t) - 0.5 * np.log(2 * np.pi * np.e)
    assert_allclose(true, 0.3368, atol=5e-5)
    assert lower < true < upper


def test_points_far_apart_are_counted():
    layer = make_layer(np.arange(64)[None, :, None] * 100.0, np.arange(64) % 4)
    measured = Kde().measure(layer)
    assert_allclose(measured.i_xt_bits, [[6.0], [6.0]])
    assert_allclose(measured.i_ty_bits, [[2.0], [2.0]])


def test_close_points_far_from_zero_keep_their_distance():
    # Pairs 0.02 apart, and 40 units at 1: |a|^2 is 40, what float32 leaves of 4e-4 is noise.
    values = np.ones((1, 6, 40), np.float32)
    values[0, :, 0] += 0.02 * np.arange(6)
    values[0, :, 1] = [3, 3, 3, -3, -3, -3]
    labels = np.array([0, 0, 1, 1, 0, 1])
    measured = Kde(variance=1e-3).measure(make_layer(values, labels)).bits.swapaxes(0, 1)[:, :, 0]
    assert_allclose(measured, literal(values[0], labels, 1e-3), atol=1e-6)


@pytest.mark.parametrize("size", [1e5, 1e7, 1e8, 1e30])
def test_values_that_outgrow_any_noise_are_counted(size):
    """Of |a|^2 beyond 10^16 variances |a|^2 + |b|^2 - 2ab leaves nothing, of equal points too."""
    values = np.random.default_rng(0).normal(size=(1, 64, 30)).repeat(2, axis=1) * size
    measured = Kde(variance=1e-3).measure(make_layer(values, np.arange(128) % 2))
    assert_allclose(measured.i_xt_bits, [[6.0], [6.0]], atol=1e-6)
    assert_allclose(measured.i_ty_bits, [[0.0], [0.0]], atol=1e-6)


def test_close_points_far_from_the_mean_keep_their_distance():
    values = np.array([[8e5, 0.0], [8e5, 0.02], [8e5, 0.05], [-8e5, 0.0], [-8e5, 0.03]])[None]
    labels = np.array([0, 1, 0, 1, 0])
    measured = Kde(variance=1e-3).measure(make_layer(values, labels)).bits.swapaxes(0, 1)[:, :, 0]
    assert_allclose(measured, literal(values[0].astype(np.float32), labels, 1e-3), atol=1e-6)


def test_scaling_by_the_layer_makes_the_scale_irrelevant():
    values, labels = np.random.default_rng(0).normal(size=(2, 50, 3)), np.arange(50) % 2
    fixed, scaled = Kde(), Kde(scale="layer")
    small, large = make_layer(values, labels), make_layer(1000 * values, labels)
    assert_allclose(scaled.measure(small).bits, scaled.measure(large).bits, atol=1e-5)
    assert_allclose(fixed.measure(large).i_xt_bits, np.log2(50))
    assert (fixed.measure(small).i_xt_bits < np.log2(50) - 0.4).all()


def test_memory_is_bounded_by_its_setting(monkeypatch):
    tiles = []
    multiply = torch.Tensor.__matmul__
    monkeypatch.setattr(kde, "CACHED_PAIRS", 1 << 60)
    monkeypatch.setattr(
        torch.Tensor, "__matmul__", lambda a, b: tiles.append(c := multiply(a, b)) or c
    )
    values = np.random.default_rng(0).normal(size=(1, 500, 3))
    Kde().measure(make_layer(values, np.arange(500) % 2, memory_bytes=1 << 16))
    assert max(tile.numel() for tile in tiles) * kde.BYTES_PER_PAIR <= 1 << 16


def test_series_names():
    assert Kde().series == ("kde-upper", "kde-lower")
    assert Kde(variance=1e-3, scale="layer").series == (
        "kde-0.001-layer-upper",
        "kde-0.001-layer-lower",
    )
    assert Kde(label="saxe").series == ("saxe-upper", "saxe-lower")


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan")])
def test_a_variance_must_be_positive(bad):
    with pytest.raises(ValueError, match="variance"):
        Kde(variance=bad)
