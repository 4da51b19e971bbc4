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

The runs are counted by arithmetic, and each is made when it is asked for.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import cached_property
from itertools import chain, product
from typing import Any, Protocol

import numpy as np

from ibtui.errors import ProfileError
from ibtui.profile import draw
from ibtui.profile.axes import KEY, Setting, axes_of, flat
from ibtui.profile.table import put
from ibtui.text import cut
from ibtui.text import value as shown

MOST_RUNS = 2_000_000


class Runs(Protocol):
    """The runs that a table stands for, numbered from 0."""

    def __len__(self) -> int: ...

    def name(self, at: int) -> str: ...

    def table(self, at: int) -> dict[str, Any]:
        """A run's table, its name included. Raises `ProfileError`."""
        ...

    def telling(self, most: int) -> Sequence[int]:
        """At most so many runs of which one shows most mistakes: all, if they are so few."""
        ...


class One:
    """A table without `[sweep]`."""

    def __init__(self, base: Mapping[str, Any]) -> None:
        self._base = dict(base)

    def __len__(self) -> int:
        return 1

    def name(self, at: int) -> str:
        return str(self._base.get("name", ""))

    def table(self, at: int) -> dict[str, Any]:
        return deepcopy(self._base)

    def telling(self, most: int) -> Sequence[int]:
        return range(1)


