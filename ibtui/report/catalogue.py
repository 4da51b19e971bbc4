"""What there is to choose from: profiles, data sets, estimators, as tables."""

from __future__ import annotations

import inspect
from pathlib import Path

from rich.table import Table
from rich.text import Text

from ibtui.data import describe
from ibtui.errors import UsageError, complain
from ibtui.information import PLUGINS, Estimator
from ibtui.information.correction import CORRECTIONS
from ibtui.plugins import SPEC, Broken, is_foreign, name_of, reason
from ibtui.problems import did_you_mean
from ibtui.profile import load_profiles, shipped
from ibtui.report.screen import console


def print_profiles() -> None:
    """The shipped profiles with the number of their runs and their titles."""
    table = Table(box=None, pad_edge=False)
    table.add_column("profile", no_wrap=True)
    table.add_column("runs", justify="right")
    table.add_column("title")
    for name in shipped.names():
        profiles = load_profiles(shipped.find_profile(name))
        table.add_row(name, str(len(profiles)), Text(profiles[0].title))
    console().print(table)


def print_data(folder: Path | None) -> None:
    """The data sets, and where their files are."""
    table = Table(box=None, pad_edge=False)
    for name in ("data set", "samples", "inputs", "labels"):
        table.add_column(name, no_wrap=True, justify="left" if name == "data set" else "right")
    table.add_column("about")
    table.add_column("source")
    table.add_column("where", overflow="fold")
    for row in describe(folder):
        sizes = (row.samples, row.inputs, row.labels)
        cells = ("" if size is None else str(size) for size in sizes)
        table.add_row(row.name, *cells, Text(row.about), Text(row.citation), Text(row.where))
    console().print(table)


def print_estimators() -> None:
    """The estimators: the series that each gives, its options with defaults, cost and source."""
    table = Table(box=None, pad_edge=False)
    for name in ("estimator", "series", "options", "cost", "source"):
        table.add_column(name, overflow="fold")
    found = list(PLUGINS.loaded())
    kinds = [kind for kind in found if not isinstance(kind, Broken)]
    for kind in kinds:
        fields = ((name, kind.model_fields[name].get_default()) for name in _own_options(kind))
        options = ", ".join(f"{name}={default}" for name, default in fields)
        source = "; ".join(filter(None, (kind.source, PLUGINS.owner(kind))))
        table.add_row(*map(Text, (name_of(kind), _series(kind), options, kind.cost, source)))
    screen = console()
    screen.print(table)
    common = ", ".join(name for name in Estimator.model_fields if name != "name")
    counted = ", ".join(name_of(kind) for kind in kinds if _counts(kind))
    screen.print(f"each also takes {common}; N samples, U units", highlight=False)
    screen.print(
        f"those that count ({counted}) also take correction: {', '.join(CORRECTIONS)}",
        highlight=False,
    )
    for broken in found:
        if isinstance(broken, Broken):
            complain(broken.line)


def print_estimator(name: str) -> None:
    """One estimator in full. Raises `UsageError` with the nearest name."""
    if PLUGINS.here(name) is None and name not in PLUGINS.names() and not SPEC.fullmatch(name):
        raise UsageError(f"no estimator is called {name!r}{did_you_mean(name, PLUGINS.names())}")
    kind = PLUGINS.take(name)
    print(inspect.getdoc(kind))
    print(f"\ncost: {kind.cost}\nsource: {kind.source}\nseries: {_series(kind)}\n")
    table = Table(box=None, pad_edge=False)
    for column in ("option", "default", "meaning"):
        table.add_column(column, overflow="fold")
    for option in (*_own_options(kind), *kind.common_options()):
        field = kind.model_fields[option]
        if option != "name":
            default = "" if field.default is None else str(field.default)
            table.add_row(option, Text(default), Text(field.description or ""))
    console().print(table)


def _series(kind: type[Estimator]) -> str:
    try:
        return ", ".join(kind.model_validate({}).series)
    except Exception as error:
        if not is_foreign(kind):
            raise
        return f"none by itself: {reason(error)}"


def _own_options(kind: type[Estimator]) -> list[str]:
    return [name for name in kind.model_fields if name not in kind.common_options()]


def _counts(kind: type[Estimator]) -> bool:
    return "correction" in kind.model_fields
