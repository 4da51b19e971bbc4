"""K-means: blobs, the knee beside kneed's, fixed K, clustered inputs, layers without clusters."""

import numpy as np
import pytest
from kneed import KneeLocator
from numpy.testing import assert_allclose
from sklearn.cluster import KMeans as Clustering
from sklearn.metrics import mutual_info_score

from ibtui.information.kmeans import KMeans
from tests.information.oracles import informations_bits, make_layer

CORNERS = np.array([[0, 0], [9, 0], [0, 9], [9, 9]])


def blobs(seed=0, each=30, noise=0.1):
    """(replicate 2, sample, unit) around four corners, and which corner each sample is at."""
    rng = np.random.default_rng(seed)
    corner = rng.permutation(np.repeat(np.arange(4), each))
    return CORNERS[corner] + noise * rng.normal(size=(2, 4 * each, 2)), corner


@pytest.mark.parametrize("clusters", ["knee", 4])
def test_four_far_blobs_that_are_the_labels_give_two_bits(clusters):
    values, corner = blobs()
    measured = KMeans(clusters=clusters).measure(make_layer(values, corner))
    assert_allclose(measured.i_xt_bits, [[2.0, 2.0]])
    assert_allclose(measured.i_ty_bits, [[2.0, 2.0]])
    assert measured.cells.tolist() == [4, 4]


def test_information_is_that_of_scikit_learns_labels():
    values, corner = blobs(noise=4.0)
    labels = corner // 2
    measured = KMeans(clusters=7, seed=3).measure(make_layer(values, labels))
    for replicate, own in enumerate(values.astype(np.float32).astype(np.float64)):
        found = Clustering(7, n_init=1, random_state=3).fit(own).labels_.tolist()
        expected = informations_bits(found, labels.tolist())
        assert_allclose(measured.i_xt_bits[0, replicate], expected[0])
        assert_allclose(measured.i_ty_bits[0, replicate], expected[1])
        assert_allclose(expected[1], mutual_info_score(found, labels) / np.log(2))


def clusters_at_the_knee(points, most, seed):
    """scikit-learn's labels of as many clusters as kneed finds, and how many those are."""
    points = points.astype(np.float32).astype(np.float64)
    counts = range(1, most + 1)
    fits = [Clustering(k, n_init=1, random_state=seed).fit(points) for k in counts]
    inertias = [fit.inertia_ for fit in fits]
    knee = KneeLocator(counts, inertias, curve="convex", direction="decreasing").knee
    return fits[knee - 1].labels_.tolist(), knee


CLOUDS = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "uniform": lambda rng, shape: rng.uniform(-1, 1, shape),
    "skewed": lambda rng, shape: rng.exponential(size=shape) ** 2,
    "saturated": lambda rng, shape: np.tanh(3 * rng.normal(size=shape)),
}


@pytest.mark.parametrize("seed", [0, 5])
@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize(("units", "most"), [(1, 9), (4, 14)])
def test_the_knee_of_what_has_no_clusters_is_kneeds(cloud, units, most, seed):
    rng = np.random.default_rng(seed)
    values, x = CLOUDS[cloud](rng, (70, units)), CLOUDS[cloud](rng, (70, 2)).astype(np.float32)
    labels = np.arange(70) % 3
    estimator = KMeans(max_clusters=most, seed=seed)
    measured = estimator.measure(make_layer(values[None], labels))
    states = measured.states
    of_values, knee = clusters_at_the_knee(values, most, seed)
    assert len(states.numbers.unique()) == knee
    expected = informations_bits(of_values, labels.tolist())
    assert_allclose(np.ravel(measured.bits), expected, atol=1e-9)
    of_both = KMeans(max_clusters=most, seed=seed, inputs=True)
    shared = of_both.measure(make_layer(values[None], labels, inputs=x))
    of_inputs, _ = clusters_at_the_knee(x, most, seed)
    assert_allclose(shared.i_xt_bits.item(), informations_bits(of_values, of_inputs)[1], atol=1e-9)
    assert_allclose(shared.i_ty_bits, measured.i_ty_bits)


