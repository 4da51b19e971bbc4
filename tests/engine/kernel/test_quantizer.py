import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ibtui.engine import quantizer
from ibtui.engine.kernel.layers import spread
from ibtui.engine.kernel.quantizer import quantize, scale, to_levels, to_values

small = st.floats(-100, 100, width=32)
bits = st.sampled_from([1, 2, 3, 8, 15, 16])
grids = st.sampled_from(["uniform", "zero-point"])


def grid_of(low, high, bits, grid):
    # To Python a compiled function gives float64.
    fields = scale(np.float32(low), np.float32(high), bits, grid == "uniform")
    return tuple(map(np.float32, fields))


@given(small, small, bits, grids, st.integers(0, 2**32))
def test_levels_and_values_are_the_engines_bit_for_bit(one, other, bits, grid, seed):
    low, high = min(one, other), max(one, other)
    expected = quantizer.scale(torch.tensor([low]), torch.tensor([high]), bits, grid)
    own = grid_of(low, high, bits, grid)
    np.testing.assert_array_equal([float(field) for field in expected], own)
    random = np.random.default_rng(seed)
    x = random.uniform(low - 1, high + 1, 128).astype(np.float32)
    x[:2] = low, high
    whole = torch.from_numpy(x.copy())[:, None]
    on_grid = np.empty_like(x)
    quantize(x, on_grid, own)
    np.testing.assert_array_equal(on_grid, quantizer.quantize(whole, expected)[:, 0].numpy())
    to_levels(x, own)
    np.testing.assert_array_equal(x, quantizer.levels(whole, expected)[:, 0].numpy())
    to_values(x, own)
    np.testing.assert_array_equal(x, on_grid)


@pytest.mark.parametrize("grid", ["uniform", "zero-point"])
def test_what_is_no_number_stays_so(grid):
    x, on_grid = np.array([0.5, np.nan, 9, -9] * 16, np.float32), np.empty(64, np.float32)
    quantize(x, on_grid, grid_of(-1, 1, 3, grid))
    np.testing.assert_array_equal(np.isnan(on_grid), np.isnan(x))


@given(st.integers(1, 9), st.integers(0, 2**32))
def test_the_spread_of_values(vectors, seed):
    x = np.random.default_rng(seed).normal(size=16 * vectors).astype(np.float32)
    assert spread(x) == (x.min(), x.max())
    x[seed % len(x)] = np.inf
    assert spread(x) == (x.min(), np.inf)
    x[seed % len(x)] = np.nan
    assert np.isnan(spread(x)).all()
