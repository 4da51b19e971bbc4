"""Filter: which runs of a list are meant, by their keys: `quantization.bits=4 and seed>1000`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ibtui.errors import UsageError
from ibtui.problems import did_you_mean
from ibtui.profile.table import parse_value
from ibtui.store import Row

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "!=": operator.ne,
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
}
CONDITION = re.compile(r"\s*([\w.-]+)\s*(<=|>=|!=|==?|<|>)\s*(.+?)\s*")


class Condition(NamedTuple):
    """A comparison of one key with a value. A run without the key meets only `!=`."""

    key: str
    sign: str
    value: Any

    def holds(self, values: dict[str, Any]) -> bool:
        found = values.get(self.key)
        if self.sign in ("=", "!="):
            return OPERATORS[self.sign](found, self.value)
        try:
            return found is not None and OPERATORS[self.sign](found, self.value)
        except TypeError:
            return False


def parse(text: str) -> list[Condition]:
    """`KEY=VALUE and KEY>VALUE ...` as conditions. Raises `UsageError`."""
    found = []
    for part in re.split(r"\s+and\s+", text):
        match = CONDITION.fullmatch(part)
        if match is None:
            told = "is no condition (quantization.bits=4 and status=finished)"
            raise UsageError(f"--where {part.strip()!r}: {told}")
        key, sign, value = match.groups()
        found.append(Condition(key, "=" if sign == "==" else sign, parse_value(value)))
    return found


def chosen(rows: Sequence[Row], where: Sequence[str], sort: str | None) -> list[Row]:
    """The rows that meet all conditions, sorted by a key, `-KEY` from the largest.

    Runs without the key come last. Raises `UsageError` for a key that no run has.
    """
    conditions = [condition for text in where for condition in parse(text)]
    if not conditions and sort is None:
        return list(rows)
    values = [row.values() for row in rows]
    known = {key for one in values for key in one}
    asked = [condition.key for condition in conditions]
    for key in [*asked, *([sort.lstrip("-")] if sort else [])]:
        if rows and key not in known:
            raise UsageError(f"{key}: no run has this key{did_you_mean(key, known)}")
    found = [
        (row, one)
        for row, one in zip(rows, values, strict=True)
        if all(condition.holds(one) for condition in conditions)
    ]
    if sort is None:
        return [row for row, _ in found]
    key = sort.lstrip("-")
    with_key = [pair for pair in found if pair[1].get(key) is not None]
    rest = [row for row, one in found if one.get(key) is None]
    with_key.sort(key=lambda pair: _order(pair[1][key]), reverse=sort.startswith("-"))
    return [row for row, _ in with_key] + rest


def _order(value: Any) -> tuple[int, float, str]:
    """Numbers before words."""
    if isinstance(value, int | float):
        return 0, value, ""
    return 1, 0.0, str(value)
