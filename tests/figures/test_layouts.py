"""The papers' layouts: composites of one run and of several, sizes, limits, letters."""

import math
import re
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from PIL import Image

from ibtui import claims, figures
from ibtui.figures import composite, layouts
from ibtui.figures.information_axis import read_in_nats
from ibtui.figures.page import Page
from ibtui.profile import load_profiles, shipped
from tests.figures.scripted_runs import PROFILE, make

pytestmark = pytest.mark.usefixtures("here")


@pytest.mark.parametrize("experiment", layouts.EXPERIMENTS)
def test_every_panel_is_of_a_run_and_series_of_its_experiment(experiment):
    measured = {
        profile.name: profile.series
        for word in claims.find_experiment(experiment).profiles
        for profile in load_profiles(shipped.find_profile(word))
    }
    names = []
    for name, rows in layouts.of_experiment(experiment):
        names.append(name)
        for panel in (one for row in rows for one in row):
            assert panel.series in measured[panel.run]
    assert len({*names}) == len(names) > 0


def test_composites_are_in_the_papers_shapes():
    shapes = {
        name: [len(row) for row in rows]
        for one in layouts.EXPERIMENTS
        for name, rows in layouts.of_experiment(one)
    }
    assert shapes["figure-2-as-coded"] == [2]
    assert shapes["figure-b7-as-written"] == [3]
    assert shapes["figure-a5-a6-as-coded"] == [3, 3]
    assert shapes["figure-c10-as-coded"] == shapes["figure-d12-as-coded"] == [2]
    assert shapes["figure-e13-as-coded"] == [2, 2]
    assert shapes["figure-f14-as-coded"] == [4]
    assert shapes["figure-f16-as-coded"] == [5]
    assert shapes["figure-3.8"] == [2, 3]


def test_a_composite_draws_what_is_there_and_says_what_is_not():
    run = make()
    name = run.profile.name
    panels = [
        composite.Panel("plane", name, "exact", "one"),
        composite.Panel("plane", "elsewhere", "exact", "other"),
    ]
    figure = composite.compose([panels], {name: run}, Page())
    assert figure is not None
    first, second, _ = figure.axes
    assert first.get_title("left") == "one"
    assert "no run of\nelsewhere" in [text.get_text() for text in second.texts]
    assert composite.compose([panels], {}, Page()) is None
    assert list(figures.composites("lorenzen-figd12", {}, Path(), "png")) == []


def test_a_page_has_its_size_letters_and_limits():
    run = make()
    rows = layouts.of_run("plane", run.profile.name, "exact")
    page = Page(
        width_inches=3.5,
        height_inches=2,
        xlim=(0, 5),
        ylim=(0.1, 0.9),
        zoom=(1, 2, 0.3, 0.4),
        letters=True,
        titles=False,
        font_size=5,
    )
    figure = composite.compose(rows, {run.profile.name: run}, page)
    assert figure is not None
    whole, zoomed, _ = figure.axes
    assert tuple(figure.get_size_inches()) == (3.5, 2)
    assert (whole.get_title("left"), zoomed.get_title("left")) == ("(a)", "(b)")
    assert (whole.get_xlim(), whole.get_ylim()) == ((0, 5), (0.1, 0.9))
    assert (zoomed.get_xlim(), zoomed.get_ylim()) == ((1, 2), (0.3, 0.4))
    assert whole.xaxis.label.get_size() == 5


def test_joined_layers_have_lines_across():
    run = make()
    rows = layouts.of_run("plane", run.profile.name, "exact")
    plain, joined = (
        composite.compose(rows, {run.profile.name: run}, Page(joined=one)) for one in (False, True)
    )
    assert plain is not None
    assert joined is not None
    layers = len(run.recording.header.layers)
    across = [line for line in joined.axes[0].lines if len(line.get_xdata()) == layers]
    assert len(joined.axes[0].lines) - len(plain.axes[0].lines) == len(across)
    assert len(across) == min(len(run.recording), 40)


