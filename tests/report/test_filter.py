"""Which runs of a list are meant."""

import json
from pathlib import Path

import pytest

from ibtui.errors import UsageError
from ibtui.profile import parse_profile
from ibtui.report.filter import chosen, parse, select
from ibtui.report.listing import plain_lines
from ibtui.store import Row
from tests.scripted_engine import saved_run

RUNS = [
    Row("a", "", "finished", 3.0, 8, 8, 5, 61.0, 0.9, keys='{"quantization.bits": 4, "seed": 1}'),
    Row("b", "", "failed", 2.0, 2, 8, 5, 1.0, None, "why", '{"quantization.bits": 12, "seed": 2}'),
    Row("c", "", "finished", 1.0, 8, 8, 5, 2.0, 0.8, keys='{"seed": 3, "data.name": "szt"}'),
    Row("d", "", "broken", 0.0, error="run.toml: is cut"),
]


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ([], "abcd"),
        (["quantization.bits=4 and status=finished"], "a"),
        (["quantization.bits=4", "status=failed"], ""),
        (["quantization.bits >= 4"], "ab"),
        (["quantization.bits<12"], "a"),
        (["quantization.bits!=4"], "bcd"),
        (["seed>1 and seed<=3"], "bc"),
        (["data.name == szt"], "c"),
        (['data.name="szt"'], "c"),
        (["accuracy>0.85"], "a"),
        (["data.name>3"], ""),
    ],
)
def test_conditions(where, names):
    assert "".join(row.name for row in chosen(RUNS, where, None)) == names


@pytest.mark.parametrize(
    ("sort", "names"),
    [("accuracy", "cabd"), ("-accuracy", "acbd"), ("-seed", "cbad"), ("name", "abcd")],
)
def test_runs_without_the_key_come_last(sort, names):
    assert "".join(row.name for row in chosen(RUNS, [], sort)) == names


def test_a_key_that_no_run_has_is_a_slip():
    with pytest.raises(UsageError, match=r"did you mean 'quantization.bits'"):
        chosen(RUNS, ["quantization.bit=4"], None)
    with pytest.raises(UsageError, match="seeds: no run has this key"):
        chosen(RUNS, [], "-seeds")
    with pytest.raises(UsageError, match="'bits': is no condition"):
        chosen(RUNS, ["bits"], None)


def test_many_runs_are_told_in_the_same_columns():
    lines = plain_lines(RUNS, width=80)
    assert lines[0].split() == ["run", "status", "epoch", "replicates", "time", "accuracy"]
    assert lines[1].split() == ["a", "finished", "8/8", "5", "1:01", "0.900"]
    assert lines[4].split() == ["d", "broken"]
    assert len({line.index("8/8") for line in lines[1:2] + lines[3:4]}) == 1


def test_the_list_takes_conditions(call):
    for bits in (2, 4):
        text = f'name = "bits{bits}"\nquantization.bits = {bits}\ntraining.epochs = 3\n'
        saved_run(Path("runs"), parse_profile(text, "x"), f"bits{bits}")
    code, out, _ = call("list", "--where", "quantization.bits=4", "--json")
    assert code == 0
    assert [run["profile"] for run in json.loads(out)] == ["bits4"]
    assert "bits2" not in call("list", "--where", "quantization.bits=4")[1]
    none = call("list", "--where", "quantization.bits>4")
    assert none[:2] == (0, "runs: none of 2 runs meets the conditions\n")
    code, _, err = call("list", "--where", "quantization.bits=2 or quantization.bits=4")
    assert (code, "joined by and alone" in err) == (2, True)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("bits=4", "a"),
        ("data=szt", "c"),
        ("tags=paper", "x"),
        ("tags!=paper and network.layers=7", "y"),
        ("layers=[10, 7]", "y"),
        ("pap", "x"),
        ("LOST y", "y"),
        ("bits=4 and nothing", ""),
    ],
)
def test_words_parts_of_keys_and_lists(text, names):
    more = [
        Row("x", "", "finished", 0.0, tags="paper, good"),
        Row("y", "", "finished", 0.0, keys='{"network.layers": [10, 7]}', note="Lost sleep"),
    ]
    found = select([*RUNS, *more], parse(text, words=True), None, lambda row: row)
    assert "".join(row.name for row in found) == names


def test_the_last_part_of_several_keys_is_no_key_but_the_estimators_stand_back():
    one = Row("a", "", "", 0.0, keys='{"x.bits": 1, "y.bits": 2, "z": 3, "estimator.0.z": 4}')
    with pytest.raises(UsageError, match=r"bits: could be any of x\.bits, y\.bits"):
        chosen([one], ["bits=1"], None)
    assert chosen([one], ["z=3"], None) == [one]
