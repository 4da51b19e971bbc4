"""The run that trains is never out of sight: in the heading, in questions, in the terminal."""

import numpy as np
import pytest

from ibtui.session import events
from ibtui.tui.panes.heading import Heading, Said
from ibtui.tui.screens.dialogs import Ask
from ibtui.tui.terminal.notice import Notice
from tests.scripted_engine import saved_run
from tests.tui import scripted_app
from tests.tui.held_engine import Brake
from tests.tui.replayed_app import PROFILE
from tests.tui.scripted_app import notes, screen_text, until

pytestmark = pytest.mark.usefixtures("closed_form")


def head(app):
    return screen_text(app).splitlines()[0]


def test_another_run_on_the_screen_hides_the_own_one_not_and_stopping_asks_first(tmp_path):
    other = saved_run(tmp_path, PROFILE, "other").folder
    app = scripted_app.app(tmp_path, profile=PROFILE, engine=Brake(20).engine)

    async def steps(pilot):
        await pilot.press("r")
        await until(pilot, lambda: app.training.share > 0.5)
        app.open_run(other)
        await until(pilot, lambda: "other  FINISHED" in head(app))
        assert "T: " in head(app)
        assert "training 52%" in head(app)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        assert f"Stop {app.training.name}" in screen_text(app).replace("\n", " ")
        await pilot.press("n")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert app.training.active
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press("y")
        await until(pilot, lambda: app.training.state == "stopped")
        await until(pilot, lambda: "stopped" in head(app))

    scripted_app.drive(app, steps)


def test_a_run_of_hours_is_not_stopped_by_one_key(tmp_path, monkeypatch):
    monkeypatch.setattr("ibtui.tui.screens.questions.LONG_SECONDS", 0.5)  # of the script's clock
    app = scripted_app.app(tmp_path, profile=PROFILE, engine=Brake(20).engine)

    async def steps(pilot):
        await pilot.press("r")
        await until(pilot, lambda: app.training.seconds >= 0.5)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert app.training.active

    scripted_app.drive(app, steps)


def test_divergence_is_counted_in_the_heading(tmp_path):
    folder = saved_run(tmp_path, PROFILE, diverge=(1, 9)).folder
    app = scripted_app.app(tmp_path, profile=PROFILE)

    async def steps(pilot):
        app.open_run(folder)
        await until(pilot, lambda: "FINISHED  1 of 3 diverged" in head(app))

    scripted_app.drive(app, steps)


def test_compiling_is_said_with_its_seconds(tmp_path):
    brake = Brake()

    def engine(profile, data_dir, checkpoint):
        ensemble = brake.engine(profile, data_dir, checkpoint)
        ensemble.compiling = True
        ensemble.compiled = True
        ensemble._at = {1: lambda: setattr(ensemble, "compiling", False), 30: ensemble._at[30]}
        return ensemble

    app = scripted_app.app(tmp_path, profile=PROFILE, engine=engine)

    async def steps(pilot):
        await pilot.press("r")
        await until(pilot, lambda: "TRAINING" in head(app) or "COMPILING" in head(app))
        log = app.training._session.events
        assert events.CompileBegan() in log
        await until(pilot, lambda: "TRAINING" in head(app))
        assert app.training.compiling_seconds is None
        app.training._compiling_since = 0.0
        await until(pilot, lambda: "COMPILING" in head(app))
        app.training._compiling_since = None
        brake.allow()
        await until(pilot, lambda: app.training.state == "finished")

    scripted_app.drive(app, steps)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_time_left_is_never_cut(width, tmp_path):
    app = scripted_app.app(tmp_path)

    async def steps(pilot):
        heading = app.screen.query_one(Heading)
        name, progress = (
            "quickstart-20261125-134814-and-more",
            "epoch 105/300  5 replicate-epochs/s",
        )
        heading._said = Said(name, "training", "2:03:07 left", "3 of 8 diverged", progress)
        heading.redraw()
        row = heading.rows[0].text
        assert len(row) == width
        assert "TRAINING  2:03:07 left  3 of 8 diverged" in row
        assert "qui" in row

    scripted_app.drive(app, steps, (width, 24))


def test_the_terminal_gets_a_title_with_per_cent_and_a_bell_at_the_end():
    sent = []
    notice = Notice(sent.append)
    for share in (0.0, 0.001, 0.5):
        notice.progress("run", share)
    notice.end("ru\x1bn", "finished")
    notice.close()
    assert sent[:2] == ["\x1b[22;0t\x1b]0;0% run - ibtui\x07", "\x1b]0;50% run - ibtui\x07"]
    assert sent[2].count("\x1b") == 1  # none that a name brought in
    assert "finished - ibtui\x07" in sent[2]
    assert sent[3].startswith("\x07\x1b]9;ibtui: ru")
    assert sent[4:] == ["\x1b[23;0t"]


def test_the_verdicts_accuracy_and_loss_stand_below_the_table(tmp_path):
    app = scripted_app.app(tmp_path, profile=PROFILE)
    folder = saved_run(tmp_path, PROFILE).folder

    async def steps(pilot):
        app.open_run(folder)
        table = app.screen.bench.table
        await until(pilot, lambda: table.shown and len(table.shown.verdicts) == 3)
        rows = [row.text.rstrip() for row in table.rows]
        accuracy = np.mean(app.screen.recording.test_accuracy[-1])
        assert f"{accuracy:.3f} test" in rows[4]
        assert rows[5].startswith(" 1 ")
        assert "fit" in rows[5]
        await pilot.press("n")
        await until(pilot, lambda: app.screen._judge.found[0].series == "binning-30")

    scripted_app.drive(app, steps)


def test_notices_say_what_they_act_on(tmp_path):
    app = scripted_app.app(tmp_path, profile=PROFILE, engine=Brake(8).engine)

    async def steps(pilot):
        await pilot.press("r")
        await until(pilot, lambda: app.training.state == "training")
        await pilot.press("space")
        assert notes(app)[-1] == f"{app.training.name} is held (space goes on)"
        await pilot.press("space", "x")
        await until(pilot, lambda: notes(app)[-1].startswith(app.training.name))

    scripted_app.drive(app, steps)
