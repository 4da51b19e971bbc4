"""The view of a run: series, limits, axes, zoom, theme."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from ibtui import store
from ibtui.data.wireless import Wireless
from ibtui.tui.draw.rows import changes
from ibtui.tui.feeds.saved import Saved
from ibtui.tui.look.view import View
from tests.scripted_engine import ScriptedEnsemble, saved_run
from tests.tui import scripted_app
from tests.tui.replayed_app import PROFILE, replaying

pytestmark = pytest.mark.usefixtures("closed_form")


def test_the_limit_of_a_noisy_source_is_drawn_once_it_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr("ibtui.analysis.limits.GROUPS", 6)
    noisy = PROFILE.model_copy(update={"data": Wireless(samples=902)})
    folder = saved_run(tmp_path, noisy).folder
    app = scripted_app.app(tmp_path, profile=noisy, feed=Saved(folder))

    async def steps(pilot):
        await pilot.press("m")  # or verdicts that come meanwhile change its height
        plane = app.screen.bench.planes.pair.first
        await scripted_app.until(pilot, lambda: len(plane._runs[0].shown.limits) == 2)
        certain, lower = plane._runs[0].shown.limits
        assert lower.at(6.0) < 0.77 < certain.at(6.0)
        with_both = list(plane.rows)
        app.open_run(saved_run(tmp_path, PROFILE).folder)
        await scripted_app.until(pilot, lambda: len(plane._runs[0].shown.limits) == 1)
        assert changes(with_both, plane.rows)

    scripted_app.drive(app, steps)


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
    app = scripted_app.app(tmp_path, profile=PROFILE, feed=Saved(folder))

    async def steps(pilot):
        planes = app.screen.bench.planes
        await scripted_app.until(pilot, lambda: "binning" in planes.pair.second.rows[0].text)
        bits = app.screen.recording.header.input_bits
        assert planes.pair.viewport.width > 41
        layers = len(app.screen.recording.header.layers)
        shown = "".join(row.text for row in planes.pair.second.rows[1:-2])
        assert set("123456789"[:layers]) <= set(shown)
        await pilot.press("N")  # the series within the entropy alone
        assert planes.pair.viewport.width == bits
        await pilot.press("plus", "n")
        await pilot.press("0")
        assert planes.pair.viewport.width > 41

    scripted_app.drive(app, steps)


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
            lab.restyle()
            before, planes = (
                list(lab.bench.planes.pair.first.rows),
                lab.bench.planes.pair.second.display,
            )
            await pilot.press(key)
            assert getattr(lab.view, name) == value
            assert (
                lab.bench.planes.pair.first.rows != before
                or lab.bench.planes.pair.second.display != planes
            ), key

    scripted_app.drive(app, steps)


def test_zooming_and_panning_change_the_axes(tmp_path):
    app = replaying(tmp_path)

    async def steps(pilot):
        planes = app.screen.bench.planes
        await pilot.press("plus")
        zoomed = planes.pair.viewport
        assert zoomed.right - zoomed.left < planes.pair.viewport.width
        await pilot.press("h", "k")
        assert planes.pair.viewport.left < zoomed.left
        assert planes.pair.viewport.bottom > zoomed.bottom
        await pilot.press("minus", "0")
        assert planes.pair.viewport.is_whole

    scripted_app.drive(app, steps)


def test_the_mouse_zooms_drags_and_seeks(tmp_path):
    app = replaying(tmp_path)

    async def steps(pilot):
        planes = app.screen.bench.planes
        planes.pair.first.post_message(planes.pair.first.Zoomed(planes.pair.first, 2.0, 0.5, 0.5))
        await pilot.pause()
        left = planes.pair.viewport.left
        await pilot.mouse_down(planes.pair.first, offset=(20, 10))
        await pilot.hover(planes.pair.first, offset=(24, 10))
        await pilot.mouse_up(planes.pair.first, offset=(24, 10))
        await pilot.pause()
        assert planes.pair.viewport.left < left
        bar = planes.transport.query_one("#bar")
        await pilot.click(bar, offset=(bar.size.width // 2, 0))
        await pilot.pause()
        assert app.screen.playback.at == 5

    scripted_app.drive(app, steps)


def test_curves_go_on_to_the_next_ones(tmp_path):
    app = replaying(tmp_path)

    async def steps(pilot):
        await pilot.press("3")
        seen, names = set(), {"I(X;T) [bits] exact", "loss", "accuracy", "activation range"}
        for _ in range(3):
            await pilot.pause(0.1)
            text = scripted_app.screen_text(app)
            seen |= {name for name in names if name in text}
            await pilot.press("w")
        assert seen == names

    scripted_app.drive(app, steps)


def test_another_theme_recolours_the_pictures(tmp_path):
    app = replaying(tmp_path)

    async def steps(pilot):
        before = list(app.screen.bench.planes.pair.first.rows)
        app.theme = "textual-light"
        await pilot.pause(0.2)
        assert app.screen.bench.planes.pair.first.rows != before

    scripted_app.drive(app, steps)


def test_a_slow_screen_leaves_most_of_the_time_to_the_training_beside_it(tmp_path, monkeypatch):
    """After a picture that took 2 s, the next one waits until it is a tenth of the time."""
    clock = SimpleNamespace(now=1000.0)
    seconds = SimpleNamespace(monotonic=lambda: clock.now)
    app = replaying(tmp_path)

    async def steps(pilot):
        lab, drawn = app.screen, []

        def slow(*_):
            clock.now += 2.0
            drawn.append(clock.now)

        await pilot.pause()
        monkeypatch.setattr("ibtui.tui.screens.laboratory.time", seconds)
        monkeypatch.setattr(lab.bench.planes, "show", slow)
        lab.draw()
        assert drawn == [1002.0]
        for now, pictures in ((1002.0, 1), (1019.9, 1), (1020.1, 2), (1039.0, 2), (1040.2, 3)):
            clock.now, lab.dirty = now, True
            lab.tick()
            assert len(drawn) == pictures, now
            assert lab.dirty == (clock.now == now)  # what was not drawn yet is not forgotten

    scripted_app.drive(app, steps)
