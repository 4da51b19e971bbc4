"""Help and palette: every key and every action is in them."""

import pytest

from ibtui.tui.keys import GROUPS
from ibtui.tui.screens.help import Help
from ibtui.tui.settings import Settings
from tests.tui import scripted_app
from tests.tui.held_engine import Brake
from tests.tui.replayed_app import PROFILE, replaying

pytestmark = pytest.mark.usefixtures("closed_form")


def test_help_names_every_key_under_its_present_binding(tmp_path):
    settings = {"keys": {"run": "R"}}
    app = scripted_app.app(tmp_path, profile=PROFILE, settings=settings, engine=Brake(10**6).engine)

    async def steps(pilot):
        await pilot.press("r")
        assert app.training is None
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, Help)
        text = str(app.screen.query_one("Static").render())
        for group in GROUPS.values():
            for binding in group:
                assert binding.tooltip in text
        assert "  R              train the profile" in text
        assert all(name in text for name in Settings.model_fields)
        await pilot.press("escape")
        await pilot.pause()
        await pilot.press("R")
        assert app.training is not None
        await scripted_app.until(pilot, lambda: not app.training.active)

    scripted_app.drive(app, steps)


def test_the_palette_offers_every_action(tmp_path):
    app = replaying(tmp_path)

    async def steps(pilot):
        titles = [command.title for command in app.get_system_commands(app.screen)]
        for group, bindings in GROUPS.items():
            for binding in bindings:
                assert f"{group}: {binding.tooltip}" in titles
        assert any("compare" in title for title in titles)
        assert "Panes: setup on or off" in titles
        cividis = next(
            command
            for command in app.get_system_commands(app.screen)
            if command.title == "Epoch colours: cividis"
        )
        before = list(app.screen.bench.planes.pair.first.rows)
        cividis.callback()
        await pilot.pause(0.1)
        assert app.screen.bench.planes.pair.first.rows != before

    scripted_app.drive(app, steps)
