"""The workspace: the list of runs, and those that lie over each other."""

import os

import numpy as np
import pytest
from textual.widgets import Input

from ibtui import store
from ibtui.profile import parse_profile
from ibtui.store import notes
from ibtui.tui.draw.rows import changes
from ibtui.tui.screens.dialogs import Ask
from ibtui.tui.screens.laboratory import Laboratory
from ibtui.tui.screens.workspace import Workspace
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


@pytest.fixture(autouse=True)
def _none_came_along(monkeypatch):
    monkeypatch.setattr("ibtui.store.shipped.folders", list)


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
    """The row of each run, by its name: the words in it, its mark the first one."""
    found = app.screen.shelf.list
    lines = [found.render_line(y + 1).text for y in range(len(found.shown))]
    return {one.folder.name: line for one, line in zip(found.shown, lines, strict=True)}


def go_to(app, name):
    found = app.screen.shelf.list
    found.go([one.folder.name for one in found.shown].index(name))


def is_listed(app):
    return isinstance(app.screen, Workspace) and app.screen.shelf.all is not None


async def listed(pilot):
    """Open the workspace and wait for its list."""
    await pilot.press("O")
    await scripted_app.until(pilot, lambda: is_listed(pilot.app))
    return pilot.app.screen


async def drawn(pilot, *names):
    """Wait until these runs, and no others, lie on the plane."""

    def there():
        laid = pilot.app.screen.pair.first._runs
        return [one.name for one in laid] == list(names)

    await scripted_app.until(pilot, there)


def test_the_list_tells_status_epochs_accuracy_and_what_the_profile_says(runs):
    app = scripted_app.app(runs)

    async def steps(pilot):
        screen = await listed(pilot)
        await pilot.press("m")
        await pilot.pause()
        found = rows(app)
        assert set(found) == {"one", "two", "part", "broken"}
        accuracy = store.load(runs / "two").recording.test_accuracy[-1].mean()
        words = found["two"].split()
        assert words[:5] == ["two", "finished", "szt", "tanh", "10-7-5-4-3"]
        assert words[5:8] == ["2", "40", f"{accuracy:.3f}"]
        assert "interrupted" in found["part"]
        assert "8/20" in found["part"]
        assert "broken" in found["broken"]
        go_to(app, "broken")
        await pilot.pause()
        assert "run.toml: cannot be read" in scripted_app.screen_text(app)
        assert "4" in screen.heading._said.progress

    scripted_app.drive(app, steps)


def test_names_with_brackets_are_names_and_no_markup(runs):
    (runs / "two").rename(runs / "[red]two[x]")
    app = scripted_app.app(runs)

    async def steps(pilot):
        await listed(pilot)
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
        await listed(pilot)
        assert "There are no runs yet" in scripted_app.screen_text(app)
        keys = ("enter", "space", "R", "d", "a", "p", "E", "number_sign", "e", "G", "pagedown")
        await pilot.press(*keys, "tab", "space", "L", "n", "v", "plus", "2", "3", "4", "1")
        await pilot.press("escape")
        await scripted_app.until(pilot, lambda: isinstance(app.screen, Laboratory))

    scripted_app.drive(app, steps)


def test_a_run_that_is_opened_leaves_the_form_alone_until_its_profile_is_taken(runs):
    app = scripted_app.app(runs)
    typed = scripted_app.profile()

    async def steps(pilot):
        await listed(pilot)
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
        await listed(pilot)
        go_to(app, "broken")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, Workspace)
        assert any("cannot be read" in note for note in scripted_app.notes(app))

    scripted_app.drive(app, steps)


def test_runs_are_renamed_and_deleted_after_asking(runs):
    app = scripted_app.app(runs)

    async def steps(pilot):
        screen = await listed(pilot)
        order = list(rows(app))
        go_to(app, "one")
        await pilot.press("space")
        go_to(app, "one")
        await pilot.press("R")
        await pilot.pause()
        app.screen.query_one(Input).value = "two"
        await pilot.press("enter")
        await pilot.pause()
        assert any("exists already" in note for note in scripted_app.notes(app))
        await pilot.press("R")
        await pilot.pause()
        app.screen.query_one(Input).value = "first"
        await pilot.press("enter")
        await scripted_app.until(pilot, lambda: "first" in rows(app))
        assert (runs / "first" / "run.toml").exists()
        assert rows(app)["first"].startswith("a first")
        assert screen.shelf.list.here.folder == runs / "first"
        await drawn(pilot, "first")
        await pilot.press("d")
        await pilot.pause()
        assert isinstance(app.screen, Ask)
        await pilot.press("n")
        await pilot.pause()
        assert (runs / "first").exists()
        await pilot.press("d")
        await pilot.pause()
        await pilot.press("y")
        await scripted_app.until(pilot, lambda: "first" not in rows(app))
        assert not (runs / "first").exists()
        assert list(rows(app)) == [name for name in order if name != "one"]
        assert screen.picked.marked == {}

    scripted_app.drive(app, steps)


