"""Training: a run that this app trains, as the panes see it."""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

from ibtui.profile import Profile
from ibtui.recording import Recording
from ibtui.session import Session, SessionStatus
from ibtui.session.events import CompileBegan, CompileEnded, Failed, Saved, words
from ibtui.tui.draw.bands import Span


class Training:
    """A session in a thread of its own; what it has come to is taken whenever this is polled."""

    def __init__(self, session: Session) -> None:
        self.profile = session.profile
        self.span = span_of(session.profile)
        self.state: SessionStatus = "preparing"
        self.recording: Recording | None = None
        self.log: deque[str] = deque()
        self._session = session
        self._measured = 0
        self._compiling_since: float | None = None
        self.compiles_once = False  # and not anew for every run
        self._thread = threading.Thread(target=self._train, name="training", daemon=True)
        self._thread.start()

    def _train(self) -> None:
        # The session tells of every error, and of a bug with its traceback.
        with suppress(Exception):
            for _ in self._session:
                pass

    @property
    def folder(self) -> Path | None:
        return self._session.folder

    @property
    def name(self) -> str:
        """The name of the folder; until there is one, that of the profile."""
        return self.folder.name if self.folder else self.profile.name

    @property
    def device(self) -> str:
        return self._session.device

    @property
    def error(self) -> str:
        end = self._session.end
        return end.reason if isinstance(end, Failed) else ""

    @property
    def active(self) -> bool:
        """Whether the thread still works (a run that is being stopped does, until it is saved)."""
        return self.state in ("preparing", "training", "paused", "stopping")

    @property
    def stopping_late(self) -> bool:
        """Whether it was stopped so early that it may be compiling, which comes to its end first.

        Measuring is compiled for the first frame, training for the second.
        """
        return self.state == "stopping" and self._session.measured < 2

    @property
    def compiling_seconds(self) -> float | None:
        """How long code has been compiled by now; None while none is."""
        since = self._compiling_since
        return None if since is None or not self.active else time.monotonic() - since

    @property
    def share(self) -> float:
        """The share of its epochs that it has done, 0 to 1."""
        first, last = self.span
        return (self._session.epoch - first) / max(last - first, 1)

    @property
    def seconds(self) -> float:
        """How long it has trained, as of its last frame, earlier sessions included."""
        recording = self.recording
        return float(recording.seconds[-1]) if recording is not None and len(recording) else 0.0

    @property
    def epochs_per_second(self) -> float | None:
        return self._session.epochs_per_second

    @property
    def seconds_left(self) -> float | None:
        return self._session.seconds_left

    def pause(self) -> None:
        self._session.pause()
        self.state = self._session.status

    def go_on(self) -> None:
        self._session.go_on()
        self.state = self._session.status

    def stop(self) -> None:
        if self.active:
            self._session.stop()
            self.state = "stopping"

    def join(self, seconds: float | None = None) -> bool:
        """Wait for the thread; whether it has ended, everything saved."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def poll(self) -> bool:
        """Take what has come since the last time; whether there was anything."""
        # In this order: with the end in sight, the recording is whole.
        status, measured = self._session.status, self._session.measured
        events = self._session.news()
        if not events and (status, measured) == (self.state, self._measured):
            return False
        self.state, self._measured = status, measured
        self.recording = self._session.recording
        for event in events:
            if isinstance(event, CompileBegan):
                self._compiling_since, self.compiles_once = event.since, event.once
            elif isinstance(event, CompileEnded):
                self._compiling_since = None
            if not isinstance(event, Saved):  # every few seconds
                self.log.extend(words(event).splitlines())
        return True


def span_of(profile: Profile) -> Span:
    """The epochs that a profile plans, prefitting included."""
    return Span(-profile.training.prefit_epochs, profile.training.epochs)
