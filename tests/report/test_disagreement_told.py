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


def test_show_says_how_far_the_other_series_are_from_the_exact_count(call):
    """Scripted: binning is 1 bit below exact in I(X;T), and its I(T;Y) is half of exact's."""
    i_ty = make("walk", BINNING).recording.i_ty_bits[:, 0, :, 2]
    rise = np.maximum.accumulate(i_ty.mean(axis=1)).max() - i_ty[0].mean()
    out = call("show", "walk")[1]
    table = out[out.index("binning-30 against exact, bits, 6 frames") :]
    row = next(line for line in table.splitlines() if line.startswith("T3")).split()
    assert row[1:5] == ["1.000", f"{i_ty.mean() / 2:.3f}", f"{rise / 2:.3f}", f"{rise:.3f}"]
    found = json.loads(call("show", "walk", "--json")[1])["disagreement"][0]
    assert found["series"] == "binning-30"
    assert math.isclose(found["layers"][2]["error_xt_bits"], 1)


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
    make("walk", BINNING)

    def row(*words):
        found = json.loads(call("show", "walk", "--json", *words)[1])["disagreement"][0]
        return found["layers"][2]

    rise, truth = row()["rise_bits"], row()["true_rise_bits"]
    for bits, agrees in (((rise + truth) / 2, False), (2 * truth, True)):
        assert row("--fits", str(bits))["agrees_on_fitting"] is agrees
        out = call("show", "walk", "--fits", str(bits))[1]
        table = out[out.index("binning-30 against exact") :]
        line = next(line for line in table.splitlines() if line.startswith("T3"))
        assert ("fitting" in line) is not agrees


def test_a_csv_table_has_a_row_for_each_series_and_layer(call):
    i_xt_bits = make("walk", BINNING + CHANCE + DOANE).recording.i_xt_bits.copy()
    i_xt_bits[:, 0, :, 2] = 3.5
    i_xt_bits[:, 1, :, 2] = 3
    i_xt_bits[0, 1, :, 2] = 4  # binning falls by 1 bit, and the truth does not
    i_xt_bits[:, 3, :, 1] = np.nan
    run = make("apart", BINNING + CHANCE + DOANE, {"i_xt_bits": i_xt_bits})
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
