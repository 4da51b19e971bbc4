"""The queue: runs wait for the one in training, change places, and outlive the app."""

import asyncio
import os
import subprocess
import time
from pathlib import Path

import pytest

from ibtui import store
from ibtui.profile import parse_profile, parse_profiles
from ibtui.tui.app import Ibtui
from ibtui.tui.feeds import queue as queue_module
from ibtui.tui.feeds.queue import Queue, commands
from ibtui.tui.screens.dialogs import Ask
from ibtui.tui.screens.queue import QueueScreen
from tests.scripted_engine import ScriptedEnsemble
from tests.tui import scripted_app
from tests.tui.held_engine import Brake
from tests.tui.replayed_app import PROFILE
from tests.tui.scripted_app import notes, screen_text, until

pytestmark = pytest.mark.usefixtures("closed_form")
SWEEP = parse_profiles(
    'name = "grid"\ntraining.epochs = 8\nmeasure.every = 4\n[sweep]\nseed = [1, 2, 3]\n', "grid"
)


def test_a_run_that_is_asked_for_while_one_trains_waits_for_its_end(tmp_path):
    brake = Brake(6)
    app = scripted_app.app(tmp_path, profile=PROFILE, engine=brake.engine)

    async def steps(pilot):
        await pilot.press("r")
        first = app.training
        await until(pilot, lambda: first.state == "training")
        await pilot.press("r")
        assert app.training is first
        assert notes(app)[-1] == "Queued: walk, 1 waiting (Q shows the queue)"
        brake.allow()
        await until(pilot, lambda: app.training is not first and app.training.state == "finished")
        assert first.state == "finished"
        assert app.screen.feed is app.training
        assert len(store.list_runs(tmp_path)) == 2

    scripted_app.drive(app, steps)


def test_a_sweep_is_queued_whole_reordered_and_stopped_whole(tmp_path):
    brake = Brake(5)
    app: Ibtui = scripted_app.app(tmp_path, profile=SWEEP[0], sweep=SWEEP, engine=brake.engine)

    def waiting():
        return [one.seed for one in app.queue.waiting]

    async def steps(pilot):
        await pilot.press("A")
        await until(pilot, lambda: app.training is not None and app.training.state == "training")
        assert waiting() == [2, 3]
        await pilot.press("Q")
        await until(pilot, lambda: isinstance(app.screen, QueueScreen))
        assert screen_text(app).count("waiting") == 2
        await pilot.press("K")
        assert notes(app)[-1] == "Only a run that waits can be moved"
        await pilot.press("down", "down", "K")
        assert waiting() == [3, 2]
        await pilot.press("d")  # the one that was moved is still under the cursor
        assert waiting() == [2]
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press("a")
        await until(pilot, lambda: app.training.state == "stopped")
        await pilot.pause(0.3)
        assert len(app.trained) == 1
        assert len(store.list_runs(tmp_path)) == 1

    scripted_app.drive(app, steps)


def test_stopping_one_run_begins_the_next(tmp_path):
    app = scripted_app.app(tmp_path, profile=PROFILE, engine=Brake(6).engine)

    async def steps(pilot):
        await pilot.press("r")
        await until(pilot, lambda: app.training.state == "training")
        await pilot.press("r", "x")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press("y")
        await until(pilot, lambda: len(app.trained) == 2)
        assert app.trained[0].state == "stopped"

    scripted_app.drive(app, steps)


def test_quitting_can_leave_the_run_and_the_queue_to_the_background(tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(queue_module.subprocess, "Popen", lambda *a, **k: started.append((a, k)))
    app = scripted_app.app(tmp_path, profile=PROFILE, engine=Brake(6).engine)

    async def steps(pilot):
        await pilot.press("r")
        await until(pilot, lambda: app.training.state == "training")
        await pilot.press("r", "q")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        assert "1 more wait" in screen_text(app)
        await pilot.press("b")
        await until(pilot, lambda: app.return_value == 0)

    scripted_app.drive(app, steps)
    assert store.load(app.training.folder).status == "interrupted"
    [((program,), options)] = started
    assert options["start_new_session"]
    resumed, queued, cleared = program[2].split("; ")
    assert cleared == f"rm -f -- {queued.split()[-1]}"
    assert resumed.endswith(f"--resume {app.training.folder}")
    assert parse_profile(Path(queued.split()[-1]).read_text(), "queued") == PROFILE


def test_the_background_goes_on_one_run_after_the_other(tmp_path, monkeypatch):
    """With the real program, whose profile has a mistake: it says so in the log, and ends."""
    held = []
    popen = subprocess.Popen
    monkeypatch.setattr(
        queue_module.subprocess, "Popen", lambda *a, **k: held.append(popen(*a, **k))
    )
    log = queue_module.detach(tmp_path / "no-run", [], tmp_path, None)
    assert held[0].wait(60) == 2
    assert "no-run" in log.read_text()


@pytest.mark.parametrize(("setting", "goes_on"), [("stop", False), ("background", True)])
def test_a_dropped_line_saves_the_run_and_trains_on_if_the_settings_say_so(
    setting, goes_on, tmp_path, monkeypatch
):
    started = []
    monkeypatch.setattr(queue_module.subprocess, "Popen", lambda *a, **k: started.append(a))
    settings = {"dropped_line": setting}
    app = scripted_app.app(tmp_path, profile=PROFILE, engine=Brake(6).engine, settings=settings)

    async def steps(pilot):
        app.drop()  # nothing trains: nothing goes on
        assert not started
        app._ending = False
        await pilot.press("r")
        await until(pilot, lambda: app.training.state == "training")
        await asyncio.to_thread(app.drop)

    scripted_app.drive(app, steps)
    assert store.load(app.training.folder).status == "interrupted"
    assert len(started) == goes_on


def test_what_the_background_left_long_ago_is_removed(tmp_path):
    old = time.time() - queue_module.KEEP_LOG_SECONDS - 60
    for name, files in {"ended": ["log"], "waits": ["log", "0-a.toml"], "new": ["log"]}.items():
        (tmp_path / name).mkdir()
        for file in files:
            (tmp_path / name / file).touch()
            if name != "new":
                os.utime(tmp_path / name / file, (old, old))
    (tmp_path / "file").touch()
    queue_module.remove_ended(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"waits", "new", "file"}


def test_places_in_the_queue():
    queue = Queue()
    queue.add(SWEEP)
    assert queue.move(0, -1) == 0
    assert queue.move(2, 1) == 2
    assert queue.move(0, 1) == 1
    assert [one.seed for one in queue.waiting] == [2, 1, 3]
    assert queue.remove(1).seed == 1
    assert queue.take().seed == 2
    assert len(queue) == 1
    queue.clear()
    assert queue.take() is None
    assert commands(None, [], Path("runs"), None) == []


def test_an_app_that_starts_finds_the_run_that_another_process_writes(tmp_path):
    ensemble = ScriptedEnsemble(PROFILE)
    folder = store.create(tmp_path, PROFILE, ensemble)
    frames = store.record(ensemble, folder)
    next(frames)
    app = scripted_app.app(tmp_path, profile=PROFILE)

    async def steps(pilot):
        await until(pilot, lambda: "LIVE" in screen_text(app))
        assert app.screen.feed.folder == folder
        assert "is being trained by another process" in notes(app)[-1]

    scripted_app.drive(app, steps)
    frames.close()
