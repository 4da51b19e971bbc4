"""A run that somebody else named: its exports stay in their folder, and are text."""

import csv
import io
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from ibtui import store
from ibtui.analysis.rule import Rule
from ibtui.figures import export
from ibtui.profile import parse_profile
from ibtui.report.comparison import print_comparison
from ibtui.report.facts import run_values
from ibtui.report.numbers import curve_values, write_csv, write_json
from ibtui.report.run import print_run
from ibtui.report.screen import Screen
from tests.scripted_engine import saved_run
from tests.store.scripted_runs import replace_array

LABEL = "=1+1 $x_{ [/b] \x1b]0;owned\x07 /../../../evil"
TEXT = (
    f"""
name = "walk"
training.epochs = 4
estimator = [{{ name = "exact", label = {LABEL!r} }}]
""".replace("'", '"')
    .replace("\\x1b", "\\u001b")
    .replace("\\x07", "\\u0007")
)


@pytest.fixture
def run(tmp_path):
    return saved_run(tmp_path / "runs", parse_profile(TEXT, "walk.toml"), "walk")


def test_tables_hold_no_formula_and_no_code(run, tmp_path):
    paths = write_csv(run, tmp_path / "out")
    tables = [path.read_text().splitlines() for path in paths]
    cells = [cell for table in tables for row in csv.reader(table) for cell in row]
    assert not any("\x1b" in cell or cell.startswith("=") for cell in cells)
    assert any(cell.startswith("'=1+1 $x_{") for cell in cells)


def test_figures_take_names_as_text_and_stay_in_their_folder(run, tmp_path):
    made = list(export(run, tmp_path / "out", ["plane", "curves"], "svg"))
    assert {path.parent for path in made} == {tmp_path / "out"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {path.name for path in made}
    for path in made:
        words = "".join(ET.parse(path).getroot().itertext())
        assert "$x_{ [/b] \\x1b]0;owned" in words


def test_exports_replace_links_and_not_what_they_lead_to(run, tmp_path):
    out, victim = tmp_path / "out", tmp_path / "victim"
    out.mkdir()
    victim.write_text("precious")
    for name in ("walk-information.csv", "walk.json", "walk-accuracy.svg"):
        (out / name).symlink_to(victim)
    made = [*write_csv(run, out), write_json(run, out), *export(run, out, ["accuracy"], "svg")]
    assert victim.read_text() == "precious"
    assert not any(Path(path).is_symlink() for path in made)


@pytest.mark.parametrize("name", ["i_xt_bits", "i_ty_bits", "train_loss_nats", "activation_max"])
def test_numbers_that_no_run_measures_are_told_without_a_warning(run, name):
    array = getattr(run.recording, name)
    odd = np.resize([np.inf, 1e308, -np.inf, -1e308, 0.5, np.nan], array.shape)
    replace_array(run.folder / "recording.npz", name, odd)
    found = store.load(run.folder)
    screen = Screen(file=io.StringIO(), width=140)
    print_run(found, screen)
    print_comparison([found, run], Rule(), screen=screen)
    json.dumps([run_values(found), curve_values(found)], allow_nan=False)
