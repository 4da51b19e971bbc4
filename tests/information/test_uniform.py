"""Uniform bins: grids fall as integers do, whatever their dtype, bounds and order."""

from fractions import Fraction
from math import floor, gcd, log2

import numpy as np
import pytest
import torch
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from ibtui.engine import quantizer
from ibtui.engine.kernel import quantizer as compiled
from ibtui.estimation import estimate
from ibtui.information.adaptive import Sturges
from ibtui.information.binning import Binning
from ibtui.information.binning_width import BinningWidth
from ibtui.information.histogram2d import Histogram2d
from ibtui.information.requantized import Requantized
from ibtui.information.uniform import Edges, round_levels
from tests.information.oracles import entropy_bits, make_layer, uniform_bin

FLOAT32, FLOAT64 = np.finfo(np.float32).eps, np.finfo(np.float64).eps
grids = {
    "bits": st.sampled_from([1, 2, 3, 4, 5, 8]),
    "bins": st.sampled_from([1, 2, 3, 4, 5, 15, 16, 17, 30, 51, 85, 100, 255, 256]),
    "seed": st.integers(0, 2**32),
    "double": st.booleans(),
    "form": st.sampled_from(["low + k step", "(k - zero) step", "rounded"]),
}


def as_integers(levels, bins, steps):
    """The bin of level k of 0..steps: floor(k bins / steps), the top one in the last."""
    return [min(int(level) * bins // steps, bins - 1) for level in levels]


def bounds_of(rng):
    """Bounds that are no further from zero than four times their distance, on any scale."""
    low = rng.uniform(-4, 3)
    return np.array([low, low + 1]) * 10.0 ** rng.integers(-3, 4) * rng.uniform(1, 10)


def grid_values(low, high, levels, steps, kind, form):
    """The levels' values, computed as quantizers do or rounded from float64."""
    low, high = kind(low), kind(high)
    step = (high - low) / kind(steps)
    if form == "low + k step":
        return levels.astype(kind) * step + low
    if form == "(k - zero) step":
        zero = np.round(-low / step)
        return (levels.astype(kind) - zero) * step
    return (low.astype(np.longdouble) + (high - low) * levels / np.longdouble(steps)).astype(kind)


@settings(max_examples=300, deadline=None)
@given(**grids)
def test_random_grids_fall_as_integers_do(bits, bins, seed, double, form):
    rng = np.random.default_rng(seed)
    low, high = bounds_of(rng)
    steps, kind = 2**bits - 1, np.float64 if double else np.float32
    levels = rng.permutation(steps + 1)
    values = grid_values(low, high, levels, steps, kind, form)
    tensor = torch.from_numpy(values)[None, :, None]
    edges = Edges.between(
        tensor.amin((1, 2)), tensor.amax((1, 2)), bins, FLOAT64 if double else FLOAT32
    )
    assert edges.levels(tensor).flatten().tolist() == as_integers(levels, bins, steps)


def values_of_grid(low, high, bits, kind, backend):
    """The value of every level of the grid that a layer of this backend quantizes to."""
    levels = np.arange(2**bits, dtype=np.float32)
    if backend == "kernel":
        grid = compiled.scale(np.float32(low), np.float32(high), bits, kind == "uniform")
        *_, step, _, zero, base = grid
        return (levels - zero) * step + base
    bounds = (torch.tensor([one], dtype=torch.float32) for one in (low, high))
    grid = quantizer.scale(*bounds, bits, kind)
    return quantizer.values(torch.from_numpy(levels)[:, None], grid).numpy()[:, 0]


@settings(max_examples=400, deadline=None)
@given(
    bits=st.integers(1, 12),
    bins=st.integers(1, 300) | st.sampled_from([511, 512, 1000, 1365, 4095]),
    kind=st.sampled_from(["uniform", "zero-point"]),
    backend=st.sampled_from(["torch", "kernel"]),
    bounds=st.tuples(st.integers(-30, 29), st.integers(1, 60))
    | st.tuples(st.floats(-4, 4, width=32), st.floats(0.125, 8, width=32)),
    ends=st.tuples(st.floats(0, 1), st.floats(0, 1)) | st.just((0, 1)),
)
@example(bits=4, bins=15, kind="uniform", backend="torch", bounds=(-1, 2), ends=(0, 1))
@example(bits=12, bins=400, kind="uniform", backend="kernel", bounds=(-1, 2), ends=(0, 1))
@example(bits=8, bins=6500, kind="uniform", backend="torch", bounds=(-1, 2), ends=(0, 1))
def test_every_level_of_a_quantizer_is_binned_as_its_integer(
    bits, bins, kind, backend, bounds, ends
):
    """Between the ends of the grid, or of those levels that a layer takes."""
    first, last = sorted(round(end * (2**bits - 1)) for end in ends)
    assume(first < last)
    low, high = bounds[0], bounds[0] + bounds[1]
    values = values_of_grid(low, high, bits, kind, backend)[first : last + 1]
    steps, most = last - first, max(abs(values[0]), abs(values[-1]))
    apart = float(values[-1] - values[0]) * gcd(bins, steps) / (bins * steps)
    assume(10 * FLOAT32 * most < apart)  # as the module says; beyond it floats do not tell
    tensor = torch.from_numpy(values)[None, :, None]
    edges = Edges.between(tensor.amin((1, 2)), tensor.amax((1, 2)), bins, FLOAT32)
    assert edges.levels(tensor).flatten().tolist() == as_integers(range(steps + 1), bins, steps)


@pytest.mark.parametrize(("bits", "bins"), [(4, 15), (8, 51), (8, 85), (3, 7)])
def test_a_quantized_layer_in_bins_that_divide_its_levels(bits, bins):
    rng = np.random.default_rng(0)
    levels, steps = np.arange(2**bits), 2**bits - 1
    bounds = [np.sort(rng.uniform(-1, 1, 2)) for _ in range(200)]
    values = [
        grid_values(low, high, levels, steps, np.float32, "low + k step") for low, high in bounds
    ]
    layer = make_layer(np.array(values)[:, :, None], levels % 2)
    measured = Binning(bins=bins, bounds="layer").measure(layer).i_xt_bits[0]
    assert_allclose(measured, entropy_bits(as_integers(levels, bins, steps)), atol=1e-12)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("form", ["low + k step", "rounded"])
@pytest.mark.parametrize("bounds", ["activation", "layer", "running", "run"])
def test_sixteen_levels_of_tanh_in_fifteen_bins(kind, form, bounds):
    values = grid_values(-1.0, 1.0, np.arange(16), 15, kind, form)[None, :, None]
    one = torch.ones(1)
    layer = make_layer(values, np.arange(16) % 2, activation="tanh", run_min=-one, run_max=one)
    assert Binning(bins=15, bounds=bounds).measure(layer).i_xt_bits.item() == 3.875


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_tenths_by_a_tenth(kind):
    tenths = (np.arange(10) / 10).astype(kind)
    for values in (tenths, -tenths, tenths + kind(1)):
        made = estimate({"T": values[:, None]}, np.arange(10) % 2, [BinningWidth(width=0.1)])
        assert_allclose(made.recording.i_xt_bits.item(), log2(10), atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(width=st.sampled_from([0.1, 0.07, 0.5, 0.3]), seed=st.integers(0, 2**32))
def test_k_times_a_width_is_bin_k_and_what_lies_between_is_not(width, seed):
    whole = np.random.default_rng(seed).integers(-1000, 1000, 40)
    between = np.random.default_rng(seed + 1).uniform(0.01, 0.99, 40)
    for values, kind in ((whole * width, np.float32), ((whole + between) * width, np.float64)):
        layer = make_layer(values.astype(kind)[None, :, None], np.arange(40) % 2)
        levels = BinningWidth(width=width).grid(layer).levels(layer.values).flatten()
        assert (levels.numpy() + whole.min()).tolist() == whole.tolist()


@settings(max_examples=200, deadline=None)
@given(
    values=st.lists(st.floats(-1, 1, width=32), min_size=2, max_size=30),
    bins=st.sampled_from([1, 2, 3, 15, 30, 256]),
    activation=st.booleans(),
)
@example(values=[-1e-38, 1e-38, 0.0, -0.0, -1e-45], bins=30, activation=True)
@example(values=[-1.0, -1e-30, 1.0, 0.5], bins=4, activation=False)
def test_bins_are_those_of_fractions_and_rise_with_the_values(values, bins, activation):
    array = np.sort(np.array(values, np.float32))
    low, high = (np.float32(-1), np.float32(1)) if activation else (array[0], array[-1])
    bounds = torch.tensor([low]), torch.tensor([high])
    tensor = torch.from_numpy(array)[None, :, None]
    levels = Edges.between(*bounds, bins, FLOAT32).levels(tensor).flatten().numpy()
    assert (np.diff(levels) >= 0).all()
    # Arithmetic may move the limit of what is on an edge: at 2 and at 12 units all is decided.
    expected = [
        [uniform_bin(v, low, high, bins, FLOAT32 * by / 6) for v in array] for by in (1, 12)
    ]
    assert (np.array(expected[0]) <= levels).all()
    assert (levels <= np.array(expected[1])).all()


def test_values_beyond_the_bounds_are_states_of_their_own_but_for_rounding():
    values = torch.tensor([-1.1, -1 - 1e-7, -1, 0, 1, 1 + 1e-7, 1.1])[None, :, None]
    edges = Edges.between(torch.tensor([-1.0]), torch.tensor([1.0]), 4, FLOAT32)
    assert edges.levels_and_sides(values).flatten().tolist() == [4, 0, 0, 2, 3, 3, 5]
    edges = Edges.between(torch.tensor([0.0]), torch.tensor([1.0]), 4, FLOAT32)
    below_zero = torch.tensor([-1e-30, 0.0, 0.25])[None, :, None]
    assert edges.levels_and_sides(below_zero).flatten().tolist() == [4, 0, 1]


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32), bins=st.sampled_from([2, 15, 30]))
def test_many_replicates_with_and_without_an_edge_at_zero_equal_single_ones(seed, bins):
    rng = np.random.default_rng(seed)
    low = np.array([-1, -0.7, 0, -1e-3], np.float32)
    high = np.array([1, 0.6, 1, 2.0], np.float32)
    drawn = rng.uniform(low, high, (20, 3, 4)).astype(np.float32)
    values = torch.from_numpy(drawn).permute(2, 0, 1)
    together = Edges.between(torch.from_numpy(low), torch.from_numpy(high), bins, FLOAT32)
    for replicate in range(4):
        own = torch.tensor([low[replicate]]), torch.tensor([high[replicate]])
        alone = Edges.between(*own, bins, FLOAT32).levels(values[replicate : replicate + 1])
        assert_array_equal(together.levels(values)[replicate], alone[0])


@settings(max_examples=100, deadline=None)
@given(bits=st.sampled_from([2, 3, 4, 8]), to=st.sampled_from([1, 2, 3, 8]), seed=grids["seed"])
def test_requantized_levels_are_the_nearest_and_half_way_the_upper_one(bits, to, seed):
    rng = np.random.default_rng(seed)
    low, high = bounds_of(rng)
    levels, steps = np.arange(2**bits), 2**bits - 1
    values = torch.from_numpy(grid_values(low, high, levels, steps, np.float32, "low + k step"))
    tensor = values[None, :, None]
    found = round_levels(tensor, tensor.amin((1, 2)), tensor.amax((1, 2)), 2**to, FLOAT32)
    half = Fraction(1, 2)
    expected = [floor(Fraction(int(k) * 2**to, steps) + half) for k in levels]
    assert found.flatten().tolist() == expected


def test_every_estimator_of_uniform_bins_takes_edges_alike():
    values = grid_values(-0.3, 0.7, np.arange(16), 15, np.float32, "low + k step")
    x = values[:, None]
    layer = make_layer(values[None, :, None], np.arange(16) % 2, inputs=x)
    assert Histogram2d(bins=15).measure(layer).i_xt_bits.item() == 3.875
    expected = entropy_bits(as_integers(np.arange(16), 5, 15))
    assert Sturges().measure(layer).i_xt_bits.item() == pytest.approx(expected, abs=1e-12)
    assert Requantized(bits=4).measure(layer).i_xt_bits.item() == 4.0
