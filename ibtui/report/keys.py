"""Keys of profiles and preferences, as tables for the terminal and for a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from ibtui.profile import Profile
from ibtui.profile.keys import Key, below, keys
from ibtui.report.screen import console, say

MOST_CHOICES = 8  # of a key that has more, so many are named


def profile_keys(prefix: str = "") -> list[Key]:
    """The keys of a profile that begin with a prefix. Raises `UsageError`."""
    return below(keys(Profile), prefix)


def print_profile_keys(prefix: str) -> None:
    """The keys of a profile, with defaults and meanings."""
    _print(("key", "default", "meaning"), map(_cells, profile_keys(prefix)))
    if not prefix or prefix.startswith("estimator"):
        say(console(), "\n--set takes keys of an estimator by its place: estimator.0.bins=100")


def print_settings(
    path: Path, found: Iterable[Key], values: Mapping[str, str], *, there: bool
) -> None:
    """The file of preferences, and every key with its value."""
    screen = console()
    say(screen, f"{path}{'' if there else ' (is not there: these are the defaults)'}\n")
    cells = ((key.path, values[key.path], *_cells(key)[1:]) for key in found)
    _print(("key", "value", "default", "meaning"), cells)


def print_actions(rows: Iterable[tuple[str, str, str]]) -> None:
    """The actions of the app: what `[keys]` calls them, their keys, and what they do."""
    _print(("action", "keys", "what it does"), rows)


def markdown() -> str:
    """All keys of a profile as a table of a page."""
    rows = [
        "| key | default | meaning |",
        "|---|---|---|",
    ]
    for key in keys(Profile, foreign=False):
        path, default, meaning = _cells(key)
        shown = f"`{default}`" if default else ""
        rows.append(f"| `{path}` | {shown} | {meaning} |")
    return "\n".join(rows) + "\n"


def _cells(key: Key) -> tuple[str, str, str]:
    """Path, default, and meaning with what can be chosen and which tables have it."""
    named = key.choices[:MOST_CHOICES]
    more = ", ..." if len(key.choices) > len(named) else ""
    told = key.meaning if not named else f"{key.meaning} ({', '.join(named)}{more})"
    return key.path, key.default, f"{told}; of {', '.join(key.of)}" if key.of else told


def _print(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(box=None, pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    console().print(table)
