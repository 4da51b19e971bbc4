"""Columns: what a list says of each run, and which of it has room."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from rich.cells import cell_len

from ibtui.report.words import duration, number
from ibtui.store import Listed
from ibtui.text import printable
from ibtui.tui.draw.raster import Markers

NAME = 14  # columns of a name that are there in any case
LONGEST_NAME = 60
SIGNS = {"running": "●", "finished": "✓", "interrupted": "◌", "failed": "✗", "broken": "!"}
ASCII_SIGNS = {"running": ">", "finished": "v", "interrupted": "o", "failed": "x", "broken": "!"}


class Column(NamedTuple):
    """A column: its heading, how wide it is, what it says, and the key that sorts by it."""

    title: str
    width: int
    cell: Callable[[Listed], str]
    key: str = ""
    right: bool = False
    grows: int = 0  # how wide it may become where there is room


def signs(markers: Markers) -> Mapping[str, str]:
    """A character for each status."""
    return ASCII_SIGNS if markers == "ascii" else SIGNS


def _of(key: str) -> Callable[[Listed], str]:
    """The value of one of the profile's keys; empty where it has none."""
    return lambda one: words(one.row.profile_keys.get(key, ""))


def words(value: Any) -> str:
    """A value of a profile in few characters: `10-7-5` for a list, `0.0001` for a number."""
    if isinstance(value, list):
        return "-".join(map(words, value))
    return printable(f"{value:g}" if isinstance(value, float) else str(value))


def _accuracy(one: Listed) -> str:
    return "" if one.row.accuracy is None else number(one.row.accuracy, 3)


def _time(one: Listed) -> str:
    """How long it took; of one that is written how long yet."""
    if one.row.status == "broken":
        return ""
    left = one.seconds_left
    return duration(one.row.seconds) if left is None else f"-{duration(left)}"


def _speed(one: Listed) -> str:
    return f"{one.epochs_per_second:.3g}/s" if one.epochs_per_second else ""


def _epochs(one: Listed) -> str:
    row = one.row
    if row.status == "broken":
        return ""
    return str(row.last) if row.epoch >= row.last else f"{row.epoch}/{row.last}"


def _note(one: Listed) -> str:
    return one.row.note or one.row.error


# In the order in which they stand.
COLUMNS = (
    Column("", 1, lambda one: ""),
    Column("run", NAME, lambda one: printable(one.row.name), "run", grows=LONGEST_NAME),
    Column("s", 1, lambda one: one.row.status, "status"),
    Column("status", 11, lambda one: one.row.status, "status"),
    Column("data", 8, _of("data.name"), "data.name"),
    Column("activation", 10, _of("network.activation"), "network.activation"),
    Column("bits", 4, _of("quantization.bits"), "quantization.bits", right=True),
    Column("layers", 14, _of("network.layers"), "network.layers"),
    Column("repl", 4, lambda one: str(one.row.replicates or ""), "replicates", right=True),
    Column("epochs", 9, _epochs, "last", right=True),
    Column("accur", 5, _accuracy, "accuracy", right=True),
    Column("time", 8, _time, "seconds", right=True),
    Column("speed", 8, _speed, right=True),
    Column("worker", 14, lambda one: one.worker, grows=28),
    Column(
        "made", 11, lambda one: f"{datetime.fromtimestamp(one.row.created):%m-%d %H:%M}", "created"
    ),
    Column("tags", 8, lambda one: one.row.tags, "tags", grows=20),
    Column("note", 12, _note, "note", grows=40),
)
# Those that there is no room for go, the last of these first.
FIRST = (
    *("", "run", "s", "accur", "epochs", "bits", "activation", "time", "data", "repl", "layers"),
    *("status", "tags", "made", "speed", "worker", "note"),
)
ONLY_WHERE_SAID = ("speed", "worker", "tags", "note")


def fitting(width: int, runs: Sequence[Listed]) -> list[tuple[Column, int]]:
    """The columns that fit into `width`, each with its own; `runs` are all of the list."""
    by_title = {column.title: column for column in COLUMNS}
    taken: dict[str, int] = {}
    room = width
    for title in FIRST:
        column = by_title[title]
        if title in ONLY_WHERE_SAID and not any(column.cell(one) for one in runs):
            continue
        if column.width + 1 > room:
            break
        taken[title] = column.width
        room -= column.width + 1
    if "status" in taken:
        room += taken.pop("s") + 1
    for title in ("run", "tags", "note", "worker"):
        if title in taken and room > 0:
            column = by_title[title]
            longest = max((cell_len(column.cell(one)) for one in runs), default=0)
            more = min(max(min(longest, column.grows) - taken[title], 0), room)
            taken[title] += more
            room -= more
    return [(column, taken[column.title]) for column in COLUMNS if column.title in taken]
