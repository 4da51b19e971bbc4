"""Verbs that read saved runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ibtui.verbs.options import RUNS, Json, Runs, RunWord, print_json

if TYPE_CHECKING:
    from ibtui.analysis.rule import Rule

Fits = Annotated[
    float | None, typer.Option("--fits", metavar="BITS", min=0, help="Rise that is fitting.")
]
Compresses = Annotated[
    float | None,
    typer.Option("--compresses", metavar="BITS", min=0, help="Fall that is compression."),
]


def list_runs(
    runs: Runs = RUNS,
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="CONDITIONS", help="Only these: quantization.bits=4 and epoch>100."),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="By name, accuracy, training.epochs, ...; -KEY: down."),
    ] = None,
    as_json: Json = False,
) -> None:
    """List all runs, newest first, and name those that come along."""
    from ibtui import store
    from ibtui.report.filter import chosen
    from ibtui.store import shipped

    every = store.rows(runs)
    rows = chosen(every, where or (), sort)
    if as_json:
        from ibtui.report.facts import entry_values

        entries = (store.entry_of(runs / row.name) for row in rows)
        print_json([entry_values(entry) for entry in entries if entry])
    else:
        from ibtui.report.listing import print_rows

        print_rows(rows, runs, len(every))
        listed = {row.name for row in rows}
        along = [name for name in shipped.names() if name not in listed]
        if along and not where:
            print(f"come along: {', '.join(along)} (ibtui show {along[0]})")


def show(
    run: RunWord,
    runs: Runs = RUNS,
    fits: Fits = None,
    compresses: Compresses = None,
    as_json: Json = False,
) -> None:
    """Show what a run measured, and whether its layers fit and compress."""
    from ibtui.store import find_run, load

    found = load(find_run(run, runs))
    rule = rule_of(fits, compresses)
    if as_json:
        from ibtui.report.facts import run_values

        print_json(run_values(found, rule))
    else:
        from ibtui.report.run import print_run
        from ibtui.report.screen import console

        print_run(found, console(), rule)


def follow(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", envvar="IBTUI_RUNS", help="Folder of the runs.")
    ] = RUNS,
) -> None:
    """Show what every process does in a folder of runs, on whatever machine, from its files."""
    from ibtui.headless.follow import follow as show_all

    raise typer.Exit(show_all(folder))


def rule_of(fits: float | None, compresses: float | None) -> "Rule":
    """The definition of the phases that the options ask for."""
    from ibtui.analysis.rule import COMPRESSES_BITS, FITS_BITS, Rule

    return Rule(
        fits_bits=FITS_BITS if fits is None else fits,
        compresses_bits=COMPRESSES_BITS if compresses is None else compresses,
    )
