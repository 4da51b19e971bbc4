"""Sweeps: the grid, its names, overrides, mistakes; made, skipped and resumed by the batch."""

import tracemalloc
from collections import Counter
from functools import partial
from itertools import product
from pathlib import Path

import pytest

from ibtui import store
from ibtui.engine import Ensemble
from ibtui.errors import ProfileError
from ibtui.profile import parse_profile, parse_profiles
from ibtui.profile.axes import Setting
from ibtui.profile.sweep import Grid
from ibtui.report.catalogue import print_profiles

BASE = 'name = "grid"\nreplicates = 2\ntraining.epochs = 4\nmeasure.every = 2\n'
GRID = BASE + '[sweep]\nnetwork.activation = ["tanh", "relu"]\ntraining.batch_size = [64, "full"]\n'
CASES = (
    BASE
    + """
estimator = [{ name = "binning", bins = 30 }, { name = "exact" }]
[sweep]
estimator.0.bins = [10, 20, 30]
cases = [
    { name = "plain" },
    { name = "coarse", quantization.bits = 2, network.activation = "relu", estimator.0.label = "b"},
]
"""
)


def names(text: str, *overrides: str) -> list[str]:
    return [profile.name for profile in parse_profiles(text, "grid.toml", overrides)]


def test_a_profile_without_a_sweep_is_one_run():
    assert names(BASE) == ["grid"]


def test_the_grid_holds_every_combination_the_last_key_varying_fastest():
    found = parse_profiles(GRID, "grid.toml")
    assert [(p.network.activation, p.training.batch_size) for p in found] == [
        ("tanh", 64),
        ("tanh", "full"),
        ("relu", 64),
        ("relu", "full"),
    ]
    assert [p.name for p in found][:2] == ["grid-tanh-batch_size-64", "grid-tanh-batch_size-full"]
    assert {p.training.epochs for p in found} == {4}


def test_cases_set_keys_together_and_combine_with_lists():
    found = parse_profiles(CASES, "grid.toml")
    assert len(found) == 6
    plain, coarse = found[2], found[3]
    assert (plain.name, coarse.name) == ("grid-bins-20-plain", "grid-bins-20-coarse")
    assert plain.quantization is None
    assert coarse.quantization is not None
    assert coarse.quantization.bits == 2
    assert coarse.network.activation == "relu"
    assert (plain.estimator[0].label, coarse.estimator[0].label) == (None, "b")
    assert [p.estimator[0].model_dump()["bins"] for p in found] == [10, 10, 20, 20, 30, 30]


def test_values_are_told_in_names():
    layers = BASE + "[sweep]\nnetwork.layers = [[16, 4], [{ conv = 2 }, { pool = 3 }, 20]]\n"
    assert names(layers) == ["grid-layers-16-4", "grid-layers-conv2-pool3-20"]
    rates = BASE + '[sweep]\n"training.learning_rate" = [0.001, 0.1]\n'
    assert names(rates) == ["grid-learning_rate-0.001", "grid-learning_rate-0.1"]


def test_alone_it_is_its_first_run():
    assert parse_profile(GRID, "grid.toml") == parse_profiles(GRID, "grid.toml")[0]


def test_overrides_hold_for_every_run_and_may_change_the_sweep():
    assert {p.seed for p in parse_profiles(GRID, "grid.toml", ["seed=7"])} == {7}
    found = names(GRID, 'sweep.network.activation=["sigmoid"]')
    assert found == ["grid-sigmoid-batch_size-64", "grid-sigmoid-batch_size-full"]


@pytest.mark.parametrize(
    ("text", "overrides", "message"),
    [
        (GRID, ["network.activation=relu"], "network.activation is swept (set sweep.network"),
        (BASE + "[sweep]\n", [], "grid.toml: sweep: is empty"),
        (BASE + "sweep = 3\n", [], "grid.toml: sweep: is not a table"),
        (BASE + "[sweep]\nseed = 3\n", [], "sweep.seed: is not a list"),
        (BASE + "[sweep]\nseed = []\n", [], "sweep.seed: is not a list"),
        (BASE + "[sweep]\nseed = [3, 3]\n", [], "gives 'grid-seed-3' twice"),
        (BASE + "[sweep]\nseeds = [3]\n", [], "seeds: unknown key (did you mean 'seed'?)"),
        (BASE + "[sweep]\ncases = [{ seed = 3 }]\n", [], "every case is a table with a name"),
        (BASE + "[sweep]\nseed.deep = [3, 4]\nreplicates.x = [1]\n", [], "replicates is not a"),
        (
            BASE + '[sweep]\nnetwork.activation = ["tanh", "tanf"]\n',
            [],
            "grid.toml: grid-tanf: network.activation: 'tanf' is not known (did you mean 'tanh'?)",
        ),
        (BASE + "[sweep]\nestimator.3.bins = [1]\n", [], "estimator"),
    ],
)
def test_mistakes_are_told_with_file_and_key(text, overrides, message):
    with pytest.raises(ProfileError) as caught:
        parse_profiles(text, "grid.toml", overrides)
    assert message in str(caught.value)


@pytest.fixture
def batch(call):
    Path("grid.toml").write_text(GRID.replace('[64, "full"]', "[512, 2048]"))
    return partial(call, "batch", "grid.toml")


