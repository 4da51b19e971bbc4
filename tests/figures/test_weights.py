"""Figures of weights and biases."""

from dataclasses import replace
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


def test_one_weight_alone_is_drawn_with_its_sign_of_every_replicate():
    run = make()
    header = replace(run.recording.header, units=(7, 1, 1))
    apart = run.recording.weight_deviation.copy()
    apart[:, :, 2] = 0
    signed = run.recording.weight_mean * np.array([1, -1, 1, -1, 1])[:, None].astype("f4")
    recording = replace(run.recording, header=header, weight_mean=signed, weight_deviation=apart)
    assert weights.layers_of_one_weight(recording) == [2]  # the second has several
    figure = weights.weights(replace(run, recording=recording))
    labels = [axes.get_ylabel() for axes in figure.axes]
    assert labels[2:] == ["weights, root mean square", "biases, root mean square", "weight", "bias"]
    assert [line.get_label() for line in figure.axes[2].lines] == ["T1", "T2"]
    drawn = np.array([line.get_ydata() for line in figure.axes[4].lines[:5]])
    np.testing.assert_array_equal(drawn, signed[:, :, 2].T)
    median = figure.axes[4].lines[5]
    assert median.get_label() == "T3"
    assert median.get_ydata().tolist() in drawn.tolist()


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
