"""Gaussian copula: closed forms, a literal transcription, and where it is infinite."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import digamma, ndtri
from scipy.stats import rankdata

from ibtui.information.copula import GaussianCopula
from ibtui.information.ranks import doubled_ranks
from tests.information.oracles import make_layer

NATS = np.log(2)


def scores(points):
    normal = ndtri(np.column_stack([rankdata(c) for c in points.T]) / (len(points) + 1))
    return normal - normal.mean(0)


def gaussian_entropy(points):
    """1/2 ln|Sigma| + d/2 ln(2 pi e), less the bias of N demeaned samples, in nats."""
    n, d = points.shape
    covariance = np.atleast_2d(points.T @ points / (n - 1))
    bias = sum(digamma((n - i) / 2) / 2 + np.log(2 / (n - 1)) / 2 for i in range(1, d + 1))
    return np.log(np.linalg.det(covariance)) / 2 + d / 2 * np.log(2 * np.pi * np.e) - bias


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_it_is_a_difference_of_gaussian_entropies(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(60, 2)).astype(np.float32)
    t = (x @ rng.normal(size=(2, 3)) + rng.normal(size=(2, 60, 3))).astype(np.float32)
    labels = np.arange(60) % 3
    measured = GaussianCopula().measure(make_layer(t, labels, inputs=x))
    s_x = scores(x)
    for replicate, own in enumerate(t):
        s_t = scores(own)
        i_xt = sum(map(gaussian_entropy, (s_x, s_t))) - gaussian_entropy(np.hstack((s_x, s_t)))
        within = [s_t[labels == label] for label in range(3)]
        conditional = np.mean([gaussian_entropy(points - points.mean(0)) for points in within])
        i_ty = gaussian_entropy(s_t) - conditional
        assert_allclose(measured.i_xt_bits[0, replicate] * NATS, i_xt, atol=1e-9)
        assert_allclose(measured.i_ty_bits[0, replicate] * NATS, i_ty, atol=1e-9)


@pytest.mark.parametrize("rho", [-0.9, 0.0, 0.5, 0.9])
def test_gaussian_pairs_through_any_monotone_map(rho):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(4000, 1))
    t = rho * x + np.sqrt(1 - rho**2) * rng.normal(size=(3, 4000, 1))
    labels = (x[:, 0] > 0).astype(int)
    plain = GaussianCopula().measure(make_layer(t, labels, inputs=x.astype(np.float32)))
    assert_allclose(plain.i_xt_bits.mean(), -0.5 * np.log2(1 - rho**2), atol=0.03)
    bent = make_layer(np.exp(t), labels, inputs=(x**3).astype(np.float32))
    assert_allclose(GaussianCopula().measure(bent).i_xt_bits, plain.i_xt_bits, atol=1e-3)


def test_units_that_repeat_or_never_change_add_nothing():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(200, 2)).astype(np.float32)
    t = x[:, :1] + rng.normal(size=(1, 200, 1))
    labels = np.arange(200) % 2
    more = np.concatenate((t, np.ones_like(t), t), axis=2)
    once = GaussianCopula().measure(make_layer(t, labels, inputs=x))
    thrice = GaussianCopula().measure(make_layer(more, labels, inputs=x))
    assert_allclose(thrice.bits, once.bits, atol=1e-9)


@pytest.mark.parametrize("rho", [0.5, 0.99])
def test_labels_that_differ_in_correlation_alone_may_tell_more_than_their_entropy(rho):
    """Of units N(0, [[1, +-rho], [+-rho, 1]]) the whole has covariance 1: no bound by H(Y) = 1."""
    rng = np.random.default_rng(5)
    labels = np.arange(8000) % 2
    first, noise = rng.normal(size=(2, 8000))
    second = np.where(labels, rho, -rho) * first + np.sqrt(1 - rho**2) * noise
    layer = make_layer(np.stack((first, second), axis=1)[None], labels)
    found = GaussianCopula().measure(layer).i_ty_bits[0, 0]
    assert_allclose(found, -np.log2(1 - rho**2) / 2, atol=0.03)  # 0.99: 2.83 bits
    assert (found > 1) == (rho > 0.9)


def test_what_is_infinite_is_nan():
    x = np.random.default_rng(3).normal(size=(100, 1))
    determined = make_layer(np.tanh(x)[None], np.arange(100) % 2, inputs=x.astype(np.float32))
    assert np.isnan(GaussianCopula().measure(determined).i_xt_bits).all()
    labels = np.arange(100) % 2
    constant_in_label = make_layer(labels[None, :, None] * 1.0, labels)
    assert np.isnan(GaussianCopula().measure(constant_in_label).i_ty_bits).all()
    few = make_layer(np.random.default_rng(4).normal(size=(1, 5, 4)), [0, 1, 0, 1, 0])
    assert np.isnan(GaussianCopula().measure(few).i_ty_bits).all()


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32), samples=st.integers(1, 40), kinds=st.sampled_from([1, 2, 9, 1000])
)
def test_ranks_are_scipys(seed, samples, kinds):
    rng = np.random.default_rng(seed)
    scale = 10.0 ** rng.integers(-30, 30)
    values = (rng.integers(-kinds, kinds + 1, (3, samples)) * scale).astype(np.float32)
    values *= rng.choice([-1, 1], values.shape)  # zeros of both signs
    assert_array_equal(doubled_ranks(values), 2 * rankdata(values, axis=1))
