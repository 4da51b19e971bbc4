"""A run from its start or its checkpoint to its end, on scripted ensembles."""

import threading
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from ibtui import store
from ibtui.errors import DataError, MeasureError, RunError
from ibtui.headless.progress import Progress
from ibtui.npz import Archive
from ibtui.profile import parse_profile
from ibtui.recording import Recorder, Restart
from ibtui.session import Session
from ibtui.session.events import (
    Began,
    CompileBegan,
    CompileEnded,
    DataFound,
    Diverged,
    Failed,
    Finished,
    Loading,
    Restarted,
    Saved,
    Stopped,
    StoppedAtOnce,
    Warned,
    words,
)
from ibtui.store import reader
from tests.scripted_engine import ScriptedEnsemble, engine

PROFILE = parse_profile(
    'name = "walk"\nreplicates = 3\ntraining.epochs = 40\nmeasure.every = 4\n', "walk.toml"
)


@pytest.fixture(autouse=True)
def _save_every_frame(monkeypatch):
    monkeypatch.setattr("ibtui.store.writer.SAVE_SECONDS", 0.0)
    monkeypatch.setattr("ibtui.store.writer.SAVE_SHARE", 1e9)


def started(root: Path, **script) -> Session:
    return Session.start(PROFILE, root, engine=engine(**script))


def interrupted(root: Path, frames: int, **script) -> Session:
    """A session whose consumer went away after some frames."""
    session = started(root, **script)
    iterator = iter(session)
    for _ in range(frames):
        next(iterator)
    iterator.close()
    return session


def besides_saving(session: Session) -> list:
    return [event for event in session.events if not isinstance(event, Saved)]


def assert_same(found, expected):
    for name, array in found.arrays().items():
        np.testing.assert_array_equal(array, expected.arrays()[name], name)


def test_what_is_recorded_is_what_the_ensemble_gives_and_what_is_saved(tmp_path):
    expected = Recorder(ScriptedEnsemble(PROFILE).header)
    for frame in ScriptedEnsemble(PROFILE, restart=(1, 20)).frames():
        expected.add(frame)
    session = started(tmp_path, restart=(1, 20))
    frames = list(session)
    assert session.folder is not None
    assert session.recording is not None
    assert_same(session.recording, expected.snapshot())
    assert_same(store.load(session.folder).recording, expected.snapshot())
    assert (session.status, session.measured, len(frames)) == ("finished", 16, 16)


def test_everything_that_happens_is_an_event_once(tmp_path):
    def warn():
        ensemble.warnings.append("measuring runs eager")

    ensemble = ScriptedEnsemble(PROFILE, restart=(1, 20), diverge=(2, 30), at={17: warn})
    ensemble.warnings.append("no compiler")
    session = Session.start(PROFILE, tmp_path, engine=lambda *_: ensemble)
    list(session)
    assert session.folder is not None
    assert besides_saving(session) == [
        Loading(),
        Warned("no compiler"),
        Began(session.folder, "cpu", 3, 11, 0, 40, 0),
        Warned("measuring runs eager"),
        Restarted(Restart(1, 20, 1003)),
        Diverged(2, 30),
        Finished(40),
    ]
    assert session.news() == session.events
    assert session.news() == []
    saved = [event.epoch for event in session.events if isinstance(event, Saved)]
    assert saved[:3] == [0, 4, 8]


def test_what_was_told_before_a_run_was_interrupted_is_not_told_again(tmp_path):
    script = {"restart": (1, 8), "diverge": (2, 9)}
    first = interrupted(tmp_path, 9, **script)
    assert first.folder is not None
    assert besides_saving(first)[-3:] == [
        Restarted(Restart(1, 8, 1003)),
        Diverged(2, 9),
        Stopped(24),
    ]
    again = Session.resume(first.folder, engine=engine(**script))
    list(again)
    began = Began(first.folder, "cpu", 3, 11, 0, 40, 24)
    assert besides_saving(again) == [Loading(), began, Finished(40)]
    assert words(began) == (
        f"3 replicates on cpu, 11 frames from epoch 0 to 40, on from epoch 24, in {first.folder}"
    )


