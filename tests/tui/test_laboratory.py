"""The laboratory's keys and panes, on scripted runs."""

import csv
import threading
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from scripted import ScriptedEnsemble, saved_run
from textual.widgets import Input, OptionList

from ibtui import shipped, store
from ibtui.data.wireless import Wireless
from ibtui.profile import load_profile, load_profiles, parse_profile, to_toml
from ibtui.tui.dialogs import Ask, Pick, Prompt
from ibtui.tui.help import Help
from ibtui.tui.keys import GROUPS
from ibtui.tui.laboratory import LATE, Laboratory, on_screen
from ibtui.tui.rows import changes
from ibtui.tui.saved import Saved
from ibtui.tui.settings import Settings
from ibtui.tui.tabs import PANES
from ibtui.tui.view import View
from tui import movements
from tui.brakes import Brake

PROFILE = parse_profile(
    'name = "walk"\nreplicates = 3\ntraining.epochs = 40\nmeasure.every = 4\n'
    '[[estimator]]\nname = "exact"\n[[estimator]]\nname = "binning"\n',
    "walk.toml",
)


@pytest.fixture(autouse=True)
def closed_form(monkeypatch):
    """The pilot waits for every widget at every key; the form's are tested elsewhere."""
    monkeypatch.setattr("ibtui.tui.form.OPEN", ())


def replaying(runs):
    folder = saved_run(runs, PROFILE).folder
    return movements.app(runs, profile=PROFILE, feed=Saved(folder))


def notes(app):
    return [toast.message for toast in app._notifications]


def test_a_run_is_started_paused_continued_stopped_and_resumed(tmp_path):
    brake = Brake()
    app = movements.app(tmp_path, profile=PROFILE, engine=brake.engine)

    async def steps(pilot):
        lab = app.screen

        def frames():
            return 0 if lab.recording is None else len(lab.recording)

        await pilot.press("r")
        brake.allow(8)
        await movements.until(pilot, lambda: frames() == 3)
        await movements.until(pilot, lambda: "binning" in lab.planes.second.rows[0].text)
        assert "TRAINING" in movements.screen_text(app)
        assert "exact" in lab.planes.first.rows[0].text
        await pilot.press("space")
        assert app.training.state == "paused"
        brake.allow(20)
        await movements.until(pilot, lambda: frames() == 4)
        await pilot.pause(0.2)
        assert frames() == 4  # the frame that was being made, and no more
        assert "PAUSED" in movements.screen_text(app)
        await pilot.press("space")
        await movements.until(pilot, lambda: frames() == 8)
        await pilot.press("x")
        await movements.until(pilot, lambda: app.training.state == "stopped")
        folder = app.training.folder
        assert store.load(folder).status == "interrupted"
        brake.allow()
        await pilot.press("c")
        await movements.until(pilot, lambda: app.training.state == "finished")
        assert app.training.folder == folder
        assert store.load(folder).status == "finished"
        assert np.array_equal(lab.recording.epoch, np.arange(0, 41, 4))

    movements.drive(app, steps)


def test_a_second_run_is_refused_while_one_trains_and_taken_after(tmp_path):
    brake = Brake()
    app = movements.app(tmp_path, profile=PROFILE, engine=brake.engine)

    async def steps(pilot):
        await pilot.press("r")
        first = app.training
        await pilot.press("r")
        assert app.training is first
        assert "A run is training: stop it first (x)" in notes(app)
        brake.allow()
        await movements.until(pilot, lambda: first.state == "finished")
        await pilot.press("r")
        assert app.training is not first
        await movements.until(pilot, lambda: app.training.state == "finished")
        assert len(store.list_runs(tmp_path)) == 2

    movements.drive(app, steps)


def test_quitting_while_a_run_trains_asks_and_saves(tmp_path):
    app = movements.app(tmp_path, profile=PROFILE, engine=Brake(6).engine)

    async def steps(pilot):
        await pilot.press("r")
        await movements.until(pilot, lambda: app.training.state == "training")
        await pilot.press("q")
        await movements.until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press("n")
        await movements.until(pilot, lambda: isinstance(app.screen, Laboratory))
        assert app.training.active
        await pilot.press("q")
        await movements.until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press("s")
        await movements.until(pilot, lambda: app.return_value is not None)

    movements.drive(app, steps)
    assert app.return_value == 0
    assert store.load(app.training.folder).status == "interrupted"
    assert store.load_checkpoint(app.training.folder) is not None


