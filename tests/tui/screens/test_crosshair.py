"""Values read off by keys and mouse, and layers lit by their labels."""

import pytest

from tests.tui.replayed_app import replaying
from tests.tui.scripted_app import drive, notes, screen_text, until


@pytest.mark.usefixtures("closed_form")
def test_keys_read_values_off_and_the_mouse_lights_a_layer(tmp_path):
    app = replaying(tmp_path)

    async def steps(pilot):
        lab = app.screen
        await pilot.press("left")
        await until(pilot, lambda: "epoch 40" in screen_text(app).splitlines()[1])
        last = len(lab.recording.header.layers)
        assert lab.view.point == (last - 1, 10)
        await pilot.press("left", "up")
        await until(pilot, lambda: f"T{last - 1} epoch 36" in screen_text(app))
        value = lab.recording.i_xt_bits[9, 0, :, last - 2].mean()
        assert f"I(X;T) {value:.2f} ±" in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: "I(X;T) [bits]" in screen_text(app))

        await pilot.hover(lab.bench.table, offset=(5, 2))
        await until(pilot, lambda: lab.view.lit == 1)
        labels = lab.bench.planes.pair.first
        await until(pilot, lambda: "T2, mean" in labels.rows[0].text)
        await pilot.click(lab.bench.table, offset=(5, 2))
        await until(pilot, lambda: lab.view.layer == 1)
        await pilot.hover(lab.heading)
        await until(pilot, lambda: lab.view.lit is None)
        assert lab.view.layer == 1

    drive(app, steps)


@pytest.mark.usefixtures("closed_form")
def test_a_key_goes_to_where_layers_crowd_and_back(tmp_path):
    app = replaying(tmp_path)

    async def steps(pilot):
        lab = app.screen
        plane = lab.bench.planes.pair.first
        crowded = plane.crowded()
        await pilot.press("C")
        if crowded is None:
            assert lab.pair.viewport.is_whole
            assert notes(app) == ["No layers crowd one place"]
            await pilot.press("plus")
        else:
            assert lab.pair.viewport == crowded[1]
        assert not lab.pair.viewport.is_whole
        await pilot.press("C")
        assert lab.pair.viewport.is_whole

    drive(app, steps)


@pytest.mark.usefixtures("closed_form")
def test_the_mouse_reads_off_what_is_nearest_to_it(tmp_path):
    app = replaying(tmp_path)

    async def steps(pilot):
        lab = app.screen
        plane = lab.bench.planes.pair.first

        for _ in range(20):  # the plane may be drawn anew between a look at it and the mouse
            row = next(i for i, strip in enumerate(plane.rows) if "1" in strip.text[6:])
            column = plane.rows[row].text.index("1", 6)
            await pilot.hover(plane, offset=(column, row))
            await until(pilot, lambda: lab.view.point is not None)
            if lab.view.point.layer == 0:
                break
            await pilot.hover(lab.heading)
            await pilot.pause(0.05)
        assert lab.view.point.layer == 0
        await pilot.press("3", "m")
        await pilot.pause()
        chart = lab.bench.curves._charts[2]
        await pilot.hover(chart, offset=(20, 5))
        await until(pilot, lambda: " train " in chart.rows[0].text)
        assert "test" in chart.rows[0].text
        high = chart.rows[1].text
        await pilot.press("plus")
        await until(pilot, lambda: chart._part[1] - chart._part[0] < 0.7)
        assert chart.rows[1].text != high or chart._part != (0.0, 1.0)
        await pilot.press("0")
        await until(pilot, lambda: chart._part == (0.0, 1.0))

    drive(app, steps)
