"""EDGE: a literal transcription of the whole and of its parts, Gaussian pairs, bounds, the cap."""

from collections import Counter
from math import e, exp, floor, log2, sqrt
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from ibtui.information.edge import Edge, cells, graph_bits, is_discrete, neighbour_distance
from tests.information.oracles import entropy_bits, informations_bits, make_layer


def axes_and_widths(points, seed):
    """Every point on each random axis, and the cell width of each axis before it is scaled."""
    points = points[:, (points != points[0]).any(axis=0)]
    samples, units = points.shape
    count = min(units, floor(log2(samples / 10))) if samples >= 20 else 1
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(units, count))
    for unit, deviation in enumerate(points.std(axis=0)):
        weights[unit] /= (1 if deviation < 1e-4 else deviation) * sqrt(units)
    axes = [[float(point @ axis) for point in points] for axis in weights.T]
    k = floor(0.43 * samples ** (2 / 3 + 0.17 * count / (count + 1)) * exp(-1 / 10000))
    chosen, widths = rng.integers(samples, size=500), []
    for axis in axes:
        at = sorted(axis)
        far = [sorted(abs(other - one) for other in at)[max(k, 1) - 1] for one in at]
        widths.append(3 * count * (sum(far[i] for i in chosen) / 500 + 0.0001))
    return list(zip(*axes, strict=True)) if axes else [()] * samples, widths


def hashed(points, widths, scale, stretch, shift):
    """floor((x + b) / width) of every point, of a width `scale * stretch` times what it was."""
    widths = [width * scale * stretch for width in widths]
    return [
        tuple(floor((x + shift * width) / width) for x, width in zip(point, widths, strict=True))
        for point in points
    ]


def graph(one, other, cap):
    """The sum over the edges of the dependence graph, in bits."""
    total, count_one, count_other = len(one), Counter(one), Counter(other)
    return sum(
        n / total * min(log2(n * total / (count_one[i] * count_other[j])), cap)
        for (i, j), n in Counter(zip(one, other, strict=True)).items()
    )


def literal(t, other, *, gammas, cap, ensemble, seed):
    """The estimator, from points (sample, unit) and other points or labels (sample,).

    `gammas` are the smoothness of T and of X.
    """
    points = [side for side in (t, other) if side.ndim == 2]
    sides = [axes_and_widths(side, [seed, which]) for which, side in enumerate(points)]

    def of_ensemble(scale):
        members = []
        for m in range(ensemble):
            stretch = 1 + 0.1 * m / max(ensemble - 1, 1)
            cells = [
                hashed(*side, 0.9 * gamma * scale, stretch, m / ensemble)
                for side, gamma in zip(sides, gammas, strict=False)
            ]
            members.append(graph(cells[0], [*cells, other.tolist()][1], cap))
        return median(members)

    first = of_ensemble(1)
    if first <= 1e-12:
        return first
    return of_ensemble(2 ** min(0.5 / first - sqrt(2 * first), 1000))


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    samples=st.sampled_from([1, 2, 13, 40, 90]),
    units=st.sampled_from([1, 2, 5, 30]),
    scale=st.sampled_from([1.0, 1e-5]),
    saturated=st.booleans(),
    gammas=st.tuples(*[st.sampled_from([0.05, 0.3, 1.0])] * 3),
    cap=st.sampled_from([0.7, 10.0]),
    ensemble=st.sampled_from([1, 4, 9]),
    seeds=st.sampled_from([1, 2, 3]),
)
def test_it_is_its_formula(seed, samples, units, scale, saturated, gammas, cap, ensemble, seeds):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(samples, 3)).astype(np.float32)
    t = np.tanh(x @ rng.normal(size=(2, 3, units)) * (9 if saturated else 1))
    t = (t.round(1) if saturated else t).astype(np.float32) * np.float32(scale)
    labels = np.arange(samples) % 3
    of_t, of_x, of_t_y = gammas
    options = {"cap_bits": cap, "ensemble": ensemble, "seed": seed, "seeds": seeds}
    estimator = Edge(gamma_t=of_t, gamma_x=of_x, gamma_t_y=of_t_y, **options)
    measured = estimator.measure(make_layer(t, labels, inputs=x))
    sides = (x.astype(float), (of_t, of_x)), (labels, (of_t_y,))
    for replicate, own in enumerate(t.astype(float)):
        for found, (other, smooth) in zip(measured.bits, sides, strict=True):
            expected = [
                literal(own, other, gammas=smooth, cap=cap, ensemble=ensemble, seed=one)
                for one in range(seed, seed + seeds)
            ]
            spread = [median(expected), min(expected), max(expected)][: len(found)]
            assert_allclose(found[:, replicate], spread, atol=1e-9)
    assert len(estimator.series) == len(measured.i_xt_bits) == (3 if seeds > 1 else 1)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), cap=st.sampled_from([0.5, 2.0, 10.0]))
