"""What is drawn on planes and charts, cell by cell."""

import numpy as np
import pytest
from rich.style import Style

from ibtui.analysis.bottleneck import Limit
from ibtui.tui.draw.bands import Span
from ibtui.tui.draw.chart import Chart, canvas
from ibtui.tui.draw.palette import palette
from ibtui.tui.look.averages import Averages
from ibtui.tui.look.many import Laid
from ibtui.tui.look.quantities import Line, Lines
from ibtui.tui.look.reading import reading
from ibtui.tui.look.shown import Shown
from ibtui.tui.look.tracks import paths, track
from ibtui.tui.look.view import Cursor, Look, Point, View
from ibtui.tui.look.viewport import Viewport
from ibtui.tui.panes.curves import draw_curves
from ibtui.tui.panes.plane import draw_plane
from ibtui.tui.panes.title import fitted, title_row
from tests.tui import scripted_app

ABOUT = scripted_app.header(replicates=3, layers=5)
EPOCHS = np.arange(0, 401, 4)
WHOLE = scripted_app.recording(ABOUT, EPOCHS, 400)
SPAN = Span(0, 400)
SIZE = (64, 22)
LOOK = Look(palette("viridis", dark=True, depth="full"), "braille")


def plane(*wholes, view=None, viewport=None, look=LOOK, at=10**6, size=SIZE, noisy=None):
    view, runs = view or View(), []
    for slot, whole in enumerate(wholes):
        shown = Shown(whole, Cursor(min(at, len(whole) - 1), SPAN), Averages(), noisy)
        laid = Laid(shown, f"run {slot}", slot if len(wholes) > 1 else None)
        runs.append((laid, track(*shown[:3], view.series, view)))
    return draw_plane(Chart(), size, runs, viewport or Viewport.of(ABOUT), view, look)


def cells(rows):
    """Characters and styles by column from the left and row from the bottom of the canvas."""
    columns, height = canvas(*SIZE)
    found = {}
    for row, strip in enumerate(reversed(rows[:height])):
        flat = [(text, segment.style) for segment in strip for text in segment.text]
        for column, cell in enumerate(flat[-columns:]):
            found[column, row] = cell
    return found


def styles(rows):
    return {style for _, style in cells(rows).values()}


def cell_of(x, y, viewport):
    columns, rows = canvas(*SIZE)
    return (
        int((x - viewport.left) / (viewport.right - viewport.left) * columns),
        int((y - viewport.bottom) / (viewport.top - viewport.bottom) * rows),
    )


def test_every_row_is_as_wide_as_the_plane_and_there_are_as_many():
    for size in ((64, 22), (40, 9), (14, 5), (13, 5), (5, 3), (1, 1)):
        rows = plane(WHOLE, size=size)
        assert len(rows) == size[1]
        assert {row.cell_length for row in rows} == {size[0]}


def test_digits_stand_where_the_layers_are_now():
    view, whole = Viewport.of(ABOUT), cells(plane(WHOLE))
    for layer in range(5):
        x = WHOLE.i_xt_bits[-1, 0, :, layer].mean()
        y = WHOLE.i_ty_bits[-1, 0, :, layer].mean()
        assert whole[cell_of(x, y, view)] == (
            str(layer + 1),
            LOOK.palette.layer(layer) + Style(bold=True),
        )


def test_a_plane_grows_to_hold_estimates_beyond_the_entropies():
    """An estimator may find more bits than there are, or fewer than none."""
    beyond = WHOLE.arrays()
    beyond["i_xt_bits"] = np.where(np.arange(5) == 4, 41.0, WHOLE.i_xt_bits)
    beyond["i_ty_bits"] = np.where(np.arange(5) == 4, -0.4, WHOLE.i_ty_bits)
    high = type(WHOLE)(ABOUT, **beyond)
    path = paths(high, Averages(), 0, View())
    view = Viewport.of(ABOUT, paths=[path])
    assert (view.west, view.width, view.south) == (0.0, 42.0, pytest.approx(-0.5 * 0.999157))
    drawn = cells(plane(high, viewport=view))
    assert drawn[cell_of(41.0, -0.4, view)][0] == "5"
    assert "5" not in {text for text, _ in cells(plane(high)).values()}
    assert Viewport.of(ABOUT, paths=[paths(WHOLE, Averages(), 0, View())]) == Viewport.of(ABOUT)


