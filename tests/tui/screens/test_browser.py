"""The run browser and the comparison of two runs."""

import numpy as np
import pytest
from textual.widgets import DataTable, Input

from ibtui import store
from ibtui.profile import parse_profile
from ibtui.tui.draw.rows import changes
from ibtui.tui.screens.browser import Browser
from ibtui.tui.screens.compare import Compare
from ibtui.tui.screens.dialogs import Ask
from ibtui.tui.screens.laboratory import Laboratory
from tests.scripted_engine import ScriptedEnsemble
from tests.tui import scripted_app
from tests.tui.held_engine import Brake

pytestmark = pytest.mark.usefixtures("closed_form")


def profile(name, epochs=20):
    text = f'name = "{name}"\nreplicates = 2\ntraining.epochs = {epochs}\nmeasure.every = 4\n'
    return parse_profile(text, name)


def make_run(runs, name, epochs=20, stop=None):
    about = profile(name, epochs)
    ensemble = ScriptedEnsemble(about)
    folder = store.create(runs, about, ensemble)
    for frame in store.record(ensemble, folder):
        if frame.epoch == stop:
            ensemble.stop()
    return store.rename(folder, name)


@pytest.fixture
def runs(tmp_path):
    """Three runs, of which one was stopped, and one folder that is broken."""
    make_run(tmp_path, "one")
    make_run(tmp_path, "two", epochs=40)
    make_run(tmp_path, "part", stop=8)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "run.toml").write_text("schema_version = ")
    return tmp_path


def rows(app):
    table = app.screen.query_one(DataTable)
    found = (map(str, table.get_row_at(row)) for row in range(table.row_count))
    return {cells[1]: cells for cells in map(tuple, found)}


def go_to(app, name):
    table = app.screen.query_one(DataTable)
    table.move_cursor(row=list(rows(app)).index(name))


def test_the_browser_lists_runs_with_status_epoch_and_accuracy(runs):
    app = scripted_app.app(runs)

    async def steps(pilot):
        await pilot.press("O")
        await pilot.pause()
        found = rows(app)
        assert set(found) == {"one", "two", "part", "broken"}
        assert found["one"][2] == "finished"
        assert found["part"][2] == "interrupted"
        assert (found["one"][3], found["two"][3], found["part"][3]) == ("20/20", "40/40", "8/20")
        accuracy = store.load(runs / "two").recording.test_accuracy[-1].mean()
        assert found["two"][4] == f"{accuracy:.3f}"
        assert found["broken"][2] == "broken"
        go_to(app, "broken")
        await pilot.pause()
        assert "run.toml: cannot be read" in scripted_app.screen_text(app)

    scripted_app.drive(app, steps)


def test_names_with_brackets_are_names_and_no_markup(runs):
    (runs / "two").rename(runs / "[red]two[x]")
    app = scripted_app.app(runs)

    async def steps(pilot):
        await pilot.press("O")
        await pilot.pause()
        assert "[red]two[x]" in scripted_app.screen_text(app)
        go_to(app, "[red]two[x]")
        await pilot.press("enter")
        await scripted_app.until(pilot, lambda: isinstance(app.screen, Laboratory))
        assert "[red]two[x]" in scripted_app.screen_text(app)
        await pilot.press("s")
        await pilot.pause()
        assert "[red]two[x]" in scripted_app.screen_text(app)

    scripted_app.drive(app, steps)


def test_an_empty_folder_says_so(tmp_path):
    app = scripted_app.app(tmp_path / "nothing")

    async def steps(pilot):
        await pilot.press("O")
        await pilot.pause()
        assert "There are no runs yet" in scripted_app.screen_text(app)
        await pilot.press("enter", "space", "n", "d", "c", "escape")
        await pilot.pause()
        assert isinstance(app.screen, Laboratory)

    scripted_app.drive(app, steps)


def test_a_run_that_is_opened_leaves_the_form_alone_until_its_profile_is_taken(runs):
    app = scripted_app.app(runs)
    typed = scripted_app.profile()

    async def steps(pilot):
        await pilot.press("O")
        await pilot.pause()
        go_to(app, "two")
        await pilot.press("enter")
        await scripted_app.until(pilot, lambda: isinstance(app.screen, Laboratory))
        lab = app.screen
        assert lab.recording.epoch[-1] == 40
        assert lab.form.profile == typed
        await pilot.press("t")
        await scripted_app.until(pilot, lambda: lab.form.profile == profile("two", 40))
        await pilot.press("z")
        await scripted_app.until(pilot, lambda: lab.form.profile == typed)
        await pilot.press("Z")
        await scripted_app.until(pilot, lambda: lab.form.profile == profile("two", 40))
        assert lab.playback.at == 10
        assert not lab.playback.follow

    scripted_app.drive(app, steps)


def test_a_broken_run_is_not_opened_but_told(runs):
    app = scripted_app.app(runs)

    async def steps(pilot):
        await pilot.press("O")
        await pilot.pause()
        go_to(app, "broken")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, Browser)
        assert any("cannot be read" in toast.message for toast in app._notifications)

    scripted_app.drive(app, steps)