def test_the_graph_is_a_sum_over_pairs_of_cells(seed, cap):
    rng = np.random.default_rng(seed)
    one, other = rng.integers(0, 18, (2, 40)) ** 3
    expected = graph(one.tolist(), other.tolist(), cap)
    (found,), capped = graph_bits(one[None], other[None], cap)
    assert_allclose(found, expected, atol=1e-12)
    assert capped == (expected < graph(one.tolist(), other.tolist(), 99) - 1e-12)
    if cap == 10.0:  # nothing of 40 samples reaches the cap: the plug-in information
        plug_in = informations_bits(one.tolist(), other.tolist())[1]
        assert_allclose(found, plug_in, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), k=st.integers(1, 30))
def test_neighbour_distances_on_a_line(seed, k):
    rng = np.random.default_rng(seed)
    ordered = np.sort(rng.normal(size=30).round(1))
    chosen = rng.integers(30, size=7)
    expected = [np.sort(np.abs(ordered - ordered[i]))[k - 1] for i in chosen]
    assert_allclose(neighbour_distance(ordered, chosen, k), np.mean(expected))


def test_cells_are_floors_of_shifted_points():
    points = np.random.default_rng(0).normal(size=(60, 3))
    found = cells(points, np.array([0.5, 1.0, 2.0]), 0.8, 0.3)
    floors = np.floor((points + 0.3 * 0.8 * np.array([0.5, 1, 2])) / (0.8 * np.array([0.5, 1, 2])))
    for a in range(60):
        for b in range(60):
            assert (found[a] == found[b]) == (floors[a] == floors[b]).all()


@pytest.mark.parametrize(("rho", "within"), [(0.0, 0.01), (0.6, 0.05), (0.9, 0.1)])
def test_gaussian_pairs(rho, within):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4096, 1))
    t = rho * x + np.sqrt(1 - rho**2) * rng.normal(size=(2, 4096, 1))
    layer = make_layer(t, (x[:, 0] > 0).astype(int), inputs=x.astype(np.float32))
    # In bits: rho = 0.6 gives 0.322.
    assert_allclose(Edge().measure(layer).i_xt_bits[0], -0.5 * np.log2(1 - rho**2), atol=within)


def test_twelve_independent_bits_of_which_one_is_the_label():
    x = (np.arange(4096)[:, None] >> np.arange(12) & 1).astype(np.float32)
    layer = make_layer(x[None], x[:, 0].astype(int), inputs=x)
    measured = Edge().measure(layer)
    assert_allclose(measured.i_xt_bits, 11.9, atol=0.1)
    assert_allclose(measured.i_ty_bits, 1.0, atol=0.02)
    one_for_all = Edge(gamma=1.0, cap_bits=10.0).measure(layer)  # as of a plane nobody should draw
    assert (one_for_all.i_xt_bits < 10).all()
    assert (one_for_all.i_ty_bits < 0.1).all()


def test_the_smoothness_of_x_goes_by_whether_it_is_discrete():
    rng = np.random.default_rng(0)
    continuous, levels = rng.normal(size=(300, 3)), rng.integers(0, 100, (300, 3))
    binary, constant = rng.integers(0, 2, (300, 3)), np.zeros((300, 3))
    assert not is_discrete(continuous)
    assert not is_discrete(np.c_[continuous, constant])
    assert is_discrete(levels)
    assert is_discrete(np.c_[binary, constant, constant])
    layer = make_layer(continuous[None], levels[:, 0], inputs=levels.astype(np.float32))
    assert_allclose(Edge().measure(layer).bits, Edge(gamma_x=0.2).measure(layer).bits, rtol=0)


def test_it_moves_with_the_smoothness_and_stays_below_the_cap():
    x = np.random.default_rng(0).normal(size=(1500, 1))
    layer = make_layer(np.tanh(x)[None], np.arange(1500) % 2, inputs=x.astype(np.float32))
    rough, smooth = (Edge(gamma=gamma).measure(layer).i_xt_bits.max() for gamma in (0.1, 1.0))
    assert rough > smooth + 1
    assert Edge(gamma=1e-6, cap_bits=5.0).measure(layer).i_xt_bits.max() <= 5.0 + 1e-12