def test_a_run_that_is_stopped_while_it_prepares_says_why_that_takes_long(tmp_path):
    """And the question whether to quit goes when the run has ended without an answer."""
    compiling = threading.Event()

    def slow(profile, data_dir, checkpoint):
        assert compiling.wait(60)
        return ScriptedEnsemble(profile, checkpoint=checkpoint)

    app = movements.app(tmp_path, profile=PROFILE, engine=slow)

    async def steps(pilot):
        try:
            await pilot.press("r")
            assert app.training.state == "preparing"
            await pilot.press("x")
            assert notes(app)[-1] == f"The run {LATE}"
            await movements.until(pilot, lambda: LATE in movements.screen_text(app))
            await pilot.press("q")
            await movements.until(pilot, lambda: isinstance(app.screen, Ask))
            assert "A run is being stopped." in movements.screen_text(app)
        finally:
            compiling.set()
        await movements.until(pilot, lambda: isinstance(app.screen, Laboratory))
        assert app.training.state == "stopped"
        assert notes(app)[-1] == "The run is stopped: quit again to leave"
        await movements.until(pilot, lambda: LATE not in movements.screen_text(app))
        assert app.return_value is None
        await pilot.press("q")
        await movements.until(pilot, lambda: app.return_value == 0)

    movements.drive(app, steps)


def test_an_error_of_the_engine_is_shown_and_the_screen_lives_on(tmp_path):
    def broken(profile, data_dir, checkpoint):
        raise ZeroDivisionError("by [zero[/]")

    app = movements.app(tmp_path, profile=PROFILE, engine=broken)

    async def steps(pilot):
        await pilot.press("r")
        await movements.until(pilot, lambda: app.training.state == "failed")
        await pilot.pause(0.3)
        assert any("ZeroDivisionError" in note for note in notes(app))
        assert "FAILED" in movements.screen_text(app)
        await pilot.press("5")
        await pilot.pause(0.3)
        assert "ZeroDivisionError" in movements.screen_text(app)

    movements.drive(app, steps)


def test_the_limit_of_a_noisy_source_is_drawn_once_it_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr("ibtui.limits.GROUPS", 6)
    noisy = PROFILE.model_copy(update={"data": Wireless(samples=902)})
    folder = saved_run(tmp_path, noisy).folder
    app = movements.app(tmp_path, profile=noisy, feed=Saved(folder))

    async def steps(pilot):
        plane = app.screen.planes.first
        await movements.until(pilot, lambda: len(plane._runs[0].limits) == 2)
        certain, lower = plane._runs[0].limits
        assert lower.at(6.0) < 0.77 < certain.at(6.0)
        with_both = list(plane.rows)
        app.open_run(saved_run(tmp_path, PROFILE).folder)
        await movements.until(pilot, lambda: len(plane._runs[0].limits) == 1)
        assert changes(with_both, plane.rows)

    movements.drive(app, steps)


def test_the_axes_hold_the_series_on_the_screen(tmp_path):
    """Of two series one finds more bits than the input has: its digits are there all the same."""

    class Beyond(ScriptedEnsemble):
        def frames(self):
            for frame in super().frames():
                far = frame.i_xt_bits.copy()
                far[1] += 41.0
                yield replace(frame, i_xt_bits=far)

    ensemble = Beyond(PROFILE)
    folder = store.create(tmp_path, PROFILE, ensemble)
    assert list(store.record(ensemble, folder))
    app = movements.app(tmp_path, profile=PROFILE, feed=Saved(folder))

    async def steps(pilot):
        planes = app.screen.planes
        await movements.until(pilot, lambda: "binning" in planes.second.rows[0].text)
        bits = app.screen.recording.header.input_bits
        assert planes.viewport.width > 41
        layers = len(app.screen.recording.header.layers)
        shown = "".join(row.text for row in planes.second.rows[1:-2])
        assert set("123456789"[:layers]) <= set(shown)
        await pilot.press("N")  # the series within the entropy alone
        assert planes.viewport.width == bits
        await pilot.press("plus", "n")
        await pilot.press("0")
        assert planes.viewport.width > 41

    movements.drive(app, steps)


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
        await pilot.press("g", "space")
        assert play.playing
        await movements.until(pilot, lambda: play.at == 10 and not play.playing)
        await pilot.press("colon")
        await pilot.pause()
        assert isinstance(app.screen, Prompt)
        await pilot.press("2", "3", "enter")
        await pilot.pause()
        assert play.at == 5  # epoch 20, the last frame before 23
        assert "epoch   20" in movements.screen_text(app) or "epoch 20" in movements.screen_text(
            app
        )
        await pilot.press("f")
        assert (play.at, play.follow) == (10, True)

    movements.drive(app, steps)


