"""Plug-ins: estimators, data sets and networks of installed packages, and of files at hand.

A package offers them by entry points (`ibtui.estimators`, `ibtui.data`, `ibtui.networks`), each
under the name that its class has. A file at hand is named as `module:Class`. Such a name is code,
so it is loaded where the user gives it, on the command line or in the config, and never because a
file says so. Nothing is looked for before somebody asks for a name that is not this program's own.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Generic, Literal, NamedTuple, TypeVar

import platformdirs
import tomli
from pydantic import (
    GetCoreSchemaHandler,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
)
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from ibtui.errors import UsageError
from ibtui.files import FileError, read_text
from ibtui.options import Options
from ibtui.problems import did_you_mean
from ibtui.text import cut, printable

Kind = TypeVar("Kind", bound=Options)
SPEC = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
READING = "reading"  # the context of what validates a file that somebody else may have written
MOST_BYTES = 1 << 20  # of the config


class PluginError(UsageError):
    """A plug-in cannot be loaded; the line names it."""


class Broken(NamedTuple):
    """A plug-in that is installed and cannot be used, and why."""

    name: str
    line: str


class Plugins(Generic[Kind]):
    """The classes of one kind by their names: this program's own, and those of plug-ins.

    As an annotation beside the union of the own classes it lets a table name the others: an
    installed one is loaded, `module:Class` is refused unless it was taken before. A table of a file
    that is only read becomes an `absent` where its class is not here, and nothing is loaded for it.
    """

    def __init__(
        self, group: str, base: type[Kind], absent: type[Kind], own: Iterable[type[Kind]]
    ) -> None:
        self.group, self._base, self._absent = group, base, absent
        self._own = {name_of(kind): kind for kind in own}
        self._taken: dict[str, type[Kind]] = {}
        self._owners: dict[type[Kind], str] = {}
        self._broken: dict[str, PluginError] = {}  # of those that are installed

    def here(self, name: str) -> type[Kind] | None:
        """The class of that name, if it is this program's or was loaded; loads nothing."""
        return self._own.get(name) or self._taken.get(name)

    def find(self, name: str) -> type[Kind] | None:
        """The class of that name, loaded if it is installed or in the config; None: there is none.

        Raises `PluginError` where it cannot be loaded, or is code that nobody gave.
        """
        if (known := self.here(name)) is not None:
            return known
        if SPEC.fullmatch(name):
            if name not in configured(self.group):
                raise PluginError(
                    f"{name} is code, and named by a file (give --trust if you know the code, or "
                    f"name it in the config: [plugins] {_key(self.group)} = [{name!r}])"
                )
            return self.take(name)
        found = [point for point in _points(self.group) if point.name == name]
        if len({point.value for point in found}) > 1:
            owners = ", ".join(_owner(point) for point in found)
            raise PluginError(f"{name} is offered by {owners} (uninstall all but one)")
        return self._load(found[0]) if found else None

    def _load(self, point: metadata.EntryPoint) -> type[Kind]:
        if point.name in self._broken:
            raise self._broken[point.name]
        try:
            with _naming(f"{point.name} of {_owner(point)}"):
                kind = self._checked(point.load())
                if name_of(kind) != point.name:
                    raise TypeError(f"its class has the name {name_of(kind)!r}")
        except PluginError as error:
            self._broken[point.name] = error
            raise
        self._owners[kind] = _owner(point)
        self._taken[point.name] = kind
        return kind

    def take(self, name: str) -> type[Kind]:
        """The class that the user gives: as `find`, and `module:Class` is loaded, from here too.

        Raises `PluginError`, also where there is none.
        """
        if (known := self.here(name)) is not None:
            return known
        if not SPEC.fullmatch(name):
            if (installed := self.find(name)) is not None:
                return installed
            raise PluginError(f"{name}: is not known{did_you_mean(name, self.names())}")
        module, _, attribute = name.partition(":")
        with _naming(name), _folder_at_hand():
            kind = self._checked(getattr(importlib.import_module(module), attribute))
            self._taken[name] = kind = _renamed(kind, name)
            return kind

    def names(self) -> list[str]:
        """All names that can be chosen: own ones, those of plug-ins after them."""
        own = [*self._own]
        others = [*self._taken, *configured(self.group), *(p.name for p in _points(self.group))]
        return [*own, *sorted({*others} - {*own})]

    def kinds(self) -> Iterator[type[Kind]]:
        """All classes that can be chosen; those that cannot be loaded are passed over."""
        return (kind for kind in self.loaded() if not isinstance(kind, Broken))

    def loaded(self) -> Iterator[type[Kind] | Broken]:
        """All classes, own ones first, and what cannot be loaded."""
        for name in self.names():
            try:
                kind = self.find(name)
            except PluginError as error:
                yield Broken(name, str(error))
            else:
                assert kind is not None
                yield kind
        for point in _points(self.group):
            if point.name in self._own:
                where = f"{point.name} of {_owner(point)}"
                yield Broken(point.name, f"{where}: ibtui has one of that name (choose another)")

    def owner(self, kind: type[Kind]) -> str:
        """Whose a class is: "" of own ones, else the package with its version, or the module."""
        return "" if kind in self._own.values() else self._owners.get(kind, kind.__module__)

    def models(self) -> Iterator[type[Kind]]:
        """The classes of plug-ins that were loaded, and what stands for those that were not."""
        return iter((*self._taken.values(), self._absent))

    def _checked(self, kind: Any) -> type[Kind]:
        if not (isinstance(kind, type) and issubclass(kind, self._base)):
            raise TypeError(f"{kind!r} is no subclass of {self._base.__qualname__}")
        name_of(kind)
        return kind

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        def validate(
            value: Any, own: ValidatorFunctionWrapHandler, info: ValidationInfo
        ) -> Kind | Any:
            if isinstance(value, self._base):
                return value
            name = value.get("name") if isinstance(value, Mapping) else None
            if not isinstance(name, str) or name in self._own:
                return own(_as_options(value) if info.mode == "json" else value)
            kind = self._absent if info.context == READING else self._asked(name)
            return _made(kind, name, value, as_json=info.mode == "json")

        def dump(value: Any, _: SerializerFunctionWrapHandler, info: SerializationInfo) -> Any:
            return value.model_dump(
                mode=info.mode, exclude_none=info.exclude_none, by_alias=info.by_alias
            )

        return core_schema.with_info_wrap_validator_function(
            validate,
            handler(source),
            serialization=core_schema.wrap_serializer_function_ser_schema(dump, info_arg=True),
        )

    def _asked(self, name: str) -> type[Kind]:
        """The class that a table names. Raises `ValueError`, as a validator does."""
        try:
            kind = self.find(name)
        except PluginError as error:
            raise ValueError(f"name: {error}") from None
        if kind is None:
            shown = cut(printable(name, "?"))
            raise ValueError(f"name: {shown!r} is not known{did_you_mean(name, self.names())}")
        return kind


