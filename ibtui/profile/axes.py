"""Axes: the keys that a `[sweep]` varies, each with the values that it takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ibtui.errors import ProfileError
from ibtui.profile import draw
from ibtui.text import cut

KEY, CASES = "sweep", "cases"


class Setting(NamedTuple):
    """One value of an axis: a part of the run's name, and the keys that it sets."""

    label: str
    changes: dict[str, Any]


def axes_of(sweep: Any, where: str) -> Iterator[list[Setting]]:
    """The axes of lists and cases. Raises `ProfileError`."""
    if not isinstance(sweep, dict):
        raise ProfileError([f"{where}: {KEY}: is not a table (write [{KEY}])"])
    for key, values in flat(sweep):
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


def flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The keys of nested tables as `training.epochs`, with their values; a range is a value."""
    for key, value in table.items():
        if isinstance(value, dict) and not draw.is_range(value):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _case(case: Any, where: str) -> Setting:
    if not isinstance(case, dict) or not isinstance(case.get("name"), str):
        raise ProfileError(
            [f"{where}: every case is a table with a name and the keys that it sets"]
        )
    return Setting(case["name"], {key: value for key, value in flat(case) if key != "name"})


def _slug(value: Any) -> str:
    """A value as a part of a name: `tanh`, `0.001`, `16-8-4-2`, `conv2-pool2-20`."""
    if isinstance(value, list):
        return "-".join(map(_slug, value))
    if isinstance(value, dict):
        return "".join(f"{kind}{_slug(size)}" for kind, size in [*value.items()][:1])
    return str(value).lower() if isinstance(value, bool) else f"{value}"
