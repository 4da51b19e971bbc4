"""Bins that follow from the distribution: against numpy, literally, and by hand."""

from math import floor
from unittest.mock import patch

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from ibtui.errors import MeasureError
from ibtui.estimation import estimate
from ibtui.information import adaptive, cells, quantile
from ibtui.information.adaptive import Doane, Scott, Sturges, _moments
from ibtui.information.binning_width import BinningWidth
from ibtui.information.cells import CELLS, Cells
from ibtui.information.quantile import Quantile, _quantiles_on_device, unique_quantiles
from tests.information.oracles import informations_bits, make_layer, rows, uniform_bin

RULES = [Scott(), Sturges(), Doane()]


def sample(seed, shape=(3, 41, 5)):
    """Normal, skewed, saturating and shifted values by turns, float32."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=shape) * 10.0 ** rng.integers(-3, 4)
    kinds = values, np.maximum(values, 0), np.exp(values / 1e3), np.tanh(values), values + 100
    return kinds[seed % 5].astype(np.float32)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_the_number_of_bins_is_numpys(rule, seed):
    values = sample(seed)
    bins = rule.bins(make_layer(values, np.arange(41) % 2))
    for own, found in zip(values, bins.tolist(), strict=True):
        expected = len(np.histogram_bin_edges(own.astype(np.float64), bins=rule.name)) - 1
        # Rounding may differ where the number before rounding up is whole to ten digits.
        assert np.ceil(found - 1e-9 * found) <= expected <= np.ceil(found + 1e-9 * found)


@pytest.mark.parametrize("shift", [0.0, 1.0, -100.0, 1e4])
def test_moments_are_those_of_float64(shift):
    values = (np.random.default_rng(0).gamma(2, size=(3, 40, 5)) + shift).astype(np.float32)
    apart = values.astype(np.float64)
    apart -= apart.mean((1, 2), keepdims=True)
    variance, third = _moments(make_layer(values, np.arange(40) % 2), 3)
    assert_allclose(variance, (apart**2).mean((1, 2)), rtol=1e-11)
    assert_allclose(third, (apart**3).mean((1, 2)), rtol=1e-11)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@pytest.mark.parametrize("memory_bytes", [1 << 30, 1], ids=["whole", "parts"])
def test_the_number_of_bins_goes_with_the_information(rule, memory_bytes):
    values = np.stack([sample(0)[0], sample(2)[0], np.ones((41, 5), np.float32)])
    layer = make_layer(values, np.arange(41) % 2, memory_bytes=memory_bytes)
    cells = rule.measure(layer).cells
    expected = [len(np.histogram_bin_edges(one, bins=rule.name)) - 1 for one in values[:2]]
    assert cells.tolist() == [*expected, 1]
    assert rule.model_copy(update={"replicates": 2}).apply(layer).cells.tolist() == expected
    assert Quantile().measure(layer).cells is None


def test_the_number_of_bins_of_one_width_is_that_from_end_to_end():
    values = np.array([[-0.3, 0.0, 1.1], [0.2, 0.25, 0.3], [5, 5, 5]], np.float32)[:, :, None]
    layer = make_layer(values, np.array([0, 1, 1]))
    assert BinningWidth(width=0.5).measure(layer).cells.tolist() == [4, 1, 1]  # from -0.5 to 1.5


def test_moments_of_many_blocks_do_not_depend_on_neighbours(monkeypatch):
    monkeypatch.setattr(adaptive, "SUMMED", 64)
    values = np.random.default_rng(0).gamma(2, size=(11, 70, 5)).astype(np.float32)
    together = _moments(make_layer(values, np.arange(70) % 2), 3)
    apart = values - values.mean((1, 2), keepdims=True, dtype=np.float64)
    assert_allclose(together[1], (apart**3).mean((1, 2)), rtol=1e-11)
    for replicate in range(11):
        alone = _moments(make_layer(values[replicate : replicate + 1], np.arange(70) % 2), 3)
        assert [one.item() for one in alone] == [all_[replicate].item() for all_ in together]


@pytest.mark.parametrize(("rule", "about"), [(Scott(), 33), (Sturges(), 13), (Doane(), 14)])
def test_a_normal_sample_of_4096_has_the_textbooks_number_of_bins(rule, about):
    # Quantiles of N(0,1) rather than a draw: the range of a draw varies by a fifth.
    from scipy.special import ndtri

    values = ndtri((np.arange(4096) + 0.5) / 4096)
    if rule.name == "doane":  # the most skewed that a draw of this size commonly is
        values = np.where(values > 0, values * 1.06, values)
    layer = make_layer(values[None, :, None], np.arange(4096) % 2)
    assert abs(np.ceil(float(rule.bins(layer))) - about) <= 1


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_information_is_that_of_numpys_bins(rule, seed):
    values, labels = sample(seed), np.arange(41) % 3
    measured = rule.measure(make_layer(values, labels))
    for replicate, own in enumerate(values):
        low, high = own.min(), own.max()
        bins = len(np.histogram_bin_edges(own.astype(np.float64), bins=rule.name)) - 1
        epsilon = np.finfo(np.float32).eps
        binned = [[uniform_bin(v, low, high, bins, epsilon) for v in row] for row in own]
        expected = informations_bits(rows(binned), labels.tolist())
        found = measured.i_xt_bits[0, replicate], measured.i_ty_bits[0, replicate]
        assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_values_of_float64_and_of_float32_fall_into_the_same_bins(rule):
    values, labels = sample(5).astype(np.float64)[0], np.arange(41) % 3
    wide, narrow = (
        estimate({"T": one}, labels, [rule]).recording for one in (values, values.astype("f4"))
    )
    assert_allclose(wide.i_xt_bits, narrow.i_xt_bits, atol=1e-12)
    assert_allclose(wide.i_ty_bits, narrow.i_ty_bits, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32), bins=st.sampled_from([1, 2, 5, 30, 100]), kinds=st.integers(1, 90)
)
def test_quantile_bins_are_those_of_the_published_code(seed, bins, kinds):
    rng = np.random.default_rng(seed)
    least = int(rng.integers(-kinds // 2, 2))  # below zero, at it, or above
    values = rng.integers(least, least + kinds + 1, (2, 23, 3)).astype(np.float32)
    values[values == 0] *= rng.choice([-1, 1])  # zeros of both signs
    layer = make_layer(values, np.arange(23) % 2)
    put_into_levels, bits, _ = Quantile(bins=bins).grid(layer)
    levels = put_into_levels(layer.values)
    assert int(levels.max()) < 2**bits
    for own, found in zip(values, levels.numpy(), strict=True):
        published = published_levels(own, bins).ravel().tolist()
        assert len(set(zip(published, found.ravel().tolist(), strict=True))) == len(set(published))
        assert len(np.unique(found)) == len(set(published))


def published_levels(values, bins):
    """Chelombiev et al.'s set_up_bins and digitize, but for the rounding of k (m / bins)."""
    low = 0 if values.min() >= 0 else -1e9
    edges = [low]
    unique = np.setdiff1d(np.unique(values), [low])
    if unique.size:
        edges += [unique[k * unique.size // bins] for k in range(bins)]
        edges.append(unique[-1])
    return np.digitize(values, edges) - 1


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    bins=st.sampled_from([1, 2, 7, 30, 256, 257, 300]),
    scale=st.sampled_from([1e-45, 1e-38, 1.0, 1e7, 1.7e38]),
)
def test_quantile_edges_are_the_same_on_any_device_and_counted_alike(seed, bins, scale):
    rng = np.random.default_rng(seed)
    values = np.tanh(rng.normal(size=(3, 50, 2)))
    values = (values.round(rng.integers(0, 8)) * scale).astype(np.float32)
    values[:, 7] = -0.0
    values[1] = values[1, 0, 0]  # a dead replicate
    pooled = torch.from_numpy(values).flatten(1)
    layer = make_layer(values, np.arange(50) % 2)
    own = Cells.between(*layer.extremes)
    edges, below = unique_quantiles(pooled, own, bins)
    assert torch.equal(_quantiles_on_device(pooled, bins), edges)
    bisected = quantile._reached_by_bisection(edges, layer.values).tolist()
    if edges.shape[1] < quantile.FEW:
        assert quantile._reached_by_comparison(edges, layer.values).tolist() == bisected
    table = quantile._table(edges, below, own)
    if table is not None:
        assert quantile._reached_by_cell(table, own, layer.values).tolist() == bisected
    assert Quantile(bins=bins).grid(layer).levels(layer.values).tolist() == bisected


@pytest.mark.parametrize(("steps", "looked_up"), [(256, True), (1 << 20, False)])
def test_few_levels_are_looked_up_and_many_are_not(steps, looked_up):
    levels = np.random.default_rng(0).integers(0, steps, (2, 3000, 3))
    levels[1] = 0  # a dead replicate is no reason to compare
    layer = make_layer(levels / (steps - 1) * 2 - 1, np.arange(3000) % 2)
    own = Cells.between(*layer.extremes)
    edges, below = unique_quantiles(layer.values.flatten(1), own, 100)
    assert (quantile._table(edges, below, own) is not None) == looked_up


@settings(max_examples=100, deadline=None)
@given(values=arrays(np.float32, (1, 9, 1), elements=st.floats(-(2.0**126), 2.0**126, width=32)))
@example(values=np.append(np.zeros(8), -0.0).astype(np.float32).reshape(1, 9, 1))
def test_cells_keep_the_order_of_values_and_their_bounds(values):
    values = torch.from_numpy(np.sort(values, axis=1))
    places = Cells.between(values[:, 0, 0], values[:, -1, 0]).of(values).flatten().tolist()
    assert places == sorted(places)
    assert places[0] == 0
    assert places[-1] < CELLS


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32), kinds=st.sampled_from([1, 3, 30]), most=st.sampled_from([1.0, 2e38])
)
def test_distinct_values_are_found_though_some_come_late_or_share_a_cell(seed, kinds, most):
    rng = np.random.default_rng(seed)
    levels = np.linspace(-most / 3, most, kinds).astype(np.float32)
    values = rng.choice(levels, 400)
    values[rng.integers(400, size=5)] = np.nextafter(levels[0], np.float32(0))
    values[rng.integers(400, size=5)] = rng.choice([0.0, -0.0])
    first = int(rng.choice([8, 64, 128]))
    values[first] = most / 7  # once, and first of what is struck out
    own = torch.from_numpy(values)
    span = own.min()[None], own.max()[None]
    with patch.multiple(cells, CACHED=32, FIRST=first):
        found = Cells.between(*span).of_replicate(0).distinct(own)
    assert found.tolist() == np.unique(values).tolist()


