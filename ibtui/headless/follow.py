"""Follow a folder of runs: what every process does in it, on whatever machine, until nothing is."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.live import Live

from ibtui.report.screen import console, say
from ibtui.report.watching import counts, progress_line, progress_table
from ibtui.store import Progress, Watcher

LOOK_SECONDS = 1.0
QUIET_SECONDS = 15.0  # a process that goes from one run to the next loads its data between them
LINE_SECONDS = 60.0  # between lines of a run that goes on, where there is no terminal


def follow(root: Path) -> int:
    """Show what is written under `root` until nothing has been for a while; the exit code."""
    watcher = Watcher(root)
    quiet_since = None

    def goes_on() -> bool:
        nonlocal quiet_since
        if any(one.entry.status == "running" for one in watcher.look()):
            quiet_since = None
            return True
        now = time.monotonic()
        quiet_since = quiet_since or now
        return now - quiet_since < QUIET_SECONDS

    show(watcher, goes_on, console())
    return 0


def show(watcher: Watcher, goes_on: Callable[[], bool], screen: Console) -> None:
    """Show what `watcher` sees while it goes on: a table on a terminal, else lines."""
    if screen.is_terminal:
        with Live(console=screen, auto_refresh=False, transient=True) as live:
            while goes_on():
                live.update(progress_table(watcher.look(), screen.height), refresh=True)
                time.sleep(LOOK_SECONDS)
        say(screen, counts(watcher.look()))
        return
    told: dict[str, tuple[str, float]] = {}
    while goes_on():
        _tell(watcher.look(), told, screen)
        time.sleep(LOOK_SECONDS)
    _tell(watcher.look(), told, screen)


def _tell(runs: list[Progress], told: dict[str, tuple[str, float]], screen: Console) -> None:
    """A line for each run whose status changed, and now and then for one that goes on."""
    now = time.monotonic()
    for one in reversed(runs):
        name, status = one.entry.folder.name, one.entry.status
        before, then = told.get(name, ("", 0.0))
        if status != before or (status == "running" and now - then > LINE_SECONDS):
            told[name] = status, now
            say(screen, progress_line(one))
