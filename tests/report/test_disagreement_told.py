"""What show and export say of disagreement with the exact count, of scripted runs."""

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest

from ibtui import store
from ibtui.profile import parse_profile
from ibtui.store import Run, files
from tests.scripted_engine import saved_run

PROFILE_TEXT = """
name = "walk"
replicates = 4
training.epochs = 23
measure.every = 5
estimator = [{ name = "exact" }%s]
"""
BINNING = ', { name = "binning" }'
CHANCE = ', { name = "binning", shuffles = 3, label = "chance" }'
DOANE = ', { name = "doane" }'

pytestmark = pytest.mark.usefixtures("here")


def make(name: str, others: str, changes=None) -> Run:
    """A saved run with the exact count and `others`, estimators as TOML."""
    run = saved_run(Path("runs"), parse_profile(PROFILE_TEXT % others, "walk.toml"), name)
    if changes:
        path = run.folder / "recording.npz"
        files.write_arrays(path, {**files.read_arrays(path), **changes})
    return store.load(run.folder)


def rising(series: int, first: float = 0.1, last: float = 0.4) -> np.ndarray:
    """I(T;Y) that rises in six frames, by half as much in the second series as in the others."""
    path = np.linspace(first, last, 6)[:, None, None, None] * np.ones((6, series, 4, 3))
    path += 0.002 * np.arange(4)[:, None] * np.linspace(0, 1, 6)[:, None, None, None]
    path[:, 1] /= 2
    return path


def test_show_says_how_far_the_other_series_are_from_the_exact_count(call):
    """Scripted: binning is 1 bit below exact in I(X;T), and its I(T;Y) is half of exact's."""
    changes = {"i_ty_bits": rising(2)}
    i_ty = make("walk", BINNING, changes).recording.i_ty_bits[:, 0, :, 2]
    rise = i_ty[-1].mean() - i_ty[0].mean()
    out = call("show", "walk")[1]
    table = out[out.index("binning-30 against exact, bits, 6 frames") :]
    row = next(line for line in table.splitlines() if line.startswith("T3")).split()
    assert set(row[2:15:3]) == {"±"}
    told = [float(word) for word in row[1:11:3]]
    np.testing.assert_allclose(told, [1, i_ty.mean() / 2, rise / 2, rise], atol=6e-4)
    found = json.loads(call("show", "walk", "--json")[1])["disagreement"][0]
    assert found["series"] == "binning-30"
    assert math.isclose(found["layers"][2]["error_xt_bits"], 1)
    assert found["layers"][2]["rise_low"] < rise / 2 < found["layers"][2]["rise_high"]


@pytest.mark.parametrize(("others", "names"), [(CHANCE, []), (CHANCE + DOANE, ["doane"])])
def test_a_null_is_no_estimate_that_could_disagree(call, others, names):
    make("walk", others)
    found = json.loads(call("show", "walk", "--json")[1])
    assert [one["series"] for one in found["information"]] == ["exact", "chance", *names]
    assert [one["series"] for one in found["disagreement"]] == names
    out = call("show", "walk")[1]
    assert "chance, bits" in out
    assert "chance against exact" not in out


def test_disagreement_is_told_by_the_thresholds_that_are_asked_for(call):
    """Scripted: I(T;Y) of binning rises half as far as that of exact."""
    make("walk", BINNING, {"i_ty_bits": rising(2)})

    def row(*words):
        found = json.loads(call("show", "walk", "--json", *words)[1])["disagreement"][0]
        return found["layers"][2]

    rise, truth = row()["rise_bits"], row()["true_rise_bits"]
    for bits, agrees in (((rise + truth) / 2, False), (2 * truth, True), (truth, None)):
        assert row("--fits", str(bits))["agrees_on_fitting"] is agrees
        out = call("show", "walk", "--fits", str(bits))[1]
        table = out[out.index("binning-30 against exact") :]
        line = next(line for line in table.splitlines() if line.startswith("T3"))
        assert ("fitting" in line) is (agrees is False)


def test_a_csv_table_has_a_row_for_each_series_and_layer(call):
    i_xt_bits = make("walk", BINNING + CHANCE + DOANE).recording.i_xt_bits.copy()
    i_xt_bits[:, :, :, 0] = 9
    i_xt_bits[:, 0, :, 2] = 3.5
    i_xt_bits[:, 1, :, 2] = 3
    i_xt_bits[0, 1, :, 2] = 4  # binning falls by 1 bit, and the truth does not
    i_xt_bits[:, 3, :, 1] = np.nan
    changes = {"i_xt_bits": i_xt_bits, "i_ty_bits": rising(4, 0.3, 0.3)}
    run = make("apart", BINNING + CHANCE + DOANE, changes)
    path = Path(call("export", "apart", "--csv")[1].splitlines()[-1])
    assert path.name == "apart-disagreement.csv"
    with path.open() as handle:
        rows = {(row["series"], row["layer"]): row for row in csv.DictReader(handle)}
    assert [*rows] == [(s, f"T{n}") for s in ("binning-30", "doane") for n in (1, 2, 3)]
    one = rows["binning-30", "T3"]
    assert (one["error_xt_bits"], one["frames"]) == ("0.5", "6")
    assert (one["fall_bits"], one["true_fall_bits"]) == ("1.0", "0.0")
    assert one["agrees_on_compression"] == "False"
    truth = run.recording.i_ty_bits[:, 0]
    assert np.isclose(float(one["error_ty_bits"]), truth[:, :, 2].mean() / 2)
    assert rows["binning-30", "T1"]["agrees_on_compression"] == "True"
    unmet = rows["doane", "T2"]
    assert (unmet["error_xt_bits"], unmet["agrees_on_fitting"]) == ("", "")


def test_there_is_no_table_where_nothing_is_compared(call):
    make("alone", CHANCE)
    assert "disagreement" not in call("export", "alone", "--csv")[1]
