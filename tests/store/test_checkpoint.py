"""Runs that end early, however they end, and are resumed bit for bit."""

import os
import signal
import sys
from itertools import count
from pathlib import Path

import pytest

from ibtui import store
from ibtui.errors import RunError
from ibtui.store import lock, writer
from tests.scripted_engine import ScriptedEnsemble
from tests.store.scripted_runs import (
    PROFILE,
    assert_same,
    finished,
    interrupted,
    new,
    reference,
    resume,
    scripted,
)


@pytest.mark.parametrize("stop_at", [1, 5, 7, 10, 11, 12, 22, 23])
def test_a_stopped_run_is_resumed_bit_for_bit(root, stop_at):
    ensemble = scripted(at={stop_at: lambda: ensemble.stop()})
    folder = new(root, ensemble)
    for _ in store.record(ensemble, folder):
        pass
    run = store.load(folder)
    assert run.status == ("finished" if stop_at == 23 else "interrupted")
    assert run.manifest.epoch == stop_at
    if stop_at < 23:
        assert_same(resume(folder), reference())
    assert store.load(folder).manifest.restarts[0].seed == 1004


@pytest.mark.parametrize("frames", range(1, 9))
def test_a_consumer_that_goes_away_leaves_a_run_that_resumes_bit_for_bit(root, frames, monkeypatch):
    monkeypatch.setattr(writer, "SAVE_SECONDS", 1e9)
    folder = interrupted(root, frames)
    assert store.load(folder).status == "interrupted"
    assert len(store.load(folder).recording) == [0, 1, 2, 3, 3, 3, 3, 4, 5][frames]
    assert_same(resume(folder), reference())


def test_frames_recorded_beyond_the_checkpoint_are_cut_and_come_again(root):
    folder = interrupted(root, 2)
    early = (folder / "checkpoint.npz").read_bytes()
    later = scripted(checkpoint=store.load_checkpoint(folder))
    recording = store.record(later, folder)
    for _ in range(6):
        next(recording)
    recording.close()
    (folder / "checkpoint.npz").write_bytes(early)  # as if killed between the two files
    assert store.load(folder).recording.epoch.tolist() == [0, 5, 10, 15, 20]
    first = store.record(scripted(checkpoint=store.load_checkpoint(folder)), folder)
    next(first)
    first.close()
    assert store.load(folder).recording.epoch.tolist() == [0, 5, 10]
    assert_same(resume(folder), reference())


def test_a_failure_saves_the_frames_and_says_why_and_the_run_can_be_resumed(root, monkeypatch):
    monkeypatch.setattr(writer, "SAVE_SECONDS", 1e9)

    def fail():
        raise RunError("the layer does not fit")

    ensemble = scripted(at={13: fail})
    folder = new(root, ensemble)
    with pytest.raises(RunError, match="does not fit"):
        list(store.record(ensemble, folder))
    run = store.load(folder)
    assert (run.status, run.manifest.error) == ("failed", "the layer does not fit")
    assert run.recording.epoch.tolist() == [0, 5, 10]
    assert not lock.is_held(folder)
    assert_same(resume(folder), reference())
    assert store.load(folder).manifest.error == ""


def test_ctrl_c_in_a_step_leaves_the_last_checkpoint(root):
    def interrupt():
        raise KeyboardInterrupt

    ensemble = scripted(at={13: interrupt})
    folder = new(root, ensemble)
    with pytest.raises(KeyboardInterrupt):
        list(store.record(ensemble, folder))
    assert store.load(folder).manifest.status == "interrupted"
    assert_same(resume(folder), reference())


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_run_killed_at_any_file_operation_loads_and_resumes_bit_for_bit(tmp_path):
    expected = reference()
    outcomes = set()
    for at in count(1):
        root = tmp_path / f"{at}"
        code = _killed_at(at, root)
        entries = store.list_runs(root)
        outcomes.add(len(entries))
        for entry in entries:
            run = store.load(entry.folder)
            assert run.status in ("interrupted", "finished")
            if run.status == "interrupted":
                begun = len(run.recording) > 1
                assert not begun or store.load_checkpoint(entry.folder)  # nothing saved is lost
                assert_same(resume(entry.folder), expected)
                assert not list(entry.folder.glob(".*"))
        if code == 0:
            break
        assert code == -signal.SIGKILL
        assert at < 1000
    assert at > 60  # it was killed in many places, before the folder was there and after
    assert outcomes == {0, 1}


def _killed_at(operation: int, root: Path) -> int:
    """Run in a child that kills itself as its n-th file operation under `root` begins."""
    child = os.fork()
    if child == 0:
        remaining = operation

        def hook(event, arguments):
            nonlocal remaining
            if event in ("open", "os.rename", "os.remove", "os.mkdir", "os.truncate"):
                remaining -= str(root) in str(arguments[0])
                if remaining == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        finished(root)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_finished_run_is_neither_resumed_nor_written_again(root):
    folder = finished(root)
    before = (folder / "recording.npz").read_bytes()
    with pytest.raises(RunError, match="is finished"):
        store.load_checkpoint(folder)
    with pytest.raises(RunError, match="is finished"):
        next(store.record(scripted(), folder))
    assert (folder / "recording.npz").read_bytes() == before


def test_a_run_that_went_on_meanwhile_is_not_continued_from_an_older_checkpoint(root):
    folder = interrupted(root)
    stale = store.load_checkpoint(folder)
    recording = store.record(scripted(checkpoint=stale), folder)
    next(recording)
    recording.close()
    with pytest.raises(RunError, match="continued it meanwhile"):
        next(store.record(scripted(checkpoint=stale), folder))


def test_an_ensemble_of_another_experiment_is_refused(root):
    folder = interrupted(root)
    other = ScriptedEnsemble(PROFILE.model_copy(update={"replicates": 5}))
    with pytest.raises(RunError, match="another experiment"):
        next(store.record(other, folder))