def test_many_clusters_of_inputs_and_values_share_what_scikit_learn_counts():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(90, 2)).astype(np.float32)
    values = (x @ rng.normal(size=(2, 3)) + 0.1 * rng.normal(size=(90, 3))).astype(np.float32)
    measured = KMeans(clusters=23, inputs=True).measure(
        make_layer(values[None], np.arange(90) % 2, inputs=x)
    )
    of_values, of_inputs = (
        Clustering(23, n_init=1, random_state=0).fit(side.astype(np.float64)).labels_
        for side in (values, x)
    )
    expected = mutual_info_score(of_values, of_inputs) / np.log(2)
    assert_allclose(measured.i_xt_bits.item(), expected)


@pytest.mark.parametrize("samples", [21, 35])
def test_two_states_whose_mean_is_rounded_are_two_clusters(samples):
    """No float64 is the mean of n values 0.1: an inertia that vanishes is seldom 0."""
    states = np.arange(samples) % 2
    values = (states[:, None] * 0.3 + 0.1) * [1, 1.7, 0.77]
    expected = informations_bits(states.tolist(), states.tolist())
    assert_allclose(np.ravel(KMeans().measure(make_layer(values[None], states)).bits), expected)


def test_points_that_differ_by_rounding_have_the_knee_of_one():
    points = 2.0 ** -np.arange(5, dtype=np.float32)[np.arange(60) % 5]
    apart = np.where(np.arange(60) % 2, points, np.nextafter(points, np.float32(9)))
    labels = np.arange(60) % 3
    layers = [make_layer(one[None, :, None], labels) for one in (points, apart)]
    assert len(np.unique(apart)) == 10
    assert_allclose(*[KMeans().measure(layer).bits for layer in layers], atol=1e-9)


@pytest.mark.parametrize("clusters", ["knee", 4])
def test_order_of_samples_does_not_matter_to_blobs_far_apart(clusters):
    """Elsewhere it does: the first centres are drawn by the number of a sample."""
    values, corner = blobs()
    labels = np.random.default_rng(2).integers(0, 3, len(corner))
    measured = KMeans(clusters=clusters).measure(make_layer(values, labels))
    assert (measured.i_ty_bits > 0).all()
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(corner))
        permuted = make_layer(values[:, order], labels[order])
        assert_allclose(KMeans(clusters=clusters).measure(permuted).bits, measured.bits, atol=1e-9)


def test_clustered_inputs_share_what_the_clusters_share():
    values, corner = blobs()
    inputs = (corner % 2)[:, None] * 10.0 + 0.1 * np.random.default_rng(1).normal(size=(120, 3))
    layer = make_layer(values, corner, inputs=inputs.astype(np.float32))
    measured = KMeans(clusters=4, inputs=True).measure(layer)
    two = KMeans(clusters=2, inputs=True).measure(layer)
    assert_allclose(KMeans(clusters=4).measure(layer).i_xt_bits, [[2.0, 2.0]])
    assert (measured.i_xt_bits < 2.0).all()  # four clusters of inputs that have but two
    assert (two.i_xt_bits <= 1 + 1e-9).all()


@pytest.mark.parametrize("distinct", [1, 2, 3])
def test_fewer_states_than_clusters_are_their_own_clusters(distinct):
    states = np.arange(24) % distinct
    for estimator in (KMeans(), KMeans(clusters=9)):
        measured = estimator.measure(make_layer(states[None, :, None] * 5.0, states, classes=3))
        assert_allclose(measured.i_xt_bits, [[np.log2(distinct)]], atol=1e-12)
        assert_allclose(measured.i_ty_bits, [[np.log2(distinct)]], atol=1e-12)


def test_an_inertia_without_a_knee_gives_no_number():
    # Equidistant points: n of them in a cluster have the inertia n - 1, and K clusters N - K.
    layer = make_layer(5 * np.eye(30)[None], np.arange(30) % 2)
    assert np.isnan(KMeans(max_clusters=6).measure(layer).bits).all()
    assert KMeans(clusters=6).measure(layer).i_xt_bits.item() > 0
