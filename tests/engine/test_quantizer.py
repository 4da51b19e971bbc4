"""The quantizer: every level against a scalar twin in numpy's float32, and its gradients."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from ibtui.engine.inputs import quantize_inputs
from ibtui.engine.quantizer import (
    extremes,
    levels,
    quantize,
    scale,
    values,
    weight_scale,
)

f32 = np.float32
GRIDS = ("uniform", "zero-point")
BITS = tuple(range(1, 17))
RANGES = ((-1.0, 1.0), (-6.0, 6.0), (0.0, 0.7), (-0.3, 0.0), (-0.123, 1.9), (0.2, 0.9), (-2, -0.5))


def twin(x, low, high, bits, grid):
    """Level and value of one number, one float32 operation after the other.

    The zero-point grid is that of TensorFlow's kernel (fake_quant_ops_functor.h, `Nudge` and
    `FakeQuantWithMinMaxVarsFunctor`), which divides for the zero point and multiplies by the
    reciprocal for the levels.
    """
    x, low, high, half = f32(x), f32(low), f32(high), f32(0.5)
    last = f32(2**bits - 1)
    step = (high - low) / last
    if step < np.finfo(f32).tiny:
        return 0, (low if grid == "uniform" else f32(0))
    inverse = f32(1) / step
    if grid == "uniform":
        level = np.floor((min(max(x, low), high) - low) * inverse + half)
        return int(level), level * step + low
    point = min(max(np.floor(-low / step + half), f32(0)), last)
    nudged_low, nudged_high = (f32(0) - point) * step, (last - point) * step
    zero = np.floor(-nudged_low * inverse + half)
    steps = np.floor((min(max(x, nudged_low), nudged_high) - nudged_low) * inverse - zero + half)
    return int(steps + zero), steps * step


def column(*numbers):
    return torch.tensor(numbers, dtype=torch.float32)


def assert_like_the_twin(x, low, high, bits, grid):
    """`x` is (sample, replicate), the bounds (replicate,)."""
    made = scale(column(*low), column(*high), bits, grid)
    level = levels(torch.from_numpy(x), made)
    value = values(level, made)
    for replicate, bounds in enumerate(zip(low, high, strict=True)):
        wanted = [twin(one, *bounds, bits, grid) for one in x[:, replicate]]
        assert_array_equal(level[:, replicate], [w[0] for w in wanted])
        assert_array_equal(value[:, replicate], [w[1] for w in wanted])


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("bits", BITS)
def test_levels_are_those_of_the_scalar_twin(grid, bits):
    rng = np.random.default_rng(bits)
    # The zero point of a symmetric range lies half way between two levels.
    symmetric = [(-one, one) for one in rng.random(12, f32)]
    low, high = np.array([*RANGES, *symmetric], f32).T
    inside = low + (high - low) * rng.random((40, len(low)), f32)
    # Where rounding decides: on the levels, half way between them, and one ulp beside those.
    step = (high - low) / f32(2**bits - 1)
    half_steps = low + step * rng.integers(-3, 2 ** (bits + 1) + 3, (60, len(low))).astype(f32) / 2
    around = [np.nextafter(half_steps, f32(way)) for way in (-np.inf, np.inf)]
    ends = np.stack([low, high, low - 1, high + 1, np.zeros_like(low)])
    x = np.concatenate([inside, half_steps.astype(f32), *around, ends]).astype(f32)
    assert_like_the_twin(x, low.tolist(), high.tolist(), bits, grid)


finite = st.floats(-(2.0**99), 2.0**99, width=32)


@settings(max_examples=200, deadline=None)
@given(
    x=st.lists(finite, min_size=1, max_size=9),
    bounds=st.lists(st.tuples(finite, finite).map(sorted), min_size=2, max_size=3),
    bits=st.sampled_from(BITS),
    grid=st.sampled_from(GRIDS),
)
def test_any_range_of_any_size_gives_the_twins_levels(x, bounds, bits, grid):
    low, high = zip(*bounds, strict=True)
    x = np.array(x, f32)[:, None].repeat(len(low), axis=1)
    with np.errstate(all="ignore"):
        assert_like_the_twin(x, low, high, bits, grid)


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("bits", [1, 2, 8, 16])
def test_all_levels_are_reached_and_none_besides(grid, bits):
    x = torch.linspace(-0.5, 1.5, 2 ** (bits + 2))[:, None]
    made = scale(column(-0.4), column(1.3), bits, grid)
    level = levels(x, made)
    assert torch.unique(level).tolist() == list(range(2**bits))
    assert len(torch.unique(values(level, made))) == 2**bits


@pytest.mark.parametrize("bits", BITS)
def test_the_uniform_grid_holds_both_ends(bits):
    low, high = column(-0.37, 0.11, -5.0), column(1.9, 0.12, 5.0)
    made = scale(low, high, bits, "uniform")
    ends = quantize(torch.stack([low, high]), made)
    assert torch.equal(ends[0], low)
    torch.testing.assert_close(ends[1], high, rtol=2e-7, atol=0)


@pytest.mark.parametrize("bits", BITS)
def test_zero_is_a_level_of_the_zero_point_grid(bits):
    low, high = column(-0.37, 0.0, -5.0), column(1.9, 0.12, 0.0)
    assert not quantize(torch.zeros(1, 3), scale(low, high, bits, "zero-point")).any()


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("point", [0.0, 0.25, -3.0, 1e-42])
def test_a_range_of_one_point_has_one_level(grid, point):
    made = scale(column(point), column(point), 8, grid)
    x = column(point, -7.0, 7.0)[:, None]
    assert not levels(x, made).any()
    only = point if grid == "uniform" else 0.0
    assert torch.equal(quantize(x, made), column(only, only, only)[:, None])


@pytest.mark.parametrize("grid", GRIDS)
def test_a_range_too_small_for_a_reciprocal_has_one_level(grid):
    made = scale(column(0.0), column(1e-38), 8, grid)
    assert not quantize(column(0.0, 5e-39, 1e-38)[:, None], made).any()


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("inplace", [False, True], ids=["own value", "another's"])
def test_nan_stays_nan(grid, inplace):
    x = torch.tensor([[0.5, 0.5], [float("nan"), 0.1]])
    bounds = extremes(x) if inplace else (column(0.0, 0.0), column(1.0, 1.0))
    quantized = quantize(x, scale(*bounds, 4, grid))
    assert quantized[1, 0].isnan()
    assert quantized[:, 1].isfinite().all()


@pytest.mark.parametrize("grid", GRIDS)
def test_gradients_pass_inside_the_range_and_at_both_ends(grid):
    made = scale(column(-0.4, -3.0), column(1.3, 1.0), 3, grid)
    inf = torch.inf
    places = [made.low, made.high, (made.low + made.high) / 2]
    outside = [
        torch.nextafter(made.low, torch.full_like(made.low, -inf)),
        torch.nextafter(made.high, torch.full_like(made.high, inf)),
        made.low - 2,
        made.high + 2,
    ]
    x = torch.stack(places + outside).requires_grad_()
    upstream = torch.arange(1.0, x.numel() + 1).view_as(x)
    quantize(x, made).backward(upstream)
    assert x.grad is not None
    assert torch.equal(x.grad[:3], upstream[:3])
    assert not x.grad[3:].any()


def test_ranges_get_no_gradients():
    low, high = column(-1.0).requires_grad_(), column(1.0).requires_grad_()
    x = column(0.3, 2.0)[:, None].requires_grad_()
    quantize(x, scale(low, high, 2, "uniform")).sum().backward()
    assert low.grad is None
    assert high.grad is None


def test_extremes_are_each_replicates_own():
    x = torch.arange(24.0).view(4, 3, 2) * column(1.0, -1.0)
    low, high = extremes(x.requires_grad_())
    assert low.tolist() == [0, -23]
    assert high.tolist() == [22, -1]
    assert not low.requires_grad


def test_weights_hold_zero_in_their_range_on_the_zero_point_grid_alone():
    weights = torch.tensor([[[0.5, -2.0]], [[1.5, -0.25]]])  # (2, 1, 2 replicates)
    nudged, uniform = (weight_scale(weights, 8, grid) for grid in ("zero-point", "uniform"))
    assert nudged.low.tolist() == [0, -2.0]
    assert nudged.high.tolist() == [1.5, 0]
    assert uniform.low.tolist() == [0.5, -2.0]
    assert uniform.high.tolist() == [1.5, -0.25]


@pytest.mark.parametrize("bits", [1, 3, 8])
def test_inputs_share_one_grid_over_all_their_values(bits):
    x = np.random.default_rng(bits).normal(1, 2, (31, 4)).astype(f32)
    low, high = min(x.min(), f32(0)), max(x.max(), f32(0))
    wanted = [[twin(one, low, high, bits, "zero-point")[1] for one in row] for row in x]
    assert_array_equal(quantize_inputs(x, bits, "zero-point"), np.array(wanted, f32))


@pytest.mark.parametrize("grid", GRIDS)
def test_bits_as_inputs_stay_what_they_are(grid):
    x = np.random.default_rng(0).integers(0, 2, (20, 12)).astype(f32)
    assert_array_equal(quantize_inputs(x, 8, grid), x)
