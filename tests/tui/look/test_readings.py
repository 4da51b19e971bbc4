"""Averages, tracks, quantities, table rows, playback and export: what the panes read off."""

import csv
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.recording import Recorder, Recording
from ibtui.tui.draw.bands import Span
from ibtui.tui.feeds.playback import FASTEST, SLOWEST, Playback
from ibtui.tui.look.averages import Averages
from ibtui.tui.look.export import COLUMNS, write_csv
from ibtui.tui.look.quantities import CURVES, lines_of
from ibtui.tui.look.tracks import CLOUD, track
from ibtui.tui.look.view import NATS_PER_BIT, Cursor, View
from ibtui.tui.panes.table import marks, rows_of, sparkline
from tests.tui import scripted_app

EPOCHS = np.arange(0, 71, 10)
ABOUT = scripted_app.header(replicates=4, layers=5, series=("exact", "kde"))
WHOLE = scripted_app.recording(ABOUT, EPOCHS, 70)
SPAN = Span(0, 70)
END = Cursor(len(EPOCHS) - 1, SPAN)


def altered(whole: Recording, **arrays) -> Recording:
    return Recording(whole.header, **{**whole.arrays(), **arrays})


def with_gaps() -> Recording:
    """Replicate 2 diverges from frame 5 on; kde is measured in every third frame only."""
    xt, ty = WHOLE.i_xt_bits.copy(), WHOLE.i_ty_bits.copy()
    for values in (xt, ty):
        values[5:, :, 2] = np.nan
        values[np.arange(len(EPOCHS)) % 3 != 0, 1] = np.nan
    return altered(WHOLE, i_xt_bits=xt, i_ty_bits=ty)


def test_averages_leave_out_what_is_missing_and_say_so():
    gaps = with_gaps()
    over = Averages().of(gaps, "i_xt_bits", 0)
    assert np.allclose(over.mean[4], WHOLE.i_xt_bits[4, 0].mean(axis=0))
    assert np.allclose(over.mean[6], np.delete(WHOLE.i_xt_bits[6, 0], 2, axis=0).mean(axis=0))
    assert over.used[4].tolist() == [4] * 5
    assert over.used[6].tolist() == [3] * 5
    assert np.isnan(Averages().of(gaps, "i_xt_bits", 1).mean[4]).all()


@given(st.lists(st.integers(1, 3), min_size=1, max_size=4), st.integers(0, 3), st.data())
def test_averages_kept_up_equal_averages_of_the_whole(pieces, replicate, data):
    """However the recording grows, and whichever replicate is recorded again meanwhile."""
    again = scripted_app.recording(ABOUT, EPOCHS, 300)
    recorder, kept, at = Recorder(ABOUT), Averages(), 0
    for piece in pieces:
        for _ in range(piece):
            if at < len(EPOCHS):
                recorder.add(scripted_app.frame(WHOLE, at))
                at += 1
        kept.of(recorder.snapshot(), "i_ty_bits", 1)
        kept.of(recorder.snapshot(), "train_accuracy")
        for old in range(data.draw(st.integers(0, at))):
            recorder.add(scripted_app.frame(again, old, (replicate,)))
    now = recorder.snapshot()
    for quantity, series in (("i_ty_bits", 1), ("train_accuracy", None)):
        for mine, fresh in zip(
            kept.of(now, quantity, series), Averages().of(now, quantity, series), strict=True
        ):
            assert np.array_equal(mine, fresh, equal_nan=True)


def test_averages_notice_another_run_of_the_same_shape():
    kept = Averages()
    kept.of(WHOLE, "i_xt_bits", 0)
    other = scripted_app.recording(ABOUT, EPOCHS, 5000)
    fresh = Averages().of(other, "i_xt_bits", 0)
    assert np.array_equal(kept.of(other, "i_xt_bits", 0).mean, fresh.mean)


def test_a_track_shows_the_mean_one_replicate_the_median_or_all():
    averages = Averages()
    mean = track(WHOLE, END, averages, 0, View())
    assert np.allclose(mean.x, WHOLE.i_xt_bits[:, 0].mean(axis=1))
    assert np.allclose(mean.now[1], WHOLE.i_ty_bits[-1, 0].mean(axis=0))
    one = track(WHOLE, END, averages, 1, View(path="replicate", replicate=3))
    assert np.array_equal(one.y, WHOLE.i_ty_bits[:, 1, 3])
    assert one.note == "replicate 3 of 4"
    middle = averages.median(WHOLE, 0)
    median = track(WHOLE, END, averages, 0, View(path="median"))
    assert np.array_equal(median.x, WHOLE.i_xt_bits[:, 0, middle])
    assert median.note == f"median: replicate {middle} of 4"
    cloud = track(WHOLE, END, averages, 0, View(path="cloud"))
    assert cloud.x.shape == (8, 4, 5)
    assert cloud.note == "all 4"


