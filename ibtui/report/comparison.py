"""Several runs side by side: what each says of its layers."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ibtui.analysis.rule import Rule
from ibtui.analysis.summary import newest
from ibtui.analysis.verdict import Verdict, verdicts
from ibtui.analysis.wording import verdict_line
from ibtui.errors import UsageError
from ibtui.problems import did_you_mean
from ibtui.report.screen import console
from ibtui.report.words import number
from ibtui.store import Run

NOT_THERE = "-: the run has no such series or layer"


def print_comparison(
    runs: Sequence[Run], rule: Rule, series: str | None = None, screen: Console | None = None
) -> None:
    """A table a series: a row a layer, a column a run; below it what the words mean.

    `series` keeps one of them. Raises `UsageError` where no run has it.
    """
    screen = screen or console()
    names = list(dict.fromkeys(name for run in runs for name in run.recording.header.series))
    if series is not None and series not in names:
        raise UsageError(f"no run has the series {series!r}{did_you_mean(series, names)}")
    for name in names if series is None else [series]:
        screen.print(comparison_table(runs, name, rule))
        screen.print()
    for line in rule.lines():
        screen.print(line, highlight=False, markup=False, soft_wrap=True)


def comparison_table(runs: Sequence[Run], series: str, rule: Rule) -> Table:
    """What each run says of each layer under one series; "-" where it has no such thing."""
    table = Table(
        box=None, pad_edge=False, title=f"{series}, bits", title_justify="left", show_lines=False
    )
    table.add_column("layer", no_wrap=True)
    for run in runs:
        table.add_column(_named(run), overflow="fold")
    said = [_said(run, series, rule) for run in runs]
    for layer in dict.fromkeys(layer for one in said for layer in one):
        cells = (verdict_line(one[layer]) if layer in one else "-" for one in said)
        table.add_row(layer, *map(Text, cells))
    if any(len(one) < table.row_count for one in said):
        table.caption, table.caption_justify = NOT_THERE, "left"
    accuracies = (newest(run.recording, "test_accuracy").mean for run in runs)
    table.add_row("test accuracy", *(number(float(one), 3) for one in accuracies))
    return table


def _named(run: Run) -> str:
    """The run's name, and how far it is where it has not finished."""
    about = run.manifest
    done = about.epoch >= about.planned.last
    return (
        run.folder.name
        if done
        else f"{run.folder.name} (epoch {about.epoch} of {about.planned.last})"
    )


def _said(run: Run, series: str, rule: Rule) -> dict[str, Verdict]:
    header = run.recording.header
    if series not in header.series:
        return {}
    planned = run.manifest.planned.last
    found = verdicts(run.recording, header.series.index(series), rule, planned=planned)
    return {verdict.layer: verdict for verdict in found}
