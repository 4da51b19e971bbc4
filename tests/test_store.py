import os
import resource
import signal
import sys
import time
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st
from scripted import ScriptedEnsemble

from ibtui import store
from ibtui.errors import IbtuiError, RunError
from ibtui.profile import Profile, parse_profile
from ibtui.recording import ARRAYS, OPTIONAL, Recorder, Recording
from ibtui.store import lock, manifest, writer
from ibtui.store.thinning import kept_frames

TEXT = """# a comment that must survive
name = "walk"
replicates = 4
training.epochs = 23
measure.every = 5
"""
PROFILE = parse_profile(TEXT, "walk.toml")
SCRIPT = {"restart": (2, 11), "diverge": (1, 17)}


@pytest.fixture(autouse=True)
def _save_every_frame(monkeypatch):
    monkeypatch.setattr(writer, "SAVE_SECONDS", 0.0)
    monkeypatch.setattr(writer, "SAVE_SHARE", 1e9)


@pytest.fixture
def root(tmp_path):
    return tmp_path / "runs"


def scripted(**changes) -> ScriptedEnsemble:
    return ScriptedEnsemble(PROFILE, **{**SCRIPT, **changes})


def reference(ensemble: ScriptedEnsemble | None = None) -> Recording:
    ensemble = ensemble or scripted()
    recorder = Recorder(ensemble.header)
    for frame in ensemble.frames():
        recorder.add(frame)
    return recorder.snapshot()


def new(root: Path, ensemble: ScriptedEnsemble) -> Path:
    return store.create(root, PROFILE, ensemble, text=TEXT, overrides=["replicates=4"])


def finished(root: Path) -> Path:
    ensemble = scripted()
    folder = new(root, ensemble)
    for _ in store.record(ensemble, folder):
        pass
    return folder


def interrupted(root: Path, frames: int = 3) -> Path:
    ensemble = scripted()
    folder = new(root, ensemble)
    recording = store.record(ensemble, folder)
    for _ in range(frames):
        next(recording)
    recording.close()
    return folder


def resume(folder: Path, profile: Profile | None = None) -> Recording:
    checkpoint = store.load_checkpoint(folder)
    if profile is None:
        ensemble = scripted(checkpoint=checkpoint)
    else:
        ensemble = ScriptedEnsemble(profile, checkpoint=checkpoint)
    for _ in store.record(ensemble, folder):
        pass
    run = store.load(folder)
    assert run.status == "finished"
    return run.recording


def assert_same(found: Recording, expected: Recording) -> None:
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)


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
        "profile.toml",
        "recording.npz",
        "run.toml",
    ]
    about = run.manifest
    assert (run.status, about.status, about.error) == ("finished", "finished", "")
    assert about.seeds == (1000, 1001, 1004, 1003)
    assert [tuple(restart.model_dump().values()) for restart in about.restarts] == [(2, 11, 1004)]
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


