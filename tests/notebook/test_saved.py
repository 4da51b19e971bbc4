"""What `import ibtui` gives a notebook: loaded late, named axes, verdicts, figures, tables."""

import doctest
import importlib
import inspect

import numpy as np
import pandas
import pytest
import xarray
from matplotlib.figure import Figure
from numpy.testing import assert_array_equal

import ibtui
from ibtui import store
from ibtui.analysis.verdict import verdicts
from ibtui.errors import UsageError
from ibtui.notebook import tables
from ibtui.profile import parse_profile, validate
from ibtui.recording import PER_LAYER, PER_SERIES
from ibtui.report.facts import QUALITY
from ibtui.store import shipped
from tests.scripted_engine import ScriptedEnsemble
from tests.test_imports import HEAVY, SCREEN, loaded

HOSTILE = "<script>alert(1)</script>&\x1b[2J"


@pytest.fixture(scope="module")
def figure_2() -> ibtui.SavedRun:
    return ibtui.load(shipped.folder() / "figure-2")


@pytest.fixture
def walk(tmp_path) -> ibtui.SavedRun:
    """A scripted run with histograms, three series and a title that no notebook may run."""
    estimators = [{"name": "exact"}, {"name": "kde"}]
    measure = {"every": 2, "histograms": 5, "histogram_replicates": 2}
    training = {"epochs": 6}
    table = {"name": "walk", "title": HOSTILE, "replicates": 4}
    table |= {"training": training, "measure": measure, "estimator": estimators}
    profile = validate(table, "walk")
    ensemble = ScriptedEnsemble(profile, diverge=(1, 4))
    folder = store.create(tmp_path, profile, ensemble)
    list(store.record(ensemble, folder))
    return ibtui.load(folder)


def test_import_and_load_of_a_run_that_comes_along_load_nothing_heavy():
    assert not loaded("import ibtui") & {"numpy", "pydantic", *HEAVY, *SCREEN}
    found = loaded("import ibtui\nprint(ibtui.load('figure-2').verdicts())")
    assert not found & {"xarray", "pandas", "IPython", *HEAVY, *SCREEN}


def test_all_that_is_exported_is_there_and_documented():
    for name in ibtui.__all__:
        assert name in dir(ibtui)
        assert name == "__version__" or inspect.getdoc(getattr(ibtui, name))
    importlib.import_module("ibtui.estimation")  # no module takes the place of a function
    assert callable(ibtui.estimate)
    with pytest.raises(AttributeError, match="no attribute 'estimates'"):
        _ = ibtui.estimates  # type: ignore[attr-defined]


@pytest.mark.parametrize("module", ["ibtui", "ibtui.estimation", "ibtui.notebook.saved"])
def test_the_examples_in_the_documentation_are_true(module, here):
    failed, tried = doctest.testmod(importlib.import_module(module))
    assert (failed, tried > 0) == (0, True)


def test_load_takes_a_path_a_name_and_what_the_environment_names(walk, monkeypatch):
    name = walk.folder.name
    monkeypatch.setenv("IBTUI_RUNS", str(walk.folder.parent))
    for found in (ibtui.load(walk.folder), ibtui.load(str(walk.folder)), ibtui.load(name)):
        assert found.folder.resolve() == walk.folder.resolve()
        assert (found.name, found.status) == (name, "finished")
    with pytest.raises(ibtui.IbtuiError, match=r"is no run \(did you mean"):
        ibtui.load(name[:-1])


def test_an_xarray_dataset_has_every_number_with_its_axes_and_unit(walk):
    data, recording = walk.xarray(), walk.recording
    assert data.sizes["epoch"] == len(recording) == 4
    for name in (*PER_SERIES, *PER_LAYER, *QUALITY, "i_xt_given_y_bits", "histograms", "seconds"):
        if name in data:
            assert_array_equal(data[name], getattr(recording, name))
            assert {"units", "long_name"} <= {*data[name].attrs}
        else:
            assert name not in recording.stored()
    assert data.i_ty_bits.dims == ("epoch", "series", "replicate", "layer")
    picked = data.i_ty_bits.sel(epoch=4, series="kde-upper", layer="T2", replicate=3)
    assert picked == recording.i_ty_bits[2, walk.header.series.index("kde-upper"), 3, 1]
    assert np.isnan(data.train_loss_nats.sel(epoch=6, replicate=1))
    assert (data.train_loss_nats.units, data.i_xt_bits.units) == ("nat", "bit")
    assert data.attrs["input_bits"] == 12.0
    assert "\x1b" not in data.attrs["title"]


def test_netcdf_and_back(walk, figure_2, tmp_path):
    for run in (walk, figure_2):
        data = run.xarray()
        path = tmp_path / f"{run.name}.nc"
        data.to_netcdf(path, engine="scipy")
        with xarray.open_dataset(path, engine="scipy") as read:
            xarray.testing.assert_equal(read.load(), data)
            assert read.i_xt_bits.units == "bit"
            assert read.attrs["run"] == run.name


