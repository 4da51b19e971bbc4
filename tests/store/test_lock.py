"""One process writes a run, and a lock that is left behind holds nobody up."""

import errno
import os
import shutil
import time
from dataclasses import replace

import pytest

from ibtui import store
from ibtui.errors import RunError
from ibtui.store import HeldError, holder, lock
from tests.store.scripted_runs import assert_same, interrupted, new, reference, resume, scripted


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


@pytest.mark.parametrize("kind", ["link", "dangling", "pipe", "folder"])
def test_a_lock_is_never_taken_through_what_is_no_plain_file(root, tmp_path, kind):
    folder = interrupted(root)
    victim, path = tmp_path / "victim", folder / "lock"
    if kind != "dangling":
        victim.write_text("precious")
    {
        "link": lambda: path.symlink_to(victim),
        "dangling": lambda: path.symlink_to(victim),
        "pipe": lambda: os.mkfifo(path),
        "folder": path.mkdir,
    }[kind]()
    assert not lock.is_held(folder)
    with pytest.raises(RunError, match=r"lock: is no plain file, so it is not written to"):
        next(store.record(scripted(), folder))
    assert victim.exists() == (kind != "dangling")
    if victim.exists():
        assert victim.read_text() == "precious"


def elsewhere(path, age_seconds, host="another-host"):
    """A lock of a process on another machine, which last beat so long ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(holder.Holder(host, "boot", "", 77, "1").text())
    then = time.time() - age_seconds
    os.utime(path, (then, then))


def test_a_process_of_another_machine_is_told_by_its_beats(root):
    folder = interrupted(root)
    elsewhere(folder / "lock", age_seconds=20)
    assert lock.is_held(folder)
    with pytest.raises(RunError, match="being written by process 77 on another-host "):
        next(store.record(scripted(), folder))
    elsewhere(folder / "lock", age_seconds=lock.LEASE_SECONDS + 20)
    assert not lock.is_held(folder)
    assert_same(resume(folder), reference())
    assert not list(folder.glob("lock*"))


def test_a_process_of_this_machine_is_known_by_its_start_where_there_are_no_kernel_locks(
    root, monkeypatch
):
    def refuse(*_):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr("fcntl.flock", refuse)
    path = root / "lock"
    root.mkdir()
    with lock.holding(path) as hold:
        hold.check()
        who = holder.parse(path.read_text())
        assert who is not None
        assert (who.pid, who.kernel) == (os.getpid(), False)
        with pytest.raises(HeldError, match=f"by process {os.getpid()} "):
            lock.holding(path).__enter__()
    assert not path.exists()
    path.write_text(replace(who, started="1").text())  # the number came again
    assert lock.holder_of(path) is None


def test_who_was_taken_for_dead_writes_no_more(root):
    first = scripted()
    folder = new(root, first)
    recording = store.record(first, folder)
    next(recording)
    elsewhere(folder / "lock.1", age_seconds=0)  # its successor's
    with pytest.raises(RunError, match="another process goes on with it"):
        next(recording)
    assert [path.name for path in folder.glob("lock*")] == ["lock.1"]


def test_a_lock_beats(root, monkeypatch):
    monkeypatch.setattr(lock, "BEAT_SECONDS", 0.01)
    root.mkdir()
    with lock.holding(root / "lock"):
        os.utime(root / "lock", (0, 0))
        deadline = time.monotonic() + 20
        while (root / "lock").stat().st_mtime < 1e9:
            assert time.monotonic() < deadline
            time.sleep(0.01)


@pytest.mark.parametrize("text", ["", "{", "[]", "7\n", '{"pid": "7"}', "null", "[" * 10000])
def test_what_a_lock_file_may_hold_is_no_holder(text):
    assert holder.parse(text) is None


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (shutil.rmtree, "runs/walk: is gone: it was deleted or renamed meanwhile"),
        (lambda run: run.rename(run.with_name("other")), "runs/walk: is gone"),
        (lambda run: (run / "lock").unlink(), "walk/lock: was deleted"),
        (lambda run: (shutil.rmtree(run), run.mkdir()), "walk/lock: was deleted"),
    ],
)
def test_a_writer_whose_folder_goes_says_what_is_true(tmp_path, harm, said):
    run = tmp_path / "runs" / "walk"
    run.mkdir(parents=True)
    with lock.writing(run) as hold:
        hold.check()
        harm(run)
        with pytest.raises(RunError, match=said):
            hold.check()
