"""Mixtures of Gaussians: the closed forms of Gaussian pairs and of Gaussian labels."""

import numpy as np
import pytest

from ibtui.information.mixture import GaussianMixture
from tests.information.oracles import make_layer

SAMPLES = 20_000


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9])
@pytest.mark.parametrize("components", [1, 3])
def test_a_gaussian_pair_has_its_closed_form(rho, components):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(SAMPLES, 1))
    t = rho * x + np.sqrt(1 - rho**2) * rng.normal(size=(SAMPLES, 1))
    layer = make_layer(t[None], np.arange(SAMPLES) % 2, inputs=x)
    found = GaussianMixture(components=components, noise=1e-6).measure(layer)
    assert found.i_xt_bits.item() == pytest.approx(-np.log2(1 - rho**2) / 2, abs=0.03)
    assert found.i_ty_bits.item() == pytest.approx(0, abs=0.01)


def test_two_gaussian_labels_have_that_of_their_mixture():
    """N(-1, 1) and N(1, 1): 0.3368 nats."""
    labels = np.arange(SAMPLES) % 2
    t = 2.0 * labels - 1 + np.random.default_rng(2).normal(size=SAMPLES)
    layer = make_layer(t[None, :, None], labels, inputs=t[:, None])
    found = GaussianMixture(noise=1e-6).measure(layer)
    assert found.i_ty_bits.item() == pytest.approx(0.3368 / np.log(2), abs=0.015)


def test_far_clusters_are_the_labels_and_noise_bounds_what_is_infinite():
    labels = np.arange(400) % 4
    t = np.eye(4)[labels] * 50 + np.random.default_rng(3).normal(size=(400, 4))
    layer = make_layer(t[None], labels, inputs=t)
    less, more = (
        GaussianMixture(components=4, noise=noise).measure(layer) for noise in (1e-2, 1e-4)
    )
    assert less.i_ty_bits.item() == pytest.approx(2, abs=1e-6)
    assert less.i_xt_bits.item() < more.i_xt_bits.item()
