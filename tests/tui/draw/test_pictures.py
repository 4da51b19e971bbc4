"""Bands, rasters, rows, labels, viewports and axes: the arithmetic of the pictures."""

import math
from itertools import chain

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from ibtui.tui.draw.axes import Epochs, Linear, decimals, round_numbers, short
from ibtui.tui.draw.bands import Span, band_of, epoch_at, fraction
from ibtui.tui.draw.labels import digit, spread_out
from ibtui.tui.draw.palette import RAMPS, contrast, palette
from ibtui.tui.draw.raster import DOTS, Raster
from ibtui.tui.draw.rows import changes
from ibtui.tui.look.viewport import Viewport

spans = st.tuples(st.integers(-2000, 0), st.integers(1, 20_000)).map(lambda s: Span(*s))


@given(spans, st.integers(2, 16), st.booleans())
def test_bands_ascend_over_the_planned_epochs_and_use_every_colour(span, count, log):
    whole = span.last - span.first
    passed = np.linspace(0, np.log1p(whole) if log else whole, 4001)
    epochs = span.first + (np.expm1(passed) if log else passed)
    bands = band_of(epochs, span, count, log=log)
    assert bands[0] == 0
    assert bands[-1] == count - 1
    assert (np.diff(bands) >= 0).all()
    assert set(bands) == set(range(count))


def test_linear_bands_are_equally_wide_and_logarithmic_ones_are_not():
    epochs = np.arange(1000)
    linear = np.bincount(band_of(epochs, Span(0, 1000), 10, log=False))
    assert linear.tolist() == [100] * 10
    log = np.bincount(band_of(epochs, Span(0, 1000), 10, log=True))
    assert (np.diff(log) > 0).all()


def test_epochs_outside_the_plan_belong_to_its_ends():
    assert band_of([-50, 5000], Span(0, 1000), 7, log=False).tolist() == [0, 6]


@example(Span(0, 20000), 1.0, False)
@given(spans, st.floats(0, 1), st.booleans())
def test_epoch_at_inverts_fraction(span, share, log):
    epoch = epoch_at(share, span, log=log)
    assert span.first <= epoch <= span.last
    whole = span.last - span.first
    reach = np.log1p(whole) if log else whole
    # A rounded epoch is off by half a one, which is the most at the start of a log scale.
    off = abs(float(fraction(epoch, span, log=log)) - share) * reach
    assert off <= 0.5 + 1e-6


def test_a_raster_draws_the_dots_of_braille_as_unicode_numbers_them():
    # Columns of dots 1-2-3-7 and 4-5-6-8 have the bits 0x01 02 04 40 and 0x08 10 20 80.
    for place, bit in {
        (0, 3): 0x01, (0, 2): 0x02, (0, 1): 0x04, (0, 0): 0x40,
        (1, 3): 0x08, (1, 2): 0x10, (1, 1): 0x20, (1, 0): 0x80,
    }.items():  # fmt: skip
        raster = Raster(1, 1, "braille")
        raster.points(np.array([place[0] / 1]), np.array([place[1] / 3]), 0)
        assert raster.marks().glyphs == [chr(0x2800 + bit)]


def test_blocks_fill_their_quarter():
    raster = Raster(1, 1, "block")
    raster.points(np.array([0.0, 1.0]), np.array([1.0, 0.0]), 0)
    assert raster.marks().glyphs == ["▚"]


def test_a_cell_belongs_to_the_highest_level_with_all_its_dots():
    raster = Raster(3, 2, "braille")
    raster.points(np.array([0.0, 0.2]), np.array([0.0, 0.0]), np.array([4, 2]))
    marks = raster.marks()
    assert (marks.columns.tolist(), marks.rows.tolist()) == ([0], [0])
    assert (marks.glyphs, marks.levels.tolist()) == (["⣀"], [4])


def test_cells_share_the_axis_equally():
    raster = Raster(4, 1, "ascii")
    raster.points(np.array([0.24, 0.51, 1.0]), np.zeros(3), 0)
    assert raster.marks().columns.tolist() == [0, 2, 3]