def test_a_resumed_run_begins_with_what_its_checkpoint_had_recorded(tmp_path):
    """A killed process may have saved frames after its last checkpoint; they come again."""
    session = started(tmp_path)
    frames = iter(session)
    for _ in range(4):
        next(frames)
    assert session.folder is not None
    early = (session.folder / "checkpoint.npz").read_bytes()
    for _ in range(3):
        next(frames)
    frames.close()
    (session.folder / "checkpoint.npz").write_bytes(early)
    seen = []
    look = {13: lambda: seen.append(again.recording and again.recording.epoch.tolist())}
    again = Session.resume(session.folder, engine=engine(at=look))
    assert again.recording is None
    assert [frame.epoch for frame in again] == list(range(16, 41, 4))
    assert seen == [[0, 4, 8, 12]]


def test_resuming_reads_the_recording_once_and_the_checkpoint_once(tmp_path, monkeypatch):
    folder = interrupted(tmp_path, 3).folder
    assert folder is not None
    times = Counter()
    plainly = Archive.read

    def counted(archive, name):
        times[archive.path.name, name] += 1
        return plainly(archive, name)

    monkeypatch.setattr(Archive, "read", counted)
    list(Session.resume(folder, engine=engine()))
    mark = "checkpoint.npz", reader.MARK
    assert times.pop(mark) == 2  # and once more, to see that nobody else went on meanwhile
    assert {file for file, _ in times} == {"checkpoint.npz", "recording.npz"}
    assert set(times.values()) == {1}


def test_what_the_data_are_is_an_event(tmp_path):
    ensemble = ScriptedEnsemble(PROFILE)
    ensemble.found = "4096 samples"
    session = Session.start(PROFILE, tmp_path, engine=lambda *_: ensemble)
    session.prepare()
    assert session.events == [Loading(), DataFound("4096 samples")]
    assert words(session.events[1]) == "4096 samples"


def test_compiling_begins_and_ends_with_what_it_took(tmp_path):
    def compiled():
        ensemble.compiling, ensemble.compile_seconds = False, 75.0

    ensemble = ScriptedEnsemble(PROFILE, at={3: compiled})
    ensemble.compiled = ensemble.compiling = True
    ensemble.compile_seconds = 5.0
    session = Session.start(PROFILE, tmp_path, engine=lambda *_: ensemble)
    frames = iter(session)
    next(frames)
    assert session.events[1] == CompileBegan()
    next(frames)
    assert CompileEnded(70.0) in session.events
    assert words(CompileEnded(70.0)) == "compiled in 1:10"
    list(frames)
    assert session.events.count(CompileBegan()) == 1
    assert session.events.count(CompileEnded(70.0)) == 1


def test_what_the_kernel_compiles_is_compiled_once_and_its_seconds_are_counted(
    tmp_path, monkeypatch
):
    ensemble = ScriptedEnsemble(PROFILE, at={3: lambda: setattr(ensemble, "compiling", False)})
    ensemble.backend, ensemble.compiled, ensemble.compiling = "kernel", True, True
    clock = 100.0
    monkeypatch.setattr("ibtui.session.events.time.monotonic", lambda: clock)
    session = Session.start(PROFILE, tmp_path, engine=lambda *_: ensemble)
    session.prepare()
    clock = 112.7
    assert session.compiling == CompileBegan(once=True)
    assert Progress(session).note() == "compiling, once on this machine, 12 s"
    list(session)
    assert session.compiling is None
    assert "compiling" not in Progress(session).note()


def test_what_could_not_be_compiled_does_not_end_as_compiled(tmp_path):
    def fail():
        ensemble.compiling = False
        ensemble.warnings.append("training runs eager: no compiler")

    ensemble = ScriptedEnsemble(PROFILE, at={3: fail})
    ensemble.compiling = True
    session = Session.start(PROFILE, tmp_path, engine=lambda *_: ensemble)
    list(session)
    assert not any(isinstance(event, CompileEnded) for event in session.events)
    assert Warned("training runs eager: no compiler") in session.events


