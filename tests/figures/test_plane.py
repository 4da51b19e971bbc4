"""Information planes: what is in them, not how they look."""

from dataclasses import replace

import numpy as np
import pytest

from ibtui import figures
from ibtui.analysis import limits
from ibtui.data.wireless import Wireless
from ibtui.figures import curves, plane
from ibtui.profile import parse_profile
from tests.figures.scripted_runs import PROFILE, PROFILE_TEXT, make

pytestmark = pytest.mark.usefixtures("here")


def shown(axes) -> np.ndarray:
    """All points of a plane that have an epoch, (P, 3): I(X;T), I(T;Y), epoch."""
    parts = []
    for collection in axes.collections:
        places, epoch = collection.get_offsets(), collection.get_array()
        if epoch is not None and len(places) == len(epoch):
            parts.append(np.column_stack([places, epoch]))
    return np.concatenate(parts)


def test_the_plane_shows_the_mean_of_every_layer_at_every_epoch():
    run = make()
    drawn = plane.mean_plane(run, 1)
    points = shown(drawn.axes[0])
    x, y = (bits[:, 1].mean(axis=1) for bits in (run.recording.i_xt_bits, run.recording.i_ty_bits))
    expected = {
        (round(x[e, n], 9), round(y[e, n], 9), epoch)
        for e, epoch in enumerate(run.recording.epoch.tolist())
        for n in range(3)
    }
    assert {(round(a, 9), round(b, 9), int(epoch)) for a, b, epoch in points} == expected
    assert drawn.axes[0].get_xlabel() == "$I(X{;}T)$ [bits]"
    assert drawn.axes[0].get_title(loc="left") == "binning-30, mean of 5 replicates"
    legend = drawn.axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["T1", "T2", "T3", "IB limit"]


def test_the_limit_on_the_plane_is_the_smaller_of_both():
    axes = plane.mean_plane(make(), 0).axes[0]
    dashed = next(line for line in axes.lines if line.get_linestyle() == "--")
    x, y = dashed.get_data()
    np.testing.assert_allclose(y, np.minimum(x, 0.999), atol=0.02)
    assert x[-1] == 12.0


def test_a_noisy_source_has_a_line_of_its_own(monkeypatch):
    monkeypatch.setattr(limits, "GROUPS", 6)
    noisy = PROFILE.model_copy(update={"data": Wireless(samples=900)})
    axes = plane.mean_plane(make("noisy", noisy), 0).axes[0]
    dashed, dotted = (
        next(line for line in axes.lines if line.get_linestyle() == dash) for dash in ("--", ":")
    )
    assert (dotted.get_ydata()[1:] < dashed.get_ydata()[1:]).all()
    texts = [text.get_text() for text in axes.get_legend().get_texts()]
    assert texts[-2:] == ["IB limit", "IB limit of the noisy source"]


def test_the_zoom_holds_what_is_in_the_upper_right_and_is_outlined():
    x = np.broadcast_to(np.array([11.9, 11.0, 3.0]), (7, 2, 5, 3))
    y = np.broadcast_to(np.array([0.99, 0.95, 0.4]), (7, 2, 5, 3))
    whole, zoomed, *_ = plane.mean_plane(make(changes={"i_xt_bits": x, "i_ty_bits": y}), 0).axes
    left, right = zoomed.get_xlim()
    assert 10 < left < 11.0
    assert right > 12
    assert 0.9 < zoomed.get_ylim()[0] < 0.95
    (outline,) = whole.patches
    assert outline.get_x() == pytest.approx(left)
    assert outline.get_y() == pytest.approx(zoomed.get_ylim()[0])
    low = {"i_xt_bits": x / 3, "i_ty_bits": y}
    alone = plane.mean_plane(make("low", changes=low), 0)
    assert len(alone.axes) == 2  # the plane and the colour bar
    assert 11.9 / 3 < alone.axes[0].get_xlim()[1] < 4.2  # and it is filled


def test_information_beyond_its_bounds_is_drawn_and_not_cut_off():
    """Estimators such as kNN go below 0 and above H(X)."""
    x = np.linspace(-1, 14, 7 * 2 * 5 * 3).reshape(7, 2, 5, 3)
    axes = plane.mean_plane(make(changes={"i_xt_bits": x}), 0).axes[0]
    x = x[:, 0].mean(axis=1)
    assert axes.get_xlim()[0] < x.min() < 0
    assert axes.get_xlim()[1] > x.max() > 12


def test_prefitting_is_told_apart():
    epoch = np.array([-8, -4, 0, 4, 8, 12, 15])
    run = make(changes={"epoch": epoch})
    axes = plane.mean_plane(run, 0).axes[0]
    assert shown(axes)[:, 2].min() == 0
    assert "prefit" in [text.get_text() for text in axes.get_legend().get_texts()]
    texts = [text.get_text().strip() for text in curves.information(run, 0).axes[0].texts]
    assert "shuffled labels" in texts


def test_the_median_plane_shows_the_replicate_of_median_distance_from_the_mean():
    at = np.array([0.0, 5.1, 1.5, 3.4, 4.6])  # mean 2.92: 1.68 away is the median, replicate 4
    x = np.broadcast_to(at[None, None, :, None], (7, 2, 5, 3))
    drawn = plane.median_plane(make(changes={"i_xt_bits": x}), 0)
    assert {*shown(drawn.axes[0])[:, 0]} == {4.6}
    title = drawn.axes[0].get_title(loc="left")
    assert title == "exact, replicate 4, the median of 5 replicates"


def test_a_diverged_replicate_is_left_out_and_that_is_said():
    run = make(diverge=(1, 17))
    title = plane.mean_plane(run, 0).axes[0].get_title(loc="left")
    assert title == "exact, mean of 4 of 5 replicates"
    assert "4 of 5 replicates" in curves.accuracy(run).axes[0].get_title(loc="left")
    ranked = plane.median_plane(run, 0).axes[0].get_title(loc="left")
    assert ranked.endswith("the median of 4 of 5 replicates")


def test_runs_side_by_side_have_equal_axes_and_one_scale_of_epochs():
    long = parse_profile(PROFILE_TEXT.replace("23", "40"), "walk.toml")
    x = np.full((7, 2, 5, 3), 14.0)
    drawn = figures.compare([make("long", long), make("short", changes={"i_xt_bits": x})])
    other, one, bar = drawn.axes
    assert one.get_xlim() == other.get_xlim()
    assert one.get_xlim()[1] > 14
    assert bar.get_ylim() == (0, 40)
    for axes in (one, other):
        norms = {(c.norm.vmin, c.norm.vmax) for c in axes.collections if c.get_array() is not None}
        assert norms == {(0, 40)}


def test_figures_of_a_run_that_goes_on_say_how_far_it_is():
    run = make()
    going = replace(run, recording=run.recording.until(8))
    for figure in (plane.mean_plane, plane.median_plane, curves.information):
        assert figure(going, 0).axes[0].get_title(loc="left").count(", epoch 8 of 23") == 1
        assert "of 23" not in figure(run, 0).axes[0].get_title(loc="left")
    assert ", epoch 8 of 23" in curves.accuracy(going).axes[0].get_title(loc="left")
    assert ", epoch 8 of 23" in plane.side_by_side([going], "exact").axes[0].get_title(loc="left")
