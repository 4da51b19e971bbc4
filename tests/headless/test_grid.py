"""Grids that several processes make at once, some of which are killed, on all kinds of disks."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ibtui import store
from ibtui.headless.batch import BatchSettings, run_batch
from ibtui.profile import load_profiles
from ibtui.recording import Recorder
from ibtui.session import Session
from tests.headless.swarm import slow
from tests.scripted_engine import ScriptedEnsemble
from tests.store.scripted_runs import assert_same
from tests.store.shim import SHIMS

SWEEP = """
name = "walk"
replicates = 3
training.epochs = 23
measure.every = 5
[sweep]
quantization.bits = [2, 4, 8]
seed = [1000, 2000, 3000]
"""


@pytest.mark.parametrize(("shim", "kills"), [("one machine", 0), *((one, 10) for one in SHIMS)])
def test_each_run_is_made_once_and_whole_however_many_processes_are_killed(tmp_path, shim, kills):
    sweep, runs = tmp_path / "walk.toml", tmp_path / "runs"
    sweep.write_text(SWEEP)
    words = [str(sweep), str(runs), "4", str(kills), "7", shim]
    swarm = subprocess.run(
        [sys.executable, "-m", "tests.headless.swarm", *words],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert swarm.returncode == 0, swarm.stderr
    made = {run.profile.name: run for run in (store.load(e.folder) for e in store.list_runs(runs))}
    profiles = load_profiles(sweep)
    assert len(store.list_runs(runs)) == len(profiles)
    assert made.keys() == {profile.name for profile in profiles}
    for profile in profiles:
        run = made[profile.name]
        assert run.status == "finished"
        quiet = Recorder(run.recording.header)
        for frame in slow(profile, None, None).frames():
            quiet.add(frame)
        assert_same(run.recording, quiet.snapshot())
        assert kills or not list(run.folder.glob("lock*"))


def test_one_profile_is_gone_on_with_or_is_done(call, monkeypatch):
    begin = Session.__init__
    stop_at = [11]

    def engine(profile, data_dir, checkpoint):
        at = {epoch: lambda: os.kill(os.getpid(), signal.SIGTERM) for epoch in stop_at}
        return ScriptedEnsemble(profile, checkpoint=checkpoint, at=at)

    monkeypatch.setattr(
        Session, "__init__", lambda self, *words: begin(self, *words[:3], engine, *words[4:])
    )
    Path("walk.toml").write_text(SWEEP.partition("[sweep]")[0])
    code, _, err = call("batch", "walk.toml", "--continue", "--quiet")
    (first,) = store.list_runs(Path("runs"))
    assert code == 128 + signal.SIGTERM
    assert "stopped after epoch 11" in err

    stop_at.clear()
    code, out, err = call("batch", "walk.toml", "--continue", "--quiet")
    assert (code, out) == (0, f"{first.folder}\n")
    assert err == f"ibtui: walk: goes on where it was interrupted: {first.folder}\n"
    assert store.load(first.folder).status == "finished"

    assert call("batch", "walk.toml", "--continue", "--quiet")[2] == (
        f"ibtui: walk: is done already: {first.folder}\n"
    )
    call("batch", "walk.toml", "--quiet")
    assert len(store.list_runs(Path("runs"))) == 2


def test_a_run_that_the_app_makes_is_left_to_it(here, capsys):
    Path("walk.toml").write_text(SWEEP.partition("[sweep]")[0])
    profile = load_profiles(Path("walk.toml"))[0]
    ensemble = ScriptedEnsemble(profile)
    folder = store.create(Path("runs"), profile, ensemble)
    frames = store.record(ensemble, folder)
    next(frames)
    assert run_batch(["walk.toml"], None, BatchSettings(Path("runs"), quiet=True, keep=True)) == 0
    assert capsys.readouterr().err == f"ibtui: walk: is being made by another process: {folder}\n"
    frames.close()