def test_the_colour_of_a_place_is_the_band_of_its_epoch():
    view, bands = Viewport.of(ABOUT), LOOK.palette.bands
    whole = cells(plane(WHOLE))
    x, y = (values[:, 0, :, 4].mean(axis=1) for values in (WHOLE.i_xt_bits, WHOLE.i_ty_bits))
    assert whole[cell_of(x[0], y[0], view)][1] == bands[0]
    assert whole[cell_of(x[70], y[70], view)][1] in bands[7:10]
    assert len(set(bands) & styles(plane(WHOLE))) >= 10


def test_cells_keep_their_colour_while_a_run_goes_on():
    """What was drawn stays, but where the path comes by again and where the digits were."""
    digits = set("12345")
    early, late = cells(plane(WHOLE, at=50)), cells(plane(WHOLE, at=51))
    changed = [place for place in early if early[place] != late[place]]
    near = [place for place in early if early[place][0] in digits or late[place][0] in digits]
    for column, row in changed:
        assert any(abs(column - c) <= 1 and abs(row - r) <= 1 for c, r in near)
    assert len(changed) < 20


def test_a_logarithmic_scale_gives_the_first_epochs_more_colours():
    def used(scale):
        return len(styles(plane(WHOLE, view=View(scale=scale), at=20)) & set(LOOK.palette.bands))

    assert used("log") > used("linear")


def test_one_layer_is_lit_and_the_others_are_faint():
    rows = plane(WHOLE, view=View(layer=2, limit=False))
    texts = {text for text, _ in cells(rows).values()}
    assert "3" in texts
    assert not texts & set("1245")
    assert LOOK.palette.faint in styles(rows)


def test_without_colours_one_layer_is_drawn_alone():
    look = Look(palette("viridis", dark=True, depth="none"), "braille")
    view, whole = View(layer=2, limit=False), WHOLE.arrays()
    alone = {**whole, "i_xt_bits": np.where(np.arange(5) == 2, whole["i_xt_bits"], np.nan)}
    rows = plane(WHOLE, view=view, look=look)
    assert cells(rows) == cells(plane(type(WHOLE)(ABOUT, **alone), view=view, look=look))


def test_the_limit_runs_along_the_diagonal_and_then_along_the_top():
    empty = plane(WHOLE, view=View(limit=False), at=-1)
    rows = plane(WHOLE, view=View(limit=True), at=-1)
    drawn = {place for place, cell in cells(rows).items() if cell != cells(empty)[place]}
    view = Viewport.of(ABOUT)
    for x, y in ((0.0, 0.0), (0.5, 0.5), (0.999, 0.999), (6.0, 0.999), (12.0, 0.999)):
        assert cell_of(x, y, view) in drawn
    for x, y in ((6.0, 0.5), (0.2, 0.9)):
        assert cell_of(x, y, view) not in drawn


def test_a_noisy_source_has_a_second_limit_from_corner_to_corner():
    noisy = Limit(np.array([0.0, 1.0, 4.0]), np.array([0.0, 0.4, 0.7]))
    without, rows = plane(WHOLE, at=-1), plane(WHOLE, at=-1, noisy=noisy)
    drawn = {place for place, cell in cells(rows).items() if cell != cells(without)[place]}
    view = Viewport.of(ABOUT)
    for x, y in ((1.0, 0.4), (2.5, 0.55), (4.0, 0.7), (12.0, 0.7)):
        assert cell_of(x, y, view) in drawn
    for x, y in ((1.0, 0.5), (4.0, 0.8), (8.0, 0.5)):  # its name is in the row below it
        assert cell_of(x, y, view) not in drawn
    without = plane(WHOLE, at=-1, noisy=noisy, view=View(limit=False))
    assert styles(without) == styles(plane(WHOLE, at=-1, view=View(limit=False)))


