"""Events: what happens in a run, as facts, and the one wording of each."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from ibtui.recording import Restart
from ibtui.report.words import diverged, duration, replicates, started_again


@dataclass(frozen=True)
class Loading:
    """The engine and the data are being loaded."""


@dataclass(frozen=True)
class DataFound:
    """What the data are: samples, inputs, labels with their counts."""

    line: str


@dataclass(frozen=True)
class Began:
    """The ensemble stands and the run has its folder; training goes on after `epoch`."""

    folder: Path
    device: str
    replicates: int
    frames: int  # that are planned
    first: int  # epoch that is planned
    last: int
    epoch: int


@dataclass(frozen=True)
class CompileBegan:
    """Code is being compiled for this machine, which cannot be interrupted.

    `once`: later runs find it compiled. `since` is when it began, on the monotonic clock.
    """

    once: bool = False
    since: float = field(default_factory=lambda: time.monotonic(), compare=False)

    @property
    def seconds(self) -> int:
        """How long it has gone on by now."""
        return int(time.monotonic() - self.since)


@dataclass(frozen=True)
class CompileEnded:
    """The compiled code runs from now on."""

    seconds: float


@dataclass(frozen=True)
class Warned:
    """The engine does something in another way than was asked of it, or more slowly."""

    line: str


@dataclass(frozen=True)
class Restarted:
    """A replicate that had learnt nothing began again, and has caught up."""

    restart: Restart


@dataclass(frozen=True)
class Diverged:
    """The loss of a replicate is no longer finite."""

    replicate: int
    epoch: int


@dataclass(frozen=True)
class Saved:
    """The recording and a checkpoint are on the disk."""

    epoch: int


@dataclass(frozen=True)
class Finished:
    """All that was planned is measured and saved."""

    epoch: int


@dataclass(frozen=True)
class Stopped:
    """The run ended early, is saved, and can be resumed."""

    epoch: int


@dataclass(frozen=True)
class StoppedAtOnce:
    """The run was ended in the midst of a step, and can be resumed from where it was last saved."""


@dataclass(frozen=True)
class Failed:
    """An error ended the run; `details` is the traceback of one that nobody expected."""

    reason: str
    details: str = ""


Replicates = Restarted | Diverged
Compiling = CompileBegan | CompileEnded
End = Finished | Stopped | StoppedAtOnce | Failed
Event = Loading | DataFound | Began | Compiling | Warned | Replicates | Saved | End


def words(event: Event) -> str:
    """What a log says of an event; one line, but for a traceback."""
    match event:
        case Loading():
            return "loading the engine and the data"
        case DataFound(line):
            return line
        case Began():
            return _beginning(event)
        case CompileBegan(once):
            return "compiling, once on this machine" if once else "compiling for this machine"
        case CompileEnded(seconds):
            return f"compiled in {duration(seconds)}"
        case Warned(line):
            return f"warning: {line}"
        case Restarted(restart):
            return started_again(restart.replicate, restart.epoch, restart.seed)
        case Diverged(replicate, epoch):
            rest = "the others go on (lower training.learning_rate)"
            return f"{diverged(replicate, epoch)}; {rest}"
        case Saved(epoch):
            return f"saved to epoch {epoch}"
        case Finished(epoch):
            return f"finished at epoch {epoch}"
        case Stopped(epoch):
            return f"stopped after epoch {epoch}, and can be resumed"
        case StoppedAtOnce():
            return "stopped at once, and can be resumed from where it was last saved"
        case Failed(reason, details):
            return details or reason


def _beginning(began: Began) -> str:
    who = replicates(began.replicates, began.replicates)
    planned = f"{began.frames} frames from epoch {began.first} to {began.last}"
    goes_on = f", on from epoch {began.epoch}" if began.epoch > began.first else ""
    return f"{who} on {began.device}, {planned}{goes_on}, in {began.folder}"