def test_a_tidy_frame_has_a_row_for_every_place(walk):
    frame, recording = walk.frame(), walk.recording
    assert len(frame) == recording.i_xt_bits.size
    e, k, r, n = 3, 1, 0, 1
    row = frame.query("epoch == 6 and series == 'kde-upper' and replicate == 0 and layer == 'T2'")
    assert row.i_xt_bits.tolist() == [recording.i_xt_bits[e, k, r, n]]
    assert row.i_xt_given_y_bits.tolist() == [recording.i_xt_given_y_bits[e, k, r, n]]
    assert list(frame.layer.cat.categories) == list(walk.header.layers)
    scores = walk.scores().set_index(["epoch", "replicate"])
    assert scores.test_accuracy[2, 3] == recording.test_accuracy[1, 3]
    means = frame.groupby("layer", observed=True).i_ty_bits.mean()
    assert means["T3"] == pytest.approx(np.nanmean(recording.i_ty_bits[..., 2]))


def test_two_layers_of_one_name_are_a_table_too(walk):
    path = walk.folder / "run.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"T3"', '"T2"'), encoding="utf-8")
    twins = ibtui.load(walk.folder)
    assert (twins.frame().layer == "T2").sum() == 2 * (walk.frame().layer == "T2").sum()
    assert twins.xarray().sizes["layer"] == 3


def test_verdicts_are_those_of_show_by_thresholds_of_ones_own_too(figure_2):
    exact = figure_2.verdicts("exact")
    assert list(exact) == verdicts(figure_2.recording, 0, planned=8000)
    assert [one.compresses for one in exact] == [False, False, False, False, True, True]
    strict = figure_2.verdicts("exact", compresses_bits=3.0)
    assert [one.layer for one in strict if one.compresses] == ["T5"]
    assert len(figure_2.verdicts()) == 12
    frame = exact.frame().set_index("layer")
    assert frame.compresses["T5"]
    assert frame.fall_low["T5"] <= frame.fall_bits["T5"] <= frame.fall_high["T5"]
    assert "compresses 4.17 bits" in exact._repr_html_()
    assert "exact  T5  fits 0.02 bits" in repr(exact)
    with pytest.raises(UsageError, match=r"no series 'exakt' \(did you mean 'exact'"):
        figure_2.verdicts("exakt")


def test_figures_are_of_the_series_and_unit_that_are_asked_for(figure_2):
    plane, median, curves = (
        figure_2.plane("requantized", unit="nats"),
        figure_2.plane(median=True),
        figure_2.curves(),
    )
    assert all(isinstance(figure, Figure) for figure in (plane, median, curves))
    assert plane.axes[0].get_title(loc="left").startswith("requantized, mean of 50")
    assert "nats" in plane.axes[0].get_xlabel()
    assert "median" in median.axes[0].get_title(loc="left")
    assert "bits" in curves.axes[0].get_ylabel()
    with pytest.raises(UsageError, match="no series"):
        figure_2.curves("knn")


def test_tables_of_a_notebook_run_no_foreign_text(walk):
    for html in (walk._repr_html_(), walk.verdicts()._repr_html_()):
        assert "<table>" in html
        assert "<script" not in html
        assert "\x1b" not in html
    assert "&lt;script&gt;alert(1)" in walk._repr_html_()
    assert "\x1b" not in repr(walk) + repr(walk.verdicts())
    made = ibtui.estimate({"<b>T": np.eye(4)}, [0, 1, 0, 1], ["exact"])
    assert '<td style="text-align:left">&lt;b&gt;T</td>' in made._repr_html_()
    assert repr(made) == "<Estimate of <b>T by exact: 4 samples>"


def test_names_of_others_are_shown_without_control_characters_and_may_come_twice(walk):
    folder = walk.folder.rename(walk.folder.with_name("\x1b]0;x\x07<b>"))
    text = (folder / "run.toml").read_text()
    text = text.replace('"T2"', '"T1"').replace('"T1"', '"T1\\u001b[2J"')
    (folder / "run.toml").write_text(text)
    run = ibtui.load(folder)
    assert run.header.layers[:2] == ("T1\x1b[2J",) * 2
    assert "\x1b" not in repr(run) + run._repr_html_() + repr(run.verdicts())
    frame = run.frame()
    assert "\x1b" not in frame.to_string()
    assert len(frame[frame.layer == "T1\\x1b[2J"]) == 2 * len(frame[frame.layer == "T3"])


def test_a_run_without_frames_has_tables_too_and_says_that_no_figure_can_be(tmp_path):
    profile = parse_profile('name = "new"', "new.toml")
    folder = store.create(tmp_path, profile, ScriptedEnsemble(profile))
    run = ibtui.load(folder)
    assert "no frame has been recorded yet" in run._repr_html_()
    assert len(run.frame()) == len(run.scores()) == run.xarray().sizes["epoch"] == 0
    assert all(not one.used for one in run.verdicts())
    with pytest.raises(UsageError, match="nothing to draw"):
        run.plane()


def test_a_library_that_is_not_there_is_one_line(figure_2, monkeypatch):
    monkeypatch.setattr(tables, "find_spec", lambda name: None)
    for make, library in ((figure_2.xarray, "xarray"), (figure_2.frame, "pandas")):
        with pytest.raises(UsageError, match=rf"{library}, which is not .*ibtui\[notebook\]"):
            make()


def test_a_dataset_agrees_with_the_tidy_frame(walk):
    ours = walk.frame().astype({"series": str, "layer": str})
    theirs = walk.xarray()[["i_xt_bits", "i_ty_bits"]].to_dataframe().reset_index()
    keys = ["epoch", "series", "replicate", "layer"]
    merged = pandas.merge(ours, theirs, on=keys, suffixes=("", "_there"))
    assert len(merged) == len(ours)
    assert_array_equal(merged.i_xt_bits, merged.i_xt_bits_there)
