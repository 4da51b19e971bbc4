"""The list of runs, for people."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from rich.table import Table
from rich.text import Text

from ibtui.report.screen import console, say
from ibtui.report.words import duration, number
from ibtui.store import Row
from ibtui.text import printable

MANY = 500  # runs, from which on they are written without colours
STYLES = {"running": "green", "interrupted": "yellow", "failed": "red", "broken": "red"}


def print_rows(rows: Sequence[Row], root: Path, of: int) -> None:
    """Those of `of` runs under `root` that were asked for, and why broken ones are broken."""
    screen = console()
    if not rows and of:
        say(screen, f"{root}: none of {of} runs meets the conditions")
        return
    if not rows:
        say(screen, f"{root}: no runs (ibtui batch quickstart makes one)")
        return
    if len(rows) > MANY:
        sys.stdout.write("\n".join(map(printable, plain_lines(rows, screen.width))) + "\n")
    else:
        screen.print(rows_table(rows, screen.width))
    for row in rows:
        if row.status == "broken":
            say(screen, row.error)


def rows_table(rows: Sequence[Row], width: int) -> Table:
    """The list of runs; below 100 columns without the date, which most names hold."""
    table = Table(box=None, pad_edge=False)
    table.add_column("run", overflow="fold")
    left, right = _columns(width)
    for name in left:
        table.add_column(name, no_wrap=True)
    for name in right:
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        name, status, *rest = _cells(row, width)
        table.add_row(Text(name), Text(status, STYLES.get(status, "")), *rest)
    return table


def plain_lines(rows: Sequence[Row], width: int) -> list[str]:
    """The same as text at once: thousands of rows take a table many seconds."""
    left, right = _columns(width)
    lines = [("run", *left, *right), *(tuple(_cells(row, width)) for row in rows)]
    lines = [line + ("",) * (1 + len(left) + len(right) - len(line)) for line in lines]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    justified = ["<"] * (1 + len(left)) + [">"] * len(right)
    pattern = "  ".join(f"{{:{side}{n}}}" for side, n in zip(justified, widths, strict=True))
    return [pattern.format(*line).rstrip() for line in lines]


def _columns(width: int) -> tuple[list[str], list[str]]:
    left = ["status", "created"] if width >= 100 else ["status"]
    return left, ["epoch", "replicates", "time", "accuracy"]


def _cells(row: Row, width: int) -> list[str]:
    cells = [row.name, row.status]
    if width >= 100:
        cells.append(f"{datetime.fromtimestamp(row.created):%Y-%m-%d %H:%M}")
    if row.status == "broken":
        return cells
    accuracy = number(math.nan if row.accuracy is None else row.accuracy, 3)
    epoch = f"{row.epoch}/{row.last}"
    return [*cells, epoch, str(row.replicates), duration(row.seconds), accuracy]
