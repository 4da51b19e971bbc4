"""The index of runs says what the folders say, whatever becomes of either."""

import os
import sqlite3

import pytest

from ibtui import store
from ibtui.store import index
from tests.store.scripted_runs import finished, interrupted, new, scripted


@pytest.fixture(autouse=True)
def _always_kept(monkeypatch):
    monkeypatch.setattr(index, "WORTH_KEEPING", 1)


@pytest.fixture
def kept(root):
    """A folder of runs, and its index."""
    folders = [finished(root), finished(root), interrupted(root)]
    store.rows(root)
    assert (root / index.NAME).exists()
    return folders


def told(root):
    return [row[:1] + row[2:] for row in store.rows(root)]


def straight(root):
    return [store.row_of(entry)[:1] + store.row_of(entry)[2:] for entry in store.list_runs(root)]


def test_it_says_what_the_manifests_say_without_reading_them_again(root, kept, monkeypatch):
    expected = straight(root)
    monkeypatch.setattr("ibtui.store.manifest.read", None)
    assert told(root) == expected


def test_runs_that_change_come_and_go_are_seen(root, kept):
    changed, gone, _ = kept
    path = changed / "run.toml"
    path.write_text(path.read_text().replace("replicates = 4", "replicates = 40", 1))
    store.delete(gone)
    store.rename(kept[2], "other")
    finished(root)
    (root / "broken").mkdir()
    (root / "broken" / "run.toml").write_text("x = ")
    for _ in range(2):
        assert told(root) == straight(root)
    broken = next(row for row in store.rows(root) if row.name == "broken")
    assert broken.status == "broken"
    assert "run.toml: cannot be read" in broken.error


def test_whether_a_run_is_alive_is_never_taken_from_it(root, kept):
    ensemble = scripted()
    folder = new(root, ensemble)
    frames = store.record(ensemble, folder)
    next(frames)
    assert {row.name: row.status for row in store.rows(root)}[folder.name] == "running"
    manifest = (folder / "run.toml").read_bytes()
    frames.close()
    (folder / "run.toml").write_bytes(manifest)  # as a killed process leaves it
    for _ in range(2):
        assert {row.name: row.status for row in store.rows(root)}[folder.name] == "interrupted"


DAMAGE = ("no database", "version", "locked", "cut", "folder", "link", "pipe")
MADE_UP = {
    "numbers": "UPDATE runs SET seconds = 'long', created = NULL",
    "status": "UPDATE runs SET status = 'lost'",
    "names": "UPDATE runs SET name = x'00' WHERE status = 'interrupted'",
    "years": "UPDATE runs SET created = 1e300",
    "clock": "UPDATE runs SET seconds = 9e999",
    "bytes": "UPDATE runs SET keys = x'ff00'",
    "view": "ALTER TABLE runs RENAME TO those; CREATE VIEW runs AS SELECT * FROM those, "
    "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n)",
}


@pytest.mark.parametrize("damage", [*DAMAGE, *MADE_UP])
def test_an_index_that_cannot_be_used_costs_time_alone(root, kept, damage, tmp_path, monkeypatch):
    path, other = root / index.NAME, None
    victim = tmp_path / "victim"
    victim.write_text("precious")
    match damage:
        case "no database":
            path.write_bytes(b"x" * 5000)
        case "version":
            with sqlite3.connect(path) as base:
                base.execute("PRAGMA user_version = 99")
                base.execute("UPDATE runs SET status = 'lost'")
            base.close()
        case "locked":
            other = sqlite3.connect(path, isolation_level=None)
            other.execute("BEGIN EXCLUSIVE")
        case "cut":
            path.write_bytes(path.read_bytes()[:4096])
        case "folder":
            path.unlink()
            path.mkdir()
        case "link":
            path.unlink()
            path.symlink_to(victim)
        case "pipe":
            path.unlink()
            os.mkfifo(path)
        case _:
            monkeypatch.setattr(index, "MOST_SECONDS", 0.2)
            with sqlite3.connect(path) as base:
                base.executescript(MADE_UP[damage])
            base.close()
    finished(root)
    for _ in range(3):
        assert told(root) == straight(root)
    if other:
        other.close()
    assert victim.read_text() == "precious"


def test_a_small_folder_gets_no_index(root, monkeypatch):
    monkeypatch.undo()
    finished(root)
    store.rows(root)
    assert not (root / index.NAME).exists()


def test_keys_that_somebody_made_up_are_none(root, kept):
    for keys in ("[1]", "{", "[" * 100_000, "NaN"):
        assert store.rows(root)[0]._replace(keys=keys).profile_keys == {}
