"""Progress of a headless run: a live display on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import rich.progress
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ibtui.analysis.summary import spread
from ibtui.recording import Floats, Frame
from ibtui.store.manifest import Ensemble

# Between plain lines: doubled each time, so that the log of a long run stays short.
FIRST_PAUSE_SECONDS, LAST_PAUSE_SECONDS = 2.0, 60.0


class Progress:
    """Where a run stands: its newest whole frame, and its pace since this session's first frame."""

    def __init__(self, name: str, ensemble: Ensemble) -> None:
        self.name, self.ensemble = name, ensemble
        self.note = "preparing"
        self.frame: Frame | None = None
        self._first: tuple[float, int] | None = None  # of this session: working seconds, epoch

    def see(self, frame: Frame) -> None:
        """Take note of a frame; one that holds only restarted replicates is passed over."""
        if self._first is None:
            self._first = self._working_seconds(), self.ensemble.epoch
            self.note = ""
        if frame.replicates is None:
            self.frame = frame

    @property
    def epochs_per_second(self) -> float:
        """Compilation apart; 0 until there is a pace."""
        if self._first is None:
            return 0.0
        began, first = self._first
        elapsed = self._working_seconds() - began
        return (self.ensemble.epoch - first) / elapsed if elapsed > 0 else 0.0

    def _working_seconds(self) -> float:
        return time.monotonic() - self.ensemble.compile_seconds

    def place(self) -> str:
        """Epoch and time left, in words."""
        epoch, last = self.ensemble.epoch, int(self.ensemble.planned[-1])
        if not (speed := self.epochs_per_second):
            return f"epoch {epoch}/{last}"
        return f"epoch {epoch}/{last}  {timedelta(seconds=round((last - epoch) / speed))} left"

    def pace(self) -> str:
        """Speed, in words."""
        speed = self.epochs_per_second
        replicates = self.ensemble.header.replicates
        return f"{speed:.4g} epochs/s  {speed * replicates:.4g} replicate-epochs/s"

    def quality(self) -> str:
        """Loss and accuracy, means over the replicates."""
        if self.frame is None:
            return ""
        loss = _mean(self.frame.train_loss_nats)
        train, test = _mean(self.frame.train_accuracy), _mean(self.frame.test_accuracy)
        return f"loss {loss:.4g} nats  accuracy {train:.3f} train {test:.3f} test"

    def information(self) -> tuple[list[str], list[str]]:
        """I(X;T) and I(T;Y) in bits of each layer: the first series, means over the replicates."""
        if self.frame is None:
            return [], []
        i_xt = spread(self.frame.i_xt_bits[0], axis=0).mean
        i_ty = spread(self.frame.i_ty_bits[0], axis=0).mean
        return [f"{bits:.2f}" for bits in i_xt], [f"{bits:.3f}" for bits in i_ty]


@contextmanager
def shown(
    progress: Progress, console: Console, *, quiet: bool = False
) -> Iterator[Callable[[Frame], None]]:
    """Show how a run goes on while the function that is given is called with its frames."""
    if quiet:
        yield progress.see
    elif console.is_terminal:
        # Drawn by a thread of rich's from the live epoch, so that it moves between frames too.
        with Live(
            get_renderable=lambda: _panel(progress),
            console=console,
            refresh_per_second=4,
            transient=True,
            redirect_stderr=sys.stderr.isatty(),
        ):
            yield progress.see
    else:
        yield _Lines(progress, console).see


class _Lines:
    """A line for the first and the last frame, and between them ever more rarely."""

    def __init__(self, progress: Progress, console: Console) -> None:
        self._progress, self._console = progress, console
        self._due, self._pause = 0.0, FIRST_PAUSE_SECONDS

    def see(self, frame: Frame) -> None:
        self._progress.see(frame)
        now = time.monotonic()
        if now < self._due and frame.epoch != self._progress.ensemble.planned[-1]:
            return
        self._due, self._pause = now + self._pause, min(2 * self._pause, LAST_PAUSE_SECONDS)
        i_xt, i_ty = self._progress.information()
        self._console.print(
            self._progress.name,
            self._progress.place(),
            self._progress.pace(),
            self._progress.quality(),
            f"I(X;T) {' '.join(i_xt)}",
            f"I(T;Y) {' '.join(i_ty)} bits",
            sep="  ",
            soft_wrap=True,
            highlight=False,
            markup=False,
        )


def show_fetch(name: str, folder: Path | None) -> None:
    """Fetch a data set with a bar; the last line says that its files are there."""
    from ibtui.data.fetch import fetch  # it loads an HTTP client, which only this needs

    with rich.progress.Progress(
        "{task.description}",
        rich.progress.BarColumn(),
        rich.progress.DownloadColumn(),
        rich.progress.TransferSpeedColumn(),
        rich.progress.TimeRemainingColumn(),
        disable=not sys.stdout.isatty(),
    ) as bar:
        task = bar.add_task(name, total=None)
        for step in fetch(name, folder):
            bar.update(
                task,
                description=step.file,
                completed=step.bytes_done,
                total=step.bytes_total,
            )
    print(f"{name}: complete and verified")


def _panel(progress: Progress) -> Group:
    ensemble = progress.ensemble
    first, last = int(ensemble.planned[0]), int(ensemble.planned[-1])
    bar = ProgressBar(total=max(last - first, 1), completed=ensemble.epoch - first, width=30)
    head = Table.grid(padding=(0, 2))
    head.add_row(Text(progress.name, "bold"), bar, Text(progress.place()))
    note = Text(progress.note, "yellow")
    if progress.frame is None:
        return Group(head, note)
    table = Table(box=None, pad_edge=False)
    table.add_column(ensemble.header.series[0], style="dim")
    for layer in ensemble.header.layers:
        table.add_column(layer, justify="right")
    i_xt, i_ty = progress.information()
    table.add_row("I(X;T) bits", *i_xt)
    table.add_row("I(T;Y) bits", *i_ty)
    lines = (Text(line) for line in (progress.pace(), progress.quality()))
    return Group(head, *lines, table, note)


def _mean(values: Floats) -> float:
    return float(spread(values, axis=0).mean)
