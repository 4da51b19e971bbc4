"""The playback of a saved run: its keys and its epochs."""

import pytest
from textual.widgets import Input

from ibtui.tui.screens.dialogs import Prompt
from tests.tui import scripted_app
from tests.tui.replayed_app import replaying
from tests.tui.scripted_app import notes

pytestmark = pytest.mark.usefixtures("closed_form")


def test_transport_keys_move_through_a_saved_run(tmp_path):
    app = replaying(tmp_path)

    async def steps(pilot):
        lab = app.screen
        play = lab.playback
        assert (play.at, play.follow) == (10, False)
        await pilot.press("g")
        assert play.at == 0
        await pilot.press("full_stop", "full_stop", "comma")
        assert play.at == 1
        await pilot.press("G")
        assert play.at == 10
        await pilot.press("greater_than_sign", "greater_than_sign", "less_than_sign")
        assert play.speed == 2
        play.speed = 0.25  # or a busy machine has played it to its end before it is looked at
        await pilot.press("g", "space")
        assert play.playing
        play.speed = 2.0
        await scripted_app.until(pilot, lambda: play.at == 10 and not play.playing)
        await pilot.press("colon")
        await pilot.pause()
        assert isinstance(app.screen, Prompt)
        await pilot.press("2", "3", "enter")
        await pilot.pause()
        assert play.at == 5  # epoch 20, the last frame before 23
        assert "epoch   20" in scripted_app.screen_text(
            app
        ) or "epoch 20" in scripted_app.screen_text(app)
        await pilot.press("f")
        assert (play.at, play.follow) == (10, True)

    scripted_app.drive(app, steps)


@pytest.mark.parametrize(
    ("epoch", "at", "end"), [("99999", 10, "last one, 40"), ("-7", 0, "first one, 0")]
)
def test_an_epoch_that_is_not_there_is_told(tmp_path, epoch, at, end):
    app = replaying(tmp_path)

    async def steps(pilot):
        app.screen.playback.at = 4
        await pilot.press("colon")
        await scripted_app.until(pilot, lambda: isinstance(app.screen, Prompt))
        app.screen.query_one(Input).value = epoch
        await pilot.press("enter")
        await scripted_app.until(pilot, lambda: notes(app))
        assert notes(app) == [f"Epoch {epoch} is not measured: this is the {end}"]
        assert app.screen.playback.at == at

    scripted_app.drive(app, steps)


def test_a_word_is_no_epoch(tmp_path):
    app = replaying(tmp_path)

    async def steps(pilot):
        await pilot.press("colon")
        await pilot.pause()
        await pilot.press("x", "enter")
        await pilot.pause()
        assert notes(app) == ["'x' is no epoch: a whole number is"]

    scripted_app.drive(app, steps)
