"""Layer: its parts, within the memory allowed, and its extremes."""

from unittest.mock import patch

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ibtui.errors import MeasureError
from ibtui.information import Information, blocks, extremes
from ibtui.information.exact import Exact
from tests.information.oracles import make_layer


def layer(**context):
    values = np.random.default_rng(0).normal(size=(5, 8, 3))
    return make_layer(values, np.arange(8) % 2, **context)


@pytest.mark.parametrize(
    ("memory_bytes", "sizes"),
    [(1 << 30, [5]), (2 * 8 * 3 * 10, [2, 2, 1]), (4 * 8 * 3 * 10 + 9, [4, 1]), (1, [1] * 5)],
)
def test_parts_hold_what_memory_allows(memory_bytes, sizes):
    whole = layer(
        memory_bytes=memory_bytes, run_min=torch.arange(5.0), run_max=torch.arange(5.0) + 9
    )
    parts = list(whole.parts(bytes_per_value=10))
    assert [len(part.values) for part in parts] == sizes
    for name, axis in (("values", 0), ("words", 1), ("running_min", 0), ("run_max", 0)):
        joined = torch.cat([getattr(part, name) for part in parts], axis)
        assert torch.equal(joined, getattr(whole, name))
    joined = Information.join(Exact().measure(part) for part in parts)
    assert np.array_equal(joined.bits, Exact().measure(whole).bits)


def test_a_part_without_a_range_of_the_run_has_none():
    part = layer().part(1, 3)
    assert part.run_min is None
    assert part.running_max.shape == (2,)


def test_extremes_are_per_replicate():
    one = layer()
    low, high = one.extremes
    assert low.tolist() == one.values.numpy().min((1, 2)).tolist()
    assert high.tolist() == one.values.numpy().max((1, 2)).tolist()


@pytest.mark.parametrize("broken", [[np.nan, 0], [0, -np.inf], [-2e38, 2e38]])
def test_the_first_broken_replicate_is_named(broken):
    values = np.zeros((4, 6, 2))
    values[2:, 0] = broken
    with pytest.raises(MeasureError, match="replicate 2 has NaN or infinite activations"):
        _ = make_layer(values, np.arange(6) % 2).extremes


@settings(max_examples=60, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 4), st.integers(1, 60), st.integers(1, 5)),
    neighbours=st.sampled_from([1, 16, 200, 1 << 11]),
    native=st.booleans(),
    broken=st.booleans(),
    seed=st.integers(0, 2**32),
)
def test_extremes_in_any_memory_order(shape, neighbours, native, broken, seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=shape).astype(np.float32)
    if broken:
        values[-1, rng.integers(shape[1]), 0] = np.nan
    tensor = torch.from_numpy(values)
    if native:
        tensor = tensor.permute(1, 2, 0).contiguous().permute(2, 0, 1)
    with patch.object(extremes, "NEIGHBOURS", neighbours):
        low, high = extremes.extremes(tensor)
    np.testing.assert_array_equal(low, values.min((1, 2)))
    np.testing.assert_array_equal(high, values.max((1, 2)))


@pytest.mark.parametrize("samples", [None, 1, 3, 8, 9])
def test_blocks_are_all_samples_once(samples):
    values = layer().values
    with patch.object(blocks, "CACHED", 5 * 3 * 2):
        found = list(blocks.blocks(values, samples))
    assert all(torch.equal(block, values[:, where]) for where, block in found)
    assert torch.equal(torch.cat([block for _, block in found], dim=1), values)
    assert [b.shape[1] for _, b in found][:-1] == [samples or 2] * (len(found) - 1)
