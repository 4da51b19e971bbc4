"""The runs of a sweep over the key that it swept."""

from pathlib import Path

import pytest

from ibtui import store
from ibtui.analysis.rule import Rule
from ibtui.analysis.verdict import verdicts
from ibtui.errors import UsageError
from ibtui.figures import against
from ibtui.profile import parse_profile
from ibtui.report.against import against_table, points
from tests.scripted_engine import saved_run


@pytest.fixture
def swept(tmp_path):
    text = 'name = "b"\nreplicates = 4\ntraining.epochs = 23\nmeasure.every = 5\n'
    profiles = [
        parse_profile(f"{text}quantization.bits = {bits}\nseed = {seed}\n", "b.toml")
        for bits, seed in ((12, 1), (4, 2), (8, 3))
    ]
    return [saved_run(tmp_path, one, f"bits{one.seed}") for one in profiles]


def paths(runs):
    return [run.folder for run in runs]


def test_points_are_the_verdicts_in_the_order_of_the_key(swept):
    found = points(paths(swept), "quantization.bits", "exact", Rule())
    assert [(point.value, point.run) for point in found] == [
        (4, "bits2"),
        (8, "bits3"),
        (12, "bits1"),
    ]
    for point, run in zip(found, (swept[1], swept[2], swept[0]), strict=True):
        said = {one.layer: one.phases.fall for one in verdicts(run.recording, 0, Rule())}
        assert point.bits == said
    table = against_table(found, "quantization.bits", "exact")
    assert [str(cell) for cell in table.columns[0].cells] == ["4", "8", "12"]
    assert [column.header for column in table.columns[2:]] == ["T1", "T2", "T3"]


@pytest.mark.parametrize(("key", "values"), [("quantization.bits", 3), ("data.name", 1)])
def test_the_figure_has_every_run_and_layer(swept, key, values):
    found = points(paths(swept), key, "exact", Rule())
    (axes,) = against(found, key, "exact", Rule()).axes
    assert axes.get_xlabel() == key
    lines = {bars.get_label(): bars.lines[0] for bars in axes.containers}
    assert list(lines) == ["T1", "T2", "T3"]
    ordered = [point.bits["T2"].value for point in found]
    assert lines["T2"].get_ydata() == pytest.approx(ordered)
    assert len({round(x, 6) for x in lines["T2"].get_xdata()}) == values


def test_runs_that_differ_by_their_seed_are_one_point_of_all_their_replicates(swept, tmp_path):
    text = 'name = "b"\nreplicates = 4\ntraining.epochs = 23\nmeasure.every = 5\n'
    more = [
        saved_run(
            tmp_path,
            parse_profile(f"{text}quantization.bits = 8\nseed = {seed}\n", "b.toml"),
            f"again{seed}-{n}",
        )
        for n, seed in enumerate((50, 90, 90))
    ]
    found = points(paths([*swept, *more]), "quantization.bits", "exact", Rule())
    assert [(point.value, point.runs) for point in found] == [(4, 1), (8, 3), (12, 1)]
    assert found[1].run == "3 runs, 12 replicates"  # one of the two runs of a seed counts
    assert "1 run is left out" in against_table(found, "quantization.bits", "exact").caption
    whole = store.pooled([swept[2], more[0], more[1]])
    falls = {one.layer: one.phases.fall for one in verdicts(whole, 0, Rule())}
    assert found[1].bits == falls
    assert len(points(paths([*swept, *more]), "seed", "exact", Rule())) == 5
    (axes,) = against(found, "quantization.bits", "exact", Rule()).axes
    assert axes.get_title(loc="left") == "exact, 5 runs"
    relu = text + 'quantization.bits = 8\nnetwork.activation = "relu"\n'
    others = [
        saved_run(tmp_path, parse_profile(f"{relu}seed = {seed}\n", "b"), f"relu{seed}")
        for seed in (300, 400)
    ]
    told = points(paths([*more, *others]), "quantization.bits", "exact", Rule())
    assert [one.run for one in told] == [
        "2 runs, 8 replicates, network.activation=tanh",
        "2 runs, 8 replicates, network.activation=relu",
    ]


def test_a_key_or_series_that_a_run_lacks_is_a_slip(swept):
    with pytest.raises(UsageError, match=r"did you mean 'quantization\.bits'"):
        points(paths(swept), "quantization.bit", "exact", Rule())
    with pytest.raises(UsageError, match="has no series 'exakt'"):
        points(paths(swept), "seed", "exakt", Rule())


def test_compare_gives_the_table_and_the_figure(swept, call):
    names = [str(run.folder) for run in swept]
    rise = ("--of", "rise", "--figure", "rise.svg", "--unit", "nats")
    code, out, err = call("compare", *names, "--against", "quantization.bits", *rise)
    assert (code, out.startswith("exact: rise of I(T;Y), bits")) == (0, True)
    assert "rise of I(T;Y) [nats]" in Path("rise.svg").read_text()
    (point, *_) = points(paths(swept), "quantization.bits", "exact", Rule(), "rise")
    assert point.bits["T2"] == verdicts(swept[1].recording, 0, Rule())[1].phases.rise
    code, out, err = call("compare", *names, "--against", "quantization.bits", "--figure", "a.svg")
    assert (code, err) == (0, "")
    assert out.splitlines()[0].startswith("exact: fall of I(X;T)")
    assert out.splitlines()[-1] == "a.svg"
    assert Path("a.svg").stat().st_size > 1000
