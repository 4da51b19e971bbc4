"""Training: a run that is being trained by this app, as the panes see it."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path
from typing import Literal

from ibtui.profile import Profile
from ibtui.recording import Recorder, Recording
from ibtui.tui.draw.bands import Span
from ibtui.tui.feeds.messages import Began, Ended, Failed, Measured, Note
from ibtui.tui.feeds.worker import Order, Worker

State = Literal["preparing", "training", "paused", "stopping", "finished", "stopped", "failed"]
RATE_FRAMES = 20  # newest frames over which the speed is taken


class Training:
    """Turns the worker's messages into a recording and a state, whenever it is polled."""

    def __init__(self, order: Order) -> None:
        self.profile: Profile = order.profile
        self.span = span_of(order.profile)
        self.state: State = "preparing"
        self.folder: Path | None = order.resume
        self.device = ""
        self.recording: Recording | None = None
        self.error = ""
        self.log: deque[str] = deque()
        self._recorder: Recorder | None = None
        self._recorded: Recording | None = None
        self._times: deque[tuple[float, int]] = deque(maxlen=RATE_FRAMES)
        self._measured = 0  # frames since it was started or resumed
        self._worker = Worker(order)
        self._worker.start()

    @property
    def active(self) -> bool:
        """Whether the thread still works (a run that is being stopped does, until it is saved)."""
        return self.state in ("preparing", "training", "paused", "stopping")

    @property
    def stopping_late(self) -> bool:
        """Whether it was stopped so early that it may be compiling, which comes to its end first.

        Measuring is compiled for the first frame, training for the second.
        """
        return self.state == "stopping" and self._measured < 2

    @property
    def epochs_per_second(self) -> float | None:
        """Epochs of all replicates together, over the newest frames."""
        if len(self._times) < 2 or self.state != "training":
            return None
        (began, first), (ended, last) = self._times[0], self._times[-1]
        return (last - first) / (ended - began) if ended > began else None

    @property
    def seconds_left(self) -> float | None:
        """What remains at the present speed."""
        rate = self.epochs_per_second
        return (self.span.last - self._times[-1][1]) / rate if rate else None

    def pause(self) -> None:
        if self.state == "training":
            self._worker.pause()
            self.state = "paused"
            self._times.clear()

    def go_on(self) -> None:
        if self.state == "paused":
            self._worker.go_on()
            self.state = "training"

    def stop(self) -> None:
        if self.active:
            self.state = "stopping"
            self._worker.stop()

    def join(self, seconds: float | None = None) -> bool:
        """Wait for the thread; whether it has ended, everything saved."""
        self._worker.join(seconds)
        return not self._worker.is_alive()

    def poll(self) -> bool:
        """Take what the worker has sent; whether there was anything."""
        inbox, changed = self._worker.inbox, False
        while inbox:
            changed = True
            match inbox.popleft():
                case Note(text):
                    self.log.append(text)
                case Began() as began:
                    self._begin(began)
                case Measured(frame):
                    assert self._recorder is not None, "a frame came before its header"
                    self._recorder.add(frame)
                    self._measured += 1
                    self._times.append((time.monotonic(), frame.epoch))
                    if self.state == "preparing":
                        self.state = "training"
                case Ended(finished):
                    self.state = "finished" if finished else "stopped"
                    end = "finished" if finished else "stopped, and can be resumed"
                    self.log.append(f"{self.folder}: {end}")
                case Failed(reason, details):
                    self.state, self.error = "failed", reason
                    self.log.extend((details or reason).splitlines())
        if changed and self._recorder is not None:
            self.recording = self._recorder.snapshot()
        return changed

    def _begin(self, began: Began) -> None:
        self.folder, self.span, self.device = began.folder, began.span, began.device
        self._recorder = Recorder(began.header, began.recorded)
        self.log.append(
            f"{began.header.replicates} replicates on {began.device}, {began.frames} frames "
            f"from epoch {began.span.first} to {began.span.last}, in {began.folder}"
        )


def span_of(profile: Profile) -> Span:
    """The epochs that a profile plans, prefitting included."""
    return Span(-profile.training.prefit_epochs, profile.training.epochs)
