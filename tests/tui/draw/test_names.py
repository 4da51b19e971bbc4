"""Names of series in the layer table: they tell series apart, at any width."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.tui.draw.names import shortened
from ibtui.tui.feeds.saved import Saved
from ibtui.tui.panes.table import FIXED, LOST, NAME, NARROWEST_SPARKS, name_width
from tests.scripted_engine import saved_run
from tests.tui import scripted_app

SERIES = (
    *("exact", "binning-30-layer", "binning-30-running", "binning-30-run", "binning-100-layer"),
    *("gaussian-copula", "kde-0.001-layer-upper", "kde-0.001-layer-lower", "kde-0.002-layer-upper"),
    *("kmeans-8", "kmeans-max-clusters-8", "binning-30-running-null"),
)
ESTIMATORS = [
    {"name": "exact", "label": "exact-every-unit"},
    {"name": "binning", "bounds": "layer"},
    {"name": "binning", "bounds": "running"},
    {"name": "binning", "bounds": "run"},
    {"name": "gaussian-copula"},
]


@pytest.mark.parametrize("width", [11, 13, 19, 40])
def test_no_two_names_of_a_run_are_shortened_to_one(width):
    found = shortened(SERIES, width, "…")
    assert len({*found}) == len(SERIES)
    assert max(map(len, found)) <= width
    for name, short in zip(SERIES, found, strict=True):
        start, dropped, end = short.partition("…")
        assert (short == name) == (len(name) <= width)
        assert not dropped or (name.startswith(start) and name.endswith(end))


def test_names_are_cut_in_the_middle_unless_that_is_where_they_differ():
    names = ["gaussian-copula", "binning-30-layer", "binning-90-layer"]
    assert shortened(names, 11, "~") == ["gauss~opula", "bi~30-layer", "bi~90-layer"]


@given(st.lists(st.text("ab", min_size=1, max_size=9), unique=True, max_size=6), st.integers(1, 9))
def test_a_name_is_told_apart_wherever_one_cut_can_do_it(names, width):
    def cuts(name):
        ends = [(at, len(name) - (width - 1 - at)) for at in range(width)]
        return [name if len(name) <= width else f"{name[:a]}…{name[b:]}" for a, b in ends]

    found = shortened(names, width, "…")
    for name, short in zip(names, found, strict=True):
        others = [cuts(other) for other in names if other != name]
        apart = any(all(cut != other[at] for other in others) for at, cut in enumerate(cuts(name)))
        assert len(short) <= width
        assert found.count(short) == 1 or not apart


def test_names_leave_the_sparklines_their_room_and_take_what_is_left_where_there_are_none():
    both = 2 * (NARROWEST_SPARKS + 1)
    assert name_width(SERIES, both) == NAME
    assert name_width(SERIES, both + 4) == NAME + 4
    assert name_width(SERIES, 90) == max(map(len, SERIES))
    assert name_width(SERIES, both - 1) == max(map(len, SERIES))
    assert name_width(SERIES, 3) == NAME + 3
    assert name_width(SERIES, -5) == name_width(("exact", "kde"), 90) == NAME
    assert len("binning-30-running") - NAME <= 80 - FIXED - LOST


@pytest.mark.parametrize(("size", "whole"), [((80, 24), 4), ((120, 40), 5), ((200, 60), 5)])
def test_the_table_names_each_series_by_itself(tmp_path, size, whole):
    profile = scripted_app.profile(replicates=2, estimator=ESTIMATORS, training={"epochs": 20})
    # Scripted: all but the first have H(out|T), and at 80 columns no sparklines beside it.
    run = saved_run(tmp_path, profile, "named")
    app = scripted_app.app(tmp_path, profile=profile, feed=Saved(run.folder))
    heads = []

    async def steps(pilot):
        await pilot.press("4")
        await scripted_app.until(pilot, lambda: "±" in scripted_app.screen_text(app))
        for _ in profile.series:
            await pilot.pause(0.1)
            lines = scripted_app.screen_text(app).splitlines()
            (head,) = [line for line in lines if "vs max" in line]
            row = lines[lines.index(head) + 1]
            heads.append(head[: head.index("I(X;T) bits")].split()[-1])
            # Numbers stand below their titles, the deviation below the last letter of I(X;T).
            assert row.index("±") == head.index("I(X;T) bits") + len("I(X;T)") - 1
            await pilot.press("n")

    scripted_app.drive(app, steps, size)
    assert len({*heads}) == len(profile.series)
    assert sum(name in heads for name in profile.series) == whole
