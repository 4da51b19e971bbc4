"""Progress of a headless run: a live display on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import rich.progress
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ibtui.analysis.summary import newest, spread
from ibtui.recording import Frame, Recording
from ibtui.report.screen import console, say
from ibtui.report.words import duration
from ibtui.session import Session
from ibtui.session.events import (
    Began,
    CompileEnded,
    Loading,
    Saved,
    words,
)

# Between plain lines: doubled each time, so that the log of a long run stays short.
FIRST_PAUSE_SECONDS, LAST_PAUSE_SECONDS = 2.0, 60.0


class Progress:
    """Where a run stands, in words."""

    def __init__(self, session: Session) -> None:
        self.session, self.name = session, session.profile.name

    @property
    def recording(self) -> Recording | None:
        """The frames so far; None before the first."""
        return self.session.recording or None

    def place(self) -> str:
        """Epoch and time left."""
        place, left = f"epoch {self.session.epoch}/{self.session.last}", self.session.seconds_left
        return place if left is None else f"{place}  {duration(left)} left"

    def pace(self) -> str:
        """Speed, compilation apart; 0 until there is one."""
        speed = self.session.epochs_per_second or 0.0
        replicates = self.session.profile.replicates
        return f"{speed:.4g} epochs/s  {speed * replicates:.4g} replicate-epochs/s"

    def note(self) -> str:
        """What happens besides training."""
        if self.session.status == "stopping":
            return "stopping after this epoch (Ctrl-C again: at once)"
        if compiling := self.session.compiling:
            return f"{words(compiling)}, {compiling.seconds} s"
        last = self.session.events[-1]
        return words(last) if isinstance(last, Loading | Began | CompileEnded | Saved) else ""


def quality(recording: Recording) -> str:
    """Loss and accuracy at the newest frame, means over the replicates."""
    names = ("train_loss_nats", "train_accuracy", "test_accuracy")
    loss, train, test = (float(newest(recording, name).mean) for name in names)
    return f"loss {loss:.4g} nats  accuracy {train:.3f} train {test:.3f} test"


def information(recording: Recording) -> tuple[list[str], list[str]]:
    """I(X;T) and I(T;Y) in bits of each layer: the first series, means over the replicates."""
    i_xt = spread(recording.i_xt_bits[-1, 0], axis=0).mean
    i_ty = spread(recording.i_ty_bits[-1, 0], axis=0).mean
    return [f"{bits:.2f}" for bits in i_xt], [f"{bits:.3f}" for bits in i_ty]


@contextmanager
def shown(
    progress: Progress, console: Console, *, quiet: bool = False
) -> Iterator[Callable[[Frame], None]]:
    """Show how a run goes on while the function that is given is called with its frames."""
    if quiet:
        yield lambda _: None
    elif console.is_terminal:
        # Drawn by a thread of rich's from the live epoch, so that it moves between frames too.
        with Live(
            get_renderable=lambda: _panel(progress),
            console=console,
            refresh_per_second=4,
            transient=True,
            redirect_stderr=sys.stderr.isatty(),
        ):
            yield lambda _: None
    else:
        yield _Lines(progress, console).see


class _Lines:
    """A line for the first and the last frame, and between them ever more rarely."""

    def __init__(self, progress: Progress, console: Console) -> None:
        self._progress, self._console = progress, console
        self._due, self._pause = 0.0, FIRST_PAUSE_SECONDS

    def see(self, frame: Frame) -> None:
        now = time.monotonic()
        if now < self._due and frame.epoch != self._progress.session.last:
            return
        recording = self._progress.session.recording
        assert recording is not None, "a frame came before its recording"
        self._due, self._pause = now + self._pause, min(2 * self._pause, LAST_PAUSE_SECONDS)
        i_xt, i_ty = information(recording)
        self._console.print(
            self._progress.name,
            self._progress.place(),
            self._progress.pace(),
            quality(recording),
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

    screen = console()
    with rich.progress.Progress(
        rich.progress.TextColumn("{task.description}", markup=False),
        rich.progress.BarColumn(),
        rich.progress.DownloadColumn(),
        rich.progress.TransferSpeedColumn(),
        rich.progress.TimeRemainingColumn(),
        console=screen,
        disable=not screen.is_terminal,
    ) as bar:
        task = bar.add_task(name, total=None)
        for step in fetch(name, folder):
            bar.update(
                task,
                description=step.file,
                completed=step.bytes_done,
                total=step.bytes_total,
            )
    say(screen, f"{name}: complete and verified")


def _panel(progress: Progress) -> Group:
    session, recording = progress.session, progress.recording
    first, last = session.first, session.last
    bar = ProgressBar(total=max(last - first, 1), completed=session.epoch - first, width=30)
    head = Table.grid(padding=(0, 2))
    head.add_row(Text(progress.name, "bold"), bar, Text(progress.place()))
    note = Text(progress.note(), "yellow")
    if recording is None:
        return Group(head, note)
    table = Table(box=None, pad_edge=False)
    table.add_column(recording.header.series[0], style="dim")
    for layer in recording.header.layers:
        table.add_column(layer, justify="right")
    i_xt, i_ty = information(recording)
    table.add_row("I(X;T) bits", *i_xt)
    table.add_row("I(T;Y) bits", *i_ty)
    lines = (Text(line) for line in (progress.pace(), quality(recording)))
    return Group(head, *lines, table, note)
