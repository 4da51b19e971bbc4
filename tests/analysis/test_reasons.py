"""Every missing number has its reason: of real estimates, and of scripted recordings."""

import re

import numpy as np
import pytest
from rich.console import Console

from ibtui.analysis.disagreement import disagreements
from ibtui.analysis.reasons import NAMES, ONE_REPLICATE, reasons
from ibtui.estimation import estimate, rows
from ibtui.recording import Header, Recording
from ibtui.report.disagreement import disagreement_table
from ibtui.report.estimate import print_estimate
from ibtui.report.layers import layers_table, reason_lines

QS = "i_xt", "i_ty"
RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 2))
T = RNG.normal(size=(40, 2))
TWO = np.arange(40) % 2


def every_none_has_its_reason(made):
    for row in rows(made):
        why = row["reasons"]
        for name in ("i_xt_bits", "i_ty_bits", "output_loss_bits", "breaks_dpi"):
            assert (row[name] is None) == (name in why), (name, row)
        alone = [row[f"{q}_deviation"] is None and row[f"{q}_bits"] is not None for q in QS]
        assert ("deviation" in why) == any(alone)
    return rows(made)


@pytest.mark.parametrize(
    ("spec", "layer", "labels", "name", "line"),
    [
        ("knn", T, np.arange(40), "i_ty_bits", "I(T;Y) has no value: every label occurs once"),
        ("gaussian-copula", X, TWO, "i_xt_bits", "I(X;T) has no value: it is infinite: a dir"),
        (
            "gaussian-copula",
            np.stack([TWO.astype(float), T[:, 0]], 1),
            TWO,
            "i_ty_bits",
            "I(T;Y) has no value: it is infinite: within a label",
        ),
        (
            "gaussian-copula",
            RNG.normal(size=(40, 39)),
            TWO,
            "i_xt_bits",
            "I(X;T) has no value: 40 samples are too few for the 41 dimensions",
        ),
        (
            "gaussian-copula",
            RNG.normal(size=(40, 30)),
            TWO,
            "i_ty_bits",
            "I(T;Y) has no value: a label has no more samples than the 30 dimensions",
        ),
        (
            "kmeans:max_clusters=3",
            np.arange(40.0)[:, None] ** 0,
            TWO,
            None,
            None,
        ),
    ],
)
def test_a_real_estimate_says_why_a_number_is_missing(capsys, spec, layer, labels, name, line):
    made = estimate({"T": layer}, labels, [spec], inputs=X)
    (row,) = every_none_has_its_reason(made)
    print_estimate(made)
    printed = re.sub(r"\s+", " ", capsys.readouterr().out)
    if name is None:
        assert "has no value" not in printed
        return
    assert row[name] is None
    assert row["reasons"][name].startswith(line)
    assert row["reasons"][name] in row["notes"]
    assert printed.count(line) == 1  # worded once


def test_of_several_replicates_the_note_says_in_how_many():
    both = np.stack([T, X])
    made = estimate({"T": both}, TWO, ["gaussian-copula"], inputs=X)
    (row,) = every_none_has_its_reason(made)
    assert row["replicates"] == 1
    assert any(note.startswith("I(X;T) has no value in 1 of 2 replicates") for note in row["notes"])


def test_one_replicate_and_a_series_that_does_not_discretize():
    made = estimate({"A": T, "B": T}, TWO, ["exact", "kde", "binning:bounds=layer"])
    found = every_none_has_its_reason(made)
    assert all(row["reasons"]["deviation"] == ONE_REPLICATE for row in found)
    lost = {row["series"].split("-")[0]: "output_loss_bits" in row["reasons"] for row in found}
    assert lost == {"exact": True, "kde": True, "binning": False}
    made = estimate({"A": np.stack([T, X])}, TWO, ["exact"])
    assert "deviation" not in every_none_has_its_reason(made)[0]["reasons"]


def scripted(frames, series=("exact", "knn"), replicates=2):
    header = Header(
        series=series,
        layers=("T1", "T2"),
        units=(2, 2),
        replicates=replicates,
        samples=64,
        input_bits=6.0,
        label_bits=1.0,
    )
    shapes = Recording.shapes(header, frames)
    arrays = {
        name: np.zeros(shape, np.int64 if name == "epoch" else None)
        for name, shape in shapes.items()
    }
    arrays["epoch"] = np.arange(frames)
    arrays["output_loss_bits"][:] = np.nan
    return arrays, Recording(header, **arrays)


def printed(table):
    console = Console(width=200, record=True)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_every_dash_of_a_table_has_a_line_below():
    arrays, recording = scripted(3)
    arrays["i_xt_bits"][:, 1] = arrays["i_ty_bits"][:, 1] = np.nan
    assert "-" in re.split(r"\s+", printed(layers_table(recording, 1)))
    assert list(reason_lines(recording, 1, {})) == [
        "T1, T2: I(X;T) has no value: the series was not measured in any of 3 frames",
        "T1, T2: I(T;Y) has no value: the series was not measured in any of 3 frames",
    ]
    assert list(reason_lines(recording, 0, {})) == []
    (found,) = disagreements(recording)
    assert "never measured together" in printed(disagreement_table(found))
    assert {one.reason for one in found.layers} == {"the two were never measured together"}


def test_what_an_estimator_said_is_the_reason_and_is_not_said_again():
    arrays, recording = scripted(3)
    arrays["i_ty_bits"][:, 1] = np.nan
    line = "I(T;Y) has no value: every label occurs once"
    found = reasons(recording, 1, 0, [line, "I(X;T): at 3% of the samples neighbours tie"])
    assert found["i_ty_bits"] == found["i_xt_given_y_bits"] == line
    assert "i_xt_bits" not in found
    assert list(reason_lines(recording, 1, {"T1": [line], "T2": [line]})) == []


def test_of_no_frame_and_of_diverged_replicates():
    _, recording = scripted(0)
    assert "no frame has been recorded" in reasons(recording, 0, 0)["i_xt_bits"]
    arrays, recording = scripted(1)
    for name in ("activation_max", *NAMES):
        if name in arrays:
            arrays[name][:] = np.nan
    assert "all replicates have diverged" in reasons(recording, 0, 0)["i_xt_bits"]


def test_of_one_frame_nothing_rises():
    _, recording = scripted(1)
    (found,) = disagreements(recording)
    assert "-: one frame: nothing rises or falls" in printed(disagreement_table(found))
