"""Figures of the histograms of activations."""

import csv
from pathlib import Path

import numpy as np
import pytest

from ibtui import store
from ibtui.figures import histograms
from ibtui.report.numbers import write_csv
from tests.figures.scripted_runs import DRAWN, make

pytestmark = pytest.mark.usefixtures("here")

COUNTS = np.zeros((7, 3, 3, 8), np.uint32)
COUNTS[3, 2, 1] = [5, 0, 1, 2, 3, 4, 0, 25]


def drawn(axes) -> tuple[np.ndarray, np.ndarray]:
    """Densities and edges of a panel."""
    (patch,) = axes.patches
    return patch.get_data()[:2]


def test_histograms_are_densities_of_all_recorded_replicates_at_the_nearest_epochs():
    run = make("drawn", DRAWN)
    recording = run.recording
    figure = histograms.histograms(run, ["T2"], [0, 9, 13, 300])
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "T2, epoch 0",
        "T2, epoch 8",
        "T2, epoch 12",
        "T2, epoch 23",
    ]
    low, high = recording.activation_min[-1, :3, 1], recording.activation_max[-1, :3, 1]
    heights, edges = drawn(figure.axes[-1])
    assert (edges[0], edges[-1]) == pytest.approx((low.min(), high.max()))
    assert (heights * np.diff(edges)).sum() == pytest.approx(1)
    middle, counts = 0.0, recording.histograms[-1, :, 1]
    for r in range(3):  # the mean of what lies evenly within bins
        own = np.linspace(low[r], high[r], 9)
        middle += (counts[r] * (own[1:] + own[:-1]) / 2).sum() / counts.sum()
    assert (heights * np.diff(edges) * (edges[1:] + edges[:-1]) / 2).sum() == pytest.approx(
        middle, abs=np.diff(edges)[0]
    )
    assert figure._suptitle.get_text() == "all units of 3 of 5 replicates"
    assert len({axes.get_xlim() for axes in figure.axes}) == 1
    grown = recording.activation_max * (1 + 9 * (recording.epoch > 0))[:, None, None]
    wide = make("grown", DRAWN, changes={"activation_max": grown})
    first, *_, last = histograms.histograms(wide, ["T2"], [0, 9, 13, 16, 300]).axes
    assert first.get_xlim()[1] < last.get_xlim()[1] / 4
    assert last.get_subplotspec().get_gridspec().get_geometry() == (2, 3)


def test_the_density_of_one_replicate_is_its_own_counts():
    run = make("drawn", DRAWN, changes={"histograms": COUNTS})
    heights, edges = histograms.density(run.recording, 3, 1)
    np.testing.assert_allclose(edges, run.recording.histogram_edges(3, 2, 1))
    np.testing.assert_allclose(heights * np.diff(edges), COUNTS[3, 2, 1] / COUNTS[3, 2, 1].sum())
    nothing, _ = histograms.density(run.recording, 4, 1)
    assert np.isnan(nothing).all()
    assert histograms.frames_at(run.recording, [20]).tolist() == [3]
    assert histograms.frames_at(run.recording, []).tolist() == [3]


def test_constant_activations_lie_in_one_bin():
    flat = {name: np.full((7, 5, 3), 0.5) for name in ("activation_min", "activation_max")}
    heights, edges = histograms.density(make("drawn", DRAWN, changes=flat).recording, 2, 0)
    (place,) = np.flatnonzero(heights)
    assert edges[place] <= 0.5 <= edges[place + 1]
    assert heights[place] * np.diff(edges)[place] == pytest.approx(1)


def test_export_draws_the_histograms_that_are_asked_for(call):
    make("drawn", DRAWN)
    words = ("--figure", "histograms", "--format", "svg", "--layer", "1", "--layer", "T3")
    assert call("export", "drawn", *words, "--epochs", "0,20")[1] == "drawn-histograms.svg\n"
    text = Path("drawn-histograms.svg").read_text()
    assert all(title in text for title in ("T1, epoch 0", "T3, epoch 20"))
    assert "T2, epoch" not in text
    make()
    for line, *bad in (
        ("walk: holds no histograms of activations (set measure.histograms = 64", "walk"),
        ("--layer 7: there is no such layer", "drawn", "--layer", "7"),
        ("--epochs 0,x: give whole numbers with commas", "drawn", "--epochs", "0,x"),
    ):
        code, _, err = call("export", *bad, "--figure", "histograms")
        assert (code, err.count("\n")) == (2, 1)
        assert line in err
    code, _, err = call("export", "drawn", "--epochs", "3", "--figure", "plane")
    assert (code, "add --figure histograms" in err) == (2, True)
    bins = list(write_csv(store.load(Path("runs/drawn")), Path("made")))[3]
    with bins.open() as handle:
        rows = list(csv.DictReader(handle))
    assert bins.name == "drawn-histograms.csv"
    assert len(rows) == 7 * 3 * 3 * 8
    assert {int(row["activations"]) for row in rows[::8]} == {100}