def test_a_track_ends_at_the_cursor_and_says_how_many_replicates_it_averages():
    early = track(with_gaps(), Cursor(2, SPAN), Averages(), 0, View())
    assert early.epoch.tolist() == [0, 10, 20]
    assert early.note == "mean of 4"
    late = track(with_gaps(), END, Averages(), 0, View())
    assert late.note == "mean of 3 of 4"


def test_digits_stay_where_a_series_was_measured_last():
    path = track(with_gaps(), Cursor(5, SPAN), Averages(), 1, View())
    assert np.allclose(path.now[0], WHOLE.i_xt_bits[3, 1].mean(axis=0))


def test_before_the_first_frame_there_is_nothing_to_draw():
    path = track(Recorder(ABOUT).snapshot(), Cursor(-1, SPAN), Averages(), 0, View())
    assert path.x.shape == (0, 5)
    assert np.isnan(path.now).all()


def test_a_large_cloud_is_thinned_to_frames_that_stay_the_same_as_it_grows():
    about = scripted_app.header(replicates=500, layers=4, series=("exact",))
    whole = scripted_app.recording(about, np.arange(450), 450)
    fewer = track(whole, Cursor(420, Span(0, 450)), Averages(), 0, View(path="cloud"))
    more = track(whole, Cursor(421, Span(0, 450)), Averages(), 0, View(path="cloud"))
    assert fewer.x.size <= CLOUD + 500 * 4
    assert fewer.epoch[-1] == 420
    assert set(fewer.epoch[:-1]) <= set(more.epoch)


def test_rows_tell_the_fall_since_the_maximum_saturation_and_broken_inequalities():
    xt = np.array([[[11.0, 9.0, 4.0], [12.0, 8.0, 4.0]], [[12.0, 7.0, 8.0], [12.0, 6.0, 4.0]]])
    ty = np.full_like(xt, 0.5)
    about = scripted_app.header(replicates=2, layers=3, series=("exact",))
    two = scripted_app.recording(about, np.array([0, 5]), 5)
    two = altered(two, i_xt_bits=xt[:, None], i_ty_bits=ty[:, None])
    rows = rows_of(two, Cursor(1, Span(0, 5)), Averages(), 0, View())
    assert [row.i_xt_bits for row in rows] == [12.0, 6.5, 6.0]
    assert [row.since_maximum for row in rows] == [0.0, -2.0, 0.0]
    assert [row.saturated for row in rows] == [1.0, 0.0, 0.0]
    assert [row.broken for row in rows] == [0.0, 0.0, 0.5]
    first = rows_of(two, Cursor(0, Span(0, 5)), Averages(), 0, View())
    assert [row.saturated for row in first] == [0.5, 0.0, 0.0]
    one = rows_of(two, Cursor(1, Span(0, 5)), Averages(), 0, View(path="replicate", replicate=1))
    assert [row.i_xt_bits for row in one] == [12.0, 6.0, 4.0]


def test_rows_mark_what_is_above_its_entropy():
    xt = np.array([[[41.0, 12.0, 4.0], [12.0, 8.0, 4.0]]])
    ty = np.array([[[0.5, 0.5, 0.5], [0.5, 0.5, 1.49]]])
    about = scripted_app.header(replicates=2, layers=3, series=("exact",))
    one = scripted_app.recording(about, np.array([0]), 5)
    one = altered(one, i_xt_bits=xt[:, None], i_ty_bits=ty[:, None])
    rows = rows_of(one, Cursor(0, Span(0, 5)), Averages(), 0, View())
    assert [row.above for row in rows] == [0.5, 0.0, 0.5]
    assert [row.saturated for row in rows] == [0.5, 0.5, 0.0]
    assert [marks(row) for row in rows] == [
        [(">H 50%", True)],
        [("sat 50%", False)],
        [(">H 50%", True), ("DPI 50%", True)],
    ]
    broken = replace(rows[1], saturated=1.0, broken=0.5)
    assert marks(broken) == [("sat", False), ("DPI 50%", True)]


