"""Sweep: one profile that stands for many runs.

A `[sweep]` table holds lists over any keys, and the runs are all their combinations:

    [sweep]
    network.activation = ["tanh", "relu"]
    quantization.bits = [4, 8]

Keys that belong together change together in `cases`, each with a name, which combine with the
lists like one of them:

    cases = [
        { name = "tanh", network.activation = "tanh", quantization.range = "batch" },
        { name = "relu", network.activation = "relu", quantization.range = "ema" },
    ]
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from itertools import product
from typing import Any, NamedTuple

from ibtui.errors import ProfileError
from ibtui.profile.table import put
from ibtui.text import cut
from ibtui.text import value as shown

KEY, CASES = "sweep", "cases"
MOST_RUNS = 10_000


class Setting(NamedTuple):
    """One value of an axis of the grid: a part of the run's name, and the keys that it sets."""

    label: str
    changes: dict[str, Any]


def expand(table: Mapping[str, Any], where: str) -> list[dict[str, Any]]:
    """The tables of all runs, each with its name, the last key varying fastest.

    A table without `[sweep]` is one run. Raises `ProfileError`.
    """
    base = {key: value for key, value in table.items() if key != KEY}
    if KEY not in table:
        return [base]
    axes = list(_axes(table[KEY], where))
    if not axes:
        raise ProfileError([f"{where}: {KEY}: is empty (give a list over a key, or leave it out)"])
    count = math.prod(map(len, axes))
    if count > MOST_RUNS:
        told = f"stands for {count:,} runs, at most {MOST_RUNS:,} (leave values out)"
        raise ProfileError([f"{where}: {KEY}: {told}"])
    runs = []
    for settings in product(*axes):
        run = deepcopy(base)
        for key, value in (item for one in settings for item in one.changes.items()):
            put(run, key, value, f"{where}: {KEY}")
        run["name"] = "-".join([str(base.get("name", "")), *(one.label for one in settings)])
        runs.append(run)
    names = Counter(run["name"] for run in runs)
    twice = min((name for name, times in names.items() if times > 1), default=None)
    if twice is not None:
        told = f"gives {shown(twice)} twice (make the values differ)"
        raise ProfileError([f"{where}: {KEY}: {told}"])
    return runs


def swept(table: Mapping[str, Any], where: str) -> set[str]:
    """The keys that a table's `[sweep]` sets."""
    if KEY not in table:
        return set()
    axes = _axes(table[KEY], where)
    return {key for axis in axes for setting in axis for key in setting.changes}


def _axes(sweep: Any, where: str) -> Iterator[list[Setting]]:
    if not isinstance(sweep, dict):
        raise ProfileError([f"{where}: {KEY}: is not a table (write [{KEY}])"])
    for key, values in _flat(sweep):
        if not isinstance(values, list) or not values:
            raise ProfileError([f"{where}: {KEY}.{cut(key)}: is not a list of values"])
        if key == CASES:
            yield [_case(one, f"{where}: {KEY}.{CASES}") for one in values]
            continue
        worded = all(isinstance(value, str) for value in values)
        last = key.rpartition(".")[2]
        yield [
            Setting(_slug(value) if worded else f"{last}-{_slug(value)}", {key: value})
            for value in values
        ]


def _case(case: Any, where: str) -> Setting:
    if not isinstance(case, dict) or not isinstance(case.get("name"), str):
        raise ProfileError(
            [f"{where}: every case is a table with a name and the keys that it sets"]
        )
    return Setting(case["name"], {key: value for key, value in _flat(case) if key != "name"})


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The keys of nested tables as `training.epochs`, with their values."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _slug(value: Any) -> str:
    """A value as a part of a name: `tanh`, `0.001`, `16-8-4-2`, `conv2-pool2-20`."""
    if isinstance(value, list):
        return "-".join(map(_slug, value))
    if isinstance(value, dict):
        return "".join(f"{kind}{_slug(size)}" for kind, size in [*value.items()][:1])
    return str(value).lower() if isinstance(value, bool) else f"{value}"