@pytest.mark.parametrize(
    ("epoch", "at", "end"), [("99999", 10, "last one, 40"), ("-7", 0, "first one, 0")]
)
def test_an_epoch_that_is_not_there_is_told(tmp_path, epoch, at, end):
    app = replaying(tmp_path)

    async def steps(pilot):
        app.screen.playback.at = 4
        await pilot.press("colon")
        await movements.until(pilot, lambda: isinstance(app.screen, Prompt))
        app.screen.query_one(Input).value = epoch
        await pilot.press("enter")
        await movements.until(pilot, lambda: notes(app))
        assert notes(app) == [f"Epoch {epoch} is not measured: this is the {end}"]
        assert app.screen.playback.at == at

    movements.drive(app, steps)


def test_a_word_is_no_epoch(tmp_path):
    app = replaying(tmp_path)

    async def steps(pilot):
        await pilot.press("colon")
        await pilot.pause()
        await pilot.press("x", "enter")
        await pilot.pause()
        assert notes(app) == ["'x' is no epoch: a whole number is"]

    movements.drive(app, steps)


VIEW_KEYS = {
    "v": ("path", "replicate"),
    "]": ("path", "replicate"),
    "n": ("series", 1),
    "N": ("second", "none"),
    "L": ("layer", 0),
    "b": ("spread", True),
    "i": ("limit", False),
    "o": ("scale", "log"),
    "u": ("unit", "nats"),
}


def test_view_keys_change_the_view_and_the_picture(tmp_path):
    app = replaying(tmp_path)

    async def steps(pilot):
        lab = app.screen
        for key, (name, value) in VIEW_KEYS.items():
            lab.view = View()
            lab.apply_look()
            before, planes = list(lab.planes.first.rows), lab.planes.second.display
            await pilot.press(key)
            assert getattr(lab.view, name) == value
            assert lab.planes.first.rows != before or lab.planes.second.display != planes, key

    movements.drive(app, steps)


def test_zooming_and_panning_change_the_axes(tmp_path):
    app = replaying(tmp_path)

    async def steps(pilot):
        planes = app.screen.planes
        await pilot.press("plus")
        zoomed = planes.viewport
        assert zoomed.right - zoomed.left < planes.viewport.width
        await pilot.press("h", "k")
        assert planes.viewport.left < zoomed.left
        assert planes.viewport.bottom > zoomed.bottom
        await pilot.press("minus", "0")
        assert planes.viewport.is_whole

    movements.drive(app, steps)


