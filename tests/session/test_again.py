"""Series that are added afterwards are those that would have been measured at once, bit for bit."""

import shutil

import numpy as np
import pytest

from ibtui import store
from ibtui.cli import main
from ibtui.engine import Ensemble
from ibtui.errors import RunError, UsageError
from ibtui.estimation import parse
from ibtui.session import Again
from ibtui.store import added, lock
from tests.engine.small import assert_same, make_dataset, make_profile, merged
from tests.scripted_engine import saved_run

MORE = (
    "kde",
    "binning:bounds=run,bins=7",
    "binning:bounds=running,bins=5",
    "doane",
    "exact:every=3,label=seldom",
)
TABLES = {
    "seed": 5,
    "quantization": {"bits": 3, "range": "ema"},
    "measure": {"weights": "frames"},
    # Whoever is bad at the end starts again, at the last frame too.
    "training": {"restart_below": 0.7, "restart_at": 3, "restart_limit": 2},
}


def trained(root, backend, specs, **more):
    tables = merged(merged(TABLES, {"training": {"backend": backend}}), more)
    estimators = [parse(spec).model_dump(exclude_none=True) for spec in specs]
    profile = make_profile(**{**tables, "estimator": estimators})
    ensemble = Ensemble(profile, make_dataset())
    folder = store.create(root, profile, ensemble)
    list(store.record(ensemble, folder))
    return store.load(folder)


def again(run, specs=MORE, data=None, **named):
    def engine(profile, data_dir):
        return Ensemble(profile, data or make_dataset())

    return Again(run, [parse(spec) for spec in specs], engine=engine, **named)


def measured(run, *arguments, **named):
    found = again(run, *arguments, **named)
    list(found)
    return found


@pytest.fixture(scope="module", params=["torch", "kernel"])
def runs(request, tmp_path_factory):
    """A run by the exact count alone, and the same by all estimators at once."""
    root = tmp_path_factory.mktemp(request.param)
    return [trained(root, request.param, specs) for specs in (("exact",), ("exact", *MORE))]


def test_series_measured_afterwards_are_those_measured_at_once(runs, tmp_path):
    run, at_once = runs
    assert run.manifest.restarts  # or the test shows less than it says
    found = measured(run)
    assert_same(found.whole, at_once.recording)
    assert found.whole.header == at_once.recording.header
    assert found.lines == []
    added.write_copy(run, found.whole, found.profile, found.remarks, tmp_path / "copy")
    copy = store.load(tmp_path / "copy")
    assert copy.profile == at_once.profile
    assert copy.manifest.results == at_once.manifest.results
    assert_same(measured(copy, ("scott",)).whole, measured(at_once, ("scott",)).whole)


def test_of_a_run_that_keeps_its_end_the_last_frame_is_measured_and_that_is_said(runs, tmp_path):
    at_once = runs[1]
    backend = at_once.manifest.backend
    run = trained(tmp_path, backend, ("exact",), measure={"weights": "end"})
    found = measured(run)
    for name in ("i_xt_bits", "i_ty_bits", "output_loss_bits"):
        wide, known = getattr(found.whole, name), getattr(at_once.recording, name)
        np.testing.assert_array_equal(wide[-1], known[-1])
        assert np.isnan(wide[:-1, 1:]).all()
    assert found.lines == [
        "weights are kept of the last frame alone, which is measured: train with "
        'measure.weights = "frames" to have all frames measured afterwards'
    ]


def test_a_thinned_run_is_measured_in_its_frames_but_for_what_looks_at_others(runs, tmp_path):
    run, at_once = runs
    store.thin(run, 3, tmp_path / "thin")
    thin = store.load(tmp_path / "thin")
    found = measured(thin, ("kde",))
    at = np.searchsorted(at_once.recording.epoch, thin.recording.epoch)
    assert len(at) == 3
    np.testing.assert_array_equal(found.whole.i_xt_bits[:, :3], at_once.recording.i_xt_bits[at, :3])
    for spec in MORE[1:3]:
        with pytest.raises(RunError, match="needs the extremes of all planned frames"):
            again(thin, (spec,))


def test_gathered_runs_are_measured_as_one(runs, tmp_path):
    run, at_once = runs
    other = trained(tmp_path, run.manifest.backend, ("exact",), seed=50)
    store.gather([other, run], tmp_path / "both")
    found = measured(store.load(tmp_path / "both"))
    np.testing.assert_array_equal(found.whole.i_xt_bits[:, :, 3:], at_once.recording.i_xt_bits)