def test_several_marked_runs_are_deleted_and_the_live_one_among_them_is_not(runs):
    app = scripted_app.app(runs)
    ensemble = ScriptedEnsemble(profile("live"))
    folder = store.create(runs, profile("live"), ensemble)
    frames = store.record(ensemble, folder)
    next(frames)

    async def steps(pilot):
        await listed(pilot)
        for name in ("one", folder.name, "part"):
            go_to(app, name)
            await pilot.press("space")
        await pilot.press("d")
        await pilot.pause()
        assert "Delete 3 runs" in scripted_app.screen_text(app)
        await pilot.press("y")
        await scripted_app.until(pilot, lambda: "one" not in rows(app))
        assert set(rows(app)) == {"two", "broken", folder.name}
        assert any("is being written" in note for note in scripted_app.notes(app))
        assert "2 of 3 runs are deleted" in scripted_app.notes(app)

    scripted_app.drive(app, steps)
    frames.close()


def test_marked_runs_lie_over_each_other_in_colours_of_their_own_the_pinned_one_first(runs):
    app = scripted_app.app(runs)

    async def steps(pilot):
        screen = await listed(pilot)
        go_to(app, "two")
        await drawn(pilot, "two")  # none is marked: the one under the cursor
        assert screen.pair.first._runs[0].slot is None
        for name in ("one", "part", "two"):
            go_to(app, name)
            await pilot.press("space")
        await drawn(pilot, "one", "part", "two")
        palette = app.look.palette
        styles = {segment.style for strip in screen.pair.first.rows for segment in strip}
        assert {palette.run(slot) for slot in range(3)} <= styles
        assert [rows(app)[name][0] for name in ("one", "part", "two")] == ["a", "b", "c"]
        go_to(app, "two")
        await pilot.press("p")
        await drawn(pilot, "two", "one", "part")
        assert screen.pair.first._runs[0].pinned
        go_to(app, "one")
        await pilot.press("space")
        await drawn(pilot, "two", "part")
        assert [rows(app)[name][0] for name in ("one", "part", "two")] == [" ", "b", "c"]
        go_to(app, "broken")
        await pilot.press("space")  # gets the letter that is free, and is not drawn
        await pilot.pause()
        assert rows(app)["broken"][0] == "a"
        await drawn(pilot, "two", "part")
        go_to(app, "two")
        await pilot.press("p")
        await drawn(pilot, "part", "two")
        assert screen.picked.pinned is None

    scripted_app.drive(app, steps, size=(200, 60))


def test_the_common_time_moves_all_runs_by_shares_of_their_epochs(runs):
    app = scripted_app.app(runs)

    async def steps(pilot):
        screen = await listed(pilot)
        for name in ("one", "two"):
            go_to(app, name)
            await pilot.press("space")
        await drawn(pilot, "one", "two")
        await pilot.press("tab")
        assert screen.focused is None
        plane = screen.pair.first

        def epochs():
            return [one.shown.epoch for one in plane._runs]

        assert epochs() == [20, 40]
        before = list(plane.rows)
        await pilot.press("g")
        assert epochs() == [0, 0]
        assert plane.rows != before
        screen.playback.go(200, 400)
        screen.draw()
        assert epochs() == [8, 20]
        await pilot.press("G", "plus", "plus", "l")
        assert plane.viewport.left > 0.3
        await pilot.press(
            "v", "u", "o", "L", "b", "i", "w", "N", "n", "space", "comma", "less_than_sign"
        )
        await pilot.pause()
        await pilot.press("tab")
        assert screen.focused is screen.shelf.list
        await pilot.press("escape")
        await scripted_app.until(pilot, lambda: isinstance(app.screen, Laboratory))

    scripted_app.drive(app, steps)


