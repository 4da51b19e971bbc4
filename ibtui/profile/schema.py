"""Schema: what a table's model says of its fields, for forms, lists of keys and completion."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import tomli_w
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ibtui.plugins import Plugins

Kind = Literal["choice", "switch", "text", "value", "list", "table", "optional", "one_of", "tables"]


@dataclass(frozen=True)
class Slot:
    """One field. `tables` are the models it can hold; an `optional` one may be left out.

    choice: one of `choices`; switch: true or false; text: any text; value: a TOML value (empty:
    none); list: TOML values with commas; table: a sub-form; optional: a sub-form or none at all;
    one_of: a sub-form picked by its `name`; tables: a list of those.
    """

    key: str
    kind: Kind
    description: str
    default: Any
    choices: tuple[str, ...] = ()
    tables: tuple[type[BaseModel], ...] = ()
    optional: bool = False


def slots(model: type[BaseModel]) -> Iterator[Slot]:
    """The fields of a model in their order; of a table picked by `name`, all but that."""
    for key, field in model.model_fields.items():
        if key == "name" and get_origin(field.annotation) is Literal:
            continue
        yield _slot(key, field)


def tag(model: type[BaseModel]) -> str:
    """The `name` that picks a model out of several; "" of one that is meant without any."""
    name = model.model_fields.get("name")
    return str(get_args(name.annotation)[0]) if name else ""


def picked(tables: tuple[type[BaseModel], ...], table: Mapping[str, Any]) -> type[BaseModel]:
    """Which of the models a table names; the first where it names none."""
    return next((one for one in tables if tag(one) == table.get("name", "")), tables[0])


def can_show(table: object, model: type[BaseModel]) -> bool:
    """Whether there are tables, arrays and texts where the form has such, whatever they hold."""
    if not isinstance(table, Mapping):
        return False
    given = [(slot, table[slot.key]) for slot in slots(model) if slot.key in table]
    return all(_can_show(slot, value) for slot, value in given)


def _can_show(slot: Slot, value: object) -> bool:
    match slot.kind:
        case "text":
            return isinstance(value, str)
        case "list":
            return isinstance(value, list)
        case "tables":
            return isinstance(value, list) and all(
                isinstance(one, Mapping)
                and "name" in one
                and can_show(one, picked(slot.tables, one))
                for one in value
            )
        case "one_of":
            return isinstance(value, Mapping) and can_show(value, picked(slot.tables, value))
        case "table" | "optional":
            return isinstance(value, Mapping) and can_show(value, picked(slot.tables, value))
    return True


def _slot(key: str, field: FieldInfo) -> Slot:
    description = field.description or ""
    default = None if field.is_required() else field.get_default(call_default_factory=True)

    members = tuple(_members(field.annotation))
    optional = type(None) in members

    def slot(kind: Kind, **more: Any) -> Slot:
        return Slot(key, kind, description, default, optional=optional, **more)

    tables = tuple(t for t in members if isinstance(t, type) and issubclass(t, BaseModel))
    tables = _with_plugins(tables, field.metadata)
    plain = [t for t in members if t is not type(None) and t not in tables]
    if tables and not optional and all("name" in t.model_fields for t in tables):
        return slot("one_of", tables=tables)
    if tables:
        return slot("optional" if optional else "table", tables=tables)
    if len(plain) == 1 and get_origin(plain[0]) is tuple:
        inner = tuple(_members(get_args(plain[0])[0]))
        if all(_is_named_table(t) for t in inner):
            beside = get_args(get_args(plain[0])[0])
            return slot("tables", tables=_with_plugins(inner, beside))
        return slot("list")
    if plain == [bool] and not optional:
        return slot("switch")
    if plain == [str]:
        return slot("text")
    words = tuple(word for t in plain if get_origin(t) is Literal for word in get_args(t))
    if words and all(get_origin(t) is Literal for t in plain):
        return slot("choice", choices=tuple(map(str, words)))
    return slot("value", choices=tuple(map(str, words)))


def _with_plugins(tables: tuple[Any, ...], beside: Sequence[Any]) -> tuple[Any, ...]:
    """The tables of a union, and those of the plug-ins that stand beside it in the annotation."""
    found = [kind for one in beside if isinstance(one, Plugins) for kind in one.kinds()]
    return tuple(dict.fromkeys((*tables, *found)))


def _is_named_table(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel) and "name" in kind.model_fields


def _members(annotation: Any) -> Iterator[Any]:
    """The types that an annotation allows, unions and `Annotated` taken apart."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _members(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for inner in get_args(annotation):
            yield from _members(inner)
    else:
        yield annotation


def show_value(value: Any) -> str:
    """A TOML value as it is typed: text bare, numbers short, tables in braces."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e6:
        return f"{value:.1f}"
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    if isinstance(value, Mapping):
        inside = ", ".join(f"{key} = {show_item(item)}" for key, item in value.items())
        return f"{{ {inside} }}"
    return tomli_w.dumps({"value": value}).removeprefix("value = ").strip()


def show_item(value: Any) -> str:
    """A value inside an array or a table, where text needs its quotes."""
    if isinstance(value, str):
        return tomli_w.dumps({"value": value}).removeprefix("value = ").strip()
    return show_value(value)


def show_list(values: Any) -> str:
    """An array as it is typed between its brackets."""
    return ", ".join(show_item(value) for value in values)


def show_default(value: Any) -> str:
    """A value as a list of keys tells it: an array with its brackets, an empty table by nothing."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{show_list(value)}]"
    return "" if value == {} else show_value(value)