class Grid:
    """Every combination of the settings of all axes, the last varying fastest."""

    def __init__(self, base: Mapping[str, Any], axes: Sequence[list[Setting]], where: str) -> None:
        self._base, self._axes, self._where = base, axes, where
        self._count = math.prod(map(len, axes))
        # How many runs each axis steps over from one of its values to the next.
        self._steps = [math.prod(map(len, axes[n + 1 :])) for n in range(len(axes))]

    def __len__(self) -> int:
        return self._count

    def name(self, at: int) -> str:
        return self._named(one.label for one in self._settings(at))

    def table(self, at: int) -> dict[str, Any]:
        settings = self._settings(at)
        changes = (item for one in settings for item in one.changes.items())
        return _changed(
            self._base, changes, self._named(one.label for one in settings), self._where
        )

    def telling(self, most: int) -> Sequence[int]:
        """Each value of each axis, the others at their first."""
        if self._count <= most:
            return range(self._count)
        steps = zip(self._axes, self._steps, strict=True)
        found = sorted({n * step for axis, step in steps for n in range(len(axis))})
        return _spread(found, most)

    def twice(self) -> str | None:
        """A name that two runs have, if there is one."""
        labels = [[one.label for one in axis] for axis in self._axes]
        if any(len({*axis}) < len(axis) for axis in labels):
            return self._named(Counter(axis).most_common(1)[0][0] for axis in labels)
        # The hyphens of a name show where it is to be taken apart, where each axis has its number.
        if all(len({label.count("-") for label in axis}) == 1 for axis in labels):
            return None
        hashes = np.fromiter(map(hash, map("-".join, product(*labels))), np.int64, self._count)
        hashes.sort()
        doubtful = {*hashes[1:][hashes[1:] == hashes[:-1]].tolist()}
        seen: set[str] = set()
        for name in map("-".join, product(*labels)) if doubtful else ():
            if name in seen:
                return self._named([name])
            if hash(name) in doubtful:
                seen.add(name)
        return None

    def _named(self, labels: Any) -> str:
        return "-".join([str(self._base.get("name", "")), *labels])

    def _settings(self, at: int) -> list[Setting]:
        steps = zip(self._axes, self._steps, strict=True)
        return [axis[at // step % len(axis)] for axis, step in steps]


class Drawn:
    """Runs that are drawn from ranges and lists, named by their numbers."""

    def __init__(
        self,
        base: Mapping[str, Any],
        way: str,
        count: int,
        ranges: Mapping[str, draw.Range],
        lists: Sequence[list[Setting]],
        where: str,
    ) -> None:
        self._base, self._way, self._count, self._where = base, way, count, where
        self._ranges, self._lists = ranges, lists

    def __len__(self) -> int:
        return self._count

    def name(self, at: int) -> str:
        return f"{self._base.get('name', '')}-{at:0{len(str(self._count - 1))}}"

    def table(self, at: int) -> dict[str, Any]:
        wide = len(self._ranges) + len(self._lists)
        point = self._points[at * wide : (at + 1) * wide]
        ranges = zip(self._ranges.items(), point, strict=False)
        drawn = {key: one.at(share) for (key, one), share in ranges}
        for axis, share in zip(self._lists, point[len(self._ranges) :], strict=True):
            drawn |= axis[min(int(share * len(axis)), len(axis) - 1)].changes
        return _changed(self._base, drawn.items(), self.name(at), self._where)

    def telling(self, most: int) -> Sequence[int]:
        return _spread(range(self._count), most)

    @cached_property
    def _points(self) -> array[float]:
        """The shares of all runs, one run's after another's."""
        wide = len(self._ranges) + len(self._lists)
        seed = self._base.get("seed", 0) % 2**32
        return array("d", chain.from_iterable(draw.shares(self._way, self._count, wide, seed)))


def expand(table: Mapping[str, Any], where: str) -> Runs:
    """The runs that a table stands for; without `[sweep]` it is one. Raises `ProfileError`."""
    base = {key: value for key, value in table.items() if key != KEY}
    if KEY not in table:
        return One(base)
    if isinstance(table[KEY], dict) and any(way in table[KEY] for way in draw.WAYS):
        return _drawn(base, table[KEY], where)
    axes = list(axes_of(table[KEY], where))
    if not axes:
        raise ProfileError([f"{where}: {KEY}: is empty (give a list over a key, or leave it out)"])
    count = math.prod(map(len, axes))
    if count > MOST_RUNS:
        told = f"stands for {count:,} runs, at most {MOST_RUNS:,} (leave values out)"
        raise ProfileError([f"{where}: {KEY}: {told}"])
    grid = Grid(base, axes, where)
    if (twice := grid.twice()) is not None:
        told = f"gives {shown(twice)} twice (make the values differ)"
        raise ProfileError([f"{where}: {KEY}: {told}"])
    return grid


def swept(table: Mapping[str, Any], where: str) -> set[str]:
    """The keys that a table's `[sweep]` sets."""
    if KEY not in table:
        return set()
    sweep = table[KEY]
    if not isinstance(sweep, dict):
        return set()
    drawn = {key for key, value in flat(sweep) if draw.is_range(value)}
    lists = {k: v for k, v in flat(sweep) if k not in drawn and k not in draw.WAYS}
    return drawn | {key for axis in axes_of(lists, where) for one in axis for key in one.changes}


def _drawn(base: dict[str, Any], sweep: Mapping[str, Any], where: str) -> Drawn:
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
        for key, value in flat(rest)
        if draw.is_range(value)
    }
    lists = [*axes_of({key: value for key, value in flat(rest) if key not in ranges}, where)]
    if not ranges and not lists:
        raise ProfileError([f"{where}: {KEY}: is empty (give a range or a list over a key)"])
    seed = base.get("seed", 0)
    if type(seed) is not int or seed < 0:
        raise ProfileError([f"{where}: seed: is not a whole number from 0"])
    return Drawn(base, ways[0], count, ranges, lists, where)


def _changed(base: Mapping[str, Any], changes: Any, name: str, where: str) -> dict[str, Any]:
    run = deepcopy(dict(base))
    for key, value in changes:
        put(run, key, value, f"{where}: {KEY}")
    return {**run, "name": name}


def _spread(found: Sequence[int], most: int) -> Sequence[int]:
    """At most so many of them, the first among them, evenly apart."""
    if len(found) <= most:
        return found
    return [found[n * len(found) // most] for n in range(most)]