def test_the_deviation_lies_to_either_side_of_the_path():
    wide = scripted_app.recording(scripted_app.header(replicates=7), EPOCHS, 400, wide=1.5)
    rows = plane(wide, view=View(spread=True, limit=False))
    assert LOOK.palette.faint not in styles(plane(wide, view=View(limit=False)))
    drawn = cells(rows)
    x, y = wide.i_xt_bits[:, 0, :, 4], wide.i_ty_bits[:, 0, :, 4]
    for at in (30, 60, 100):
        for sign in (-1, 1):
            beside = x[at].mean() + sign * x[at].std(ddof=1)
            cell = drawn[cell_of(beside, y[at].mean(), Viewport.of(ABOUT))]
            assert cell[0] != " "
    one = plane(wide, view=View(spread=True, limit=False, path="replicate"))
    assert LOOK.palette.faint not in styles(one)


def test_runs_on_one_plane_have_shades_of_their_own_and_the_first_covers_the_others():
    wholes = [scripted_app.recording(ABOUT, EPOCHS, 400 * 4**i) for i in range(10)]
    found = styles(plane(*wholes))
    for slot in range(10):
        assert LOOK.palette.run(slot) in found, slot
    assert not found & {layer + Style(bold=True) for layer in LOOK.palette.layers}
    twice = styles(plane(WHOLE, WHOLE, view=View(limit=False)))
    assert set(LOOK.palette.runs[0]) <= twice
    assert not (set(LOOK.palette.runs[1]) - {LOOK.palette.run(1)}) & twice  # but for digits


def test_letters_tell_the_runs_of_one_layer_and_of_a_terminal_without_colours():
    plain = Look(palette("viridis", dark=True, depth="none"), "ascii")
    shifted = scripted_app.recording(ABOUT, EPOCHS, 4000)
    for view, look in ((View(layer=2, limit=False), LOOK), (View(limit=False), plain)):
        letters = {text for text, _ in cells(plane(WHOLE, shifted, view=view, look=look)).values()}
        assert {"a", "b"} <= letters
        assert not letters & set("12345")


def test_a_cloud_covers_every_replicate():
    view = Viewport.of(ABOUT)
    cloud = cells(plane(WHOLE, view=View(path="cloud", limit=False)))
    for replicate in range(3):
        x, y = (values[60, 0, replicate, 3] for values in (WHOLE.i_xt_bits, WHOLE.i_ty_bits))
        assert cloud[cell_of(x, y, view)][0] != " "


@pytest.mark.parametrize("markers", ["braille", "block", "ascii"])
def test_markers_are_what_was_asked_for(markers):
    rows = plane(WHOLE, look=Look(LOOK.palette, markers))
    texts = {text for text, style in cells(rows).values() if style in LOOK.palette.bands}
    ranges = {"braille": (0x2800, 0x28FF), "block": (0x2580, 0x259F), "ascii": (0x20, 0x7E)}
    low, high = ranges[markers]
    assert texts
    assert all(low <= ord(text) <= high for text in texts)


def test_a_plane_in_nats_has_other_numbers_and_the_same_points():
    bits, nats = plane(WHOLE), plane(WHOLE, view=View(unit="nats"))
    assert bits[-1].text.split() == ["I(X;T)", "[bits]"]
    assert nats[-1].text.split() == ["I(X;T)", "[nats]"]
    assert cells(bits) == cells(nats)
    assert bits[-2].text.split() == ["0", "2", "4", "6", "8", "10", "12"]
    assert nats[-2].text.split()[-1] == "8"


def test_values_that_are_missing_are_no_points():
    xt = WHOLE.i_xt_bits.copy()
    xt[:, :, :, 1] = np.nan
    xt[30:40] = np.nan
    gaps = type(WHOLE)(ABOUT, **{**WHOLE.arrays(), "i_xt_bits": xt})
    texts = {text for text, _ in cells(plane(gaps)).values()}
    assert "2" not in texts
    assert "3" in texts


