"""Values read off at the crosshair, where it goes, and what smoothing and fitting do to curves."""

import numpy as np
import pytest

from ibtui.tui.draw.bands import Span
from ibtui.tui.look.averages import Averages
from ibtui.tui.look.quantities import Line, Lines, fitted, lines_of, recorded, smoothed
from ibtui.tui.look.reading import moved, nearest, nearest_line, reading
from ibtui.tui.look.shown import Shown
from ibtui.tui.look.view import Cursor, Point, View
from tests.tui import scripted_app

ABOUT = scripted_app.header(replicates=3, layers=4)
EPOCHS = np.arange(0, 101, 4)
WHOLE = scripted_app.recording(ABOUT, EPOCHS, 100)


def shown(whole=WHOLE, at=20):
    return Shown(whole, Cursor(at, Span(0, 100)), Averages())


def test_the_mean_over_replicates_is_read_off_with_its_deviation():
    found = reading(shown(), 1, View(point=Point(2, 7)))
    assert (found.layer, found.epoch) == ("T3", 28)
    assert found.i_xt_bits == pytest.approx(WHOLE.i_xt_bits[7, 1, :, 2].mean())
    assert found.i_ty_deviation == pytest.approx(WHOLE.i_ty_bits[7, 1, :, 2].std(ddof=1))
    assert found.i_xt(View(unit="nats")).startswith(f"{found.i_xt_bits * np.log(2):.2f} ±")


def test_one_replicate_has_its_own_values_and_no_deviation():
    found = reading(shown(), 0, View(point=Point(2, 7), path="replicate", replicate=2))
    assert found.i_ty_bits == WHOLE.i_ty_bits[7, 0, 2, 2]
    assert "±" not in found.i_ty(View())


def test_where_a_series_was_not_measured_its_last_values_before_are_read_off():
    bits = WHOLE.i_xt_bits.copy()
    bits[6:9, 1] = np.nan
    sparse = scripted_app.Recording(WHOLE.header, **{**WHOLE.arrays(), "i_xt_bits": bits})
    assert reading(shown(sparse), 1, View(point=Point(0, 8))).epoch == EPOCHS[5]
    assert reading(shown(sparse), 0, View(point=Point(0, 8))).epoch == EPOCHS[8]


def test_no_point_no_frame_and_nothing_measured_are_no_reading():
    assert reading(shown(), 0, View()) is None
    assert reading(shown(at=-1), 0, View(point=Point(0, 0))) is None
    bits = np.full_like(WHOLE.i_xt_bits, np.nan)
    never = scripted_app.Recording(WHOLE.header, **{**WHOLE.arrays(), "i_xt_bits": bits})
    assert reading(shown(never), 0, View(point=Point(0, 3))) is None


def test_the_crosshair_comes_at_the_newest_place_and_stays_on_what_is_shown():
    assert moved(shown(), View(), -1, 0) == Point(3, 20)
    assert moved(shown(), View(layer=1), 0, 1) == Point(1, 20)
    assert moved(shown(), View(point=Point(3, 20)), 1, 1) == Point(3, 20)
    assert moved(shown(), View(point=Point(0, 0)), -1, -1) == Point(0, 0)
    assert moved(shown(at=5), View(point=Point(2, 20)), 0, -1) == Point(1, 5)
    assert moved(shown(at=-1), View(), 1, 0) is None


def test_the_nearest_point_is_nearest_on_the_screen():
    x = np.array([[0.1, 0.5], [0.2, np.nan], [0.3, 1.5]])
    y = np.array([[0.1, 0.5], [0.2, 0.6], [0.3, 0.7]])
    cells = (100, 40)
    assert nearest(x, y, (0.21, 0.2), cells, None) == Point(0, 1)
    assert nearest(x, y, (0.9, 0.9), cells, None) is None
    assert nearest(x, y, (0.47, 0.5), cells, None) == Point(1, 0)
    assert nearest(x, y, (0.47, 0.5), cells, 0) is None
    # 4 rows are as far as 8 columns
    assert nearest(x, y, (0.5, 0.5 + 4 / 40), cells, None) == Point(1, 0)
    assert nearest(x, y, (0.5, 0.5 + 5 / 40), cells, None) is None


def test_the_nearest_line_is_the_one_above_or_below():
    epochs, values = np.array([0.0, 0.5, 1.0]), np.array([[0.1, 0.9], [0.2, np.nan], [0.3, 0.7]])
    assert nearest_line(epochs, values, (0.9, 0.6)) == Point(1, 2)
    assert nearest_line(epochs, values, (0.6, 1.0)) == Point(0, 1)
    assert nearest_line(epochs, np.full((3, 2), np.nan), (0.5, 0.5)) is None
    assert nearest_line(epochs, np.empty((3, 0)), (0.5, 0.5)) is None


@pytest.mark.parametrize("frames", [5, 25])
def test_a_running_mean_is_the_mean_of_the_frames_around(frames):
    values = np.random.default_rng(3).normal(size=40)
    values[[4, 5, 30]] = np.nan
    half = frames // 2
    slow = [np.nanmean(values[max(i - half, 0) : i + half + 1]) for i in range(40)]
    slow = np.where(np.isnan(values), np.nan, slow)
    np.testing.assert_allclose(smoothed(values, frames), slow)


def test_curves_fill_the_height_when_that_is_asked_for():
    lines = Lines([Line(np.array([2.0, np.nan, 3.0]), None, "1", 0)], 0.0, 12.0, "test")
    found = fitted(lines, None)
    assert 1.9 < found.low < 2.0
    assert 3.0 < found.high < 3.1
    assert fitted(lines, 4) == lines  # nothing of that layer
    flat = Lines([Line(np.ones(3), None, "1", 0)], 0.0, 12.0, "test")
    assert fitted(flat, None) == flat


def test_weights_are_root_mean_squares_and_what_was_not_recorded_has_no_curve():
    found = lines_of("weights", WHOLE, Averages(), 0, View())
    expected = np.hypot(WHOLE.weight_mean, WHOLE.weight_deviation).mean(axis=1)
    np.testing.assert_allclose([line.values for line in found.lines], expected.T, rtol=1e-6)
    assert recorded("weights", WHOLE, 0)
    assert not recorded("H(out|T)", WHOLE, 0)
    assert not recorded("cells", WHOLE, 0)
    without = {name: np.full_like(WHOLE.weight_mean, np.nan) for name in ("weight_mean",)}
    bare = scripted_app.Recording(WHOLE.header, **{**WHOLE.arrays(), **without})
    assert not recorded("weights", bare, 0)