def test_numbers_verdicts_and_differences_of_the_marked_runs(runs):
    app = scripted_app.app(runs)

    def text(screen):
        return "\n".join(strip.text for strip in screen.numbers.rows)

    async def steps(pilot):
        screen = await listed(pilot)
        for name in ("one", "two"):
            go_to(app, name)
            await pilot.press("space")
        await drawn(pilot, "one", "two")
        await scripted_app.until(
            pilot, lambda: len(screen.collection.opened) == 2 and text(screen).count("fit") >= 6
        )
        told = text(screen)
        for name in ("one", "two"):
            recording = store.load(runs / name).recording
            for value in (recording.i_xt_bits[-1, 0, :, 1], recording.i_ty_bits[-1, 0, :, 1]):
                assert any(f"{value.mean():.{n}f}" in told for n in (2, 3))
        lines = [line.split() for line in told.splitlines()]
        assert ["training.epochs", "20", "40"] in lines
        assert not any(words[:1] == ["network.activation"] for words in lines)
        go_to(app, "two")
        await pilot.press("p")
        await scripted_app.until(pilot, lambda: "I(X;T)-b" in text(screen))
        x = [
            store.load(runs / name).recording.i_xt_bits[-1, 0, :, 1].mean()
            for name in ("one", "two")
        ]
        assert f"{x[0] - x[1]:+.2f}" in text(screen)
        await pilot.press("L")
        await pilot.pause()
        assert " T2 " not in text(screen)

    scripted_app.drive(app, steps, size=(200, 60))


def test_the_list_is_filtered_by_any_key_and_by_words_and_sorted(runs):
    app = scripted_app.app(runs)

    async def steps(pilot):
        screen = await listed(pilot)
        await pilot.press("slash", *"epochs>30")
        await scripted_app.until(pilot, lambda: set(rows(app)) == {"two"})
        screen.shelf.filter.value = "epochs>30 and nokey=1"
        await pilot.pause()
        await scripted_app.until(
            pilot, lambda: "nokey: no run has this key" in scripted_app.screen_text(app)
        )
        assert set(rows(app)) == {"two"}  # as before
        screen.shelf.filter.value = "part"
        await pilot.press("enter")
        await scripted_app.until(pilot, lambda: set(rows(app)) == {"part"})
        assert screen.focused is screen.shelf.list
        await pilot.press("escape")
        await scripted_app.until(pilot, lambda: isinstance(app.screen, Laboratory))
        await listed(pilot)  # the filter is there still
        await scripted_app.until(pilot, lambda: set(rows(app)) == {"part"})
        await pilot.press("slash", "escape")
        await scripted_app.until(pilot, lambda: len(rows(app)) == 4)
        for order in (["broken", "one", "part", "two"], ["two", "part", "one", "broken"]):
            await pilot.click("#runs", offset=(3, 0))
            await scripted_app.until(pilot, lambda order=order: list(rows(app)) == order)
        await pilot.click("#runs", offset=(0, 1))
        await scripted_app.until(pilot, lambda: list(app.picked.marked) == [runs / "two"])

    scripted_app.drive(app, steps)


def test_notes_and_tags_are_written_beside_the_runs(runs):
    app = scripted_app.app(runs)
    before = (runs / "one" / "run.toml").read_bytes()

    async def typed(pilot, key, text):
        await pilot.press(key)
        await pilot.pause()
        app.screen.query_one(Input).value = text
        await pilot.press("enter")
        await pilot.pause()

    async def steps(pilot):
        await listed(pilot)
        go_to(app, "one")
        await typed(pilot, "E", "the best \x1b[31m one")
        await scripted_app.until(pilot, lambda: "the best" in scripted_app.screen_text(app))
        for name in ("one", "two"):
            go_to(app, name)
            await pilot.press("space")
        await typed(pilot, "number_sign", "paper, good")
        await typed(pilot, "number_sign", "-good, fine")
        assert notes.read(runs / "one").tags == notes.read(runs / "two").tags == ("paper", "fine")
        await pilot.press("slash", *"tags=paper")
        await scripted_app.until(pilot, lambda: set(rows(app)) == {"one", "two"})

    scripted_app.drive(app, steps)
    assert (runs / "one" / "run.toml").read_bytes() == before


