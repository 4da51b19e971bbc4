"""Runs in the laboratory: started, paused, stopped, resumed, followed, and how they fail."""

import threading

import numpy as np
import pytest
from textual.widgets import Input

from ibtui import store
from ibtui.tui.feeds.saved import Saved
from ibtui.tui.panes.transport import Words
from ibtui.tui.screens.dialogs import Ask, Prompt
from ibtui.tui.screens.laboratory import Laboratory
from ibtui.tui.screens.said import LATE
from tests.scripted_engine import ScriptedEnsemble, saved_run
from tests.tui import scripted_app
from tests.tui.held_engine import Brake
from tests.tui.replayed_app import PROFILE
from tests.tui.scripted_app import notes

pytestmark = pytest.mark.usefixtures("closed_form")


def test_a_run_is_started_paused_continued_stopped_and_resumed(tmp_path):
    brake = Brake()
    app = scripted_app.app(tmp_path, profile=PROFILE, engine=brake.engine)

    async def steps(pilot):
        lab = app.screen

        def frames():
            return 0 if lab.recording is None else len(lab.recording)

        await pilot.press("r")
        brake.allow(8)
        await scripted_app.until(pilot, lambda: frames() == 3)
        planes = lab.bench.planes.pair
        await scripted_app.until(pilot, lambda: planes.first.rows and planes.second.rows)
        await scripted_app.until(pilot, lambda: "binning" in planes.second.rows[0].text)
        assert "TRAINING" in scripted_app.screen_text(app)
        assert "exact" in planes.first.rows[0].text
        await pilot.press("space")
        assert app.training.state == "paused"
        brake.allow(20)
        await scripted_app.until(pilot, lambda: frames() == 4)
        await pilot.pause(0.2)
        assert frames() == 4  # the frame that was being made, and no more
        assert "PAUSED" in scripted_app.screen_text(app)
        await pilot.press("space")
        await scripted_app.until(pilot, lambda: frames() == 8)
        await pilot.press("x")
        await scripted_app.until(pilot, lambda: app.training.state == "stopped")
        folder = app.training.folder
        assert store.load(folder).status == "interrupted"
        brake.allow()
        await pilot.press("c")
        await scripted_app.until(pilot, lambda: app.training.state == "finished")
        assert app.training.folder == folder
        assert store.load(folder).status == "finished"
        assert np.array_equal(lab.recording.epoch, np.arange(0, 41, 4))

    scripted_app.drive(app, steps)


def test_quitting_while_a_run_trains_asks_and_saves(tmp_path):
    app = scripted_app.app(tmp_path, profile=PROFILE, engine=Brake(6).engine)

    async def steps(pilot):
        await pilot.press("r")
        await scripted_app.until(pilot, lambda: app.training.state == "training")
        await pilot.press("q")
        await scripted_app.until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press("n")
        await scripted_app.until(pilot, lambda: isinstance(app.screen, Laboratory))
        assert app.training.active
        await pilot.press("q")
        await scripted_app.until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press("s")
        await scripted_app.until(pilot, lambda: app.return_value is not None)

    scripted_app.drive(app, steps)
    assert app.return_value == 0
    assert store.load(app.training.folder).status == "interrupted"
    assert store.load_checkpoint(app.training.folder) is not None


def test_a_run_that_is_stopped_while_it_prepares_says_why_that_takes_long(tmp_path):
    """And the question whether to quit goes when the run has ended without an answer."""
    compiling = threading.Event()

    def slow(profile, data_dir, checkpoint):
        assert compiling.wait(60)
        return ScriptedEnsemble(profile, checkpoint=checkpoint)

    app = scripted_app.app(tmp_path, profile=PROFILE, engine=slow)

    async def steps(pilot):
        try:
            await pilot.press("r")
            assert app.training.state == "preparing"
            await pilot.press("x")
            assert notes(app)[-1] == f"{PROFILE.name} {LATE}"
            await scripted_app.until(pilot, lambda: LATE in scripted_app.screen_text(app))
            await pilot.press("q")
            await scripted_app.until(pilot, lambda: isinstance(app.screen, Ask))
            assert "A run is being stopped." in scripted_app.screen_text(app)
        finally:
            compiling.set()
        await scripted_app.until(pilot, lambda: isinstance(app.screen, Laboratory))
        assert app.training.state == "stopped"
        assert notes(app)[-1] == "The run is stopped: quit again to leave"
        await scripted_app.until(pilot, lambda: LATE not in scripted_app.screen_text(app))
        assert app.return_value is None
        await pilot.press("q")
        await scripted_app.until(pilot, lambda: app.return_value == 0)

    scripted_app.drive(app, steps)


def test_an_error_of_the_engine_is_shown_and_the_screen_lives_on(tmp_path):
    def broken(profile, data_dir, checkpoint):
        raise ZeroDivisionError("by [zero[/]")

    app = scripted_app.app(tmp_path, profile=PROFILE, engine=broken)

    async def steps(pilot):
        await pilot.press("r")
        await scripted_app.until(pilot, lambda: app.training.state == "failed")
        await pilot.pause(0.3)
        assert any("ZeroDivisionError" in note for note in notes(app))
        assert "FAILED" in scripted_app.screen_text(app)
        await pilot.press("5")
        await pilot.pause(0.3)
        assert "ZeroDivisionError" in scripted_app.screen_text(app)

    scripted_app.drive(app, steps)


