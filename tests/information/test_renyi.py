"""Matrix-based Renyi entropy: the identity, known spectra, a literal transcription, the sample."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from ibtui.errors import MeasureError
from ibtui.information.renyi import Renyi
from tests.information.oracles import informations_bits, make_layer


def test_the_identity_of_64_has_six_bits():
    for alpha in (0.5, 1.01, 2.0):
        entropy = Renyi(alpha=alpha)._entropy_bits(torch.eye(64, dtype=torch.float64))
        assert_allclose(float(entropy), 6.0, atol=1e-9)


def test_a_kernel_of_ones_has_none():
    assert_allclose(float(Renyi()._entropy_bits(torch.ones(9, 9).double())), 0.0, atol=1e-9)


def literal(x, t, labels, alpha, k):
    def kernel(points):
        far = np.array([[np.linalg.norm(a - b) for b in points] for a in points])
        width = np.sort(far, axis=1)[:, 1 : k + 1].mean()
        return np.exp(-(far**2) / (2 * width**2)) if width > 0 else (far == 0).astype(float)

    def entropy(matrix):
        eigenvalues = np.linalg.eigvalsh(matrix / np.trace(matrix))
        return np.log2((eigenvalues[eigenvalues > 1e-14] ** alpha).sum()) / (1 - alpha)

    k_x, k_t = kernel(x), kernel(t)
    k_y = (labels[:, None] == labels).astype(float)
    return [entropy(other) + entropy(k_t) - entropy(other * k_t) for other in (k_x, k_y)]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), alpha=st.sampled_from([0.9, 1.01, 2.0]), k=st.integers(1, 6))
def test_it_is_its_formula(seed, alpha, k):
    rng = np.random.default_rng(seed)
    x, t = rng.normal(size=(17, 2)), rng.normal(size=(2, 17, 3))
    t[1] = np.round(t[1] / 2)  # ties
    x, t = x.astype(np.float32), t.astype(np.float32)
    labels = np.arange(17) % 3
    measured = Renyi(alpha=alpha, neighbours=k).measure(make_layer(t, labels, inputs=x))
    for replicate, own in enumerate(t):
        found = measured.i_xt_bits[0, replicate], measured.i_ty_bits[0, replicate]
        expected = literal(x.astype(float), own.astype(float), labels, alpha, k)
        assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("what", ["one for all", "two far apart"])
def test_points_may_be_close_beside_how_large_they_are(what):
    rng = np.random.default_rng(0)
    t, labels = rng.normal(size=(40, 3)), np.arange(40) % 2
    t = np.c_[t, 1e9 * (labels if what == "two far apart" else np.ones(40))].astype(np.float32)
    measured = Renyi(neighbours=3).measure(make_layer(t[None], labels, inputs=t))
    t = t.astype(float)
    assert_allclose(np.ravel(measured.bits), literal(t, t, labels, 1.01, 3), atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    samples=st.integers(2, 40),
    alpha=st.sampled_from([0.6, 1.0001, 1.01, 2.0, 5.0]),
)
def test_it_is_bounded_by_either_entropy(seed, samples, alpha):
    """S(A o B) is no less than S(A) or S(B): I <= min(S(A), S(B)) <= log2 N at any alpha.

    It may exceed their sum, as at alpha 2 it does. Only the limit alpha = 1 has I >= 0.
    """
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(2, samples, 2)).round(rng.integers(0, 6))
    x, labels = rng.normal(size=(samples, 1)).astype(np.float32), rng.integers(0, 3, samples)
    layer = make_layer(values, labels, inputs=x)
    estimator = Renyi(alpha=alpha, neighbours=3)
    entropy = [float(estimator._entropy_bits(estimator._kernel(own))) for own in layer.values]
    of_x = float(estimator._entropy_bits(estimator._kernel(layer.inputs)))
    of_y = np.log2(((np.bincount(labels) / samples) ** alpha).sum()) / (1 - alpha)
    i_xt, i_ty = estimator.measure(layer).bits
    assert (np.array([*entropy, of_x]) <= np.log2(samples) + 1e-6).all()
    assert (i_xt <= np.minimum(entropy, of_x) + 1e-6).all()
    assert (i_ty <= np.minimum(entropy, of_y) + 1e-6).all()
    if alpha == 1.0001:
        assert (np.stack((i_xt, i_ty)) >= -1e-3).all()


def test_saturated_states_have_the_entropy_of_their_counts():
    # Equal points alone: an equality kernel, whose eigenvalues are the states' frequencies.
    states = np.arange(60) % 4
    rng = np.random.default_rng(0)
    patterns = rng.normal(size=(4, 40)) * 10.0 ** rng.integers(-4, 5, (4, 40))
    layer = make_layer(patterns[states][None], states)
    kernel = Renyi(neighbours=3)._kernel(layer.values[0]).numpy()
    assert (kernel == (states[:, None] == states)).all()
    measured = Renyi(neighbours=3, alpha=1.0001).measure(layer)
    expected = informations_bits(states.tolist(), states.tolist())[1]
    assert_allclose(measured.i_ty_bits.item(), expected, atol=1e-3)


def test_the_sample_is_fixed_and_caps_the_value():
    values = np.random.default_rng(0).normal(size=(1, 300, 2))
    layer = make_layer(values, np.arange(300) % 2, inputs=values[0].astype(np.float32))
    first, again = (Renyi(samples=40).measure(layer) for _ in range(2))
    assert_allclose(first.bits, again.bits, rtol=0)
    assert first.i_xt_bits.item() <= np.log2(40) + 1e-9
    assert abs(Renyi(samples=40, seed=1).measure(layer).i_xt_bits - first.i_xt_bits) > 1e-6


def test_memory_is_refused_and_alpha_one_too():
    layer = make_layer(np.zeros((1, 300, 1)), np.arange(300) % 2, memory_bytes=1 << 20)
    with pytest.raises(MeasureError, match="set fewer samples"):
        Renyi().measure(layer)
    with pytest.raises(ValueError, match="a limit of the formula"):
        Renyi(alpha=1.0)
