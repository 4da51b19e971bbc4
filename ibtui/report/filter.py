"""Filter: which runs of a list are meant, by their keys: `quantization.bits=4 and seed>1000`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple, TypeVar

from ibtui.errors import UsageError
from ibtui.problems import did_you_mean
from ibtui.profile.table import parse_value
from ibtui.store import Row

Run = TypeVar("Run")  # what has a row

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
    """A comparison of one key with a value. A run without the key meets only `!=`.

    A list (`tags`, `network.layers`) equals each value that is in it, too.
    """

    key: str
    sign: str
    value: Any

    def holds(self, values: dict[str, Any]) -> bool:
        found = values.get(self.key)
        if self.sign in ("=", "!="):
            if isinstance(found, list) and not isinstance(self.value, list):
                return (self.value in found or str(self.value) in found) == (self.sign == "=")
            return OPERATORS[self.sign](found, self.value)
        try:
            return found is not None and OPERATORS[self.sign](found, self.value)
        except TypeError:
            return False


class Word(NamedTuple):
    """A word that a run's name, note or tags hold, whatever its case."""

    word: str

    def holds(self, values: dict[str, Any]) -> bool:
        texts = (values["run"], values["note"], *values["tags"])
        return any(self.word in str(text).lower() for text in texts)


def parse(text: str, *, words: bool = False) -> list[Condition | Word]:
    """`KEY=VALUE and KEY>VALUE ...` as conditions. Raises `UsageError`.

    With `words` a part that is no comparison is a word to look for.
    """
    found: list[Condition | Word] = []
    for part in re.split(r"\s+and\s+", text):
        match = CONDITION.fullmatch(part)
        if match is not None:
            key, sign, value = match.groups()
            if not words and re.search(r"\sor\s", value) and value[0] not in "\"'":
                raise UsageError(f"--where {part.strip()!r}: conditions are joined by and alone")
            found.append(Condition(key, "=" if sign == "==" else sign, parse_value(value)))
        elif words:
            found += [Word(word.lower()) for word in part.split()]
        else:
            told = "is no condition (quantization.bits=4 and status=finished)"
            raise UsageError(f"--where {part.strip()!r}: {told}")
    return found


def chosen(rows: Sequence[Row], where: Sequence[str], sort: str | None) -> list[Row]:
    """The rows that meet all conditions, sorted by a key, `-KEY` from the largest.

    Runs without the key come last. Raises `UsageError` for a key that no run has.
    """
    conditions = [condition for text in where for condition in parse(text)]
    return select(rows, conditions, sort, lambda row: row)


def select(
    runs: Sequence[Run],
    conditions: Sequence[Condition | Word],
    sort: str | None,
    row_of: Callable[[Run], Row],
) -> list[Run]:
    """Those of any things with a row that meet the conditions, sorted: see `chosen`."""
    if not conditions and sort is None:
        return list(runs)
    values = [row_of(run).values() for run in runs]
    known = {key for one in values for key in one}
    conditions = [
        one._replace(key=whole_key(one.key, known)) if isinstance(one, Condition) and runs else one
        for one in conditions
    ]
    found = [
        (run, one)
        for run, one in zip(runs, values, strict=True)
        if all(condition.holds(one) for condition in conditions)
    ]
    if sort is None or not runs:
        return [run for run, _ in found]
    key = whole_key(sort.lstrip("-"), known)
    with_key = [pair for pair in found if pair[1].get(key) is not None]
    rest = [run for run, one in found if one.get(key) is None]
    with_key.sort(key=lambda pair: _order(pair[1][key]), reverse=sort.startswith("-"))
    return [run for run, _ in with_key] + rest


def whole_key(key: str, known: Collection[str]) -> str:
    """The key itself, or the one whose last part it is: `bits` for `quantization.bits`.

    Raises `UsageError` where no run has such a key, or several are meant.
    """
    if key in known:
        return key
    ends = [one for one in known if one.endswith(f".{key}") or one == f"{key}.name"]
    near = [one for one in ends if not one.startswith("estimator.")] or ends
    if len(near) == 1:
        return near[0]
    if near:
        raise UsageError(f"{key}: could be any of {', '.join(sorted(near))}")
    raise UsageError(f"{key}: no run has this key{did_you_mean(key, known)}")


def _order(value: Any) -> tuple[int, float, str]:
    """Numbers before words."""
    if isinstance(value, int | float):
        return 0, value, ""
    return 1, 0.0, str(value)