def test_the_batch_runs_the_grid_then_skips_what_is_done_and_resumes_what_is_not(batch):
    code, out, _ = batch()
    assert code == 0
    table = out.splitlines()[-4:]
    assert len(store.list_runs(Path("runs"))) == 4
    assert all("finished" in row for row in table)
    assert "bits" not in out.split("replicates")[-1]  # one table, not each run's own

    first, *_, last = (store.load(Path("runs") / row.split()[0]) for row in table)
    store.delete(first.folder)
    store.delete(last.folder)
    ensemble = Ensemble(last.profile, last.profile.data.load(None))
    killed = store.create(Path("runs"), last.profile, ensemble)  # before its first frame

    code, out, err = batch()
    assert code == 0
    assert err.count("is done already") == 2
    assert f"goes on where it was interrupted: {killed}" in err
    assert len(store.list_runs(Path("runs"))) == 4
    assert all("finished" in row for row in out.splitlines()[-4:])
    again = store.load(killed).recording
    assert (again.i_xt_bits == last.recording.i_xt_bits).all()


def test_profiles_are_listed_with_the_number_of_their_runs(capsys):
    print_profiles()
    rows = {line.split()[0]: line.split()[1] for line in capsys.readouterr().out.splitlines()}
    assert (rows["lorenzen-figc10-c11-as-coded"], rows["lorenzen-fig2-as-coded"]) == ("4", "1")


def test_quick_scales_down_and_says_so(batch):
    code, out, _ = batch("--quick", "--set", "training.epochs=3", "--quiet")
    assert code == 0
    folders = out.split()
    assert len(folders) == 4
    run = store.load(Path(folders[0]))
    assert run.profile.name == "grid-tanh-batch_size-512-quick"
    assert run.manifest.overrides == ("training.epochs=3", "--quick")


def test_a_grid_of_millions_is_counted_and_refused_at_once():
    lists = "\n".join(f"{key} = {[*range(1, 61)]}" for key in ("seed", "training.epochs"))
    more = "\n".join(f"{key} = {[*range(1, 61)]}" for key in ("replicates", "measure.every"))
    with pytest.raises(ProfileError, match=r"stands for 12,960,000 runs, at most 2,000,000"):
        parse_profiles(f"{BASE}[sweep]\n{lists}\n{more}", "grid.toml")


def test_a_hundred_thousand_runs_are_made_one_by_one_as_they_are_asked_for():
    lists = f"seed = {[*range(1000)]}\nreplicates = {[*range(1, 101)]}"
    tracemalloc.start()
    found = parse_profiles(f"{BASE}[sweep]\n{lists}", "grid.toml")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found) == 100_000
    assert peak < 40e6
    for at in (0, 1, 99, 100, 31_415, 99_999, -1):
        seed, replicates = divmod(at % 100_000, 100)
        assert (found[at].seed, found[at].replicates) == (seed, replicates + 1)
        assert found[at].name == found.name(at) == f"grid-seed-{seed}-replicates-{replicates + 1}"
    assert [one.seed for one in found[250:450:100]] == [2, 3]
    with pytest.raises(IndexError):
        found[100_000]


def test_of_a_large_sweep_every_value_is_checked_before_it_begins_and_every_run_when_it_does():
    lists = f"seed = {[*range(40)]}\nreplicates = {[*range(1, 41)]}"
    with pytest.raises(ProfileError, match=r"grid-seed-0-replicates-1-tanf: network"):
        parse_profiles(f'{BASE}[sweep]\n{lists}\nnetwork.activation=["tanh","tanf"]', "grid.toml")
    # Each label alone is right.
    labels = 'estimator.0.label = ["a", "b"]\nestimator.1.label = ["c", "b"]'
    found = parse_profiles(
        f"{CASES.partition('[sweep]')[0]}[sweep]\n{lists}\n{labels}", "grid.toml"
    )
    assert found[2].series == ("b", "c")
    with pytest.raises(ProfileError, match=r"grid-seed-0-replicates-1-b-b: two estimators"):
        found[3]


@pytest.mark.parametrize(
    ("axes", "twice"),
    [
        ([["a", "a-b"], ["b-c", "c"]], "grid-a-b-c"),
        ([["a", "a-b"], ["b", "c"]], None),
        ([["a", "b"], ["c", "d", "c"]], "grid-a-c"),
        ([["a", "a-b"], ["c", "b-c-d"], ["d", "e"]], None),
        ([["a", "a-b"], ["c", "b-c-d"], ["d", "e", "d-d", "f-d"]], "grid-a-b-c-d-d"),
    ],
)
def test_names_that_two_runs_would_have_are_found_as_by_looking_at_all(axes, twice):
    cases = [{"name": label} for label in axes[0]]
    table = {"name": "grid", "sweep": {"cases": cases}}
    grid = Grid(table, [[Setting(label, {}) for label in axis] for axis in axes], "grid.toml")
    names = Counter("-".join(["grid", *labels]) for labels in product(*axes))
    assert (max(names.values()) > 1) == (twice is not None)
    assert grid.twice() == twice


@pytest.mark.parametrize("value", ["[{}]", "[[{}]]", "[[]]", "[0xffffffffff]", "[{ a = {} }]"])
def test_odd_values_of_a_sweep_are_one_line(value):
    with pytest.raises(ProfileError) as caught:
        parse_profiles(f"{BASE}[sweep]\nnetwork.dropout = {value}\n", "grid.toml")
    assert len(str(caught.value).splitlines()) == 1
