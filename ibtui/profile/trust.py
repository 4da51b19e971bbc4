"""Trust: the code that tables may name is loaded where the user gave its name, or trusts the file.

A name of code is `module:Class`, in the place of an estimator's, a data set's or a network's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ibtui import data, information, networks
from ibtui.options import Options
from ibtui.plugins import SPEC, Plugins, is_foreign

PLUGINS: dict[str, Plugins[Any]] = {
    "estimator": information.PLUGINS,
    "data": data.PLUGINS,
    "network": networks.PLUGINS,
}


class Given(NamedTuple):
    """What code the user has given: these names, or all that a file names."""

    names: frozenset[str] = frozenset()
    trust: bool = False

    @classmethod
    def of(cls, words: Iterable[str], *, trust: bool = False) -> Given:
        """The names in words of the command line."""
        return cls(frozenset(name for word in words for name in SPEC.findall(word)), trust)


TRUSTED = Given(trust=True)


def take_given(table: Mapping[str, Any], given: Given) -> None:
    """Load the code that a profile's table names and the user has given.

    Other names stay unknown, and validation refuses them. Raises `PluginError`.
    """
    for plugins, name in _code(table):
        if given.trust or name in given.names:
            plugins.take(name)


def owners(profile: Options) -> dict[str, str]:
    """The plug-ins of a profile by their names: the package with its version, or the module."""
    found: dict[str, str] = {}
    for key, plugins in PLUGINS.items():
        tables = getattr(profile, key, ())
        for one in tables if isinstance(tables, tuple) else (tables,):
            if is_foreign(type(one)):
                found[one.name] = plugins.owner(type(one))
    return found


def _code(table: Mapping[str, Any]) -> Iterator[tuple[Plugins[Any], str]]:
    for key, plugins in PLUGINS.items():
        found = table.get(key)
        for one in found if isinstance(found, list) else [found]:
            name = one.get("name") if isinstance(one, Mapping) else None
            if isinstance(name, str) and SPEC.fullmatch(name):
                yield plugins, name
