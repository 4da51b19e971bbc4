"""Figures of weights and biases."""

from pathlib import Path

import numpy as np
import pytest

from ibtui import figures
from ibtui.errors import UsageError
from ibtui.figures import weights
from ibtui.recording import WEIGHTS
from tests.figures.scripted_runs import make

pytestmark = pytest.mark.usefixtures("here")


def test_weights_are_root_mean_squares_of_every_layer_below_the_loss():
    run = make(diverge=(1, 17))
    accuracy, loss, left, right = weights.weights(run).axes
    recording = run.recording
    assert (accuracy.get_ylabel(), loss.get_ylabel()) == ("accuracy", "loss [nats]")
    for axes, part in ((left, "weight"), (right, "bias")):
        squares = getattr(recording, f"{part}_mean") ** 2
        squares = squares + getattr(recording, f"{part}_deviation") ** 2
        for n in range(3):
            line = next(line for line in axes.lines if line.get_label() == f"T{n + 1}")
            expected = np.nanmean(np.sqrt(squares[:, :, n]), axis=1)
            np.testing.assert_allclose(line.get_ydata(), expected, rtol=1e-5)
        assert axes.get_xlim() == (0, 23)
    title = accuracy.get_title(loc="left")
    assert title == "mean of 4 of 5 replicates, band: its 95 % interval"


def test_weights_of_a_run_that_has_none_are_one_clear_line_and_no_part_of_all():
    holds_none = {name: np.full((7, 5, 3), np.nan, np.float32) for name in WEIGHTS}
    run = make(changes=holds_none)
    with pytest.raises(UsageError, match=r"walk: holds no weights .*run its profile again"):
        list(figures.export(run, Path(), ["weights"], "png"))
    made = list(figures.export(run, Path(), ["all"], "png", ["exact"]))
    assert not [path for path in made if "weights" in path.name]
    other = make("other").recording
    pooled = {name: getattr(other, name).copy() for name in WEIGHTS}
    for array in pooled.values():
        array[:, :, 1] = np.nan
    left = weights.weights(make("pooled", changes=pooled)).axes[2]
    assert [line.get_label() for line in left.lines] == ["T1", "T3"]
