"""Table: a profile as nested TOML tables: values parsed from text, set and taken away by a path."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import tomli

from ibtui.errors import ProfileError


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
    here: Any = table
    for at, key in enumerate(keys):
        if isinstance(here, list):
            if not key.isdecimal() or int(key) >= len(here):
                raise ProfileError([f"{where}: {key!r} is not an index below {len(here)}"])
            slot: Any = int(key)
        elif isinstance(here, dict):
            slot = key
            if key not in here and any(name.isdecimal() for name in keys[at + 1 : at + 2]):
                raise ProfileError([f"{where}: the profile has no array {key!r} (add it)"])
            here.setdefault(key, {})
        else:
            raise ProfileError([f"{where}: {'.'.join(keys[:at])} is not a table"])
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
        return tomli.loads(f"value = {toml}")["value"]
    except (ValueError, RecursionError):  # Python reads no integer of more than 4300 digits
        return text.strip()
