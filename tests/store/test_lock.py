"""One process writes a run, and a lock that is left behind holds nobody up."""

import os

import pytest

from ibtui import store
from ibtui.errors import RunError
from ibtui.store import lock
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
