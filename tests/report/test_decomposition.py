"""The table of the terms of I(X;T), which stand in no other table."""

from io import StringIO

import pytest
from rich.console import Console

from ibtui.profile import parse_profile
from ibtui.report.decomposition import are_terms, decomposed
from ibtui.report.run import print_run
from tests.scripted_engine import saved_run

PROFILE = parse_profile(
    """name = "walk"
replicates = 3
training.epochs = 3
measure.every = 1
estimator = [{ name = "exact" }, { name = "kde" }, { name = "scott", decompose = true }]
""",
    "walk.toml",
)


def test_the_terms_of_a_run_have_one_table_and_no_verdicts(tmp_path):
    run = saved_run(tmp_path, PROFILE)
    assert run.recording.header.series[3:] == (
        "scott",
        *("scott-shared", "scott-lost-in-x", "scott-lost-in-t", "scott-lost-in-both"),
    )
    assert [*decomposed(PROFILE)] == [3]
    assert are_terms(PROFILE) == {4, 5, 6, 7}
    screen = Console(width=100, record=True, file=StringIO())
    print_run(run, screen)
    lines = screen.export_text().splitlines()
    assert not [line for line in lines if line.startswith("scott-")]
    (start,) = (n for n, line in enumerate(lines) if line.startswith("scott: the terms of"))
    assert lines[start].rstrip() == "scott: the terms of I(X;T), bits, epoch 3"
    words = lines[start + 2].split()
    of_series = run.recording.i_xt_bits[-1, 4:, :, 0].mean(1)
    assert (words[0], [float(word) for word in words[1::3]]) == (
        "T1",
        pytest.approx([of_series.sum(), *of_series], abs=5e-4),
    )
