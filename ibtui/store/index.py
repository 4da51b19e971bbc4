"""Index: what a list says of each run, kept beside the folders so that thousands come at once.

It is never the truth: a row counts only while its `run.toml` is the file that it was made of; an
index that is missing, damaged, locked or of another version costs time alone.
"""

from __future__ import annotations

import json
import math
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, get_args

from ibtui.files import is_file
from ibtui.store import lock, manifest, notes
from ibtui.store.shelf import Entry, entry_of, folders, is_run

NAME = ".index.sqlite"
VERSION = 2
WORTH_KEEPING = 50  # runs that had to be read
MOST_SECONDS, STEPS = 5.0, 100_000  # for an index; how often in its steps the clock is read
TABLE = (
    "CREATE TABLE IF NOT EXISTS runs (name TEXT PRIMARY KEY, stamp TEXT, status TEXT, "
    "created REAL, epoch INTEGER, last INTEGER, replicates INTEGER, seconds REAL, accuracy REAL, "
    "error TEXT, keys TEXT, note TEXT, tags TEXT)"
)
PARSED = 8192  # rows whose keys are kept parsed: a list is asked again at each letter of a filter


class Row(NamedTuple):
    """A run in a list. `keys` are those of its profile, as `training.epochs`, in JSON.

    `tags` are separated by commas.
    """

    name: str
    stamp: str
    status: str
    created: float  # seconds since 1970
    epoch: int = 0
    last: int = 0
    replicates: int = 0
    seconds: float = 0.0
    accuracy: float | None = None  # on the test split; None where there is none
    error: str = ""
    keys: str = "{}"
    note: str = ""
    tags: str = ""

    @property
    def profile_keys(self) -> Mapping[str, Any]:
        """The keys of the profile with their values."""
        return _parsed(self.keys)

    def values(self) -> dict[str, Any]:
        """All that can be asked for, by name; a profile's key before one of the run.

        `run` is its folder's name, for `name` is the profile's.
        """
        own = self._asdict()
        for name in ("stamp", "keys"):
            del own[name]
        own["tags"] = self.tags.split(", ") if self.tags else []
        return {**own, **self.profile_keys, "run": self.name}


STATUSES = get_args(manifest.Status)
LATEST = 2e11  # seconds since 1970: what a calendar has
KINDS = (str, str, str, float, int, int, int, float, float | None, str, str, str, str)


@lru_cache(PARSED)
def _parsed(keys: str) -> Mapping[str, Any]:
    try:
        found = json.loads(keys)
    except (ValueError, RecursionError):  # of an index that somebody else made
        return {}
    return found if isinstance(found, dict) else {}


def rows(root: Path, seen: dict[str, Row] | None = None) -> list[Row]:
    """All runs under `root`, newest first. Raises `RunError` where `root` cannot be read.

    `seen` is what an earlier look left there, and is brought up to date: whoever looks again and
    again reads no index between.
    """
    first = not seen
    known = _load(root) if first else dict(seen or {})
    found, new = [], []
    for path in folders(root):
        stamp = _stamp(path)
        row = known.get(path.name)
        if row is None or row.stamp != stamp:
            if not stamp and not is_run(path):
                continue
            entry = entry_of(path)
            if entry is None:
                continue
            row = row_of(entry, stamp)
            if row.status != "broken":
                new.append(row)
        if row.status == "running" and not lock.is_held(path):
            row = row._replace(status="interrupted")
        found.append(row)
    names = {row.name for row in found}
    gone = [name for name in known if name not in names]
    if len(new) + len(gone) >= WORTH_KEEPING or (first and known and (new or gone)):
        _save(root, new, gone)
    if seen is not None:
        seen.clear()
        seen.update({name: row for name, row in known.items() if name in names})
        seen.update({row.name: row for row in new})
    return sorted(found, key=lambda row: (row.created, row.name), reverse=True)


def row_of(entry: Entry, stamp: str = "") -> Row:
    """The row of a run; "running" is what its manifest says, whether its writer lives or not."""
    about = entry.manifest
    name, created = entry.folder.name, entry.created.timestamp()
    beside = notes.read(entry.folder)
    note, tags = beside.note, ", ".join(beside.tags)
    if about is None:
        return Row(name, stamp, entry.status, created, error=entry.error, note=note, tags=tags)
    accuracy = about.results.test_accuracy if about.results else math.nan
    return Row(
        name,
        stamp,
        about.status,
        created,
        about.epoch,
        about.planned.last,
        about.header.replicates,
        about.seconds,
        None if math.isnan(accuracy) else accuracy,
        about.error,
        json.dumps(dict(flat(about.profile)), default=str),
        note,
        tags,
    )


def _stamp(folder: Path) -> str:
    """What tells one state of the run's manifest and notes from another, the manifest's first."""
    stamp = _stamp_of(folder / manifest.NAME)
    return stamp and f"{stamp} {_stamp_of(folder / notes.NAME)}".rstrip()


def _stamp_of(path: Path) -> str:
    """Time in nanoseconds, number and size of a file; empty where it is not there."""
    try:
        found = os.stat(path)
    except OSError:
        return ""
    return f"{found.st_mtime_ns} {found.st_ino} {found.st_size}"


def flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The keys of nested tables and arrays of tables as `estimator.0.bins`, with their values."""
    for key, value in table.items():
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            value = {str(at): one for at, one in enumerate(value)}
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _load(root: Path) -> dict[str, Row]:
    path = root / NAME
    if not is_file(path) or path.is_symlink():
        return {}
    try:
        with _opened(path) as base:
            if base.execute("PRAGMA user_version").fetchone() != (VERSION,):
                return {}
            names = ", ".join(Row._fields)
            found = base.execute(f"SELECT {names} FROM runs")
            return {row[0]: Row(*row) for row in found if _is_sound(row)}
    except (sqlite3.Error, OSError, ValueError):
        return {}


def _save(root: Path, new: list[Row], gone: list[str]) -> None:
    path = root / NAME
    if path.is_symlink() or (os.path.lexists(path) and not is_file(path)):
        return
    try:
        with _opened(path) as base, base:
            if base.execute("PRAGMA user_version").fetchone() != (VERSION,):
                base.execute("DROP TABLE IF EXISTS runs")
            base.execute(TABLE)
            base.execute(f"PRAGMA user_version = {VERSION}")
            marks = ", ".join("?" * len(Row._fields))
            base.executemany(f"INSERT OR REPLACE INTO runs VALUES ({marks})", new)
            base.executemany("DELETE FROM runs WHERE name = ?", [(name,) for name in gone])
    except sqlite3.DatabaseError as error:
        # Busy, or a disk that refuses, is another's affair; what is no database is made anew later.
        if not isinstance(error, sqlite3.OperationalError):
            with suppress(OSError):
                path.unlink(missing_ok=True)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A base of anybody's, which may hold a view without an end: it gets `MOST_SECONDS`."""
    late = time.monotonic() + MOST_SECONDS
    with closing(sqlite3.connect(path, timeout=1.0)) as base:
        base.set_progress_handler(lambda: time.monotonic() > late, STEPS)
        yield base


def _is_sound(row: Sequence[Any]) -> bool:
    """Whether the values of a row are such as lists are made of."""
    if not all(map(isinstance, row, KINDS)):
        return False
    _, _, status, created, *_, seconds, _, _, _, _, _ = row
    return status in STATUSES and 0 <= created < LATEST and 0 <= seconds <= manifest.MOST_SECONDS
