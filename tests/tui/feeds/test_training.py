"""The training thread and the saved run, on scripted ensembles."""

import time

import numpy as np
import pytest

from ibtui import store
from ibtui.errors import DataError, RunError
from ibtui.profile import parse_profile
from ibtui.session import Session
from ibtui.tui.feeds.saved import Saved
from ibtui.tui.feeds.training import Training, span_of
from tests.scripted_engine import ScriptedEnsemble, engine
from tests.tui.held_engine import Brake

PROFILE = parse_profile(
    'name = "walk"\nreplicates = 3\ntraining.epochs = 40\nmeasure.every = 4\n', "walk.toml"
)


def started(runs, engine):
    return Training(Session.start(PROFILE, runs, engine=engine))


def until(training, *states, seconds=20.0):
    """Poll until the state is one of `states`; the run's recording."""
    end = time.monotonic() + seconds
    while training.state not in states:
        assert time.monotonic() < end, f"still {training.state}: {list(training.log)}"
        training.poll()
        time.sleep(0.005)
    return training.recording


def same(one, other):
    return one.header == other.header and all(
        np.array_equal(array, other.arrays()[name], equal_nan=True)
        for name, array in one.arrays().items()
    )


def test_a_run_is_trained_shown_and_saved(tmp_path):
    training = started(tmp_path, engine())
    assert training.span == span_of(PROFILE) == (0, 40)
    shown = until(training, "finished")
    assert training.join(5)
    run = store.load(training.folder)
    assert run.status == "finished"
    assert same(shown, run.recording)
    assert shown.epoch.tolist() == list(range(0, 41, 4))
    assert not training.active


def test_a_paused_run_stands_still_and_goes_on(tmp_path):
    brake = Brake(2)
    training = started(tmp_path, brake.engine)
    until(training, "training")
    training.pause()
    brake.allow()
    time.sleep(0.3)
    training.poll()
    assert training.recording.epoch.tolist() == [0, 4]
    assert training.state == "paused"
    training.go_on()
    assert len(until(training, "finished")) == 11


def test_a_stopped_run_is_saved_and_resumed_as_if_nothing_had_been(tmp_path):
    whole = until(started(tmp_path, engine()), "finished")
    training = started(tmp_path, Brake(9).engine)
    until(training, "training")
    training.stop()
    part = until(training, "stopped")
    assert training.join(5)
    assert 0 < len(part) < len(whole)
    assert store.load(training.folder).status == "interrupted"
    again = Training(Session.resume(training.folder, engine=engine()))
    assert same(until(again, "finished"), whole)
    assert same(store.load(training.folder).recording, whole)


def test_a_paused_run_can_be_stopped(tmp_path):
    brake = Brake(2)
    training = started(tmp_path, brake.engine)
    until(training, "training")
    training.pause()
    brake.allow()
    time.sleep(0.3)  # it stands after the next frame
    training.stop()
    assert until(training, "stopped").epoch.tolist() == [0, 4]
    assert training.join(5)


def test_a_restarted_replicate_is_shown_as_it_is_saved(tmp_path):
    training = started(tmp_path, engine(restart=(1, 20)))
    assert same(until(training, "finished"), store.load(training.folder).recording)


def refuse(profile, data_dir, checkpoint):
    raise DataError("mnist: train-images is missing (run `ibtui data fetch mnist`)")


def stumble(profile, data_dir, checkpoint):
    return 1 // 0


def test_an_expected_error_is_one_line_in_the_log(tmp_path):
    training = started(tmp_path, refuse)
    until(training, "failed")
    assert training.error == "mnist: train-images is missing (run `ibtui data fetch mnist`)"
    assert training.log[-1] == training.error
    assert "Traceback" not in "\n".join(training.log)


def test_a_bug_leaves_its_traceback_in_the_log(tmp_path):
    training = started(tmp_path, stumble)
    until(training, "failed")
    assert training.error.startswith("ZeroDivisionError")
    assert any("stumble" in line for line in training.log)


def test_an_error_while_training_keeps_what_was_measured(tmp_path):
    training = started(tmp_path, engine(at={21: lambda: 1 // 0}))
    shown = until(training, "failed")
    assert shown.epoch[-1] == 20
    run = store.load(training.folder)
    assert run.status == "failed"
    assert same(shown, run.recording)


def test_warnings_of_the_engine_reach_the_log_once_and_when_they_come(tmp_path):
    def build(profile, data_dir, checkpoint):
        late = {20: lambda: ensemble.warnings.append("replicate 1 has diverged")}
        ensemble = ScriptedEnsemble(profile, at=late)
        ensemble.warnings.append("no C++ compiler: training eager")
        return ensemble

    training = started(tmp_path, build)
    until(training, "finished")
    said = [line for line in training.log if line.startswith("warning")]
    assert said == [
        "warning: no C++ compiler: training eager",
        "warning: replicate 1 has diverged",
    ]


def test_a_saved_run_follows_the_one_that_is_being_written(tmp_path, monkeypatch):
    monkeypatch.setattr("ibtui.store.writer.SAVE_SECONDS", 0.0)
    monkeypatch.setattr("ibtui.store.writer.SAVE_SHARE", 1e9)
    ensemble = ScriptedEnsemble(PROFILE)
    folder = store.create(tmp_path, PROFILE, ensemble)
    frames = store.record(ensemble, folder)
    for _ in range(3):
        next(frames)
    saved = Saved(folder)
    assert (saved.state, saved.growing) == ("live", True)
    assert saved.span == (0, 40)
    known = len(saved.recording)
    for _ in range(3):
        next(frames)
    assert saved.poll()
    assert len(saved.recording) == known + 3
    assert not saved.poll()
    list(frames)
    assert saved.poll()
    assert (saved.state, saved.growing, len(saved.recording)) == ("finished", False, 11)


def test_a_folder_that_is_no_run_cannot_be_opened(tmp_path):
    with pytest.raises(RunError, match="is no run"):
        Saved(tmp_path)


def test_a_saved_run_tells_what_happened_to_its_replicates(tmp_path):
    ensemble = ScriptedEnsemble(PROFILE, restart=(1, 20), diverge=(2, 30))
    folder = store.create(tmp_path, PROFILE, ensemble)
    list(store.record(ensemble, folder))
    facts = list(Saved(folder).facts())
    assert facts[0].startswith(f"{folder.name}: finished, made ")
    assert facts[1] == "3 replicates on cpu, 11 frames to epoch 40 in 10 s"
    assert facts[2:] == [
        f"replicate 1 started again at epoch 20 (seed {ensemble.seeds[1]})",
        "replicate 2 diverged: its loss was not finite at epoch 30",
    ]