def test_rows_tell_what_a_discretization_leaves_open_of_the_output():
    lost = np.full_like(WHOLE.i_xt_bits, np.nan)
    lost[:, 1] = np.arange(4)[:, None] + np.arange(5)
    recording = altered(WHOLE, output_loss_bits=lost)
    assert all(
        math.isnan(row.output_loss_bits) for row in rows_of(recording, END, Averages(), 0, View())
    )
    mean = rows_of(recording, END, Averages(), 1, View())
    assert [row.output_loss_bits for row in mean] == [1.5, 2.5, 3.5, 4.5, 5.5]
    one = rows_of(recording, END, Averages(), 1, View(path="replicate", replicate=2))
    assert [row.output_loss_bits for row in one] == [2.0, 3.0, 4.0, 5.0, 6.0]


def test_rows_of_a_series_that_was_not_measured_yet_are_none():
    nothing = altered(WHOLE, i_xt_bits=np.full_like(WHOLE.i_xt_bits, np.nan))
    assert rows_of(nothing, END, Averages(), 0, View()) == []


def test_sparklines_go_from_the_least_to_the_greatest():
    share = np.linspace(0, 1, 9)
    assert sparkline(share, np.linspace(0, 12, 9), 8, 12.0, "braille") == "▂▃▄▅▆▇██"
    assert sparkline(share, np.full(9, 12.0), 5, 12.0, "braille") == "▁▁▁▁▁"
    assert sparkline(share, np.array([12.0, 11.9] * 4 + [12.0]), 5, 12.0, "ascii")[0] in "_."
    assert sparkline(share[:1], np.array([np.nan]), 5, 12.0, "ascii") == ""


@given(st.lists(st.floats(0, 12), min_size=3, max_size=40), st.integers(1, 12))
def test_a_sparkline_grows_at_its_end_while_a_run_goes_on(values, width):
    values = np.array([0.0, 12.0, *values])  # the range stays the same
    share = np.linspace(0, 1, len(values))
    whole = sparkline(share, values, width, 12.0, "braille")
    assert len(whole) == width
    for stop in range(3, len(values)):
        part = sparkline(share[:stop], values[:stop], width, 12.0, "braille")
        assert whole.startswith(part[:-1])


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("view", [View(), View(path="replicate", replicate=2), View(unit="nats")])
def test_curves_lie_within_their_axes(curve, view):
    cells = np.round(40 / (1 + WHOLE.i_xt_bits))
    whole = replace(WHOLE, output_loss_bits=np.full_like(WHOLE.i_xt_bits, 0.3), cells=cells)
    lines = lines_of(curve, whole, Averages(), 1, view)
    values = np.concatenate([line.values for line in lines.lines])
    assert (values >= lines.low).all()
    assert (values <= lines.high).all()
    expected = {"loss": 2, "accuracy": 2, "range": 10}
    assert len(lines.lines) == expected.get(curve, 5)


@pytest.mark.parametrize("curve", ["I(X;T)", "I(T;Y)"])
def test_curves_of_estimates_beyond_the_entropies_lie_within_their_axes(curve):
    far = WHOLE.i_xt_bits.copy()
    far[:, :, :, 0], far[:, :, :, 1] = 41.0, -0.3
    beyond = altered(WHOLE, i_xt_bits=far, i_ty_bits=far / 12)
    lines = lines_of(curve, beyond, Averages(), 0, View())
    values = np.concatenate([line.values for line in lines.lines])
    assert lines.low <= values.min()
    assert values.max() <= lines.high


def test_losses_are_stored_in_nats_and_shown_in_the_unit_asked_for():
    assert lines_of("loss", WHOLE, Averages(), 0, View(unit="nats")).scale == 1.0
    assert lines_of("loss", WHOLE, Averages(), 0, View()).scale == pytest.approx(1 / NATS_PER_BIT)
    assert lines_of("I(X;T)", WHOLE, Averages(), 0, View(unit="nats")).scale == math.log(2)


def test_playing_goes_on_at_its_speed_and_ends_at_the_last_frame():
    play = Playback(at=0, follow=False)
    play.toggle(100)
    assert play.tick(1.0, 100)
    assert play.at == 10
    play.faster(2)
    play.tick(0.25, 100)
    assert play.at == 15
    play.tick(60, 100)
    assert (play.at, play.playing) == (99, False)
    play.toggle(100)
    assert (play.at, play.playing) == (0, True)


def test_a_followed_run_stays_at_its_newest_frame_until_one_steps_back():
    play = Playback()
    play.grow(7)
    assert play.at == 6
    play.step(7, -2)
    play.grow(9)
    assert (play.at, play.follow) == (4, False)
    play.follow = True
    play.grow(10)
    assert play.at == 9


