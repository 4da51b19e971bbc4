"""Verdicts as a LaTeX table."""

import re
from pathlib import Path

import pytest

from ibtui import store
from ibtui.analysis.rule import Rule
from ibtui.analysis.verdict import verdicts
from ibtui.profile import validate
from ibtui.report.latex import NAME, write_latex
from ibtui.text import latex
from tests.scripted_engine import saved_run

LABEL = r"[*\input{/etc/passwd}% $x_1^2$ & ~#<|>" + "\x1b"
TABLE = {"name": "b", "replicates": 4, "training": {"epochs": 20}, "measure": {"every": 5}}


def body(path: Path) -> list[list[str]]:
    """The cells of the rows between the rules."""
    text = path.read_text(encoding="utf-8")
    rows = text.split("\\midrule\n")[1].split("\\bottomrule")[0].splitlines()
    return [row.removesuffix(r" \\").split(" & ") for row in rows]


def test_a_table_of_several_runs_has_what_they_say_and_how_they_differ(here, call):
    made = [
        saved_run(here / "runs", validate(TABLE | {"seed": seed}, "b"), f"b_{seed}")
        for seed in (1, 20)
    ]
    assert call("export", "runs", "--latex", "--out", "paper")[1] == f"paper/{NAME}\n"
    rows = body(here / "paper" / NAME)
    assert len(rows) == 2 * 3
    assert [row[:4] for row in rows[:4:3]] == [[f"b\\_{s}", str(s), "exact", "T1"] for s in (1, 20)]
    found = verdicts(made[1].recording, 0, Rule(), planned=20)[1]
    said = {True: "yes", False: "no", None: "undecided"}
    fall = found.phases.fall
    assert rows[4][6:] == [
        said[found.compresses],
        f"${fall.show(2)[: -len(fall.bounds(2)) - 1]}$ ${fall.bounds(2)}$",
    ]


def test_foreign_text_is_set_as_it_is_and_no_macro_of_it_runs(tmp_path):
    estimators = [{"name": "exact"}, {"name": "binning", "label": "plain_1"}]
    run = saved_run(tmp_path, validate(TABLE | {"estimator": estimators}, "b"), "one")
    path = run.folder / "run.toml"
    old = path.read_text(encoding="utf-8")
    path.write_text(
        old.replace('"plain_1"', repr(LABEL).replace("\\x1b", "\\u001b").replace("'", '"'))
    )
    path = write_latex([run.folder], tmp_path / "out", Rule())
    (label,) = {row[0] for row in body(path) if row[0] != "exact"}
    assert label == latex(LABEL)
    assert store.load(run.folder).recording.header.series[1] == LABEL


@pytest.mark.parametrize("text", [LABEL, "a\nb\tc", "{}\\\\", "50%", '"'])
def test_escaped_text_holds_no_active_character(text):
    found = latex(text)
    assert found.count("{") - found.count("\\{") == found.count("}") - found.count("\\}")
    rest = re.sub(r"\\[&%$#_{}]|\\text[a-z]+\{\}|\{[\[\]*]\}", "", found)
    assert not re.search(r"[\\&%$#_{}~^<>|\"\n\[\]*\x1b]", rest)
