"""Messages: what the training thread tells the app, in the order it happened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ibtui.recording import Frame, Header, Recording
from ibtui.tui.draw.bands import Span


@dataclass(frozen=True)
class Note:
    """A line for the log."""

    text: str


@dataclass(frozen=True)
class Began:
    """The ensemble stands: the run has a folder, and `recorded` holds what it had before."""

    header: Header
    span: Span
    frames: int
    folder: Path
    device: str
    recorded: Recording | None


@dataclass(frozen=True)
class Measured:
    """A frame."""

    frame: Frame


@dataclass(frozen=True)
class Ended:
    """Training is over and saved: `finished`, or stopped and resumable."""

    finished: bool


@dataclass(frozen=True)
class Failed:
    """Training broke off; `details` is the traceback of what nobody expected."""

    reason: str
    details: str = ""


Message = Note | Began | Measured | Ended | Failed