def test_every_figure_has_the_page_that_is_asked_for(call):
    make()
    words = ("--figure", "plane", "--series", "exact", "--format", "svg", "--joined", "--letters")
    more = ("--unit", "nats", "--xlim", "0,3", "--font-size", "5", "--width", "single")
    assert call("export", "walk", *words, *more)[0] == 0
    text = Path("walk-plane-exact.svg").read_text()
    assert "[nats]" in text
    assert "[bits]" not in text
    assert "(a) exact, mean of 5 replicates" in text
    numbers = {float(word) for word in re.findall(r">([0-9.]+)</text>", text)}
    assert {0.0, 1.0, 2.0, 3.0} <= numbers
    assert "8px" not in text


def test_bounds_are_read_in_nats_unless_bits_are_asked_for():
    run = make()
    for unit, panel, label in (
        (None, "plane", "[bits]"),
        ("nats", "plane", "[nats]"),
        ("bits", "i_xt", "[bits]"),
        ("nats", "i_xt", "[nats]"),
    ):
        rows = [[composite.Panel(panel, run.profile.name, "exact")]]
        figure = composite.compose(rows, {run.profile.name: run}, Page(unit=unit, ylim=(0, 0.5)))
        assert figure is not None
        axes = figure.axes[0]
        assert label in axes.get_ylabel()
        if panel == "plane":  # limits are in the unit that is read
            scale = math.log(2) if unit == "nats" else 1.0
            assert axes.get_ylim()[1] == pytest.approx(0.5 / scale)


def test_ticks_in_nats_stand_at_round_numbers_of_nats():
    axes = Figure().subplots()
    axes.set(xlim=(0, 12), xlabel="I [bits]")
    read_in_nats(axes.figure)
    places = [place for place in axes.get_xticks() if 0 <= place <= 12]
    assert [place * math.log(2) for place in places] == pytest.approx([0, 1, 2, 3, 4, 5, 6, 7, 8])
    axes.xaxis.get_major_formatter().set_locs(places)
    assert [axes.xaxis.get_major_formatter()(place) for place in places] == list("012345678")
    assert axes.get_xlabel() == "I [nats]"


def test_export_lays_out_a_run(call):
    make()
    words = ("--layout", "variance", "--format", "png", "--width", "single", "--dpi", "100")
    code, out, err = call("export", "walk", *words, "--letters", "--no-titles")
    assert (code, out, err) == (0, "walk-variance.png\n", "")
    with Image.open("walk-variance.png") as image:
        assert image.size[0] <= 360


def test_a_layout_of_several_runs_is_drawn_of_those_given(call):
    for name in ("tanh", "relu"):
        own = {"name": f"lorenzen-figc10-c11-as-coded-bits-4-{name}"}
        make(name, PROFILE.model_copy(update=own))
    make("other")
    words = ("export", "runs", "--layout", "figure-c10-as-coded", "--format", "svg")
    code, out, err = call(*words, "--letters", "--unit", "nats")
    assert (code, out, err) == (0, "figure-c10-as-coded.svg\n", "")
    text = Path("figure-c10-as-coded.svg").read_text()
    assert "(a) tanh" in text
    assert "(b) relu" in text
    assert "no run of" not in text
    code, _, err = call("export", "other", "--layout", "figure-c10-as-coded")
    assert (code, err.count("\n")) == (2, 1)
    assert "none of these runs is in figure-c10-as-coded (it shows lorenzen-figc10" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--layout", "plain"), "no layout is called 'plain' (did you mean 'plane'?)"),
        (("--layout", "bounds"), "needs an upper and a lower bound (kde)"),
        (("--layout", "plane", "--xlim", "3"), "--xlim 3: give 2 ascending numbers (0,12)"),
        (("--layout", "plane", "--ylim", "1,0"), "--ylim 1,0: give 2 ascending numbers (0,12)"),
        (("--layout", "plane", "--zoom", "a,b"), "--zoom a,b: give 4 ascending numbers"),
        (("--layout", "plane", "--width", "wide"), "--width wide: give inches"),
        (("--figure", "plane", "--replicate", "1"), "add --figure units"),
    ],
)
def test_what_cannot_be_laid_out_is_one_clear_line(call, words, said):
    make()
    code, out, err = call("export", "walk", *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err