def test_a_run_that_is_stopped_before_it_is_prepared_ends_at_once_and_can_be_resumed(tmp_path):
    session = started(tmp_path)
    session.stop()
    assert session.status == "stopping"
    assert [frame.epoch for frame in session] == [0]  # scripted ensembles begin with a frame
    assert (session.status, session.events[-1]) == ("stopped", Stopped(0))
    assert session.folder is not None
    again = Session.resume(session.folder, engine=engine())
    list(again)
    assert again.status == "finished"


def test_a_pause_holds_the_thread_that_iterates_until_it_may_go_on_or_is_stopped(tmp_path):
    session = started(tmp_path)
    session.pause()
    assert session.status == "preparing"  # there is nothing to hold yet
    frames = iter(session)
    next(frames)
    session.pause()
    assert (session.status, session.epochs_per_second) == ("paused", None)
    thread = threading.Thread(target=lambda: next(frames))
    thread.start()
    thread.join(0.2)
    assert thread.is_alive()
    session.go_on()
    thread.join(20)
    assert (session.status, session.measured) == ("training", 2)
    session.pause()
    session.stop()
    assert list(frames) == []
    assert session.status == "stopped"


def test_an_expected_error_is_one_line_and_a_bug_keeps_its_traceback(tmp_path):
    def refuse(*_):
        raise DataError("mnist: train-images is missing")

    session = Session.start(PROFILE, tmp_path, engine=refuse)
    with pytest.raises(DataError):
        session.prepare()
    assert session.events == [Loading(), Failed("mnist: train-images is missing")]
    assert session.status == "failed"
    assert not tmp_path.joinpath("runs").exists()

    bug = started(tmp_path, at={5: lambda: 1 // 0})
    with pytest.raises(ZeroDivisionError):
        list(bug)
    failed = bug.events[-1]
    assert isinstance(failed, Failed)
    assert failed.reason.startswith("ZeroDivisionError")
    assert words(failed).startswith("Traceback")
    assert bug.folder is not None
    assert store.load(bug.folder).status == "failed"


@pytest.mark.parametrize("take", [torch.empty, np.empty], ids=["torch", "numpy"])
def test_memory_that_runs_out_is_one_line_whoever_says_so(tmp_path, take):
    session = started(tmp_path, at={5: lambda: take(1 << 55)})
    with pytest.raises(RunError, match=r"there is not enough memory: .* \(lower replicates, data"):
        list(session)
    failed = session.events[-1]
    assert isinstance(failed, Failed)
    assert failed.details == ""
    assert "llocate" in failed.reason
    assert "\n" not in failed.reason
    assert session.folder is not None
    assert store.load(session.folder).manifest.error == failed.reason


def test_a_failure_while_training_passes_on_once_it_is_saved(tmp_path):
    def fail():
        raise MeasureError("binning: the layer is constant")

    session = started(tmp_path, at={5: fail})
    with pytest.raises(MeasureError):
        list(session)
    assert session.events[-1] == Failed("binning: the layer is constant")
    assert session.recording is not None
    assert session.recording.epoch.tolist() == [0, 4]


def test_ctrl_c_in_a_step_is_told_as_an_end_at_once(tmp_path):
    def interrupt():
        raise KeyboardInterrupt

    session = started(tmp_path, at={5: interrupt})
    with pytest.raises(KeyboardInterrupt):
        list(session)
    assert (session.status, session.events[-1]) == ("stopped", StoppedAtOnce())


def test_a_finished_run_is_not_resumed(tmp_path):
    session = started(tmp_path)
    list(session)
    assert session.folder is not None
    again = Session.resume(session.folder, engine=engine())
    with pytest.raises(RunError, match="is finished"):
        again.prepare()
    with pytest.raises(RunError, match="is no run"):
        Session.resume(tmp_path)


def test_the_time_left_is_what_remains_at_the_present_pace(tmp_path, monkeypatch):
    clock = 0.0
    monkeypatch.setattr("time.monotonic", lambda: clock)

    def tick():
        nonlocal clock
        clock += 0.5

    session = started(tmp_path, at=dict.fromkeys(range(1, 41), tick))
    frames = iter(session)
    assert session.seconds_left is None
    for _ in range(6):
        next(frames)
    assert session.epoch == 20
    assert session.epochs_per_second == 2
    assert session.seconds_left == 10
    list(frames)
    assert (session.epochs_per_second, session.seconds_left) == (None, None)