def test_points_that_are_nan_infinite_or_outside_are_left_out():
    raster = Raster(4, 3, "braille")
    raster.points(np.array([np.nan, np.inf, -0.1, 1.1, 0.5]), np.full(5, 0.5), 0)
    assert len(raster.marks().glyphs) == 1


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=12))
def test_a_path_has_no_gaps_and_reaches_every_point(points):
    columns, rows = 11, 7
    x, y = np.array(points).T
    raster, dots = Raster(columns, rows, "ascii"), Raster(columns, rows, "ascii")
    raster.path(x, y, np.zeros(len(x), np.int64))
    dots.points(x, y, 0)
    marks, ends = raster.marks(), dots.marks()
    cells = set(zip(marks.columns.tolist(), marks.rows.tolist(), strict=True))
    assert set(zip(ends.columns.tolist(), ends.rows.tolist(), strict=True)) <= cells
    start = next(iter(cells))
    reached, edge = {start}, [start]
    while edge:
        c, r = edge.pop()
        near = {(c + i, r + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} & cells - reached
        reached |= near
        edge += near
    assert reached == cells


def test_a_path_passes_over_frames_that_were_not_measured():
    x, y = np.array([0.0, np.nan, 1.0]), np.array([0.0, np.nan, 0.0])
    raster = Raster(5, 2, "ascii")
    raster.path(x, y, np.array([1, 2, 3]))
    assert raster.marks().columns.tolist() == [0, 1, 2, 3, 4]


def test_each_piece_of_a_path_has_the_level_of_its_end():
    raster = Raster(90, 1, "ascii")
    raster.path(np.array([0.0, 0.5, 1.0]), np.zeros(3), np.array([0, 1, 2]))
    levels = raster.marks().levels.tolist()
    assert levels[2:44] == [1] * 42
    assert levels[47:] == [2] * 43


@pytest.mark.parametrize("markers", DOTS)
def test_every_pattern_of_dots_has_a_glyph_of_its_own(markers):
    dots = DOTS[markers]
    assert len(dots.glyphs) == len(set(dots.glyphs)) == 2 ** (dots.wide * dots.high)


styles = st.sampled_from([Style(), Style(bold=True), Style(color="red")])
strips = st.lists(st.tuples(st.sampled_from("ab"), styles), min_size=9, max_size=9).map(
    lambda cells: Strip([Segment(text, style) for text, style in cells])
)
pictures = st.lists(strips, min_size=4, max_size=4)


def cells_of(strip):
    return [(text, segment.style) for segment in strip for text in segment.text]


@given(pictures, pictures)
def test_the_changes_are_all_that_differs_and_no_more(old, new):
    found = changes(old, new)
    assert found is not None
    for row, (before, after) in enumerate(zip(old, new, strict=True)):
        differ = [i for i, pair in enumerate(zip(cells_of(before), cells_of(after), strict=True))
                  if pair[0] != pair[1]]  # fmt: skip
        mine = [(change.start, change.stop) for change in found if change.row == row]
        assert mine == ([(differ[0], differ[-1] + 1)] if differ else [])


def test_pictures_of_other_sizes_have_no_changes_but_are_new():
    assert changes([Strip.blank(4)], [Strip.blank(4), Strip.blank(4)]) is None
    assert changes([Strip.blank(4)], [Strip.blank(5)]) is None


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 3)), max_size=9))
def test_labels_get_cells_of_their_own_and_stay_where_they_belong_if_they_can(cells):
    placed = spread_out(cells, 9, 4)
    assert None not in placed  # 36 cells for at most 9 labels
    assert len(set(placed)) == len(placed)
    assert all(0 <= column < 9 and 0 <= row < 4 for column, row in placed)
    if len(set(cells)) == len(cells):
        assert placed == cells


def test_labels_beyond_the_last_free_cell_are_left_out():
    assert spread_out([(0, 0)] * 3, 2, 1) == [(0, 0), (1, 0), None]


def test_layers_have_one_character_each():
    assert [digit(i) for i in (0, 8, 9, 34, 35)] == ["1", "9", "a", "z", "+"]


views = st.builds(
    lambda steps: _moved(Viewport.whole(12.0, 1.0), steps),
    st.lists(
        st.one_of(
            st.tuples(st.floats(0.2, 5), st.floats(0, 1), st.floats(0, 1)),
            st.tuples(st.floats(-2, 2), st.floats(-2, 2)),
        ),
        max_size=9,
    ),
)


def _moved(view, steps):
    for step in steps:
        view = view.zoom(*step) if len(step) == 3 else view.pan(*step)
    return view


@given(views)
def test_no_zoom_or_pan_leaves_the_plane_or_turns_it_over(view):
    whole = Viewport.whole(12.0, 1.0)
    assert whole.left - 1e-9 <= view.left < view.right <= whole.right + 1e-9
    assert whole.bottom - 1e-9 <= view.bottom < view.top <= whole.top + 1e-9


def test_zooming_keeps_the_point_under_the_pointer():
    view = Viewport.whole(12.0, 1.0).zoom(2, 0.3, 0.7)
    closer = view.zoom(1.5, 0.25, 0.5)
    for low, high, share, a, b in (
        (view.left, view.right, 0.25, closer.left, closer.right),
        (view.bottom, view.top, 0.5, closer.bottom, closer.top),
    ):
        assert low + share * (high - low) == pytest.approx(a + share * (b - a))


