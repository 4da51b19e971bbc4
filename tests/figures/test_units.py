"""Histograms of single units, and the elbow."""

import csv
from pathlib import Path

import numpy as np
import pytest

from ibtui import figures
from ibtui.errors import UsageError
from ibtui.figures import elbow, thesis, units
from ibtui.information.kmeans import KMeans
from ibtui.profile import parse_profile
from ibtui.report.numbers import write_csv
from tests.figures.scripted_runs import DRAWN, PROFILE_TEXT, make

pytestmark = pytest.mark.usefixtures("here")
BY_UNIT = parse_profile(
    PROFILE_TEXT.replace(
        "measure.every",
        'measure.histograms = 8\nmeasure.histograms_by = "unit"\n'
        "measure.histogram_replicates = 3\nmeasure.every",
    ),
    "units.toml",
)


def test_units_are_drawn_label_by_label_as_shares_of_one_replicate():
    run = make("units", BY_UNIT)
    recording = run.recording
    figure = units.units(run, "T2", [8, 23], replicate=1)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == [f"label {label}, epoch {epoch}" for epoch in (8, 23) for label in (0, 1)]
    assert "replicate 1" in figure.get_suptitle()
    counts = recording.unit_histograms[-1, 1, recording.units_of(1), 1]
    outlines = [patch for patch in figure.axes[3].patches if not patch.get_fill()]
    assert len(outlines) == 4
    for outline, own in zip(outlines, counts, strict=True):
        np.testing.assert_allclose(outline.get_data()[0], own / own.sum())
        np.testing.assert_allclose(outline.get_data()[1], recording.histogram_edges(6, 1, 1))
    assert len(units.units(run).axes) == 4
    with pytest.raises(UsageError, match=r"--replicate 4: has no histograms .*: 0, 1, 2"):
        units.units(run, replicate=4)


def test_each_layer_has_a_figure_and_the_numbers_are_a_table(call):
    run = make("units", BY_UNIT)
    words = ("export", "units", "--figure", "units", "--layer", "1", "--layer", "T3")
    assert call(*words, "--format", "svg")[1].split() == ["units-units-1.svg", "units-units-T3.svg"]
    made = {path.name: path for path in write_csv(run, Path("made"))}
    with made["units-unit-histograms.csv"].open() as handle:
        rows = list(csv.DictReader(handle))
    counts = run.recording.unit_histograms
    assert len(rows) == (counts > 0).sum()
    assert sum(int(row["activations"]) for row in rows) == counts.sum()
    last = rows[-1]
    assert (last["epoch"], last["replicate"], last["layer"], last["unit"]) == ("23", "2", "T3", "2")
    assert (last["label"], last["bin_high"]) == ("1", str(run.recording.activation_max[-1, 2, 2]))


def test_runs_without_units_say_how_to_record_them(call):
    make("drawn", DRAWN)
    code, _, err = call("export", "drawn", "--figure", "units")
    assert (code, err.count("\n")) == (2, 1)
    assert "measure.histograms_by" in err


def test_the_knee_of_three_far_groups_is_three():
    points = elbow.example()
    inertias, knee = KMeans.model_validate({"max_clusters": 10}).elbow(points)
    assert inertias[0] == pytest.approx(((points - points.mean(0)) ** 2).sum())
    assert (knee, len(inertias)) == (3, 10)
    axes = elbow.elbow(points).axes[0]
    assert axes.lines[1].get_xdata()[0] == 3


def test_the_thesis_figures_are_drawn_of_the_runs_that_there_are(monkeypatch):
    monkeypatch.setattr(thesis, "LAYER", "2")
    run = make("tanh", BY_UNIT.model_copy(update={"name": "thesis-fig5.1-tanh"}))
    made = figures.composites("thesis-fig5.1", {"thesis-fig5.1-tanh": run}, Path("made"), "png")
    assert [path.name for path in made] == ["figure-5.1.png", "figure-5.2.png"]
    elbows = figures.composites("thesis-fig4.1-4.3", {}, Path("made"), "png")
    assert [path.name for path in elbows] == ["figure-4.2.png"]
