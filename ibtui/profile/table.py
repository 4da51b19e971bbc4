"""Table: nested TOML tables: parsed within limits, values set and taken away by a path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import tomli

from ibtui.errors import ProfileError
from ibtui.text import cut
from ibtui.text import value as shown

MOST_DEEP = 32  # tables and arrays in each other, and parts of a key
MOST_IN_KEY = 200  # characters of a part
MOST_DIGITS = 9  # of a place in an array


def parse(text: str) -> dict[str, Any]:
    """The table of a TOML text.

    Raises `ValueError` with one line: no TOML, or more of something than anything here needs.
    """
    try:
        table = tomli.loads(text)
    except RecursionError:
        raise ValueError(f"it is nested more than {MOST_DEEP} deep") from None
    for wrong in _beyond_limits(table):
        raise ValueError(wrong)
    return table


def _beyond_limits(table: Mapping[str, Any]) -> Iterator[str]:
    """What a table has too much of; no recursion, since depth is one of those."""
    waiting: list[tuple[Any, str, int]] = [(table, "", 0)]
    while waiting:
        found, where, deep = waiting.pop()
        if deep > MOST_DEEP:
            yield f"{cut(where)}: is nested more than {MOST_DEEP} deep"
        elif isinstance(found, Mapping):
            for key, value in found.items():
                if len(key) > MOST_IN_KEY:
                    yield f"{cut(key)}: is a key of {len(key)} characters (at most {MOST_IN_KEY})"
                waiting.append((value, key if not where else f"{cut(where)}.{key}", deep + 1))
        elif isinstance(found, list):
            waiting.extend((item, where, deep + 1) for item in found)
        elif isinstance(found, int) and not -(2**63) <= found < 2**63:
            yield f"{cut(where)}: is a whole number of more than 64 bits"


def parse_value(text: str) -> Any:
    """A TOML value, or the text itself if it is not one: `100`, `[1, 2]`, `tanh`."""
    return _parsed(text, text)


def parse_list(text: str) -> Any:
    """What stands between the brackets of a TOML array, or the text itself if that is not one."""
    return _parsed(f"[{text}]", text)


def put(table: dict[str, Any], path: str, value: Any, where: str) -> None:
    """Set `training.epochs` or `estimator.0.bins` in a profile's table, making tables on the way.

    Raises `ProfileError`.
    """
    keys = path.split(".")
    if len(keys) > MOST_DEEP:
        raise ProfileError([f"{where}: {cut(path)} has more than {MOST_DEEP} parts"])
    here: Any = table
    for at, key in enumerate(keys):
        if isinstance(here, list):
            if not key.isdecimal() or len(key) > MOST_DIGITS or int(key) >= len(here):
                raise ProfileError([f"{where}: {shown(key)} is not an index below {len(here)}"])
            slot: Any = int(key)
        elif isinstance(here, dict):
            slot = key
            if key not in here and any(name.isdecimal() for name in keys[at + 1 : at + 2]):
                raise ProfileError([f"{where}: the profile has no array {shown(key)} (add it)"])
            here.setdefault(key, {})
        else:
            raise ProfileError([f"{where}: {cut('.'.join(keys[:at]))} is not a table"])
        if at == len(keys) - 1:
            here[slot] = deepcopy(value)
        here = here[slot]


def drop(table: dict[str, Any], path: str) -> None:
    """Take the key at `path` away, if it is there: its field has its default again."""
    *parents, last = path.split(".")
    here: Any = table
    for key in parents:
        here = here[int(key)] if isinstance(here, list) else here.get(key, {})
    here.pop(last, None)


def _parsed(toml: str, text: str) -> Any:
    try:
        return parse(f"value = {toml}")["value"]
    except ValueError:
        return text.strip()