def test_zooming_out_ends_at_the_whole_plane():
    assert Viewport.whole(12.0, 1.0).zoom(3).zoom(1 / 3).zoom(0.5).is_whole


def test_a_view_stays_where_it_is_while_the_plane_below_it_grows_and_shrinks():
    small, large = Viewport.whole(12.0, 1.0), Viewport.whole(42.0, 1.0, -3.0)
    assert small.on(large) == large
    assert large.on(small) == small
    part = small.zoom(2, 0.3, 0.7)
    grown = part.on(large)
    assert (grown.left, grown.right, grown.bottom) == (part.left, part.right, part.bottom)
    assert grown.reset() == large
    assert grown.on(small) == part
    assert large.zoom(2, 1.0).on(small) == small  # half of it is more than all of the other


def test_the_corner_is_the_last_quarter_of_either_axis():
    corner = Viewport.whole(12.0, 1.0).corner()
    assert (corner.left, corner.bottom) == (9.0, 0.75)
    assert corner.right > 12.0
    assert corner.top > 1.0


@given(st.floats(-1e4, 1e4), st.floats(1e-3, 1e4), st.integers(1, 12))
def test_ticks_are_round_inside_and_not_too_many(low, wide, most):
    values = round_numbers(low, low + wide, most)
    assert len(values) <= most
    assert all(low - 1e-6 * wide <= value <= low + wide + 1e-6 * wide for value in values)
    if len(values) > 2:
        steps = np.diff(values)
        assert np.allclose(steps, steps[0])
        power = 10 ** math.floor(math.log10(steps[0]) + 1e-9)
        assert round(steps[0] / power) in (1, 2, 5, 10)
    assert len(set(decimals(values))) == len(values)


def test_ticks_of_the_plane_in_bits_and_in_nats():
    assert [text for _, text in Linear(0, 12, "").ticks(7)] == ["0", "2", "4", "6", "8", "10", "12"]
    nats = Linear(0, 12, "", scale=math.log(2)).ticks(9)
    assert [text for _, text in nats] == [str(n) for n in range(9)]
    assert nats[2][0] == pytest.approx(2 / (12 * math.log(2)))


def test_a_logarithmic_epoch_axis_starts_at_the_first_planned_epoch():
    ticks = Epochs(Span(-1000, 8000), log=True).ticks(9)
    assert [text for _, text in ticks] == ["-1000", "-990", "-900", "0"]
    assert ticks[0][0] == 0.0


def test_only_whole_thousands_are_shortened():
    assert [short(n) for n in (8000, 10_000, 12_500, -20_000)] == ["8000", "10k", "12500", "-20k"]


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("ramp", RAMPS)
def test_ramps_change_steadily_in_brightness_where_they_promise_it(ramp, dark):
    bands = palette(ramp, dark=dark, depth="full").bands
    assert len(set(bands)) == len(bands)
    if ramp in ("viridis", "cividis", "grey"):
        weights = (0.2126, 0.7152, 0.0722)
        light = [np.dot(weights, band.color.triplet) for band in bands]
        assert (np.diff(light) > 0).all()


@pytest.mark.parametrize(
    ("dark", "ground"), [(True, "121212"), (False, "ffffff"), (True, "2e3440")]
)
@pytest.mark.parametrize("ramp", RAMPS)
def test_paths_and_digits_can_be_read_on_their_ground(ramp, dark, ground):
    assert contrast("000000", "ffffff") == pytest.approx(21)
    assert contrast("777777", "ffffff") == pytest.approx(4.48, abs=0.01)  # of WCAG's own examples
    found = palette(ramp, dark=dark, depth="full", ground=ground)
    for style in (*found.bands, *chain(*found.runs), *found.layers):
        assert contrast(style.color.triplet.hex[1:], ground) >= 2.95  # of bytes, rounded


def test_without_colours_the_palette_has_none():
    plain = palette("viridis", dark=True, depth="none")
    every = [*plain.bands, *plain.layers, plain.frame, plain.strong, plain.good, plain.bad]
    assert all(style.color is None and style.bgcolor is None for style in every)


def test_sixteen_colours_are_told_apart_and_sent_as_numbers():
    few = palette("turbo", dark=False, depth="16")
    for styles in (few.bands, few.layers):
        numbers = [style.color.downgrade(ColorSystem.STANDARD).number for style in styles]
        assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("columns", range(1, 90))
def test_a_straight_path_fills_every_dot_of_its_row(columns):
    raster = Raster(columns, 1, "braille")
    share = np.arange(0, 61, 5) / 60
    raster.path(share, np.full(len(share), 0.5), np.zeros(len(share), np.int64))
    assert raster.marks().glyphs == ["⠒"] * columns