def test_separated_blobs_that_are_the_labels():
    labels = np.arange(1200) % 4
    t = labels[:, None] * 50.0 + np.random.default_rng(0).normal(size=(1200, 2))
    assert_allclose(Edge(gamma=0.2).measure(make_layer(t[None], labels)).i_ty_bits, 2.0, atol=0.02)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    samples=st.integers(1, 60),
    cap=st.sampled_from([0.01, 0.5, 10.0]),
    gamma=st.sampled_from([1e-3, 0.2, 1.0]),
)
def test_it_is_at_most_the_cap_and_what_is_counted(seed, samples, cap, gamma):
    """And not negative, unless a cap takes bits from some pairs: then r log2 r >= -log2(e) / e."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(2, samples, 2)).round(rng.integers(0, 8))
    labels = rng.integers(0, 3, samples)
    layer = make_layer(values, labels, inputs=rng.normal(size=(samples, 1)).astype(np.float32))
    measured = Edge(cap_bits=cap, gamma=gamma).measure(layer)
    counted = log2(samples), entropy_bits(labels.tolist())
    least = 0 if log2(samples) <= cap else -log2(e) / e
    for found, most in zip(measured.bits, counted, strict=True):
        assert (found >= least - 1e-9).all()
        assert (found <= min(cap, most) + 1e-9).all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_units_of_another_scale_are_the_same_units(seed):
    """The axes go by each unit's deviation. The order of units is another layer: they are random.

    Powers of two, since a rounded product may be in the next cell.
    """
    rng = np.random.default_rng(seed)
    values, labels = rng.normal(size=(2, 80, 5)).astype(np.float32), np.arange(80) % 3
    x, scales = rng.normal(size=(80, 2)).astype(np.float32), 2.0 ** rng.integers(-6, 20, 5)
    measured = Edge().measure(make_layer(values, labels, inputs=x))
    scaled = Edge().measure(make_layer(values * scales, labels, inputs=x * np.float32(8)))
    assert_allclose(scaled.bits, measured.bits, atol=1e-12)


@pytest.mark.parametrize("constant", [3.0, 1e10, 1e20, -1e38])
def test_a_constant_unit_tells_nothing_however_large(constant):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 2)).astype(np.float32)
    of_zero, of_constant = (np.c_[x, np.full(300, c, np.float32)] for c in (0.0, constant))
    of_none = make_layer(x[None], x[:, 0] > 0, inputs=x)
    expected = Edge().measure(make_layer(of_zero[None], x[:, 0] > 0, inputs=of_zero))
    measured = Edge().measure(make_layer(of_constant[None], x[:, 0] > 0, inputs=of_constant))
    assert expected.i_xt_bits.min() > 1
    assert_allclose(measured.bits, expected.bits, rtol=0)
    assert_allclose(
        Edge().measure(of_none).bits, expected.bits, rtol=0
    )  # a constant unit is no axis


def test_both_passes_are_told():
    """Of 12 bits and one of them a coarse first pass finds little, the second one nothing."""
    x = (np.arange(4096)[:, None] >> np.arange(12) & 1).astype(np.float32)
    layer = make_layer(x[None], x[:, 0].astype(int), inputs=x)
    ((_, of_y),) = Edge(gamma_t_y=1.0, seeds=1).passes(layer)
    assert 0.05 < of_y[0].first_bits < 0.12
    assert of_y[0].bits < 1e-9
    assert not of_y[0].capped
    ((of_x, _),) = Edge(cap_bits=9.0, seeds=1).passes(layer)
    assert of_x[0].capped


def test_notes_say_what_the_second_pass_and_the_cap_took():
    x = (np.arange(4096)[:, None] >> np.arange(12) & 1).astype(np.float32)
    layer = make_layer(x[None], x[:, 0].astype(int), inputs=x)
    assert Edge().measure(layer).notes == ()
    (lost,) = Edge(gamma_t_y=1.0, seeds=1).measure(layer).notes
    assert lost.startswith("I(T;Y): in 1 of 1 measurements the second pass found 0 where the first")
    assert "0.082 bits (try a smaller gamma_t_y)" in lost
    (capped,) = Edge(cap_bits=9.0).measure(layer).notes
    assert capped == "I(X;T): cap_bits = 9 took bits (12.0 would take none)"
