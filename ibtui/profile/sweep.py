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

With `random = 200` or `sobol = 64` so many runs are drawn instead, from lists, cases and ranges,
the same ones for the same `seed` of the profile:

    random = 200
    training.learning_rate = { low = 1e-4, high = 0.1, log = true }
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from itertools import product
from typing import Any, NamedTuple

from ibtui.errors import ProfileError
from ibtui.profile import draw
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
    if isinstance(table[KEY], dict) and any(way in table[KEY] for way in draw.WAYS):
        return _drawn(base, table[KEY], where)
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


def _drawn(base: dict[str, Any], sweep: Mapping[str, Any], where: str) -> list[dict[str, Any]]:
    """The tables of the runs that are drawn, named by their numbers. Raises `ProfileError`."""
    ways = [way for way in draw.WAYS if way in sweep]
    count = sweep[ways[0]]
    if len(ways) > 1:
        raise ProfileError([f"{where}: {KEY}: has both random and sobol (give one)"])
    if type(count) is not int or not 1 <= count <= MOST_RUNS:
        told = f"is not a number of runs from 1 to {MOST_RUNS:,}"
        raise ProfileError([f"{where}: {KEY}.{ways[0]}: {told}"])
    rest = {key: value for key, value in sweep.items() if key not in draw.WAYS}
    ranges = {
        key: draw.range_of(value, f"{where}: {KEY}.{cut(key)}")
        for key, value in _flat(rest)
        if draw.is_range(value)
    }
    lists = [*_axes({key: value for key, value in _flat(rest) if key not in ranges}, where)]
    if not ranges and not lists:
        raise ProfileError([f"{where}: {KEY}: is empty (give a range or a list over a key)"])
    seed = base.get("seed", 0)
    if type(seed) is not int or seed < 0:
        raise ProfileError([f"{where}: seed: is not a whole number from 0"])
    runs = []
    for number, point in enumerate(
        draw.shares(ways[0], count, len(ranges) + len(lists), seed % 2**32)
    ):
        run = deepcopy(base)
        drawn = {
            key: one.at(share) for (key, one), share in zip(ranges.items(), point, strict=False)
        }
        for axis, share in zip(lists, point[len(ranges) :], strict=True):
            drawn |= axis[min(int(share * len(axis)), len(axis) - 1)].changes
        for key, value in drawn.items():
            put(run, key, value, f"{where}: {KEY}")
        run["name"] = f"{base.get('name', '')}-{number:0{len(str(count - 1))}}"
        runs.append(run)
    return runs


def swept(table: Mapping[str, Any], where: str) -> set[str]:
    """The keys that a table's `[sweep]` sets."""
    if KEY not in table:
        return set()
    sweep = table[KEY]
    if not isinstance(sweep, dict):
        return set()
    drawn = {key for key, value in _flat(sweep) if draw.is_range(value)}
    lists = {k: v for k, v in _flat(sweep) if k not in drawn and k not in draw.WAYS}
    return drawn | {key for axis in _axes(lists, where) for one in axis for key in one.changes}


def _axes(sweep: Any, where: str) -> Iterator[list[Setting]]:
    if not isinstance(sweep, dict):
        raise ProfileError([f"{where}: {KEY}: is not a table (write [{KEY}])"])
    for key, values in _flat(sweep):
        if draw.is_range(values):
            told = "is a range: say how many runs are drawn (sweep.random = 200, or sweep.sobol)"
            raise ProfileError([f"{where}: {KEY}.{cut(key)}: {told}"])
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
        if isinstance(value, dict) and not draw.is_range(value):
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