def test_a_saved_run_trains_again_from_its_own_profile(tmp_path):
    folder = saved_run(tmp_path, PROFILE).folder
    app = scripted_app.app(
        tmp_path, profile=PROFILE, feed=Saved(folder), engine=Brake(10**6).engine
    )

    async def steps(pilot):
        await pilot.press("r")
        await scripted_app.until(
            pilot, lambda: app.training is not None and app.training.state == "finished"
        )
        assert app.training.folder != folder
        assert app.screen.feed is app.training

    scripted_app.drive(app, steps)


def test_the_first_screen_names_the_newest_runs_and_those_that_come_along(tmp_path):
    for name in "abcdefg":
        saved_run(tmp_path, PROFILE, name)
    app = scripted_app.app(tmp_path, profile=PROFILE)

    async def steps(pilot):
        await scripted_app.until(pilot, lambda: "newest runs" in scripted_app.screen_text(app))
        text = scripted_app.screen_text(app)
        assert text.count("  finished") == 5
        assert "trains the profile" in text
        assert "runs to look at: figure-2, figure-3" in text

    scripted_app.drive(app, steps)


def test_a_finished_run_goes_on_for_as_many_epochs_as_are_asked_for(tmp_path):
    folder = saved_run(tmp_path, PROFILE).folder
    had = PROFILE.training.epochs
    app = scripted_app.app(
        tmp_path, profile=PROFILE, feed=Saved(folder), engine=Brake(10**6).engine
    )

    async def ask(pilot, text):
        await pilot.press("c")
        await scripted_app.until(pilot, lambda: isinstance(app.screen, Prompt))
        asked = app.screen.query_one(Input)
        assert asked.value == str(2 * had)
        asked.value = text
        await pilot.press("enter")
        await scripted_app.until(pilot, lambda: len(app.screen_stack) == 1)

    async def steps(pilot):
        for text, said in {
            "many": "'many' is no number of epochs",
            "9" * 30: f"'{'9' * 30}' is no number of epochs",
            str(had): f"--epochs: {had}",
        }.items():
            await ask(pilot, text)
            assert notes(app)[-1].startswith(said)
        assert app.training is None
        await ask(pilot, str(had + 10))
        await scripted_app.until(
            pilot, lambda: app.training is not None and app.training.state == "finished"
        )
        assert app.training.folder == folder
        assert app.screen.feed is app.training
        assert app.screen.feed.span.last == had + 10

    scripted_app.drive(app, steps)
    whole = store.load(folder)
    assert whole.manifest.planned.last == had + 10
    assert whole.recording.epoch[-1] == had + 10


def test_a_run_that_is_being_written_is_followed_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr("ibtui.store.writer.SAVE_SECONDS", 0.0)
    monkeypatch.setattr("ibtui.store.writer.SAVE_SHARE", 1e9)
    monkeypatch.setattr("ibtui.tui.screens.laboratory.POLL_SECONDS", 0.05)
    ensemble = ScriptedEnsemble(PROFILE)
    folder = store.create(tmp_path, PROFILE, ensemble)
    frames = store.record(ensemble, folder)
    next(frames)
    app = scripted_app.app(tmp_path, profile=PROFILE, feed=Saved(folder))

    async def steps(pilot):
        lab = app.screen
        await pilot.pause(0.3)
        assert "LIVE" in scripted_app.screen_text(app)
        next(frames)
        next(frames)
        await scripted_app.until(pilot, lambda: len(lab.recording) == 3)
        assert lab.playback.at == 2
        list(frames)
        await scripted_app.until(pilot, lambda: "FINISHED" in scripted_app.screen_text(app))
        assert lab.playback.at == 10

    scripted_app.drive(app, steps)


@pytest.mark.parametrize("size", [(120, 40), (200, 60)])
def test_a_run_that_has_no_frame_yet_does_not_stand_above_those_of_the_run_before(tmp_path, size):
    folder = saved_run(tmp_path, PROFILE).folder
    built = threading.Event()

    def engine(*words):
        built.wait(60)
        return Brake(99).engine(*words)

    app = scripted_app.app(tmp_path, profile=PROFILE, feed=Saved(folder), engine=engine)

    async def steps(pilot):
        lab = app.screen
        pictures = (lab.pair.first, lab.pair.second, lab.bench.table)
        await scripted_app.until(pilot, lambda: "exact" in lab.pair.first.rows[0].text)
        assert "T1" in lab.bench.table.rows[1].text
        await pilot.press("r", "v", "o", "u")
        for picture in pictures:
            assert not "".join(row.text for row in picture.rows).strip()
        text = scripted_app.screen_text(app)
        assert "PREPARING" in text
        for words in lab.bench.planes.transport.query(Words):
            assert not "".join(row.text for row in words.rows).strip()
        assert "trains the profile" not in text
        built.set()
        await scripted_app.until(pilot, lambda: app.training.state == "finished")
        await scripted_app.until(pilot, lambda: "exact" in lab.pair.first.rows[0].text)
        assert "T1" in lab.bench.table.rows[1].text

    scripted_app.drive(app, steps, size)