def _made(kind: type[Kind], name: str, value: Mapping[str, Any], *, as_json: bool) -> Kind:
    """The table of a class that no union knows, its problems told as a union tells them."""
    try:
        if as_json:
            return kind.model_validate_json(json.dumps(value))
        return kind.model_validate(value)
    except ValidationError as error:
        found = [_under(name, detail) for detail in error.errors()]
        raise ValidationError.from_exception_data(error.title, found) from None
    except Exception as error:
        raise ValueError(f"{name} failed: {reason(error)}") from None


def _as_options(value: Any) -> Any:
    """A table whose arrays are tuples, which are all that strict options of Python's take."""
    if isinstance(value, Mapping):
        return {key: _as_options(one) for key, one in value.items()}
    return tuple(map(_as_options, value)) if isinstance(value, list) else value


def name_of(kind: type[Options]) -> str:
    """The name that picks a class: the default of its field `name`. Raises `TypeError`."""
    name = kind.model_fields["name"].default
    if not isinstance(name, str):
        raise TypeError(f'{kind.__name__} has no name (name: Literal["mine"] = "mine")')
    return name


def is_foreign(kind: type) -> bool:
    """Whether a class is a plug-in's."""
    return not kind.__module__.startswith("ibtui.")


def configured(group: str) -> tuple[str, ...]:
    """The names of code that the user's config has under `[plugins]`, of one group."""
    path = platformdirs.user_config_path("ibtui") / "config.toml"
    try:
        table = tomli.loads(read_text(path, MOST_BYTES))
    except (FileError, ValueError, RecursionError):  # the app says what is wrong with it
        return ()
    names = table.get("plugins", {})
    found = names.get(_key(group), ()) if isinstance(names, Mapping) else ()
    return tuple(name for name in found if isinstance(name, str) and SPEC.fullmatch(name))


@cache
def _points(group: str) -> tuple[metadata.EntryPoint, ...]:
    return tuple(metadata.entry_points(group=group))


def _key(group: str) -> str:
    return group.removeprefix("ibtui.")


def _owner(point: metadata.EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Whatever a plug-in raises as it is loaded, as one line that names it."""
    try:
        yield
    except Exception as error:
        raise PluginError(f"{name}: cannot be loaded: {reason(error)}") from None


def reason(error: Exception) -> str:
    """What a plug-in raised, in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


@contextmanager
def _folder_at_hand() -> Iterator[None]:
    """Modules of the working folder can be imported, after all that are installed."""
    here = str(Path.cwd())
    sys.path.append(here)
    try:
        yield
    finally:
        sys.path.remove(here)


def _renamed(kind: type[Kind], name: str) -> type[Kind]:
    """The class under the name by which it was given, so that a run finds it again."""
    space = {"__module__": kind.__module__, "__doc__": kind.__doc__, "name": name}
    space["__annotations__"] = {"name": Literal[name]}  # type: ignore[valid-type]
    return type(kind)(kind.__name__, (kind,), space)


def _under(name: str, detail: Any) -> InitErrorDetails:
    """An error of a plug-in's table, with the name where a union has its tag."""
    kind, loc = detail["type"], (name, *detail["loc"])
    context = detail.get("ctx", {})
    try:
        PydanticCustomError(kind, "{x}", {"x": 1})
        made = InitErrorDetails(type=kind, loc=loc, input=detail["input"], ctx=context)
        ValidationError.from_exception_data("", [made])
    except (KeyError, TypeError):
        custom = PydanticCustomError("value_error", "{error}", {"error": detail["msg"]})
        made = InitErrorDetails(type=custom, loc=loc, input=detail["input"])
    return made
