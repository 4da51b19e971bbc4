"""kNN: Gaussian pairs, a literal transcription, ties, and scikit-learn where it overlaps."""

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import digamma as psi
from scipy.stats import rankdata

from ibtui.errors import MeasureError
from ibtui.information import knn
from ibtui.information.knn import Knn
from tests.information.oracles import informations_bits, make_layer

NATS = np.log(2)


def nearest(distances, k):
    """k (or how many lie at 0) and the open ball's condition, from distances to all points."""
    far = np.sort(distances)[k]
    return ((distances == 0).sum(), distances <= 0) if far == 0 else (k, distances < far)


def literal(x, t, labels, k):
    """KSG's and Ross's sums, point by point, in nats."""
    x, t = x.astype(np.float64), t.astype(np.float64)
    d_x = np.abs(x[:, None] - x[None]).max(-1)
    d_t = np.abs(t[:, None] - t[None]).max(-1)
    joint, discrete = [], []
    for i in range(len(x)):
        d = np.maximum(d_x[i], d_t[i])
        used, _ = nearest(d, k)
        far = np.sort(d)[k]
        n_x, n_t = ((one[i] <= 0 if far == 0 else one[i] < far).sum() for one in (d_x, d_t))
        joint.append(psi(used) - psi(n_x) - psi(n_t))
        own = d_t[i][labels == labels[i]]
        used, _ = nearest(own, min(k, len(own) - 1))
        far = np.sort(own)[min(k, len(own) - 1)]
        m = (d_t[i] <= 0 if far == 0 else d_t[i] < far).sum()
        discrete.append(psi(used) - psi(len(own)) - psi(m))
    return psi(len(x)) + np.mean(joint), psi(len(x)) + np.mean(discrete)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    k=st.integers(1, 5),
    tied=st.booleans(),
    units=st.sampled_from([3, 9, 12]),
)
def test_it_is_its_formula(seed, k, tied, units):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(31, 2)).astype(np.float32)
    values = rng.normal(size=(2, 31, units)).astype(np.float32)
    if tied:  # a saturated layer, and inputs of few kinds
        x, values = np.sign(x), np.sign(values)
        values[:, :, 2:] = 1.0
    labels = np.arange(31) % 3
    with patch.multiple(knn, PAIRS_AT_ONCE=100, ROWS_AT_ONCE=2, TILE=50):
        measured = Knn(neighbours=k).measure(make_layer(values, labels, inputs=x))
    for replicate, own in enumerate(values):
        found = measured.i_xt_bits[0, replicate], measured.i_ty_bits[0, replicate]
        assert_allclose(np.array(found) * NATS, literal(x, own, labels, k), atol=1e-9)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.6, 0.9, -0.9])
def test_gaussian_pairs(rho):
    rng = np.random.default_rng(7)
    x = rng.normal(size=(2000, 1))
    t = rho * x + np.sqrt(1 - rho**2) * rng.normal(size=(3, 2000, 1))
    layer = make_layer(t, (x[:, 0] > 0).astype(int), inputs=x.astype(np.float32))
    nats = Knn().measure(layer).i_xt_bits[0].mean() * NATS
    assert_allclose(nats, -0.5 * np.log(1 - rho**2), atol=0.03)  # rho = 0.9: 0.8304


@pytest.mark.parametrize("k", [1, 3])
def test_inputs_further_apart_than_all_states_give_a_constant(k):
    """Binary inputs under a layer of less than unit range: psi(k) - psi(1), whatever it knows."""
    x = np.array([[i >> bit & 1 for bit in range(6)] for i in range(64)], np.float32)
    informed = x @ (2.0 ** -np.arange(1, 7)) * 0.9
    random = np.random.default_rng(0).uniform(0, 0.9, 64)
    layer = make_layer(np.stack((informed, random))[:, :, None], np.arange(64) % 2, inputs=x)
    found = Knn(neighbours=k).measure(layer).i_xt_bits
    assert_allclose(found * NATS, np.full((1, 2), psi(k) - psi(1)), atol=1e-9)


@pytest.mark.parametrize("units", [2, 13])
def test_neighbours_that_tie_are_marked(units):
    rng = np.random.default_rng(0)
    continuous = rng.normal(size=(1, 64, units))
    labels, x = np.arange(64) % 2, rng.normal(size=(64, 2)).astype(np.float32)
    assert Knn().measure(make_layer(continuous, labels, inputs=x)).notes == ()
    bits = np.array([[i >> bit & 1 for bit in range(6)] for i in range(64)], np.float32)
    (line,) = Knn().measure(make_layer(np.tanh(continuous) / 3, labels, inputs=bits)).notes
    assert line.startswith("I(X;T): at 100.0% of the samples neighbours tie")
    lattice = Knn().measure(make_layer(np.eye(64)[None], labels, inputs=x)).notes
    assert lattice[-1].startswith("I(T;Y): at 100.0% of the samples neighbours tie")
    # Repeated states are at distance 0, which the counts allow for.
    repeated = np.repeat(continuous[:, :8], 8, axis=1)
    own, same = np.repeat(np.arange(8) % 2, 8), repeated[0].astype(np.float32)
    assert Knn().measure(make_layer(repeated, own, inputs=same)).notes == ()


