"""A folder of runs, followed from its files while a run in it is made."""

import io

import pytest
from rich.console import Console

from ibtui import store
from ibtui.headless import follow
from ibtui.report.watching import progress_table
from ibtui.store import Watcher, writer
from tests.store.scripted_runs import PROFILE, finished, interrupted, new, scripted


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "SAVE_SECONDS", 0.0)
    monkeypatch.setattr(writer, "SAVE_SHARE", 1e9)
    return tmp_path / "runs"


def test_the_files_tell_progress_speed_time_left_and_who_writes(root):
    done = finished(root)
    ensemble = scripted()
    folder = new(root, ensemble)
    frames, watcher = store.record(ensemble, folder), Watcher(root)
    for _ in range(2):
        next(frames)
    first = {one.entry.folder: one for one in watcher.look()}
    assert first[done].entry.status == "finished"
    assert first[folder].worker.startswith("process ")
    assert first[folder].epochs_per_second is None
    next(frames)
    next(frames)
    one = {one.entry.folder: one for one in watcher.look()}[folder]
    assert one.entry.manifest is not None
    epoch, speed = one.entry.manifest.epoch, one.epochs_per_second
    assert one.share == epoch / PROFILE.training.epochs
    assert speed is not None
    assert speed > 0
    assert one.seconds_left == (PROFILE.training.epochs - epoch) / speed
    frames.close()
    assert {one.entry.status for one in watcher.look()} == {"finished", "interrupted"}


def test_a_table_has_a_line_a_run_and_says_what_does_not_fit(root):
    for _ in range(5):
        interrupted(root)
    screen = Console(file=io.StringIO(), width=140)
    screen.print(progress_table(Watcher(root).look(), height=6))
    assert isinstance(screen.file, io.StringIO)
    lines = screen.file.getvalue().splitlines()
    assert lines[0] == "5 interrupted"
    assert [line.split()[1] for line in lines[2:5]] == ["interrupted"] * 3
    assert lines[5].strip() == "and 2 more"


def test_follow_tells_each_change_and_ends_when_nothing_is_made(root, call, monkeypatch):
    monkeypatch.setattr(follow, "QUIET_SECONDS", 0.0)
    monkeypatch.setattr(follow, "LOOK_SECONDS", 0.01)
    folder = finished(root)
    code, out, _ = call("follow", str(root))
    assert code == 0
    assert out == f"{folder.name}  finished  epoch 23/23\n"