def test_runs_are_renamed_and_deleted_after_asking(runs):
    app = scripted_app.app(runs)

    async def steps(pilot):
        await pilot.press("O")
        await pilot.pause()
        order = list(rows(app))
        go_to(app, "one")
        await pilot.press("space", "n")
        await pilot.pause()
        app.screen.query_one(Input).value = "two"
        await pilot.press("enter")
        await pilot.pause()
        assert any("exists already" in toast.message for toast in app._notifications)
        await pilot.press("n")
        await pilot.pause()
        app.screen.query_one(Input).value = "first"
        await pilot.press("enter")
        await pilot.pause()
        assert "first" in rows(app)
        assert (runs / "first" / "run.toml").exists()
        assert rows(app)["first"][0] == "*"
        row = list(rows(app)).index("first")
        assert app.screen.query_one(DataTable).cursor_row == row
        await pilot.press("d")
        await pilot.pause()
        assert isinstance(app.screen, Ask)
        await pilot.press("n")
        await pilot.pause()
        assert (runs / "first").exists()
        await pilot.press("d")
        await pilot.pause()
        await pilot.press("y")
        await pilot.pause()
        assert not (runs / "first").exists()
        assert list(rows(app)) == [name for name in order if name != "one"]
        assert app.screen.query_one(DataTable).cursor_row == min(row, 2)
        assert app.screen._marked == []

    scripted_app.drive(app, steps)


def test_two_runs_are_compared_on_equal_axes_and_overlaid(runs):
    app = scripted_app.app(runs)

    async def steps(pilot):
        await pilot.press("O")
        await pilot.pause()
        await pilot.press("c")
        assert [toast.message for toast in app._notifications] == ["Mark two runs first (space)"]
        for name in ("one", "part", "two"):  # of three marks the oldest goes
            go_to(app, name)
            await pilot.press("space")
        await pilot.press("c")
        await pilot.pause()
        assert isinstance(app.screen, Compare)
        left, right = (app.screen.pair.first, app.screen.pair.second)
        assert left.viewport == right.viewport
        assert [run.folder.name for run in app.screen._runs] == ["part", "two"]
        assert "part" in left.rows[0].text
        assert "two" in right.rows[0].text
        assert "epochs 8/20 | 40/40" in scripted_app.screen_text(app)
        before = list(left.rows)
        await pilot.press("a")
        await pilot.pause()
        assert not right.display
        assert "part over two" in left.rows[0].text
        await pilot.press("a", "g")
        await pilot.pause()
        assert left.rows != before
        assert "epochs 0/20 | 0/40" in scripted_app.screen_text(app)
        await pilot.press("G", "plus", "plus", "l")
        assert left.viewport == right.viewport
        assert left.viewport.left > 0.3
        await pilot.press("plus", "v", "u", "o", "L", "b", "i", "space")
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, Browser)

    scripted_app.drive(app, steps)


def test_the_browser_and_the_comparison_tell_their_own_keys_and_take_pictures(runs):
    app = scripted_app.app(runs, settings={"keys": {"unit": "U"}})

    async def told(pilot):
        await pilot.press("question_mark")
        await pilot.pause()
        text = str(app.screen.query_one("Static").render())
        await pilot.press("escape", "s")
        await pilot.pause()
        return text

    async def steps(pilot):
        await pilot.press("O")
        await pilot.pause()
        text = await told(pilot)
        assert all(binding.tooltip in text for binding in Browser.BINDINGS)
        assert "train the profile" not in text
        go_to(app, "one")
        await pilot.press("space")
        go_to(app, "two")
        await pilot.press("c")
        await pilot.pause()
        text = await told(pilot)
        assert all(binding.tooltip in text for binding in Compare.BINDINGS)
        assert "  U              bits or nats" in text
        await pilot.press("U")
        assert app.screen.view.unit == "nats"
        assert list(runs.glob("picture-*.svg"))
        await pilot.press("e")
        await pilot.pause()
        for name in ("one", "two"):
            rows = next((runs / name).glob("plane-*.csv")).read_text().splitlines()
            recording = store.load(runs / name).recording
            assert len(rows) == 1 + len(recording) * len(recording.header.layers)

    scripted_app.drive(app, steps)


def test_a_run_opened_while_another_trains_is_left_for_the_one_in_training(runs):
    brake = Brake(6)
    app = scripted_app.app(runs, profile=profile("live", 40), engine=brake.engine)

    async def open_run(pilot, name):
        await pilot.press("O")
        await pilot.pause()
        go_to(app, name)
        await pilot.press("enter")
        await scripted_app.until(pilot, lambda: isinstance(app.screen, Laboratory))

    async def steps(pilot):
        lab = app.screen
        await pilot.press("r")
        await scripted_app.until(pilot, lambda: app.training.state == "training")
        own = app.training
        for back in ("T", "q", "O"):
            await open_run(pilot, "one")
            assert lab.feed.name == "one"
            assert app.screen_stack == [lab]
            await (open_run(pilot, own.name) if back == "O" else pilot.press(back))
            await scripted_app.until(pilot, lambda: lab.feed is own)
            assert lab.playback.follow
        await open_run(pilot, "one")
        own.stop()
        await scripted_app.until(pilot, lambda: own.state == "stopped")
        brake.allow()
        await pilot.press("r")  # what the form says, whatever is on the screen
        assert app.training is not own
        assert lab.feed is app.training
        assert app.training.profile == profile("live", 40)
        await scripted_app.until(pilot, lambda: app.training.state == "finished")
        assert np.array_equal(lab.recording.epoch, np.arange(0, 41, 4))

    scripted_app.drive(app, steps)


def test_a_picture_of_the_same_frame_has_no_changes(runs):
    app = scripted_app.app(runs)

    async def steps(pilot):
        app.open_run(runs / "two")
        await pilot.pause()
        plane = app.screen.bench.planes.pair.first
        await scripted_app.until(pilot, lambda: "exact" in plane.rows[0].text)
        before = list(plane.rows)
        plane.redraw()
        assert changes(before, plane.rows) == []

    scripted_app.drive(app, steps)
