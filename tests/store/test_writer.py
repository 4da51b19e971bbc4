"""Writing: full disks, roots that cannot be written, the share of the time it takes."""

import os
import resource
import time
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from ibtui import store
from ibtui.errors import RunError
from ibtui.store import writer
from tests.scripted_engine import ScriptedEnsemble
from tests.store.scripted_runs import PROFILE, assert_same, interrupted, new, reference, scripted


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
