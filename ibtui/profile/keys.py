"""Keys: every key of a table by its path, with its default and what it means."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from ibtui.errors import UsageError
from ibtui.plugins import is_foreign
from ibtui.problems import did_you_mean
from ibtui.profile.schema import Slot, show_default, slots, tag

NEEDED = "(needed)"  # in the place of a default


@dataclass(frozen=True)
class Key:
    """One key. `of` are the names of the tables that have it, where only some of a union do."""

    path: str
    default: str
    meaning: str
    choices: tuple[str, ...] = ()
    of: tuple[str, ...] = ()


def keys(model: type[BaseModel], prefix: str = "", *, foreign: bool = True) -> Iterator[Key]:
    """All keys of a model in their order, those of tables inside it by paths with dots.

    Keys of a list of tables (`[[estimator]]`) stand without their index: `estimator.bins`.
    Those of plug-ins are among them, if they are wanted.
    """
    for slot in slots(model):
        path = f"{prefix}{slot.key}"
        if slot.kind in ("table", "optional"):
            for key in keys(slot.tables[0], f"{path}."):
                yield key if key.meaning else replace(key, meaning=slot.description)
        elif slot.kind in ("one_of", "tables"):
            tables = [table for table in slot.tables if foreign or not is_foreign(table)]
            yield Key(f"{path}.name", _first(slot), slot.description, tuple(map(tag, tables)))
            yield from _of_some(tables, f"{path}.")
        else:
            needed = model.model_fields[slot.key].is_required()
            default = NEEDED if needed else show_default(slot.default)
            yield Key(path, default, slot.description, slot.choices)


def below(found: Iterable[Key], prefix: str) -> list[Key]:
    """The keys that begin with a prefix, an index of `estimator.0.` left aside.

    Raises `UsageError` with the nearest key.
    """
    found = list(found)
    chosen = [key for key in found if key.path.startswith(without_index(prefix))]
    if not chosen:
        raise UsageError(
            f"{prefix}: no key begins so{did_you_mean(prefix, {k.path for k in found})}"
        )
    return chosen


def value_at(table: BaseModel, path: str) -> str:
    """What a table holds under a key, as its default is told."""
    found: Any = table
    for part in path.split("."):
        found = getattr(found, part)
    return show_default(found)


def without_index(path: str) -> str:
    """`estimator.0.bins` as `estimator.bins`."""
    return re.sub(r"\.\d+(?=\.|$)", "", path)


def _of_some(tables: Sequence[type[BaseModel]], prefix: str) -> Iterator[Key]:
    """The keys of a union's tables, each once, with the names of those that have it."""
    having: defaultdict[Key, list[str]] = defaultdict(list)
    for table in tables:
        for key in keys(table, prefix):
            having[key].append(tag(table))
    for key, names in having.items():
        yield key if len(names) == len(tables) else replace(key, of=tuple(names))


def _first(slot: Slot) -> str:
    chosen = slot.default[0] if isinstance(slot.default, tuple) else slot.default
    return str(chosen.name)
