"""Damaged files of every kind end in one line each; `tests.benchmarks.fuzz` tries more of them."""

import pytest

from ibtui.errors import DataError
from tests.benchmarks import fuzz

# Chosen for half a minute in all on a core that does nothing else.
COUNTS = {
    "profiles": 300,
    "config": 300,
    "csv": 400,
    "npz": 300,
    "idx": 300,
    "runs": 60,
    "unfinished": 60,
    "judged": 20,
}


@pytest.mark.parametrize("kind", fuzz.KINDS)
def test_damaged_files_never_end_in_a_traceback(kind):
    tally = fuzz.fuzz(kind, seed=0, count=COUNTS[kind])
    assert tally.failures == []
    assert tally.tried == COUNTS[kind]
    assert COUNTS[kind] * 0.1 < tally.refused < COUNTS[kind]  # some are damaged, some not so much


def bug(rng, samples, folder):
    (folder / "input").write_text(str(rng.random()))
    raise IndexError("a bug")


def refusal(rng, samples, folder):
    raise DataError("input: is wrong")


def greed(rng, samples, folder):
    bytearray(3 << 29)[:: 1 << 12] = b"x" * (3 << 17)


def endless(rng, samples, folder):
    while True:
        pass


def made(kind, attempt, monkeypatch):
    monkeypatch.setitem(fuzz.KINDS, kind, attempt)
    monkeypatch.setattr(fuzz.Samples, kind, None, raising=False)


def test_a_failure_is_told_and_its_input_kept(tmp_path, monkeypatch):
    made("bug", bug, monkeypatch)
    tally = fuzz.fuzz("bug", 7, 2, tmp_path)
    assert (tally.tried, tally.refused) == (2, 0)
    assert [one.splitlines()[-1] for one in tally.failures] == ["IndexError: a bug"] * 2
    assert tally.failures[0].startswith("bug 7: Traceback")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bug-7", "bug-8"]
    assert (tmp_path / "bug-7" / "input").exists()
    assert "a bug" in (tmp_path / "bug-7" / "failure.txt").read_text()
    made("refusal", refusal, monkeypatch)
    tally = fuzz.fuzz("refusal", 0, 3, tmp_path)
    assert (tally.tried, tally.refused, tally.failures) == (3, 3, [])


def test_what_takes_too_much_memory_or_time_is_a_failure(monkeypatch):
    made("greed", greed, monkeypatch)
    monkeypatch.setattr(fuzz, "MOST_BYTES", 1 << 30)
    assert fuzz.fuzz("greed", 0, 1).failures[0].startswith("greed 0: took 1.")
    made("endless", endless, monkeypatch)
    monkeypatch.setattr(fuzz, "MOST_WAIT", 1)
    assert "Hang: more than 1 s" in fuzz.fuzz("endless", 0, 1).failures[0]
