"""The screen of many runs: a line a run, with progress, speed and time left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Group
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ibtui.report.listing import STYLES
from ibtui.report.words import duration, number
from ibtui.store import Progress


def progress_table(runs: Sequence[Progress], height: int) -> Group:
    """A line a run, those under way first, as many as fit; above them how many of each status."""
    live = [one for one in runs if one.entry.status == "running"]
    ended = [one for one in runs if one.entry.status != "running"]
    table = Table(box=None, pad_edge=False)
    table.add_column("run", overflow="fold")
    table.add_column("status", no_wrap=True)
    table.add_column("", width=20)
    for name in ("epoch", "epochs/s", "left", "accuracy"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("worker", overflow="ellipsis", no_wrap=True)
    shown = [*live, *ended][: max(height - 3, 1)]
    for one in shown:
        table.add_row(*_cells(one))
    rest = len(runs) - len(shown)
    return Group(Text(counts(runs)), table, Text(f"and {rest} more" if rest else "", "dim"))


def counts(runs: Sequence[Progress]) -> str:
    """`3 running, 12 finished`."""
    found = Counter(one.entry.status for one in runs)
    return ", ".join(f"{found[name]} {name}" for name in sorted(found)) or "no runs yet"


def progress_line(one: Progress) -> str:
    """A run in words, for a log."""
    about = one.entry.manifest
    if about is None:
        return f"{one.entry.folder.name}  broken: {one.entry.error}"
    words = [one.entry.folder.name, one.entry.status, f"epoch {about.epoch}/{about.planned.last}"]
    if one.epochs_per_second:
        words.append(f"{one.epochs_per_second:.4g} epochs/s")
    if one.seconds_left is not None:
        words.append(f"{duration(one.seconds_left)} left")
    if one.worker:
        words.append(one.worker)
    if about.error:
        words.append(about.error)
    return "  ".join(words)


def _cells(one: Progress) -> list[Text | ProgressBar]:
    about = one.entry.manifest
    name = Text(one.entry.folder.name)
    status = Text(one.entry.status, STYLES.get(one.entry.status, ""))
    if about is None:
        return [name, status]
    bar = ProgressBar(total=1.0, completed=one.share, width=20)
    accuracy = number(about.results.test_accuracy, 3) if about.results else "-"
    speed = f"{one.epochs_per_second:.4g}" if one.epochs_per_second else ""
    left = duration(one.seconds_left) if one.seconds_left is not None else ""
    told = about.error if one.entry.status == "failed" else one.worker
    epoch = f"{about.epoch}/{about.planned.last}"
    return [name, status, bar, *map(Text, (epoch, speed, left, accuracy, told))]
