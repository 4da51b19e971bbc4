"""The list of runs, for people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from ibtui.report.screen import console, say
from ibtui.report.words import duration, number
from ibtui.store import Entry

STYLES = {"running": "green", "interrupted": "yellow", "failed": "red", "broken": "red"}


def print_entries(entries: Sequence[Entry], root: Path) -> None:
    """The list of runs under `root`, and why broken ones are broken."""
    screen = console()
    if not entries:
        say(screen, f"{root}: no runs (ibtui batch quickstart makes one)")
        return
    screen.print(entries_table(entries, screen.width))
    for entry in entries:
        if entry.error:
            say(screen, entry.error)


def entries_table(entries: Sequence[Entry], width: int) -> Table:
    """The list of runs; below 100 columns without the date, which most names hold."""
    table = Table(box=None, pad_edge=False)
    table.add_column("run", overflow="fold")
    for name in ("status", "created") if width >= 100 else ("status",):
        table.add_column(name, no_wrap=True)
    for name in ("epoch", "replicates", "time", "accuracy"):
        table.add_column(name, justify="right", no_wrap=True)
    for entry in entries:
        about = entry.manifest
        cells = [Text(entry.folder.name), Text(entry.status, STYLES.get(entry.status, ""))]
        if width >= 100:
            cells.append(Text(f"{entry.created.astimezone():%Y-%m-%d %H:%M}"))
        if about is None:
            table.add_row(*cells)
            continue
        accuracy = about.results.test_accuracy if about.results else math.nan
        epoch, replicates = f"{about.epoch}/{about.planned.last}", str(about.header.replicates)
        table.add_row(*cells, epoch, replicates, duration(about.seconds), number(accuracy, 3))
    return table
