"""What is wrong with a table, in words: `training.epoch: unknown key (did you mean 'epochs'?)`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import Any, Protocol, get_args, runtime_checkable

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ibtui.text import MOST_SHOWN, cut, printable, value

KINDS = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "text in quotes",
    "bool_type": "true or false",
    "tuple_type": "an array [...]",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "finite_number": "a finite number",
}


@runtime_checkable
class Open(Protocol):
    """Beside a union in an annotation: it has further tables, which are known as they are used."""

    def models(self) -> Iterator[type[BaseModel]]: ...


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)`, or the whole list of what is known where nothing is near."""
    names = sorted(known)
    near = difflib.get_close_matches(cut(wrong), names, n=1, cutoff=0.6)
    if near:
        return f" (did you mean {near[0]!r}?)"
    return f" (known: {', '.join(names)})" if names else ""


def explain(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """One line a problem, `key: what is wrong (what to do)`, in the order of the table."""
    reasons: dict[str, list[str]] = {}
    for detail in error.errors():
        path, parent = _locate(detail, model)
        key = ".".join(cut(printable(part, "?")) for part in path)
        reasons.setdefault(key, []).append(_reason(detail, parent))
    # An array whose items are all wrong also counts as empty.
    spoilt = {key.split(".")[0] for key in reasons if "." in key}
    return [
        f"{key}: {'; or '.join(found)}" if key else "; ".join(found)
        for key, found in reasons.items()
        if not (key in spoilt and found[0].startswith("is empty"))
    ]


def _reason(detail: ErrorDetails, parent: type[BaseModel] | None) -> str:
    kind, context, given = detail["type"], detail.get("ctx", {}), detail["input"]
    shown = _shown(given)
    match kind:
        case "extra_forbidden":
            known = parent.model_fields if parent else ()
            return f"unknown key{did_you_mean(str(detail['loc'][-1]), known)}"
        case "missing":
            return "is missing (it has no default: add it)"
        case "greater_than_equal":
            return f"{shown} is below {context['ge']} (set it to {context['ge']} or more)"
        case "greater_than":
            return f"{shown} is not above {context['gt']} (set it higher)"
        case "less_than_equal":
            return f"{shown} is above {context['le']} (set it to {context['le']} or less)"
        case "less_than":
            return f"{shown} is not below {context['lt']} (set it lower)"
        case "literal_error":
            return f"{shown} is not known{did_you_mean(str(given), _quoted(context['expected']))}"
        case "union_tag_invalid":
            known = _quoted(context["expected_tags"])
            tag = context["tag"]
            return f"name: {value(tag)} is not known{did_you_mean(tag, known)}"
        case "union_tag_not_found":
            return "name: is missing (say which one)"
        case "too_short":
            return f"is empty (give at least {context['min_length']})"
        case "string_pattern_mismatch":
            return f"{shown} may hold only letters, digits, '.', '_' and '-' (choose another)"
        case "value_error":
            return cut(printable(str(context["error"])), 4 * MOST_SHOWN)
    if kind in KINDS:
        return f"{shown} is not {KINDS[kind]}"
    return f"{shown}: {detail['msg']}"


def _shown(given: Any) -> str:
    if isinstance(given, list | tuple):
        return "a list"
    return "a dict" if isinstance(given, dict) else value(given)


def _quoted(expected: str) -> list[str]:
    return expected.replace("'", " ").replace(",", " ").replace(" or ", " ").split()


def _locate(
    detail: ErrorDetails, model: type[BaseModel]
) -> tuple[list[str], type[BaseModel] | None]:
    """The keys of a location as a person writes them, and the table that holds the last one.

    pydantic puts the tags and class names of unions between the keys; they are no keys.
    """
    path: list[str] = []
    loc = detail["loc"]
    tables: list[type[BaseModel]] = [model]
    parent: type[BaseModel] | None = model
    for part in loc:
        if isinstance(part, int):
            path.append(str(part))
            continue
        field = next((t.model_fields[part] for t in tables if part in t.model_fields), None)
        if field is not None:
            path.append(part)
            parent = next(t for t in tables if part in t.model_fields)
            tables = [t for one in (field.annotation, *field.metadata) for t in _models(one)]
        elif chosen := [t for t in tables if part in _tags(t)]:
            tables, parent = chosen, chosen[0]
        elif part is loc[-1] and detail["type"] == "extra_forbidden":
            path.append(part)
            parent = tables[0] if len(tables) == 1 else parent
    return path, parent


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Every table that an annotation can hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
    if isinstance(annotation, Open):
        yield from annotation.models()


def _tags(table: type[BaseModel]) -> tuple[str, ...]:
    name = table.model_fields.get("name")
    return (table.__name__.lower(), *map(str, get_args(name.annotation) if name else ()))
