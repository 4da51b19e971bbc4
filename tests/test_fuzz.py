"""Damaged files of every kind end in one line each; `tests.benchmarks.fuzz` tries more of them."""

import pytest

from ibtui.errors import DataError
from tests.benchmarks import fuzz


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numbers that overflow in a damaged run
@pytest.mark.parametrize(("kind", "count"), [("csv", 500), ("npz", 400), ("run", 120)])
def test_damaged_files_never_end_in_a_traceback(kind, count):
    assert fuzz.fuzz(kind, seed=0, count=count) == (count, [])


def test_a_failure_is_told_and_its_input_kept(tmp_path, monkeypatch):
    def bug(rng, samples, folder):
        (folder / "input").write_text(str(rng.random()))
        raise IndexError("a bug")

    def refusal(rng, samples, folder):
        raise DataError("input: is wrong")

    monkeypatch.setitem(fuzz.KINDS, "bug", bug)
    monkeypatch.setitem(fuzz.KINDS, "refusal", refusal)
    count, failures = fuzz.fuzz("bug", 7, 2, tmp_path)
    assert count == 2
    assert [failure.splitlines()[-1] for failure in failures] == ["IndexError: a bug"] * 2
    assert failures[0].startswith("bug 7: Traceback")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bug-7", "bug-8"]
    assert (tmp_path / "bug-7" / "input").exists()
    assert fuzz.fuzz("refusal", 0, 3, tmp_path) == (3, [])
