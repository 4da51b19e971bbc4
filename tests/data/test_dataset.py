"""What a data set must hold, and the entropies of its inputs and labels."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from ibtui.data.dataset import Dataset
from ibtui.data.frequencies import CHUNK, entropy_bits, row_counts
from ibtui.errors import DataError


def dataset(**changed):
    parts = {
        "name": "toy",
        "inputs": np.arange(30, dtype=np.float32).reshape(5, 6),
        "labels": np.array([0, 1, 2, 0, 1]),
        "label_names": ("a", "b", "c"),
        "shape": (1, 2, 3),
        "train": np.array([0, 2, 3]),
        "test": np.array([1, 4]),
        "origin": "some/file",
    }
    return Dataset(**{**parts, **changed})


def with_value(value):
    inputs = np.zeros((5, 6), np.float32)
    inputs[3, 4] = value
    return inputs


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"inputs": with_value(np.nan)}, "row 3, column 4 of the inputs (from 0) is nan"),
        ({"inputs": with_value(-np.inf)}, "row 3, column 4 of the inputs (from 0) is -inf"),
        ({"inputs": np.zeros((5, 6))}, "inputs are float64"),
        ({"inputs": np.zeros((5, 0), np.float32)}, "inputs have the shape (5, 0)"),
        ({"inputs": np.zeros((4, 6), np.float32)}, "4 inputs but 5 labels"),
        ({"labels": np.array([1, 1, 1, 1, 1])}, "every label is 'b' (two or more different"),
        ({"labels": np.array([0, 1, 2, 3, 1])}, "label 0 or 3 is outside 0..2"),
        ({"labels": np.array([0, 1, -1, 0, 1])}, "label -1 or 1 is outside 0..2"),
        ({"shape": (2, 4)}, "the shape (2, 4) does not hold 6 inputs"),
        ({"train": np.arange(0), "test": np.arange(5)}, "lower test_fraction"),
        ({"train": np.array([0, 2])}, "train and test do not partition"),
        ({"train": np.array([0, 2, 4])}, "train and test do not partition"),
        (
            {"inputs": np.zeros((1, 6), np.float32), "labels": np.array([0])},
            "1 samples are too few",
        ),
    ],
)
def test_bad_data_is_refused_with_its_origin(changed, message):
    with pytest.raises(DataError) as raised:
        dataset(**changed)
    assert str(raised.value).startswith("some/file: ")
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_label_may_be_absent_and_the_test_part_empty():
    data = dataset(labels=np.array([0, 1, 1, 0, 1]), train=np.arange(5), test=np.arange(0))
    assert data.label_bits() == pytest.approx(-(0.4 * math.log2(0.4) + 0.6 * math.log2(0.6)))


@given(
    arrays(
        np.float32,
        array_shapes(min_dims=2, max_dims=2, max_side=9),
        elements=st.sampled_from([0.0, 1.0, -1.0, 2.0**-149, 3e38]),
    )
)
def test_rows_are_counted_as_a_dictionary_counts_them(rows):
    assert sorted(row_counts(rows)) == sorted(Counter(map(tuple, rows.tolist())).values())


def test_rows_are_counted_across_chunks():
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 2, (3 * CHUNK + 1, 11)).astype(np.float32)
    assert sorted(row_counts(rows)) == sorted(Counter(map(tuple, rows.tolist())).values())


@given(st.lists(st.integers(0, 50), min_size=1, max_size=8).filter(any))
def test_entropy_is_that_of_its_definition(counts):
    p = [c / sum(counts) for c in counts if c]
    assert entropy_bits(np.array(counts)) == pytest.approx(
        -sum(q * math.log2(q) for q in p), abs=1e-12
    )


def test_entropies_of_a_subset():
    inputs = np.array([[0, 1], [1, 0], [0, 1], [1, 1], [0, 1], [0, 0], [1, 0]], np.float32)
    data = Dataset(
        "toy",
        inputs,
        np.array([0, 1, 2, 0, 0, 1, 1]),
        ("a", "b", "c"),
        (2,),
        np.arange(7),
        np.arange(0),
    )
    some = np.array([0, 1, 2, 6])  # inputs 01 twice and 10 twice; labels 0, 1, 2, 1
    assert data.input_bits(some) == 1
    assert data.label_bits(some) == 1.5
    assert data.input_bits() == entropy_bits(np.array([3, 2, 1, 1]))
    assert data.label_bits() == entropy_bits(np.array([3, 3, 1]))


def test_minus_zero_is_zero():
    data = dataset(inputs=np.array([[0.0], [-0.0], [1.0], [-0.0], [0.0]], np.float32), shape=(1,))
    assert data.input_bits() == entropy_bits(np.array([4, 1]))
    assert not np.signbit(data.inputs).any()
