"""Own arrays keep their values: every dtype, tensors, inputs, and long integers."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from ibtui.estimation import estimate
from ibtui.information.ranks import doubled_ranks

CLOSE = 1 - 1e-9 * np.arange(4096)


@pytest.mark.parametrize(
    "name", ["exact", "neuron-mean", "quantile:bins=4096", "requantized:bits=16"]
)
def test_close_values_of_float64_are_told_apart(name):
    made = estimate({"T": CLOSE[:, None]}, np.arange(4096) % 2, [name])
    assert_allclose(made.recording.i_xt_bits.item(), 12, atol=1e-12)


@pytest.mark.parametrize("name", ["renyi:samples=64", "knn", "gaussian-copula", "histogram2d"])
def test_close_inputs_and_values_are_measured_as_far_ones(name):
    x = np.random.default_rng(0).normal(size=(300, 1))
    close = estimate({"T": 5 + 1e-9 * x}, x[:, 0] > 0, [name], inputs=7 - 1e-9 * x)
    far = estimate({"T": x}, x[:, 0] > 0, [name], inputs=-x)
    for found, expected in zip(
        (close.recording.i_xt_bits, close.recording.i_ty_bits),
        (far.recording.i_xt_bits, far.recording.i_ty_bits),
        strict=True,
    ):
        assert_allclose(found, expected, atol=0.02)


def test_ranks_of_float64_are_those_of_their_order():
    values = np.stack([CLOSE, np.round(CLOSE, 7)])
    expected = [2 * (4096 - np.arange(4096)), None]
    ranks = doubled_ranks(values)
    assert ranks[0].tolist() == expected[0].tolist()
    scipy = pytest.importorskip("scipy.stats")
    assert_allclose(ranks[1] / 2, scipy.rankdata(values[1]))


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16, torch.float32, torch.float64])
def test_tensors_are_taken_with_gradients_and_at_any_precision(kind):
    tenths = (torch.arange(10, dtype=torch.float64) / 10).to(kind).requires_grad_()
    made = estimate(
        {"T": tenths[:, None]}, torch.arange(10) % 2, ["exact", "binning-width:width=0.1"]
    )
    assert_allclose(made.recording.i_xt_bits[0, :, 0, 0], np.log2(10))


def test_integers_that_no_float64_holds_are_told_of():
    long = 2**60 + np.arange(8)[:, None]
    made = estimate({"T": long}, np.arange(8) % 2, ["exact", "neuron-mean"])
    assert made.recording.i_xt_bits[0, :, 0, 0].tolist() == [3.0, 0.0]
    told = {note.series: note.line for note in made.notes if "2^53" in note.line}
    assert told == {"neuron-mean": "7 distinct values are merged with others: integers beyond 2^53"}
    short = estimate({"T": long % 8}, np.arange(8) % 2, ["neuron-mean"])
    assert not [note for note in short.notes if "2^53" in note.line]
