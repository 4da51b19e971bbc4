"""Claims on weights and activations, judged by recordings whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from ibtui.claims import Reading
from ibtui.claims.growth import (
    activations_grow,
    activations_move_to_the_ends,
    cells_decrease,
    share_at_the_ends,
    weights_grow,
    zeros_stay,
)
from ibtui.profile import parse_profile
from tests.scripted_engine import saved_run

PROFILE = parse_profile(
    'name = "walk"\nreplicates = 5\ntraining.epochs = 24\nmeasure.every = 1\n'
    "measure.histograms = 40\nmeasure.histogram_replicates = 4",
    "walk.toml",
)


@pytest.fixture
def reading(tmp_path):
    run = saved_run(tmp_path, PROFILE)

    def read(**arrays) -> Reading:
        altered = replace(run.recording, **arrays)
        return Reading(replace(run, recording=altered), 0)

    return read


def sizes(last: float) -> dict[str, np.ndarray]:
    """Root mean square weights from 5 to `last`; of replicates a little apart."""
    size = np.linspace(5, last, 25)[:, None, None] * np.ones((25, 5, 3))
    size = size + np.linspace(0, 0.1, 25)[:, None, None] * np.arange(5)[:, None]
    return {"weight_mean": (0.6 * size).astype("f4"), "weight_deviation": (0.8 * size).astype("f4")}


def test_weights_grow_where_those_of_every_layer_do(reading):
    grown = weights_grow(reading(**sizes(7)))
    assert grown.said is True
    assert grown.numbers.startswith("T1 +2.200 [")
    assert weights_grow(reading(**sizes(3))).said is False
    assert weights_grow(reading(**sizes(4.8))).said is None
    none = np.full((25, 5, 3), np.nan, np.float32)
    assert weights_grow(reading(weight_mean=none, weight_deviation=none)).said is None


@pytest.mark.parametrize(("since", "first"), [("start", 0), ("convergence", 8)])
def test_cells_decrease_where_those_of_every_hidden_layer_do(reading, since, first):
    judged = cells_decrease(since)
    accuracy = np.where(np.arange(25) < 7, 0.5, 0.995)[:, None] * np.ones(5)
    cells = np.full((25, 1, 5, 3), 20.0) + np.arange(5)[:, None]
    cells[1::2] = np.nan  # not due in every frame
    assert judged(reading(cells=cells, train_accuracy=accuracy)).said is False  # none falls
    fewer = cells.copy()
    fewer[-1, :, :, :2] -= 3 + np.arange(5)[:, None] / 10
    found = judged(reading(cells=fewer, train_accuracy=accuracy))
    assert found.said is True
    assert found.numbers.startswith(f"epoch {first} to 24: T1 22.0 bins, -3.200 [-3.396, -3.004]")
    assert "T3" not in found.numbers  # the output
    mixed = fewer.copy()
    mixed[-1, :, :, 1] = cells[-1, :, :, 1]
    assert judged(reading(cells=mixed, train_accuracy=accuracy)).said is None
    mixed[-1, :, :, 1] += 2
    assert judged(reading(cells=mixed, train_accuracy=accuracy)).said is False
    nothing = judged(reading(cells=np.full_like(cells, np.nan)))
    assert (nothing.said, nothing.numbers) == (None, "the run holds no numbers of bins")


def test_the_share_at_the_ends_is_that_of_the_activations(reading):
    counts = np.zeros((25, 4, 3, 40), np.uint32)
    counts[:, :, :, 20] = 60
    counts[:, 0, :, 0] = 20  # from -1 to -0.95
    counts[:, 1, :, 38] = 40  # from 0.9 to 0.95
    counts[:, 2, :, 37] = 40  # below 0.9
    counts[:, 3] = 0
    ones = np.ones((25, 5, 3))
    bounds = {"activation_min": -ones, "activation_max": ones}
    made = reading(histograms=counts, **bounds).run.recording
    np.testing.assert_allclose(share_at_the_ends(made, 3, 1), [0.25, 0.4, 0.0, np.nan], atol=1e-9)
    narrow = replace(made, activation_min=-0.5 * ones, activation_max=0.5 * ones)
    np.testing.assert_allclose(share_at_the_ends(narrow, 3, 1)[:3], 0, atol=1e-9)


def test_activations_move_to_the_ends_after_convergence(reading):
    judged = activations_move_to_the_ends(2)
    counts = np.full((25, 4, 3, 40), 10, np.uint32)
    ones = np.ones((25, 5, 3))
    accuracy = np.where(np.arange(25) < 7, 0.5, 0.995)[:, None] * np.ones(5)
    accuracy[-1] = 1.0
    bounds = {"activation_min": -ones, "activation_max": ones, "train_accuracy": accuracy}
    assert judged(reading(histograms=counts, **bounds)).said is None
    late = counts.copy()
    late[-1, :, 1, 0] = 300 + np.arange(4)
    assert judged(reading(histograms=late, **bounds)).said is True
    early = counts.copy()
    early[7, :, 1, -1] = 300 + np.arange(4)  # where it has converged
    assert judged(reading(histograms=early, **bounds)).said is False
    other = counts.copy()
    other[-1, :, 2, 0] = 300
    assert judged(reading(histograms=other, **bounds)).said is None
    nothing = judged(reading(histograms=np.zeros_like(counts), **bounds))
    assert (nothing.said, nothing.numbers) == (None, "the run holds no histograms")


def test_zeros_stay_where_the_first_bin_keeps_its_share(reading):
    counts = np.zeros((25, 4, 3, 40), np.uint32)
    counts[..., 0], counts[..., 5] = 30, 70
    assert zeros_stay(2, 3)(reading(histograms=counts)).said is True
    counts[20:, :, 1, 0] = 90
    found = zeros_stay(2, 3)(reading(histograms=counts))
    assert found.said is False
    assert found.numbers.startswith("zeros: 30.0% to 56.2%")
    assert zeros_stay(2, 3)(reading(histograms=0 * counts)).said is None


def test_activations_grow_where_the_greatest_does(reading):
    greatest = np.linspace(1, 5, 25)[:, None, None] * np.ones((25, 5, 3))
    greatest = greatest + np.linspace(0, 0.1, 5)[:, None]
    assert activations_grow(2, 3)(reading(activation_max=greatest)).said is True
    assert activations_grow(2, 3)(reading(activation_max=greatest[::-1])).said is False
