"""What is saved of a run and read back."""

import numpy as np
import pytest
import tomli

from ibtui import store
from ibtui.profile import parse_profile
from ibtui.recording import ARRAYS, HISTOGRAMS, OPTIONAL, Header, Recorder, Restart
from ibtui.store import manifest
from tests.scripted_engine import ScriptedEnsemble
from tests.store.scripted_runs import (
    PROFILE,
    SCRIPT,
    TEXT,
    assert_same,
    finished,
    new,
    reference,
    replace_array,
    replace_text,
    resume,
    scripted,
)


def test_a_finished_run_reads_back_as_it_was_recorded(root):
    ensemble = scripted()
    folder = new(root, ensemble)
    frames = list(store.record(ensemble, folder))
    run = store.load(folder)

    assert_same(run.recording, reference())
    assert len(frames) == len(ensemble.planned) + 3  # replicate 2 came again for 0, 5 and 10
    assert run.profile == PROFILE
    assert run.recording.header == ensemble.header
    assert (folder / "profile.toml").read_text() == TEXT
    assert sorted(path.name for path in folder.iterdir()) == [
        "checkpoint.npz",
        "profile.toml",
        "recording.npz",
        "run.toml",
        "weights.npz",
    ]
    about = run.manifest
    assert (run.status, about.status, about.error) == ("finished", "finished", "")
    assert about.seeds == (1000, 1001, 1004, 1003)
    assert about.restarts == (Restart(2, 11, 1004),)
    assert about.diverged == {1: 17}
    assert about.overrides == ("replicates=4",)
    assert about.planned.model_dump() == {"first": 0, "last": 23, "frames": 6}
    assert (about.epoch, about.frames, about.seconds) == (23, 6, 0.25 * 23)
    assert set(about.versions) == {"ibtui", "python", "torch", "numpy"}


def test_the_results_table_holds_the_newest_means_over_the_replicates_that_have_a_value(root):
    folder = finished(root)
    table = tomli.loads((folder / "run.toml").read_text())["results"]
    expected = reference()
    others = [0, 2, 3]  # replicate 1 diverged
    assert table["test_accuracy"] == pytest.approx(expected.test_accuracy[-1, others].mean())
    assert table["train_loss_nats"] == pytest.approx(expected.train_loss_nats[-1, others].mean())
    assert [row["layer"] for row in table["layers"]] == ["T1", "T2", "T3"]
    assert table["layers"][2]["i_ty_bits"] == pytest.approx(
        expected.i_ty_bits[-1, 0, others, 2].mean()
    )


def test_results_of_a_series_with_a_schedule_of_its_own_are_its_newest_measured_ones():
    recording = reference()
    recording.i_xt_bits[-2:] = np.nan
    results = manifest.results(recording)
    assert results is not None
    expected = np.nanmean(recording.i_xt_bits[-3, 0, :, 1])
    assert results.layers[1].i_xt_bits == pytest.approx(expected)


def test_an_array_without_a_value_is_not_stored_and_a_file_without_it_is_read(root):
    folder = finished(root)  # `exact` alone: nothing is discretized
    with np.load(folder / "recording.npz") as archive:
        stored = set(ARRAYS) - {"output_loss_bits", "cells", *HISTOGRAMS}
        assert set(archive.files) == stored | {"series", "layer"}
        assert archive["weight_mean"].dtype == np.float32
    lost = store.load(folder).recording.output_loss_bits
    assert lost.shape == (6, 1, 4, 3)
    assert np.isnan(lost).all()


def test_the_arrays_name_their_axes_for_other_readers_and_are_read_without_the_names(root):
    folder = finished(root)
    header = store.load(folder).recording.header
    with np.load(folder / "recording.npz", allow_pickle=False) as archive:
        assert archive["series"].tolist() == list(header.series)
        assert archive["layer"].tolist() == list(header.layers)
        assert archive["i_xt_bits"].shape[1::2] == (len(header.series), len(header.layers))
    for odd in (np.arange(3), np.array(["x"] * 9), None):  # of others, and of earlier versions
        for name in ("series", "layer"):
            replace_array(folder / "recording.npz", name, odd)
        assert_same(store.load(folder).recording, reference())
    replace_array(folder / "recording.npz", "layer", np.array([None]))
    assert_same(store.load(folder).recording, reference())


def test_a_name_without_an_end_is_cut_beside_the_arrays_alone():
    header = Header(("x" * 10**6, "é"), ("T1",), (2,), 1, 4, 2.0, 1.0)
    names = Recorder(header).snapshot().named()
    assert [len(name) for name in names["series"]] == [200, 1]
    assert names["layer"].tolist() == ["T1"]


def test_a_recording_of_an_earlier_version_is_resumed(root):
    profile = parse_profile(TEXT + 'estimator = [{name = "exact"}, {name = "scott"}]', "two.toml")
    whole = reference(ScriptedEnsemble(profile))
    ensemble = ScriptedEnsemble(profile)
    folder = store.create(root, profile, ensemble)
    recording = store.record(ensemble, folder)
    for _ in range(3):
        next(recording)
    recording.close()
    for name in OPTIONAL:
        replace_array(folder / "recording.npz", name, None)
    found = resume(folder, profile)
    for name in ARRAYS:
        frames = slice(3, None) if name in OPTIONAL else slice(None)
        np.testing.assert_array_equal(getattr(found, name)[frames], getattr(whole, name)[frames])
    assert np.isnan(found.output_loss_bits[:3]).all()
    assert np.isfinite(found.output_loss_bits[3:, 1]).all()
    assert np.isfinite(found.cells[3:, 1]).all()
    assert np.isnan(found.cells[:, 0]).all()
    assert np.isnan(found.bias_mean[:3]).all()


def test_histograms_are_stored_whole_and_a_file_without_them_is_read(root):
    profile = parse_profile(
        TEXT + "measure.histograms = 6\nmeasure.histogram_replicates = 3\n"
        'measure.histograms_by = "unit"',
        "drawn.toml",
    )
    ensemble = ScriptedEnsemble(profile, **SCRIPT)
    folder = store.create(root, profile, ensemble)
    recording = store.record(ensemble, folder)
    for _ in range(4):
        next(recording)
    recording.close()
    checkpoint = store.load_checkpoint(folder)
    resumed = ScriptedEnsemble(profile, **SCRIPT, checkpoint=checkpoint)
    list(store.record(resumed, folder))
    expected = reference(ScriptedEnsemble(profile, **SCRIPT))
    found = store.load(folder).recording
    assert_same(found, expected)
    assert found.histograms.shape == (6, 3, 3, 6)
    assert found.histograms.dtype == np.uint32
    assert found.unit_histograms.shape == (6, 3, 11, 2, 6)
    assert found.unit_histograms.any()
    assert (found.header.histogram_bins, found.header.histogram_replicates) == (6, 3)
    replace_array(folder / "recording.npz", "histograms", None)
    none = store.load(folder).recording.histograms
    assert none.shape == (6, 3, 3, 6)
    assert not none.any()
    replace_text(folder / "run.toml", "histogram_bins = 6\nhistogram_replicates = 3\n", "")
    replace_text(folder / "run.toml", "histogram_labels = 2\n", "")
    replace_array(folder / "recording.npz", "unit_histograms", None)
    assert store.load(folder).recording.unit_histograms.size == 0
    assert store.load(folder).recording.histograms.size == 0  # as runs of earlier versions are