def test_the_mouse_zooms_drags_and_seeks(tmp_path):
    app = replaying(tmp_path)

    async def steps(pilot):
        planes = app.screen.planes
        planes.first.post_message(planes.first.Zoomed(planes.first, 2.0, 0.5, 0.5))
        await pilot.pause()
        left = planes.viewport.left
        await pilot.mouse_down(planes.first, offset=(20, 10))
        await pilot.hover(planes.first, offset=(24, 10))
        await pilot.mouse_up(planes.first, offset=(24, 10))
        await pilot.pause()
        assert planes.viewport.left < left
        bar = planes.transport.query_one("#bar")
        await pilot.click(bar, offset=(bar.size.width // 2, 0))
        await pilot.pause()
        assert app.screen.playback.at == 5

    movements.drive(app, steps)


SHOWN = {
    (80, 24): {"2": {"planes"}, "1": {"setup"}, "3": {"curves"}, "4": {"table"}, "5": {"log"}},
    (120, 40): {
        "2": {"setup", "planes", "table"},
        "3": {"setup", "planes", "curves"},
        "5": {"setup", "planes", "log"},
        "1": {"planes", "log"},
    },
    (110, 24): {"2": {"setup", "planes"}, "4": {"setup", "table"}},
    (200, 60): {"2": set(PANES), "3": set(PANES)},
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

    movements.drive(app, steps, size)


def test_the_screen_may_be_resized_at_any_time(tmp_path):
    app = replaying(tmp_path)

    async def steps(pilot):
        for width, height in ((80, 24), (40, 10), (20, 5), (200, 60), (120, 40)):
            await pilot.resize_terminal(width, height)
            await pilot.pause(0.1)
            lines = movements.screen_text(app).splitlines()
            assert len(lines) == height
        assert "exact" in movements.screen_text(app)

    movements.drive(app, steps)


def test_curves_go_on_to_the_next_ones(tmp_path):
    app = replaying(tmp_path)

    async def steps(pilot):
        await pilot.press("3")
        seen, names = set(), {"I(X;T) [bits] exact", "loss", "accuracy", "activation range"}
        for _ in range(3):
            await pilot.pause(0.1)
            text = movements.screen_text(app)
            seen |= {name for name in names if name in text}
            await pilot.press("w")
        assert seen == names

    movements.drive(app, steps)


def test_help_names_every_key_under_its_present_binding(tmp_path):
    settings = {"keys": {"run": "R"}}
    app = movements.app(tmp_path, profile=PROFILE, settings=settings, engine=Brake(10**6).engine)

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
        await movements.until(pilot, lambda: not app.training.active)

    movements.drive(app, steps)


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
        before = list(app.screen.planes.first.rows)
        cividis.callback()
        await pilot.pause(0.1)
        assert app.screen.planes.first.rows != before

    movements.drive(app, steps)


def test_another_theme_recolours_the_pictures(tmp_path):
    app = replaying(tmp_path)

    async def steps(pilot):
        before = list(app.screen.planes.first.rows)
        app.theme = "textual-light"
        await pilot.pause(0.2)
        assert app.screen.planes.first.rows != before

    movements.drive(app, steps)


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

    movements.drive(app, steps)


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

    movements.drive(app, steps)


def test_a_saved_run_trains_again_from_its_own_profile(tmp_path):
    folder = saved_run(tmp_path, PROFILE).folder
    app = movements.app(tmp_path, profile=PROFILE, feed=Saved(folder), engine=Brake(10**6).engine)

    async def steps(pilot):
        await pilot.press("c")
        assert notes(app) == ["The run is finished: there is nothing to resume"]
        await pilot.press("r")
        await movements.until(
            pilot, lambda: app.training is not None and app.training.state == "finished"
        )
        assert app.training.folder != folder
        assert app.screen.feed is app.training

    movements.drive(app, steps)


def test_a_run_that_is_being_written_is_followed_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr("ibtui.store.writer.SAVE_SECONDS", 0.0)
    monkeypatch.setattr("ibtui.store.writer.SAVE_SHARE", 1e9)
    monkeypatch.setattr("ibtui.tui.laboratory.POLL_SECONDS", 0.05)
    ensemble = ScriptedEnsemble(PROFILE)
    folder = store.create(tmp_path, PROFILE, ensemble)
    frames = store.record(ensemble, folder)
    next(frames)
    app = movements.app(tmp_path, profile=PROFILE, feed=Saved(folder))

    async def steps(pilot):
        lab = app.screen
        await pilot.pause(0.3)
        assert "LIVE" in movements.screen_text(app)
        next(frames)
        next(frames)
        await movements.until(pilot, lambda: len(lab.recording) == 3)
        assert lab.playback.at == 2
        list(frames)
        await movements.until(pilot, lambda: "FINISHED" in movements.screen_text(app))
        assert lab.playback.at == 10

    movements.drive(app, steps)


def test_a_shipped_profile_is_loaded_into_the_form_and_of_a_sweep_one_of_its_runs(tmp_path):
    app = movements.app(tmp_path, profile=PROFILE)
    sweep = next(name for name in shipped.names() if len(load_profiles(shipped.find(name))) > 1)

    async def pick(pilot, name):
        await movements.until(pilot, lambda: isinstance(app.screen, Pick))
        options = app.screen.query_one(OptionList)
        options.highlighted = options.get_option_index(name)
        await pilot.press("enter")

    async def steps(pilot):
        await pilot.press("P")
        await pick(pilot, "quickstart")
        form = app.screen_stack[0].form
        quickstart = load_profile(shipped.find("quickstart"))
        await movements.until(pilot, lambda: form.profile == quickstart)
        await pilot.press("P")
        await pick(pilot, sweep)
        last = load_profiles(shipped.find(sweep))[-1]
        await pick(pilot, last.name)
        await movements.until(pilot, lambda: form.profile == last)

    movements.drive(app, steps)


def test_a_profile_that_does_not_exist_is_told(tmp_path):
    app = movements.app(tmp_path, profile=PROFILE)

    async def steps(pilot):
        await pilot.press("P")
        await movements.until(pilot, lambda: isinstance(app.screen, Pick))
        await pilot.press("end", "enter")
        await movements.until(pilot, lambda: isinstance(app.screen, Prompt))
        await pilot.press(*"quikstart", "enter")
        await movements.until(pilot, lambda: notes(app))
        assert "did you mean 'quickstart'?" in notes(app)[0]

    movements.drive(app, steps)
