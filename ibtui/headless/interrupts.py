"""Interrupts: a signal asks for an end after the epoch under way; a second Ctrl-C does not wait."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupt:
    """The first signal that came, if any, and whom to tell."""

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None
        self._stop: Callable[[], None] | None = None

    @property
    def exit_code(self) -> int:
        """What a shell expects of a program that ended by this signal: 128 + its number."""
        return 128 + self.signal if self.signal else 0

    @contextmanager
    def stopping(self, stop: Callable[[], None]) -> Iterator[None]:
        """Within, a signal calls `stop`; at once, where it has come already."""
        self._stop = stop
        if self.signal:
            stop()
        try:
            yield
        finally:
            self._stop = None

    def arrive(self, number: int, frame: FrameType | None) -> None:
        """The signal handler."""
        if self.signal and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.signal = self.signal or signal.Signals(number)
        if self._stop is None:
            raise KeyboardInterrupt  # nothing is under way that would have to be finished
        self._stop()


@contextmanager
def interruptible() -> Iterator[Interrupt]:
    """Catch SIGINT, SIGTERM and SIGHUP within; the main thread only.

    A signal that the parent had ignored (nohup) stays ignored.
    """
    interrupt = Interrupt()
    before = {number: signal.getsignal(number) for number in SIGNALS}
    caught = [number for number in SIGNALS if before[number] is not signal.SIG_IGN]
    for number in caught:
        signal.signal(number, interrupt.arrive)
    try:
        yield interrupt
    finally:
        for number in caught:
            signal.signal(number, before[number])
