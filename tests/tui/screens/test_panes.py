"""The panes that fit into each size of the screen."""

import pytest

from ibtui.tui.panes.bench import on_screen
from ibtui.tui.panes.tabs import PANES
from tests.tui import scripted_app
from tests.tui.replayed_app import replaying

pytestmark = pytest.mark.usefixtures("closed_form")

SHOWN = {
    (80, 24): {"2": {"planes"}, "1": {"setup"}, "3": {"curves"}, "4": {"table"}, "6": {"claims"}},
    (120, 40): {
        "2": {"setup", "planes", "table"},
        "3": {"setup", "planes", "curves"},
        "5": {"setup", "planes", "log"},
        "1": {"planes", "log"},
    },
    (110, 24): {"2": {"setup", "planes"}, "4": {"setup", "table"}},
    (200, 60): {"2": {*PANES} - {"claims"}, "3": {*PANES} - {"claims"}},  # of no paper
}


@pytest.mark.parametrize("size", SHOWN)
def test_each_size_shows_the_panes_that_fit(tmp_path, size):
    app = replaying(tmp_path)

    def shown():
        return {pane for pane in PANES if on_screen(app.screen.query_one(f"#{pane}"))}

    async def steps(pilot):
        for key, panes in SHOWN[size].items():
            await pilot.press(key)
            await pilot.pause()
            assert shown() == panes, key
            if key == "1" and size[0] >= 100:
                await pilot.press("1")
        await pilot.press("2", "m")
        await pilot.pause()
        assert shown() == {"planes"}
        await pilot.press("m")
        await pilot.pause()
        assert shown() != {"planes"} or size[0] < 100

    scripted_app.drive(app, steps, size)


def test_the_screen_may_be_resized_at_any_time(tmp_path):
    app = replaying(tmp_path)

    async def steps(pilot):
        for width, height in ((80, 24), (40, 10), (20, 5), (200, 60), (120, 40)):
            await pilot.resize_terminal(width, height)
            await pilot.pause(0.1)
            lines = scripted_app.screen_text(app).splitlines()
            assert len(lines) == height
        assert "exact" in scripted_app.screen_text(app)

    scripted_app.drive(app, steps)