def test_curves_up_to_the_cursor_are_bright_and_those_after_it_faint():
    values = np.linspace(0, 1, len(EPOCHS))
    lines = Lines([Line(values, None, "x", 2)], 0.0, 1.0, "test")

    def drawn(at):
        cursor = Cursor(at, SPAN)
        return cells(draw_curves(Chart(), SIZE, lines, EPOCHS, cursor, View(), LOOK))

    columns, rows = canvas(*SIZE)
    half, whole = drawn(50), drawn(len(EPOCHS) - 1)
    assert half[columns // 4, rows // 4][1] == LOOK.palette.layers[2]
    assert half[3 * columns // 4, 3 * rows // 4][1] == LOOK.palette.faint
    assert whole[3 * columns // 4, 3 * rows // 4][1] == LOOK.palette.layers[2]
    assert whole[columns - 1, rows - 1][0] == "x"
    assert LOOK.palette.faint not in {style for _, style in whole.values()}


NOTES = ("median: replicate 39 of 50 x1.6", "median: 39 x1.6")


@pytest.mark.parametrize(
    ("width", "parts"),
    [
        (62, ("I(T;Y) [bits]", "requantized", NOTES[0])),
        (60, ("I(T;Y) [bits]", "requantized", NOTES[0])),
        (59, ("I(T;Y)", "requantized", NOTES[0])),
        (53, ("I(T;Y)", "requantized", NOTES[0])),
        (52, ("I(T;Y)", "requantized", NOTES[1])),
        (37, ("I(T;Y)", "requantized", NOTES[1])),
        (36, ("I(T;Y)", "requ…tized", NOTES[1])),
        (31, ("I(T;Y)", "re…ed", NOTES[1])),
        (10, ("I(T;Y)", "…", NOTES[1])),
    ],
)
def test_a_title_is_in_the_longest_words_that_fit(width, parts):
    found = fitted("I(T;Y)", "[bits]", "requantized", NOTES, ["exact", "requantized"], width, "…")
    assert found == parts
    if width > 30:
        assert len(" {}  {} {} ".format(*found)) <= width


def test_the_limit_says_what_it_is_where_nothing_else_is_drawn():
    whole, bare = cells(plane(WHOLE)), cells(plane(WHOLE, view=View(limit=False)))
    rows = range(canvas(*SIZE)[1])
    columns = range(canvas(*SIZE)[0])
    lines = ["".join(whole[column, row][0] for column in columns) for row in rows]
    [(row, start)] = [(i, line.index("IB limit")) for i, line in enumerate(lines) if "IB l" in line]
    for place in range(start, start + len("IB limit")):
        assert whole[place, row][1] == LOOK.palette.frame
        assert bare[place, row][0] == " "
        assert whole[place, row + 1][0] != " "  # the line itself
    assert "IB" not in "".join(text for text, _ in bare.values())


def test_the_crosshair_reaches_from_the_point_to_both_axes():
    view, viewport = View(point=Point(4, 30), limit=False), Viewport.of(ABOUT)
    shown = Shown(WHOLE, Cursor(100, SPAN), Averages())
    read = reading(shown, 0, view)
    path = track(*shown[:3], 0, view)
    rows = draw_plane(Chart(), SIZE, [(Laid(shown), path)], viewport, view, LOOK, read)
    column, row = cell_of(read.i_xt_bits, read.i_ty_bits, viewport)
    drawn = cells(rows)
    assert drawn[column, row] == ("5", LOOK.palette.strong + Style(reverse=True))
    assert all(drawn[column, below][0] != " " for below in range(row))
    assert all(drawn[before, row][0] != " " for before in range(column))
    assert f"I(X;T) {read.i_xt_bits:.2f} ±" in rows[-1].text


def test_the_layers_of_an_epoch_are_joined_when_that_is_asked_for():
    joined = cells(plane(WHOLE, view=View(joined=True, limit=False)))
    alone = cells(plane(WHOLE, view=View(limit=False)))
    new = {place for place in joined if joined[place][0] != " " == alone[place][0]}
    assert len(new) > 20
    assert {joined[place][1] for place in new} <= set(LOOK.palette.bands)
    last = [values[-1, 0].mean(axis=0) for values in (WHOLE.i_xt_bits, WHOLE.i_ty_bits)]
    middle = cell_of(*((one[3] + one[4]) / 2 for one in last), Viewport.of(ABOUT))
    assert joined[middle][0] != " "


def test_a_hint_takes_no_room_from_what_a_title_must_say():
    def row(width):
        hints = ["  C: 1-4 apart", "  C: 1-4"]
        notes = ["mean of 50", "mean"]
        return title_row("I(T;Y)", "[bits]", "exact", notes, [], hints, width, LOOK).text

    assert row(48).endswith("mean of 50  C: 1-4 apart ")
    assert row(42).endswith("mean of 50  C: 1-4 ")
    assert row(36) == " I(T;Y) [bits]  exact    mean of 50 "
    assert {len(row(width)) for width in (48, 42, 36)} == {48, 42, 36}
