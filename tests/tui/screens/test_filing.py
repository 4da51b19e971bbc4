"""Pictures, tables and profiles, saved and loaded."""

import csv
from xml.etree import ElementTree

import pytest
from textual.widgets import Input, OptionList

from ibtui.profile import load_profile, load_profiles, shipped, to_toml
from ibtui.tui.screens.dialogs import Ask, Pick, Prompt
from tests.tui import scripted_app
from tests.tui.replayed_app import PROFILE, replaying
from tests.tui.scripted_app import notes

pytestmark = pytest.mark.usefixtures("closed_form")


def test_picture_and_points_are_saved_beside_the_run(tmp_path):
    app = replaying(tmp_path)

    async def steps(pilot):
        folder = app.screen.feed.folder
        await pilot.press("s")
        await pilot.pause(0.3)
        [picture] = folder.glob("picture-*.svg")
        root = ElementTree.parse(picture).getroot()
        assert root.get("{http://www.w3.org/XML/1998/namespace}space") == "preserve"
        await pilot.press("e")
        await pilot.pause(0.1)
        [points] = folder.glob("plane-*.csv")
        with open(points, newline="") as handle:
            assert len(list(csv.DictReader(handle))) == 11 * 3

    scripted_app.drive(app, steps)


def test_the_profile_is_copied_and_saved(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app = replaying(tmp_path / "runs")

    async def steps(pilot):
        await pilot.press("y")
        assert app.clipboard == to_toml(PROFILE)
        await pilot.press("W")
        await pilot.pause()
        app.screen.query_one(Input).value = "mine.toml"
        await pilot.press("enter")
        await pilot.pause(0.2)
        assert load_profile(tmp_path / "mine.toml") == PROFILE
        await pilot.press("W")
        await pilot.pause()
        app.screen.query_one(Input).value = "mine.toml"
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, Ask)
        await pilot.press("n")
        victim = tmp_path / "victim"
        (tmp_path / "mine.toml").unlink()
        (tmp_path / "mine.toml").symlink_to(victim)  # a link is replaced, after it is asked about
        await pilot.press("W")
        await pilot.pause()
        app.screen.query_one(Input).value = "mine.toml"
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, Ask)
        await pilot.press("y")
        await scripted_app.until(pilot, lambda: not (tmp_path / "mine.toml").is_symlink())
        assert load_profile(tmp_path / "mine.toml") == PROFILE
        assert not victim.exists()

    scripted_app.drive(app, steps)


def test_a_shipped_profile_is_loaded_into_the_form_and_of_a_sweep_one_of_its_runs(tmp_path):
    app = scripted_app.app(tmp_path, profile=PROFILE)
    sweep = next(
        name for name in shipped.names() if len(load_profiles(shipped.find_profile(name))) > 1
    )

    async def pick(pilot, name):
        await scripted_app.until(pilot, lambda: isinstance(app.screen, Pick))
        options = app.screen.query_one(OptionList)
        options.highlighted = options.get_option_index(name)
        await pilot.press("enter")

    async def steps(pilot):
        await pilot.press("P")
        await pick(pilot, "quickstart")
        form = app.screen_stack[0].form
        quickstart = load_profile(shipped.find_profile("quickstart"))
        await scripted_app.until(pilot, lambda: form.profile == quickstart)
        await pilot.press("P")
        await pick(pilot, sweep)
        last = load_profiles(shipped.find_profile(sweep))[-1]
        await pick(pilot, last.name)
        await scripted_app.until(pilot, lambda: form.profile == last)

    scripted_app.drive(app, steps)


def test_a_profile_that_does_not_exist_is_told(tmp_path):
    app = scripted_app.app(tmp_path, profile=PROFILE)

    async def steps(pilot):
        await pilot.press("P")
        await scripted_app.until(pilot, lambda: isinstance(app.screen, Pick))
        await pilot.press("end", "enter")
        await scripted_app.until(pilot, lambda: isinstance(app.screen, Prompt))
        await pilot.press(*"quikstart", "enter")
        await scripted_app.until(pilot, lambda: notes(app))
        assert "did you mean 'quickstart'?" in notes(app)[0]

    scripted_app.drive(app, steps)


HOPELESS = ("x" * 300, "no/such/folder/x.toml", "~nobody-here/x.toml", ".", "a\x00b")


@pytest.mark.parametrize("name", HOPELESS)
def test_a_name_that_no_file_can_have_is_told(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    app = scripted_app.app(tmp_path, profile=PROFILE)

    async def steps(pilot):
        await pilot.press("W")
        await pilot.pause()
        app.screen.query_one(Input).value = name
        await pilot.press("enter")
        await pilot.pause()
        if isinstance(app.screen, Ask):
            await pilot.press("y")
        await scripted_app.until(pilot, lambda: notes(app))
        assert "cannot be written: " in notes(app)[0]
        assert notes(app)[0].endswith(")")
        await pilot.press("P")
        await scripted_app.until(pilot, lambda: isinstance(app.screen, Pick))
        await pilot.press("end", "enter")
        await scripted_app.until(pilot, lambda: isinstance(app.screen, Prompt))
        app.screen.query_one(Input).value = name
        await pilot.press("enter")
        await scripted_app.until(pilot, lambda: len(notes(app)) == 2)
        assert "is neither a file nor" in notes(app)[1] or "is a folder" in notes(app)[1]

    scripted_app.drive(app, steps)
