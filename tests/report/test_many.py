"""Many runs in one table."""

import csv
from pathlib import Path

import pytest

from ibtui import store
from ibtui.analysis.rule import Rule
from ibtui.analysis.verdict import verdicts
from ibtui.profile import parse_profile
from ibtui.report import many
from tests.scripted_engine import ScriptedEnsemble, saved_run

pytestmark = pytest.mark.usefixtures("here")
TEXT = 'name = "b"\nreplicates = 4\ntraining.epochs = 23\nmeasure.every = 5\n'


@pytest.fixture
def folders():
    made = [
        saved_run(
            Path("runs"),
            parse_profile(f"{TEXT}quantization.bits = {bits}\nseed = {seed}\n", "b.toml"),
            f"b{bits}-{seed}",
        )
        for bits in (4, 8, 12)
        for seed in (1, 20, 40)
    ]
    return [run.folder for run in made]


def rows(path):
    with Path(path).open() as handle:
        return list(csv.DictReader(handle))


def test_the_keys_that_differ_are_told(folders):
    assert many.differing(folders) == ["seed", "quantization.bits"]
    assert many.differing(folders[:1]) == []


def test_verdicts_are_one_row_a_run_series_and_layer(folders, call):
    assert call("export", "runs", "--verdicts")[1] == "runs-verdicts.csv\n"
    found = rows("runs-verdicts.csv")
    assert len(found) == 9 * 3
    run = store.load(folders[4])
    expected = verdicts(run.recording, 0, Rule(), planned=23)[1]
    (mine,) = (row for row in found if (row["run"], row["layer"]) == (run.folder.name, "T2"))
    assert (mine["quantization.bits"], mine["seed"], mine["series"]) == ("8", "20", "exact")
    assert float(mine["fall_bits"]) == pytest.approx(expected.phases.fall.value)
    assert float(mine["rise_low"]) == pytest.approx(expected.phases.rise.low)
    said = {True: "yes", False: "no", None: "undecided"}
    assert (mine["fits"], mine["compresses"]) == (said[expected.fits], said[expected.compresses])
    assert float(mine["test_accuracy"]) == pytest.approx(run.recording.test_accuracy[-1].mean())


def test_numbers_of_several_runs_are_one_tidy_table(folders, call):
    assert call("export", *map(str, folders[:2]), "--csv", "--out", "made")[1].split() == [
        "made/runs-information.csv",
        "made/runs-quality.csv",
    ]
    found = rows("made/runs-information.csv")
    assert len(found) == 2 * 6 * 1 * 4 * 3
    run, last = store.load(folders[1]).recording, found[-1]
    place = tuple(last[name] for name in ("run", "epoch", "series", "replicate", "layer"))
    assert place == (folders[1].name, "23", "exact", "3", "T3")
    assert float(last["i_xt_bits"]) == run.i_xt_bits[-1, 0, 3, 2]
    assert len(rows("made/runs-quality.csv")) == 2 * 6 * 4


def test_of_a_folder_what_cannot_be_read_is_told_and_left_out(folders, call):
    going = parse_profile(f"{TEXT}quantization.bits = 6\n", "b.toml")
    empty = store.create(Path("runs"), going, ScriptedEnsemble(going))
    (folders[0] / "run.toml").write_text("?")
    code, out, err = call("export", "runs", "--verdicts")
    assert (code, out) == (0, "runs-verdicts.csv\n")
    assert len(rows("runs-verdicts.csv")) == 8 * 3
    (told,) = (line for line in err.splitlines() if str(folders[0]) in line)
    assert told.startswith("ibtui: runs/b4-1/run.toml: cannot be read")
    assert f"ibtui: {empty}: has no frames yet (left out)" in err.splitlines()
    assert call("export", str(folders[0]), "--verdicts")[0] == 1


def test_more_than_eight_runs_are_compared_row_by_row(folders, call):
    out = call("compare", "runs")[1]
    lines = {line.split()[0]: line.split() for line in out.splitlines() if line.strip()}
    assert {folder.name for folder in folders} <= {*lines}
    assert lines["b8-20"][1:3] == ["20", "8"]
    table = many.many_table(folders, "exact", Rule())
    assert [column.header for column in table.columns] == [
        *("run", "seed", "bits", "T1", "T2", "T3", "accuracy"),
    ]
    assert "layer" in call("compare", *map(str, folders[:2]))[1]
