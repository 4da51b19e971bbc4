"""Figures and numbers of saved runs: what is in them, not how they look."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from scripted import ScriptedEnsemble, saved_run

from ibtui import figures, limits, store
from ibtui.data.wireless import Wireless
from ibtui.errors import RunError, UsageError
from ibtui.figures import curves, histograms, plane, weights
from ibtui.numbers import write_csv, write_json
from ibtui.profile import Profile, parse_profile
from ibtui.recording import WEIGHTS
from ibtui.store import Run, files

PROFILE_TEXT = """
name = "walk"
replicates = 5
training.epochs = 23
measure.every = 4
estimator = [{ name = "exact" }, { name = "binning" }]
"""
PROFILE = parse_profile(PROFILE_TEXT, "walk.toml")
DRAWN = parse_profile(
    PROFILE_TEXT.replace(
        "measure.every", "measure.histograms = 8\nmeasure.histogram_replicates = 3\nmeasure.every"
    ),
    "drawn.toml",
)
COUNTS = np.zeros((7, 3, 3, 8), np.uint32)
COUNTS[3, 2, 1] = [5, 0, 1, 2, 3, 4, 0, 25]


pytestmark = pytest.mark.usefixtures("here")


def make(name: str = "walk", profile: Profile = PROFILE, changes=None, **script) -> Run:
    run = saved_run(Path("runs"), profile, name, **script)
    if changes:
        path = run.folder / "recording.npz"
        files.write_arrays(path, {**files.read_arrays(path), **changes})
    return store.load(run.folder)


def shown(axes) -> np.ndarray:
    """All points of a plane that have an epoch, (P, 3): I(X;T), I(T;Y), epoch."""
    parts = []
    for collection in axes.collections:
        places, epoch = collection.get_offsets(), collection.get_array()
        if epoch is not None and len(places) == len(epoch):
            parts.append(np.column_stack([places, epoch]))
    return np.concatenate(parts)


def test_the_plane_shows_the_mean_of_every_layer_at_every_epoch():
    run = make()
    drawn = plane.mean_plane(run, 1)
    points = shown(drawn.axes[0])
    x, y = (bits[:, 1].mean(axis=1) for bits in (run.recording.i_xt_bits, run.recording.i_ty_bits))
    expected = {
        (round(x[e, n], 9), round(y[e, n], 9), epoch)
        for e, epoch in enumerate(run.recording.epoch.tolist())
        for n in range(3)
    }
    assert {(round(a, 9), round(b, 9), int(epoch)) for a, b, epoch in points} == expected
    assert drawn.axes[0].get_xlabel() == "$I(X{;}T)$ [bits]"
    assert drawn.axes[0].get_title(loc="left") == "binning-30, mean of 5 replicates"
    legend = drawn.axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["T1", "T2", "T3", "IB limit"]


def test_the_limit_on_the_plane_is_the_smaller_of_both():
    axes = plane.mean_plane(make(), 0).axes[0]
    dashed = next(line for line in axes.lines if line.get_linestyle() == "--")
    x, y = dashed.get_data()
    np.testing.assert_allclose(y, np.minimum(x, 0.999), atol=0.02)
    assert x[-1] == 12.0


def test_a_noisy_source_has_a_line_of_its_own(monkeypatch):
    monkeypatch.setattr(limits, "GROUPS", 6)
    noisy = PROFILE.model_copy(update={"data": Wireless(samples=900)})
    axes = plane.mean_plane(make("noisy", noisy), 0).axes[0]
    dashed, dotted = (
        next(line for line in axes.lines if line.get_linestyle() == dash) for dash in ("--", ":")
    )
    assert (dotted.get_ydata()[1:] < dashed.get_ydata()[1:]).all()
    texts = [text.get_text() for text in axes.get_legend().get_texts()]
    assert texts[-2:] == ["IB limit", "IB limit of the noisy source"]


def test_the_zoom_holds_what_is_in_the_upper_right_and_is_outlined():
    x = np.broadcast_to(np.array([11.9, 11.0, 3.0]), (7, 2, 5, 3))
    y = np.broadcast_to(np.array([0.99, 0.95, 0.4]), (7, 2, 5, 3))
    whole, zoomed, *_ = plane.mean_plane(make(changes={"i_xt_bits": x, "i_ty_bits": y}), 0).axes
    left, right = zoomed.get_xlim()
    assert 10 < left < 11.0
    assert right > 12
    assert 0.9 < zoomed.get_ylim()[0] < 0.95
    (outline,) = whole.patches
    assert outline.get_x() == pytest.approx(left)
    assert outline.get_y() == pytest.approx(zoomed.get_ylim()[0])
    low = {"i_xt_bits": x / 3, "i_ty_bits": y}
    alone = plane.mean_plane(make("low", changes=low), 0)
    assert len(alone.axes) == 2  # the plane and the colour bar


def test_information_beyond_its_bounds_is_drawn_and_not_cut_off():
    """Estimators such as kNN go below 0 and above H(X)."""
    x = np.linspace(-1, 14, 7 * 2 * 5 * 3).reshape(7, 2, 5, 3)
    axes = plane.mean_plane(make(changes={"i_xt_bits": x}), 0).axes[0]
    x = x[:, 0].mean(axis=1)
    assert axes.get_xlim()[0] < x.min() < 0
    assert axes.get_xlim()[1] > x.max() > 12


def test_prefitting_is_told_apart():
    epoch = np.array([-8, -4, 0, 4, 8, 12, 15])
    run = make(changes={"epoch": epoch})
    axes = plane.mean_plane(run, 0).axes[0]
    assert shown(axes)[:, 2].min() == 0
    assert "prefit" in [text.get_text() for text in axes.get_legend().get_texts()]
    texts = [text.get_text().strip() for text in curves.information(run, 0).axes[0].texts]
    assert "shuffled labels" in texts


def test_the_median_plane_shows_the_replicate_of_median_distance_from_the_mean():
    at = np.array([0.0, 5.1, 1.5, 3.4, 4.6])  # mean 2.92: 1.68 away is the median, replicate 4
    x = np.broadcast_to(at[None, None, :, None], (7, 2, 5, 3))
    drawn = plane.median_plane(make(changes={"i_xt_bits": x}), 0)
    assert {*shown(drawn.axes[0])[:, 0]} == {4.6}
    title = drawn.axes[0].get_title(loc="left")
    assert title == "exact, replicate 4, the median of 5 replicates"


def test_curves_are_means_with_deviation_in_bits():
    run = make()
    left, right = curves.information(run, 0).axes
    bits = run.recording.i_xt_bits[:, 0, :, 1]
    line = next(line for line in left.lines if line.get_label() == "T2")
    np.testing.assert_allclose(line.get_xdata(), run.recording.epoch)
    np.testing.assert_allclose(line.get_ydata(), bits.mean(axis=1))
    band = left.collections[1].get_paths()[0].vertices[:, 1]
    assert band.min() == pytest.approx((bits.mean(axis=1) - bits.std(axis=1, ddof=1)).min())
    assert band.max() == pytest.approx((bits.mean(axis=1) + bits.std(axis=1, ddof=1)).max())
    assert (left.get_ylabel(), right.get_ylabel()) == ("$I(X{;}T)$ [bits]", "$I(T{;}Y)$ [bits]")


def test_a_diverged_replicate_is_left_out_and_that_is_said():
    run = make(diverge=(1, 17))
    title = plane.mean_plane(run, 0).axes[0].get_title(loc="left")
    assert title == "exact, mean of 4 of 5 replicates"
    assert "4 of 5 replicates" in curves.accuracy(run).axes[0].get_title(loc="left")
    ranked = plane.median_plane(run, 0).axes[0].get_title(loc="left")
    assert ranked.endswith("the median of 4 of 5 replicates")


def test_accuracy_has_a_95_percent_interval():
    run = make()
    axes = curves.accuracy(run).axes[0]
    values = run.recording.test_accuracy
    half = 2.776445 * values.std(axis=1, ddof=1) / 5**0.5  # Student's t, 4 degrees of freedom
    band = axes.collections[1].get_paths()[0].vertices[:, 1]
    assert band.max() == pytest.approx((values.mean(axis=1) + half).max(), abs=1e-5)


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
    bins = list(write_csv(store.load(Path("runs/drawn")), Path("made")))[2]
    with bins.open() as handle:
        rows = list(csv.DictReader(handle))
    assert bins.name == "drawn-histograms.csv"
    assert len(rows) == 7 * 3 * 3 * 8
    assert {int(row["activations"]) for row in rows[::8]} == {100}


def test_runs_side_by_side_have_equal_axes_and_one_scale_of_epochs():
    long = parse_profile(PROFILE_TEXT.replace("23", "40"), "walk.toml")
    x = np.full((7, 2, 5, 3), 14.0)
    drawn = figures.compare([make("long", long), make("short", changes={"i_xt_bits": x})])
    other, one, bar = drawn.axes
    assert one.get_xlim() == other.get_xlim()
    assert one.get_xlim()[1] > 14
    assert bar.get_ylim() == (0, 40)
    for axes in (one, other):
        norms = {(c.norm.vmin, c.norm.vmax) for c in axes.collections if c.get_array() is not None}
        assert norms == {(0, 40)}


@pytest.mark.parametrize("form", ["pdf", "svg", "png"])
def test_export_writes_every_figure_in_the_format(call, form):
    make()
    code, out, err = call("export", "walk", "--format", form, "--out", "made")
    names = sorted(Path(line).name for line in out.splitlines())
    of_series = [
        f"walk-{k}-{s}" for k in ("curves", "median", "plane") for s in ("exact", "binning-30")
    ]
    assert (code, err) == (0, "")
    assert names == sorted(
        f"{name}.{form}" for name in ["walk-accuracy", "walk-weights", *of_series]
    )
    starts = {"pdf": b"%PDF", "svg": b"<?xml", "png": b"\x89PNG"}
    for line in out.splitlines():
        assert Path(line).read_bytes().startswith(starts[form])


def test_export_of_one_kind_and_one_series(call):
    make()
    words = ("--figure", "plane", "--series", "binning-30", "--format", "png")
    assert call("export", "walk", *words)[1] == "walk-plane-binning-30.png\n"


def test_the_csv_tables_hold_every_number():
    run = make(diverge=(2, 9))
    information, layers, quality, _ = write_csv(run, Path("made"))
    with information.open() as handle:
        rows = list(csv.DictReader(handle))
    recording = run.recording
    assert len(rows) == recording.i_xt_bits.size
    row = rows[((3 * 2 + 1) * 5 + 4) * 3 + 2]
    assert [row[name] for name in ("epoch", "series", "replicate", "layer")] == [
        "12",
        "binning-30",
        "4",
        "T3",
    ]
    assert float(row["i_ty_bits"]) == recording.i_ty_bits[3, 1, 4, 2]
    assert float(row["output_loss_bits"]) == recording.output_loss_bits[3, 1, 4, 2]
    assert rows[0]["output_loss_bits"] == ""
    assert rows[((3 * 2 + 1) * 5 + 2) * 3]["i_xt_bits"] == ""
    with layers.open() as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == recording.weight_mean.size
    row = rows[(3 * 5 + 4) * 3 + 1]
    assert [row[name] for name in ("epoch", "replicate", "layer")] == ["12", "4", "T2"]
    assert np.float32(row["bias_deviation"]) == recording.bias_deviation[3, 4, 1]
    assert float(row["activation_min"]) == recording.activation_min[3, 4, 1]
    assert rows[(3 * 5 + 2) * 3]["weight_mean"] == ""
    with quality.open() as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == recording.train_loss_nats.size
    assert float(rows[3 * 5 + 1]["test_accuracy"]) == recording.test_accuracy[3, 1]


def test_the_json_holds_curves_and_verdicts():
    run = make(diverge=(2, 9))
    found = json.loads(write_json(run, Path("made")).read_text())
    curve = found["curves"]["i_xt_bits"]["exact"]["T2"]["mean"]
    np.testing.assert_allclose(curve, np.nanmean(run.recording.i_xt_bits[:, 0, :, 1], axis=1))
    (lost,) = found["curves"]["output_loss_bits"].items()
    assert lost[0] == "binning-30"
    expected = np.nanmean(run.recording.output_loss_bits[:, 1, :, 2], axis=1)
    np.testing.assert_allclose(lost[1]["T3"]["mean"], expected)
    curve = found["curves"]["weight_mean"]["T2"]["mean"]
    np.testing.assert_allclose(curve, np.nanmean(run.recording.weight_mean[:, :, 1], axis=1))
    newest = found["information"][1]["layers"][2]["output_loss_bits"]["last"]
    assert newest["mean"] == pytest.approx(expected[-1])
    assert "output_loss_bits" not in found["information"][0]["layers"][2]
    assert found["information"][0]["layers"][1]["verdict"]["replicates"] == 4
    assert found["rule"]["fits_bits"] == 0.1


def test_what_cannot_be_drawn_is_one_clear_line(monkeypatch):
    run = make()
    with pytest.raises(UsageError, match=r"no figure is called 'plain' .did you mean 'plane'"):
        list(figures.export(run, Path(), ["plain"], "pdf"))
    with pytest.raises(UsageError, match=r"walk has no series 'exakt' .did you mean 'exact'"):
        list(figures.export(run, Path(), ["plane"], "pdf", ["exakt"]))
    only = parse_profile('name = "kde"\nestimator = [{ name = "kde" }]', "kde.toml")
    with pytest.raises(UsageError, match="no series is common to these runs"):
        figures.compare([run, make("kde", only.model_copy(update={"training": PROFILE.training}))])
    folder = store.create(Path("runs"), PROFILE, ScriptedEnsemble(PROFILE))
    with pytest.raises(UsageError, match="no frame has been recorded yet"):
        list(figures.export(store.load(folder), Path(), ["all"], "pdf"))
    Path("taken").write_text("a file")
    with pytest.raises(RunError, match=r"taken/walk-accuracy\.pdf: cannot be written"):
        list(figures.export(run, Path("taken"), ["accuracy"], "pdf"))
    monkeypatch.setattr(figures, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'ibtui\[figures\]'"):
        list(figures.export(run, Path(), ["all"], "pdf"))


def test_compare_puts_verdicts_side_by_side(call):
    falling = np.linspace(9, 5, 7)[:, None, None, None] * np.ones((7, 2, 5, 3))
    falling += (
        np.linspace(-0.1, 0.1, 5)[None, None, :, None] * np.linspace(0, 1, 7)[:, None, None, None]
    )
    make("falls", changes={"i_xt_bits": falling})
    make("flat", changes={"i_xt_bits": np.full((7, 2, 5, 3), 8.0)})
    code, out, _ = call("compare", "falls", "flat", "--series", "exact", "--figure", "both.svg")
    assert code == 0
    assert out.startswith("exact, bits")
    assert "binning-30" not in out
    assert "compresses 4.00 bits" in out
    assert "no compression [0.00, 0.00]" in out
    assert "by 0.5 bits or more" in out
    assert Path("both.svg").exists()
    assert "compression undecided" not in out
    stricter = call("compare", "falls", "flat", "--compresses", "4.0")[1]
    assert "compression undecided: 4.00 bits" in stricter
    assert "by 4 bits or more" in stricter
    assert call("compare", "falls", "flat", "--series", "knn")[0] == 2
    code, out, err = call("compare", "falls", "flat", "--figure", "both.gif")
    assert (code, out) == (2, "")
    assert err == "ibtui: --figure both.gif: name a .pdf, .svg or .png file\n"


def test_show_takes_the_thresholds(call):
    x = np.linspace(9, 8.8, 7)[:, None, None, None] * np.ones((7, 2, 5, 3))
    make("walk", changes={"i_xt_bits": x})
    assert "no compression [0.20, 0.20]" in call("show", "walk")[1]
    out = call("show", "walk", "--compresses", "0.1")[1]
    assert "compresses 0.20 bits [0.20, 0.20] from epoch 0 [0, 0]" in out
    assert json.loads(call("show", "walk", "--json")[1])["rule"]["compresses_bits"] == 0.5