def test_folders_are_named_by_profile_and_time_and_never_shared(root):
    first, second, third = (new(root, scripted()) for _ in range(3))
    about = store.load(first).manifest
    name = f"walk-{about.created.astimezone():%Y%m%d-%H%M%S}"
    assert first.name == name
    assert len({first, second, third}) == 3
    assert all(path.name.startswith("walk-") for path in (second, third))
    assert sorted(path.name for path in root.iterdir()) == sorted(
        path.name for path in (first, second, third)
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


def test_only_one_process_writes_a_run(root):
    first = scripted()
    folder = new(root, first)
    recording = store.record(first, folder)
    next(recording)
    assert store.load(folder).status == "running"
    with pytest.raises(RunError, match=f"is being written by process {os.getpid()} "):
        next(store.record(scripted(), folder))
    for refused in (store.load_checkpoint, store.delete, lambda f: store.rename(f, "other")):
        with pytest.raises(RunError, match="is being written"):
            refused(folder)
    recording.close()
    assert store.load(folder).status == "interrupted"


def test_a_lock_file_left_behind_is_no_lock(root):
    folder = interrupted(root)
    (folder / "lock").write_text(f"{os.getpid()}\n")
    assert not lock.is_held(folder)
    assert_same(resume(folder), reference())
    assert not (folder / "lock").exists()


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


def replace_array(path: Path, name: str, array: np.ndarray | None) -> None:
    with np.load(path) as archive:
        arrays = {key: archive[key] for key in archive.files}
    arrays.pop(name, None)
    if array is not None:
        arrays[name] = array
    np.savez(path, **arrays)


def replace_text(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


DAMAGE = {
    "truncated": lambda f: os.truncate(f / "recording.npz", 700),
    "flipped": lambda f: _flip(f / "recording.npz"),
    "empty": lambda f: os.truncate(f / "recording.npz", 0),
    "text": lambda f: (f / "recording.npz").write_text("epoch,loss\n"),
    "objects": lambda f: replace_array(f / "recording.npz", "seconds", np.array([None] * 6)),
    "lacking": lambda f: replace_array(f / "recording.npz", "test_accuracy", None),
    "shape": lambda f: replace_array(f / "recording.npz", "i_xt_bits", np.zeros((6, 1, 4, 2))),
    "scalar": lambda f: replace_array(f / "recording.npz", "epoch", np.array(3)),
    "dtype": lambda f: replace_array(f / "recording.npz", "seconds", np.zeros(6, np.float32)),
    "order": lambda f: replace_array(f / "recording.npz", "epoch", np.array([0, 5, 5, 6, 7, 8])),
    "missing": lambda f: (f / "recording.npz").unlink(),
    "folder": lambda f: ((f / "recording.npz").unlink(), (f / "recording.npz").mkdir()),
    "future": lambda f: replace_text(f / "run.toml", "schema_version = 1", "schema_version = 7"),
    "no schema": lambda f: replace_text(f / "run.toml", "schema_version = 1", ""),
    "no toml": lambda f: (f / "run.toml").write_bytes(b"\xff\x00 = ["),
    "status": lambda f: replace_text(f / "run.toml", '"finished"', '"done"'),
    "no manifest": lambda f: (f / "run.toml").unlink(),
    "profile": lambda f: replace_text(f / "run.toml", "[profile.training]", "[profile.trainin]"),
}
LINES = {
    "truncated": "recording.npz: cannot be read: it is cut short or no NPZ",
    "flipped": "recording.npz: cannot be read: it is cut short or no NPZ",
    "empty": "recording.npz: cannot be read: it is cut short or no NPZ",
    "text": "recording.npz: cannot be read: it is cut short or no NPZ",
    "objects": "recording.npz: cannot be read: it holds Python objects, which are never loaded",
    "lacking": "recording.npz: has no array 'test_accuracy'",
    "shape": "recording.npz: i_xt_bits is float64 (6, 1, 4, 2), not float64 (6, 1, 4, 3)",
    "scalar": "recording.npz: epoch is int64 (), not int64 (1,)",
    "dtype": "recording.npz: seconds is float32 (6,), not float64 (6,)",
    "order": "recording.npz: epoch does not ascend",
    "missing": "recording.npz: is missing",
    "folder": "recording.npz: cannot be read: Is a directory",
    "future": "run.toml: schema_version: 7 is from a later ibtui; this one reads up to 1 "
    "(update ibtui)",
    "no schema": "run.toml: schema_version: is missing (it has no default: add it)",
    "no toml": "run.toml: cannot be read: 'utf-8' codec can't decode byte 0xff in position 0: "
    "invalid start byte",
    "status": "run.toml: status: 'done' is not known "
    "(known: failed, finished, interrupted, running)",
    "no manifest": ": is no run (it has no run.toml)",
    "profile": "run.toml: profile: trainin: unknown key (did you mean 'training'?)",
}


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x55
    path.write_bytes(content)


def test_an_array_without_a_value_is_not_stored_and_a_file_without_it_is_read(root):
    folder = finished(root)  # `exact` alone: nothing is discretized
    with np.load(folder / "recording.npz") as archive:
        assert set(archive.files) == set(ARRAYS) - {"output_loss_bits", "histograms"}
        assert archive["weight_mean"].dtype == np.float32
    lost = store.load(folder).recording.output_loss_bits
    assert lost.shape == (6, 1, 4, 3)
    assert np.isnan(lost).all()


def test_a_recording_of_an_earlier_version_is_resumed(root):
    profile = parse_profile(TEXT + 'estimator = [{name = "exact"}, {name = "binning"}]', "two.toml")
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
    assert np.isnan(found.bias_mean[:3]).all()


def test_histograms_are_stored_whole_and_a_file_without_them_is_read(root):
    profile = parse_profile(
        TEXT + "measure.histograms = 6\nmeasure.histogram_replicates = 3", "drawn.toml"
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
    assert (found.header.histogram_bins, found.header.histogram_replicates) == (6, 3)
    replace_array(folder / "recording.npz", "histograms", None)
    none = store.load(folder).recording.histograms
    assert none.shape == (6, 3, 3, 6)
    assert not none.any()
    replace_text(folder / "run.toml", "histogram_bins = 6\nhistogram_replicates = 3\n", "")
    assert store.load(folder).recording.histograms.size == 0  # as runs of earlier versions are


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_run_gets_one_clear_line_and_stays_as_it_is(root, damage):
    folder = finished(root)
    DAMAGE[damage](folder)
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    with pytest.raises(IbtuiError) as caught:
        store.load(folder)
    line = str(caught.value)
    separator = "" if LINES[damage].startswith(":") else "/"
    assert line == f"{folder}{separator}{LINES[damage]}"
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short", None])
def test_a_damaged_checkpoint_says_how_to_start_again(root, content):
    folder = interrupted(root)
    if content is None:
        np.savez(folder / "checkpoint.npz", epoch=np.array(3))
    else:
        (folder / "checkpoint.npz").write_bytes(content)
    with pytest.raises(RunError, match=r"checkpoint.npz: .*delete it to start this run from its"):
        store.load_checkpoint(folder)
    assert len(store.load(folder).recording) == 3
    (folder / "checkpoint.npz").unlink()
    assert_same(resume(folder), reference())


def test_the_list_is_newest_first_and_marks_broken_runs_and_passes_over_hidden_folders(root):
    folders = {name: interrupted(root) for name in ("old", "young", "broken")}
    folders = {name: store.rename(folder, name) for name, folder in folders.items()}
    about = manifest.read(folders["old"])
    earlier = about.model_copy(update={"created": about.created.replace(year=2001)})
    manifest.write(folders["old"], earlier)
    (folders["broken"] / "run.toml").write_text("status = ")
    (root / ".new-1").mkdir()
    (root / "README.md").write_text("not a run")

    entries = store.list_runs(root)
    assert {entry.folder.name for entry in entries[:2]} == {"young", "broken"}
    assert entries[2].folder.name == "old"
    by_name = {entry.folder.name: entry for entry in entries}
    assert by_name["young"].status == "interrupted"
    assert by_name["broken"].status == "broken"
    assert by_name["broken"].manifest is None
    assert by_name["broken"].error.startswith(f"{root / 'broken' / 'run.toml'}: cannot be read")
    assert store.list_runs(root / "nowhere") == []


def test_rename_takes_only_a_free_plain_name(root):
    folder, other = finished(root), interrupted(root)
    for name in ("", "a/b", "..", ".hidden", other.name):
        with pytest.raises(RunError):
            store.rename(folder, name)
    renamed = store.rename(folder, "figure-2")
    assert renamed == root / "figure-2"
    assert_same(store.load(renamed).recording, reference())
    assert not folder.exists()


def test_delete_removes_runs_and_nothing_else(root):
    folder = finished(root)
    precious = root / "thesis"
    precious.mkdir()
    (precious / "chapter").write_text("x")
    with pytest.raises(RunError, match="is no run"):
        store.delete(precious)
    store.delete(folder)
    assert [path.name for path in root.iterdir()] == ["thesis"]


def test_a_follower_sees_new_frames_and_the_end(root):
    ensemble = scripted()
    folder = new(root, ensemble)
    recording = store.record(ensemble, folder)
    next(recording)
    follower = store.Follower(folder)
    assert follower.state() == "live"
    assert not follower.poll()
    next(recording)
    assert follower.poll()
    assert follower.run.recording.epoch.tolist() == [0, 5]
    assert follower.state() == "live"
    assert follower.state(now=time.time() + 29) == "live"
    assert follower.state(now=time.time() + 31) == "stalled"
    list(recording)
    assert follower.poll()
    assert follower.state() == "finished"
    assert_same(follower.run.recording, reference())
    assert not follower.poll()


def test_a_follower_waits_longer_for_frames_that_take_long(root):
    follower = store.Follower(finished(root))  # the longest gap between its frames is 1.25 s
    follower.run = store.Run(**{**vars(follower.run), "status": "running"})
    follower.run.recording.seconds[:] *= 80  # 100 s
    assert follower.state(now=time.time() + 490) == "live"
    assert follower.state(now=time.time() + 510) == "stalled"


def test_a_follower_notices_that_the_writer_was_killed(root):
    folder = interrupted(root)
    held = lock.writing(folder)
    held.__enter__()
    manifest.write(folder, manifest.read(folder).model_copy(update={"status": "running"}))
    follower = store.Follower(folder)
    assert follower.state() == "live"
    held.__exit__(None, None, None)
    assert follower.poll()
    assert follower.state() == "interrupted"


def test_a_full_disk_leaves_what_was_saved_and_one_line(root):
    """The limit on file sizes stands for the disk: the same OSError at the same place."""
    folder = interrupted(root, 2)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ensemble = scripted(checkpoint=store.load_checkpoint(folder))
    failures = []
    for limit in count(200, 300):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        try:
            list(store.record(ensemble, folder))
            break
        except RunError as error:
            failures.append(str(error))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert "cannot be written: File too large (make room; what was" in failures[-1]
        assert "\n" not in failures[-1]
        assert not list(folder.glob(".*"))
        found = store.load(folder)
        assert found.status != "finished"
        assert found.recording.epoch.tolist()[:2] == [0, 5]
        ensemble = scripted(checkpoint=store.load_checkpoint(folder))
    assert {Path(line.split(":")[0]).name for line in failures} >= {"run.toml", "recording.npz"}
    assert_same(store.load(folder).recording, reference())


@pytest.mark.parametrize("name", ["file/runs", "proc"])
def test_a_root_that_cannot_be_written_gets_one_line(tmp_path, name):
    (tmp_path / "file").write_text("in the way")
    root = tmp_path / name if name != "proc" else Path("/proc/runs")
    with pytest.raises(RunError, match=r"^[^\n]* cannot be written: [^\n]* \(choose another"):
        new(root, scripted())


def test_saving_keeps_to_its_share_of_the_time(root, monkeypatch):
    """On a disk whose syncs take 20 ms each: a save syncs 3 files and their folder, so 120 ms."""
    monkeypatch.setattr(writer, "SAVE_SHARE", 0.1)
    profile = PROFILE.model_copy(
        update={"training": PROFILE.training.model_copy(update={"epochs": 2000})}
    )
    ensemble = ScriptedEnsemble(profile)
    folder = store.create(root, profile, ensemble)
    clock = 100.0

    def sync(descriptor):
        nonlocal clock
        clock += 0.02

    monkeypatch.setattr(time, "monotonic", lambda: clock)
    monkeypatch.setattr(os, "fsync", sync)
    saved, stamp = [], None
    for _ in store.record(ensemble, folder):
        changed = (folder / "recording.npz").stat().st_mtime_ns
        if changed != stamp:
            saved.append(clock)
            stamp = changed
        clock += 0.01
    gaps = np.diff(saved)
    assert len(gaps) == 3
    assert gaps.min() >= 0.12 / 0.1
    assert gaps.max() < 0.12 / 0.1 + 0.15


def test_a_thinned_run_has_the_frames_of_the_whole_one_and_is_never_taken_for_it(root):
    folder = finished(root)
    whole = store.load(folder)
    assert store.thin(whole, 4, root / "small") == 4
    small = store.load(root / "small")
    # Wanted are 0, 23/9 = 2.6, 92/9 = 10.2 and 23 of 0, 5, 10, 15, 20, 23.
    assert small.recording.epoch.tolist() == [0, 5, 10, 23]
    for name, array in whole.recording.arrays().items():
        np.testing.assert_array_equal(getattr(small.recording, name), array[[0, 1, 2, 5]])
    assert (small.status, small.manifest.frames, small.manifest.thinned_from) == ("finished", 4, 6)
    assert small.manifest.results == whole.manifest.results
    assert (root / "small" / "profile.toml").read_text() == TEXT
    entries = {entry.folder: entry for entry in store.list_runs(root)}
    assert entries[folder].is_of(whole.profile)
    assert not entries[root / "small"].is_of(whole.profile)
    assert store.thin(small, 2, root / "smaller") == 2
    assert store.load(root / "smaller").manifest.thinned_from == 6


def test_thinning_keeps_every_frame_of_a_short_run_and_refuses_what_it_would_harm(root):
    folder = finished(root)
    assert store.thin(store.load(folder), 200, root / "all") == 6
    with pytest.raises(RunError, match="exists already"):
        store.thin(store.load(folder), 3, root / "all")
    halfway = interrupted(root)
    store.thin(store.load(halfway), 2, root / "half")
    with pytest.raises(RunError, match="is thinned"):
        store.load_checkpoint(root / "half")
    assert store.load_checkpoint(halfway) is not None
    assert not list(root.glob(".new-*"))


@given(st.lists(st.integers(-50, 9000), min_size=1, unique=True), st.integers(2, 300))
def test_thinning_keeps_the_ends_and_at_most_what_was_asked(epochs, frames):
    epoch = np.sort(np.array(epochs))
    kept = kept_frames(epoch, frames)
    assert len(kept) <= frames
    assert (np.diff(kept) > 0).all()
    assert (kept[0], kept[-1]) == (0, len(epoch) - 1)
