"""Measure: a finished run measured anew by more estimators, with a bar on a terminal."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import rich.progress
from rich.console import Console

from ibtui.errors import RunError
from ibtui.estimation import parse
from ibtui.report.screen import console, say
from ibtui.session import Again
from ibtui.store import load
from ibtui.store.added import write_copy, write_in_place


def measure_run(
    folder: Path,
    specs: Sequence[str],
    target: Path,
    *,
    data_dir: Path | None = None,
    device: str | None = None,
) -> None:
    """Add the series of the estimators `specs` to the run in `folder`, written as `target`.

    Where that is `folder` itself the run is changed; a new folder must not be there yet. Until all
    is measured nothing is written. Raises `UsageError`, `ProfileError` or `RunError`.
    """
    in_place = target == folder
    if not in_place and os.path.lexists(target):
        raise RunError(f"{target}: exists already (choose another name by --out)")
    run, estimators = load(folder), [parse(spec) for spec in specs]
    screen = console()
    again = Again(run, estimators, data_dir=data_dir, device=device)
    _iterate(again, screen)
    for line in again.lines:
        say(screen, line)
    if in_place:
        write_in_place(run, again.whole, again.profile, again.remarks)
    else:
        write_copy(run, again.whole, again.profile, again.remarks, target)
    names = ", ".join(name for one in estimators for name in one.series)
    say(screen, f"{target}: {names}, {again.frames:,} of {len(run.recording):,} frames")


def _iterate(again: Again, screen: Console) -> None:
    with rich.progress.Progress(
        rich.progress.TextColumn("{task.description}"),
        rich.progress.BarColumn(),
        rich.progress.MofNCompleteColumn(),
        rich.progress.TimeRemainingColumn(),
        console=screen,
        disable=not screen.is_terminal,
    ) as bar:
        task = bar.add_task("loading the engine and the data", total=again.frames)
        for epoch in again:
            bar.update(task, description=f"epoch {epoch}", advance=1)
