"""Words: replicates, durations, numbers and refusals are written in one way everywhere."""

import csv
import errno
from pathlib import Path

import numpy as np
import pytest

from ibtui.errors import DataError, RunError, refused
from ibtui.figures import plane
from ibtui.report import numbers, words
from ibtui.report.run import run_lines
from ibtui.tui.draw.bands import Span
from ibtui.tui.feeds.saved import Saved
from ibtui.tui.look import export
from ibtui.tui.look.averages import Averages
from ibtui.tui.look.tracks import track
from ibtui.tui.look.view import Cursor, View
from tests.figures.scripted_runs import make

pytestmark = pytest.mark.usefixtures("here")
END = Cursor(99, Span(0, 23))
MEDIAN = View(path="median")


def test_durations_are_short():
    assert [words.duration(s) for s in (0.4, 59, 60, 187, 7387)] == [
        "0 s", "59 s", "1:00", "3:07", "2:03:07",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (8.724, 2, "8.72"),
        (-0.0004, 3, "0.000"),
        (-0.0006, 3, "-0.001"),
        (float("nan"), 2, "-"),
        (999_999.4, 0, "999999"),
        (1.234e9, 2, "1.234e+09"),
        (-2e6, 2, "-2.000e+06"),
        (float("inf"), 2, "inf"),
    ],
)
def test_numbers_are_rounded_and_what_is_not_measured_is_a_dash(value, digits, text):
    assert words.number(value, digits) == text


def test_replicates_are_counted():
    assert words.replicates(1, 1) == "1 replicate"
    assert words.replicates(50, 50) == "50 replicates"
    assert words.replicates(1, 50) == "1 of 50 replicates"
    assert words.some_of(48, 50) == "48 of 50"
    assert words.some_of(50, 50) == "50"


def cells(path: Path, column: int) -> list[tuple[int, str, float]]:
    with open(path, newline="") as handle:
        rows = list(csv.DictReader(handle))
    return [
        (int(row["epoch"]), row["layer"], float(row["i_xt_bits"]))
        for row in rows
        if (row["series"], row["replicate"]) == ("exact", str(column))
    ]


def test_a_replicate_has_one_number_in_the_app_its_csv_the_figures_and_the_tables():
    at = np.array([0.0, 5.1, 1.5, 3.4, 4.6])  # mean 2.92: 1.68 away is the median, column 4
    x = np.broadcast_to(at[None, None, :, None], (7, 2, 5, 3))
    run = make(changes={"i_xt_bits": x})
    assert track(run.recording, END, Averages(), 0, MEDIAN).note == "median: replicate 4 of 5"
    title = plane.median_plane(run, 0).axes[0].get_title(loc="left")
    assert "exact, replicate 4, the median" in title
    shown = Path("plane.csv")
    export.write_csv(shown, run.recording, END, Averages(), 0, MEDIAN)
    table = next(
        path for path in numbers.write_csv(run, Path("made")) if "information" in str(path)
    )
    assert cells(shown, 4) == cells(table, 4) != []
    assert {bits for _, _, bits in cells(shown, 4)} == {4.6}


def test_the_app_and_the_tables_say_the_same_of_restarts_and_divergence():
    run = make(restart=(1, 12), diverge=(3, 16))
    told = [f"replicate 1 started again at epoch 12 (seed {run.manifest.restarts[0].seed})"]
    told.append("replicate 3 diverged: its loss was not finite at epoch 16")
    assert list(run_lines(run))[-2:] == told
    assert list(Saved(run.folder).facts())[-2:] == told


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OSError(errno.EACCES, "Permission denied"), "Permission denied (choose another folder"),
        (OSError(errno.ENOSPC, "No space left"), "No space left (make room; "),
        (OSError(errno.EFBIG, "File too large"), "File too large (make room; "),
        (OSError(errno.ENAMETOOLONG, "File name too long"), "(choose a shorter name)"),
        (ValueError("embedded null byte"), "embedded null byte (choose another"),
        (OSError("of no number"), "of no number (choose another"),
    ],
)
def test_a_refusal_names_the_file_the_reason_and_the_remedy(error, line):
    text = str(refused(Path("a/b.csv"), error))
    assert text.startswith("a/b.csv: cannot be written: ")
    assert line in text


def test_a_refusal_is_of_the_kind_and_remedy_that_fit_its_place():
    assert isinstance(refused(Path("x"), OSError()), RunError)
    error = refused(Path("x"), OSError(errno.EACCES, "no"), elsewhere="do this", kind=DataError)
    assert isinstance(error, DataError)
    assert str(error) == "x: cannot be written: no (do this)"


@pytest.mark.parametrize(
    "write",
    [
        lambda run, taken: list(numbers.write_csv(run, taken)),
        lambda run, taken: numbers.write_json(run, taken),
        lambda run, taken: export.write_picture(taken / "a.svg", "<svg />"),
        lambda run, taken: export.write_csv(
            taken / "a.csv", run.recording, END, Averages(), 0, View()
        ),
    ],
)
def test_every_writer_says_what_to_do_where_the_disk_refuses(write):
    Path("taken").write_text("a file, no folder")
    run = make()
    with pytest.raises(RunError, match=r"taken.*: cannot be written: .* \(choose another folder"):
        write(run, Path("taken"))