def test_a_run_changed_in_place_loads_wherever_that_is_cut_short(runs, tmp_path, monkeypatch):
    run, at_once = runs
    folder = tmp_path / "run"
    shutil.copytree(run.folder, folder)
    mine = store.load(folder)
    found = measured(mine)

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:  # the recording is there, the manifest is the old one
        patch.setattr(added.manifest, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            added.write_in_place(mine, found.whole, found.profile, found.remarks)
    assert_same(store.load(folder).recording, run.recording)
    assert store.load(folder).manifest == run.manifest
    added.write_in_place(mine, found.whole, found.profile, found.remarks)
    assert_same(store.load(folder).recording, at_once.recording)
    with pytest.raises(RunError, match="was changed by another process"):
        added.write_in_place(mine, found.whole, found.profile, found.remarks)
    assert not lock.is_held(folder)


def test_other_data_and_other_weights_are_found_out(runs, tmp_path):
    run = runs[0]
    with pytest.raises(RunError, match=r"was measured with samples 29, .* \(its data have"):
        again(run, data=make_dataset(samples=31))
    with pytest.raises(RunError, match=r"the weights give another \w+ at epoch 0 than was"):
        measured(run, data=make_dataset(seed=3))
    shutil.copytree(run.folder, tmp_path / "run")
    path = tmp_path / "run" / "weights.npz"
    with np.load(path) as archive:
        arrays = dict(archive)
    arrays["range_max"] = arrays["range_max"] * np.float32(1 + 1e-6)
    np.savez(path, **arrays)
    found = measured(store.load(tmp_path / "run"), ("kde",))
    assert "differs from what was recorded by rounding" in found.lines[0]
    arrays["T2_weights"] = arrays["T2_weights"][:, :, :, :1]
    np.savez(path, **arrays)
    with pytest.raises(RunError, match=r"the weights are not this profile's: T2_weights is \(6, 1"):
        measured(store.load(tmp_path / "run"), ("kde",))


def test_what_cannot_be_measured_again_is_one_line(runs, tmp_path):
    run = runs[0]
    with pytest.raises(UsageError, match=r"^exact: is measured already \(choose another"):
        again(run, ("exact",))
    with pytest.raises(UsageError, match=r"^doane: is measured twice"):
        again(run, ("doane", "doane"))
    with pytest.raises(UsageError, match="--device gpu: is not known"):
        again(run, ("kde",), device="gpu")
    none = trained(tmp_path, run.manifest.backend, ("exact",), measure={"weights": "none"})
    with pytest.raises(RunError, match=r"has kept no weights to be measured \(measure.weights is"):
        again(none)


def test_the_verb_writes_a_new_run_or_the_old_one(tmp_path, monkeypatch, capsys):
    text = 'name = "walk"\nreplicates = 2\ndata.name = "iris"\nmeasure.every = 1\n'
    text += 'measure.weights = "frames"\ntraining = { epochs = 2, backend = "torch" }\n'
    (tmp_path / "walk.toml").write_text(text)
    monkeypatch.chdir(tmp_path)

    def ibtui(*words):
        monkeypatch.setattr("sys.argv", ["ibtui", *words])
        try:
            main()
        except SystemExit as end:
            return end.code
        return 0

    ibtui("batch", "walk.toml", "--quiet")
    (run,) = store.list_runs(tmp_path / "runs")
    before = (run.folder / "recording.npz").read_bytes()
    assert not ibtui("measure", run.folder.name, "--estimator", "kde")
    copy = tmp_path / "runs" / f"{run.folder.name}-measured"
    assert (
        f"{copy.relative_to(tmp_path)}: kde-upper, kde-lower, 3 of 3 f" in capsys.readouterr().out
    )
    assert (run.folder / "recording.npz").read_bytes() == before
    assert ibtui("measure", run.folder.name, "--estimator", "kde") == 1
    assert "exists already (choose another name by --out)" in capsys.readouterr().err
    assert ibtui("measure", run.folder.name, "--estimator", "kde", "--in-place", "--out", "a") == 2
    assert not ibtui("measure", run.folder.name, "--estimator", "kde", "--in-place")
    assert_same(store.load(run.folder).recording, store.load(copy).recording)


def test_a_run_that_is_not_finished_is_ended_first(tmp_path):
    profile = make_profile(measure={"weights": "frames"})
    run = saved_run(tmp_path, profile)
    (run.folder / "run.toml").write_text(
        (run.folder / "run.toml").read_text().replace('"finished"', '"interrupted"')
    )
    with pytest.raises(RunError, match=r"is interrupted \(ibtui batch --resume ends it first\)"):
        again(store.load(run.folder))