@pytest.mark.parametrize("units", [2, 13])
@pytest.mark.parametrize("scale", ["standardize", "rank"])
def test_a_scale_makes_units_alike(units, scale):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(60, 2)).astype(np.float32)
    values = (rng.normal(size=(2, 60, units)) * 10.0 ** np.arange(units)).astype(np.float32)
    values[:, :, 1] = 0.3  # constant, and no part of any distance
    labels = np.arange(60) % 3
    found = Knn(scale=scale).measure(make_layer(values, labels, inputs=x)).bits

    def scaled(points):
        columns = [rankdata(one) if scale == "rank" else one for one in points.T.astype(float)]
        return np.transpose([(c - c.mean()) / c.std() for c in columns if np.ptp(c)])

    for replicate, own in enumerate(values):
        expected = literal(scaled(x), scaled(own), labels, 3)
        assert_allclose(found[:, 0, replicate] * NATS, expected, atol=1e-9)
    assert Knn(scale=scale).series == (f"knn-{scale}",)


def test_a_discrete_layer_of_many_ties_is_a_plug_in_estimate():
    rng = np.random.default_rng(0)
    t, labels = rng.integers(0, 3, 3000), rng.integers(0, 2, 3000)
    t = np.where(rng.random(3000) < 0.6, labels, t)
    expected = informations_bits(t.tolist(), labels.tolist())[1]
    found = Knn().measure(make_layer(t[None, :, None], labels)).i_ty_bits.item()
    assert_allclose(found, expected, atol=2e-3)


def test_it_agrees_with_scikit_learn_where_that_does_the_same():
    from sklearn.feature_selection import mutual_info_classif

    rng = np.random.default_rng(3)
    labels = np.arange(400) % 4
    t = labels[:, None] + rng.normal(size=(400, 1))
    t /= t.std()
    theirs = mutual_info_classif(t, labels, n_neighbors=3, random_state=0)[0] / NATS
    found = Knn().measure(make_layer(t[None], labels)).i_ty_bits.item()
    assert_allclose(found, theirs, atol=5e-3)  # it adds noise of 1e-10 and no more


def test_a_deterministic_map_of_bits_is_far_too_low():
    codes = np.arange(256)
    x = ((codes[:, None] >> np.arange(8)) & 1) * 2.0 - 1
    weights = np.random.default_rng(0).normal(size=(8, 3))
    layer = make_layer(np.tanh(x @ weights)[None], codes % 2, inputs=x.astype(np.float32))
    assert Knn().measure(layer).i_xt_bits.item() < 8 - 2
    # Where all distances are equal no neighbour is nearer than the k-th, and it is too high.
    lattice = make_layer(x[None], codes % 2, inputs=x.astype(np.float32))
    assert Knn().measure(lattice).i_xt_bits.item() > 8 + 2


@pytest.mark.parametrize("units", [2, 12])
@pytest.mark.parametrize("alone", [0, 1, 2])
def test_a_label_that_occurs_once_is_left_out(units, alone):
    values = np.random.default_rng(0).normal(size=(1, 21, units))
    labels = np.append(np.delete(np.arange(3), alone)[np.arange(20) % 2], alone)
    with_it = Knn().measure(make_layer(values, labels)).i_ty_bits
    without = Knn().measure(make_layer(values[:, :20], labels[:20])).i_ty_bits
    assert_allclose(with_it, without)


@pytest.mark.parametrize("units", [2, 12])
def test_labels_that_all_occur_once_give_no_number(units):
    layer = make_layer(np.random.default_rng(0).normal(size=(1, 20, units)), np.arange(20))
    measured = Knn().measure(layer)
    assert np.isfinite(measured.i_xt_bits).all()
    assert np.isnan(measured.i_ty_bits).all()


def test_too_few_samples():
    with pytest.raises(MeasureError, match="3 samples have no 3 neighbours"):
        Knn().measure(make_layer(np.ones((1, 3, 1)), [0, 1, 1]))


def test_distances_of_many_units_are_never_all_in_memory():
    import tracemalloc

    layer = make_layer(np.random.default_rng(0).normal(size=(2, 2000, 16)), np.arange(2000) % 2)
    Knn().measure(layer)  # what it imports is not counted
    with patch.object(knn, "PAIRS_AT_ONCE", 2000 * 50):
        tracemalloc.start()
        Knn().measure(layer)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 8 * 2000 * 2000 / 4