def test_a_run_that_another_process_writes_grows_in_the_list_and_on_the_plane(runs, monkeypatch):
    monkeypatch.setattr("ibtui.store.writer.SAVE_SECONDS", 0.0)
    monkeypatch.setattr("ibtui.store.writer.SAVE_SHARE", 1e9)
    app = scripted_app.app(runs)
    ensemble = ScriptedEnsemble(profile("live", 40))
    folder = store.create(runs, profile("live", 40), ensemble)
    frames = store.record(ensemble, folder)
    next(frames)

    async def steps(pilot):
        screen = await listed(pilot)
        go_to(app, folder.name)
        await pilot.press("space")
        await drawn(pilot, folder.name)
        go_to(app, folder.name)
        await pilot.pause()
        assert "0/40" in rows(app)[folder.name]
        assert f"process {os.getpid()}" in scripted_app.screen_text(app)
        assert "1 running" in screen.heading._said.progress
        for _ in range(4):
            next(frames)
        await scripted_app.until(pilot, lambda: "16/40" in rows(app)[folder.name])
        await scripted_app.until(pilot, lambda: screen.pair.first._runs[0].shown.epoch == 16)
        frames.close()
        await scripted_app.until(pilot, lambda: "running" not in screen.heading._said.progress)

    scripted_app.drive(app, steps)


def test_runs_that_came_with_the_program_are_shown_and_stay_as_they_are(runs, tmp_path_factory):
    shipped = tmp_path_factory.mktemp("shipped")
    make_run(shipped, "figure")
    app = scripted_app.app(runs)

    async def steps(pilot):
        app.push_screen(Workspace(app, app.picked, [shipped / "figure"]))
        await scripted_app.until(pilot, lambda: is_listed(app))
        go_to(app, "figure")
        await drawn(pilot, "figure")
        assert "came with ibtui" in scripted_app.screen_text(app)
        await pilot.press("d", "R", "E", "number_sign")
        await pilot.pause()
        assert isinstance(app.screen, Workspace)
        assert len([note for note in scripted_app.notes(app) if "stays as it is" in note]) == 4

    scripted_app.drive(app, steps)
    assert (shipped / "figure" / "run.toml").exists()


def test_on_a_small_screen_the_list_stands_alone_and_keys_lead_to_the_planes_and_back(runs):
    app = scripted_app.app(runs)

    async def steps(pilot):
        screen = await listed(pilot)
        assert screen.planes.size.width == 0
        go_to(app, "two")
        for key, pane in (("2", screen.planes), ("3", screen.curves), ("4", screen.numbers)):
            await pilot.press(key)
            await pilot.pause(0.2)
            assert pane.size.width == 80
            assert screen.shelf.list.size.width == 0
        await pilot.press("escape")
        await pilot.pause()
        assert screen.shelf.list.size.width > 70
        await pilot.press("tab")
        await scripted_app.until(pilot, lambda: "I(X;T) [bits]" in scripted_app.screen_text(app))

    scripted_app.drive(app, steps, size=(80, 24))


def test_the_workspace_tells_its_own_keys_takes_pictures_and_exports_what_is_marked(runs):
    app = scripted_app.app(runs, settings={"keys": {"unit": "U", "pin": "i"}})

    async def steps(pilot):
        screen = await listed(pilot)
        await pilot.press("question_mark")
        await pilot.pause()
        text = str(app.screen.query_one("Static").render())
        for bindings in Workspace.KEYS.values():
            assert all((binding.tooltip or binding.description) in text for binding in bindings)
        assert "train the profile" not in text
        assert "  U              bits or nats" in text
        assert "  i              pin the run" in text
        await pilot.press("escape", "s")
        await pilot.pause()
        assert list(runs.glob("picture-*.svg"))
        for name in ("one", "two"):
            go_to(app, name)
            await pilot.press("space")
        await drawn(pilot, "one", "two")
        await pilot.press("U")
        assert screen.view.unit == "nats"
        await pilot.press("e")
        await pilot.pause()
        for name in ("one", "two"):
            lines = next((runs / name).glob("plane-*.csv")).read_text().splitlines()
            recording = store.load(runs / name).recording
            assert len(lines) == 1 + len(recording) * len(recording.header.layers)

    scripted_app.drive(app, steps)


def test_a_run_opened_while_another_trains_is_left_for_the_one_in_training(runs):
    brake = Brake(6)
    app = scripted_app.app(runs, profile=profile("live", 40), engine=brake.engine)

    async def open_run(pilot, name):
        await listed(pilot)
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