def test_going_to_an_epoch_shows_the_last_frame_before_it():
    play = Playback()
    for epoch, at in ((0, 0), (34, 3), (70, 7), (999, 7), (-5, 0)):
        play.go_to_epoch(epoch, EPOCHS)
        assert play.at == at


@given(st.lists(st.tuples(st.sampled_from("tgsfkp"), st.integers(-9, 9)), max_size=20))
def test_the_cursor_never_leaves_the_recording(moves):
    play, frames = Playback(), 0
    for what, by in moves:
        match what:
            case "t":
                play.tick(abs(by) / 3, frames)
            case "g":
                frames += abs(by)
                play.grow(frames)
            case "s":
                play.step(frames, by)
            case "f":
                play.follow = True
            case "k":
                play.toggle(frames)
            case "p":
                play.faster(2.0**by)
        assert -1 <= play.at < max(frames, 1)
        assert (play.at == -1) <= (frames == 0)
        assert SLOWEST <= play.speed <= FASTEST


@pytest.mark.parametrize(
    ("view", "names", "count"),
    [
        (View(), {"mean"}, 8 * 5),
        (View(path="replicate", replicate=1), {"1"}, 8 * 5),
        (View(path="cloud"), {"0", "1", "2", "3"}, 8 * 4 * 5),
    ],
)
def test_csv_holds_the_points_of_the_plane(tmp_path, view, names, count):
    path = tmp_path / "plane.csv"
    assert write_csv(path, WHOLE, END, Averages(), 1, view) == count
    with open(path, newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert tuple(rows[0]) == COLUMNS
    assert {row["replicate"] for row in rows} == names
    assert {row["series"] for row in rows} == {"kde"}
    row = next(row for row in rows if row["epoch"] == "30" and row["layer"] == "T4")
    r = slice(None) if names == {"mean"} else int(row["replicate"])
    assert float(row["i_xt_bits"]) == pytest.approx(WHOLE.i_xt_bits[3, 1, r, 3].mean())


def keys_pressed(what: str, times: int, view: View) -> list[View]:
    seen = []
    for _ in range(times):
        view = view.changed(what, ABOUT)
        seen.append(view)
    return seen


def test_keys_go_round_through_layers_series_and_replicates():
    layers = [view.layer for view in keys_pressed("layer", 7, View())]
    assert layers == [0, 1, 2, 3, 4, None, 0]
    assert [view.series for view in keys_pressed("series", 3, View())] == [1, 0, 1]
    onward = [view.replicate for view in keys_pressed("next_replicate", 5, View())]
    assert onward == [0, 1, 2, 3, 0]
    back = [view.replicate for view in keys_pressed("last_replicate", 3, View())]
    assert back == [0, 3, 2]


def test_the_second_plane_is_what_was_asked_for_or_what_there_is():
    seconds = [view.second for view in keys_pressed("second", 4, View())]
    assert seconds == ["none", "corner", 1, "auto"]
    assert View().second_plane(ABOUT, 200) == (1, False)
    assert View(series=1).second_plane(ABOUT, 200) == (0, False)
    assert View().second_plane(ABOUT, 60) is None
    alone = scripted_app.header(series=("exact",))
    assert View().second_plane(alone, 200) == (0, True)
    assert View(second=1).second_plane(alone, 200) is None
    assert View(second="corner").second_plane(ABOUT, 60) == (0, True)


def test_the_capacity_of_a_layer_is_a_line_where_it_is_below_the_entropy():
    top = ABOUT.input_bits
    capacities = 99.0, 99.0, top, 3.0, 2.0
    plain = lines_of("I(X;T)", WHOLE, Averages(), 0, View())
    for layer, count in ((None, 5), (0, 5), (2, 5), (3, 6)):
        view = View(layer=layer)
        lines = lines_of("I(X;T)", WHOLE, Averages(), 0, view, capacities)
        assert len(lines.lines) == count
        assert (lines.low, lines.high) == (plain.low, plain.high)
    bound = lines.lines[0]
    assert (bound.values.tolist(), bound.colour) == ([3.0] * len(WHOLE), 3)


def test_what_a_layer_knows_beside_the_label_is_the_difference():
    found = lines_of("I(X;T|Y)", WHOLE, Averages(), 1, View())
    expected = np.nanmean(WHOLE.i_xt_bits[:, 1] - WHOLE.i_ty_bits[:, 1], axis=1)
    np.testing.assert_allclose([line.values for line in found.lines], expected.T, atol=1e-12)
