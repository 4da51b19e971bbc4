"""Numbers of saved runs as CSV tables and JSON."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from ibtui.report.numbers import write_csv, write_json
from tests.figures.scripted_runs import make

pytestmark = pytest.mark.usefixtures("here")


def test_the_csv_tables_hold_every_number():
    run = make(diverge=(2, 9))
    information, conditional, layers, quality, _ = write_csv(run, Path("made"))
    with information.open() as handle:
        rows = list(csv.DictReader(handle))
    recording = run.recording
    assert len(rows) == recording.i_xt_bits.size
    row = rows[((3 * 2 + 1) * 5 + 4) * 3 + 2]
    assert [row[name] for name in ("epoch", "series", "replicate", "layer")] == [
        "12",
        "binning-30",
        "4",
        "T3",
    ]
    assert float(row["i_ty_bits"]) == recording.i_ty_bits[3, 1, 4, 2]
    assert float(row["output_loss_bits"]) == recording.output_loss_bits[3, 1, 4, 2]
    assert rows[0]["output_loss_bits"] == ""
    assert rows[((3 * 2 + 1) * 5 + 2) * 3]["i_xt_bits"] == ""
    with conditional.open() as handle:
        given = list(csv.DictReader(handle))
    assert len(given) == recording.i_xt_bits.size
    place = 3, 1, 4, 2
    expected = recording.i_xt_bits[place] - recording.i_ty_bits[place]
    assert float(given[((3 * 2 + 1) * 5 + 4) * 3 + 2]["i_xt_given_y_bits"]) == expected
    with layers.open() as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == recording.weight_mean.size
    row = rows[(3 * 5 + 4) * 3 + 1]
    assert [row[name] for name in ("epoch", "replicate", "layer")] == ["12", "4", "T2"]
    assert np.float32(row["bias_deviation"]) == recording.bias_deviation[3, 4, 1]
    assert float(row["activation_min"]) == recording.activation_min[3, 4, 1]
    assert rows[(3 * 5 + 2) * 3]["weight_mean"] == ""
    with quality.open() as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == recording.train_loss_nats.size
    assert float(rows[3 * 5 + 1]["test_accuracy"]) == recording.test_accuracy[3, 1]


def test_the_json_holds_curves_and_verdicts():
    run = make(diverge=(2, 9))
    found = json.loads(write_json(run, Path("made")).read_text())
    curve = found["curves"]["i_xt_bits"]["exact"]["T2"]["mean"]
    np.testing.assert_allclose(curve, np.nanmean(run.recording.i_xt_bits[:, 0, :, 1], axis=1))
    (lost,) = found["curves"]["output_loss_bits"].items()
    assert lost[0] == "binning-30"
    expected = np.nanmean(run.recording.output_loss_bits[:, 1, :, 2], axis=1)
    np.testing.assert_allclose(lost[1]["T3"]["mean"], expected)
    curve = found["curves"]["weight_mean"]["T2"]["mean"]
    np.testing.assert_allclose(curve, np.nanmean(run.recording.weight_mean[:, :, 1], axis=1))
    newest = found["information"][1]["layers"][2]["output_loss_bits"]["last"]
    assert newest["mean"] == pytest.approx(expected[-1])
    assert "output_loss_bits" not in found["information"][0]["layers"][2]
    assert found["information"][0]["layers"][1]["verdict"]["replicates"] == 4
    assert found["rule"]["fits_bits"] == 0.1