def test_zeros_that_none_is_below_stay_alone():
    values = np.append(np.zeros(70), np.arange(1, 31))
    layer = make_layer(values[None, :, None], np.arange(100) % 2)
    levels = Quantile().grid(layer).levels(layer.values).numpy().ravel()
    assert (levels == levels[0]).sum() == 70
    assert len(np.unique(levels)) == 31
    # Shapes, order and memory do not matter to the quantiles.
    layer = make_layer(values.reshape(1, 20, 5), np.arange(20) % 2)
    turned = Quantile().grid(layer).levels(layer.values)
    assert turned.numpy().ravel().tolist() == levels.tolist()


@pytest.mark.parametrize("bins", [1, 2, 30])
def test_zeros_stay_alone_however_many_values_share_a_bin(bins):
    values = np.append(np.zeros(70), np.arange(1, 1001))
    layer = make_layer(values[None, :, None], np.arange(1070) % 2)
    levels = Quantile(bins=bins).grid(layer).levels(layer.values).numpy().ravel()
    assert (levels == levels[0]).sum() == 70
    assert len(np.unique(levels)) == bins + 2  # and the greatest value
    below = make_layer(values[None, :, None] - 500, np.arange(1070) % 2)
    levels = Quantile(bins=bins).grid(below).levels(below.values).numpy().ravel()
    assert len(np.unique(levels)) == bins + 1


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), width=st.sampled_from([0.07, 0.5, 1e-6, 3.0]))
def test_binning_by_width_is_floor_of_t_over_width(seed, width):
    values, labels = np.random.default_rng(seed).normal(size=(2, 29, 4)), np.arange(29) % 3
    values = values.astype(np.float32)
    measured = BinningWidth(width=width).measure(make_layer(values, labels))
    for replicate, own in enumerate(values):
        states = [tuple(floor(float(value) / width) for value in row) for row in own]
        expected = informations_bits(states, labels.tolist())
        found = measured.i_xt_bits[0, replicate], measured.i_ty_bits[0, replicate]
        assert_allclose(found, expected, atol=1e-9)


def test_k_times_the_width_is_bin_k():
    # float32(k * 0.07) / 0.07 is below k for some k and not for others.
    values = (np.arange(-500, 500) * 0.07).astype(np.float32)[None, :, None]
    layer = make_layer(values, np.arange(1000) % 2)
    expected = list(range(-500, 500))
    levels = BinningWidth().grid(layer).levels(layer.values)
    assert (levels.numpy().ravel() + min(expected)).tolist() == expected


def test_levels_of_a_width_begin_at_the_least_value():
    # A least value whose bin float32 would miss by one gave levels below 0, which no word holds.
    edges = (np.arange(-500, 500) * 0.07).astype(np.float32)
    layer = make_layer(np.stack((edges, edges + 1), axis=1)[:, :, None], np.arange(2))
    levels = BinningWidth().grid(layer).levels(layer.values)
    assert (levels.amin((1, 2)) == 0).all()


def test_a_width_with_too_many_bins_is_refused():
    layer = make_layer([[[1e30], [-1.0]]], [0, 1])
    with pytest.raises(MeasureError, match="set a greater width"):
        BinningWidth(width=1e-9).measure(layer)
