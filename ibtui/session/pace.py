"""Pace: how fast a run goes, over its newest frames."""

from __future__ import annotations

from collections import deque

# The pace is taken over at least so many frames and so long, once there are.
FRAMES, SECONDS = 20, 5.0


class Pace:
    """Epochs a second, of all replicates together. One thread notes, any may read."""

    def __init__(self) -> None:
        self._noted: deque[tuple[float, int]] = deque()
        self.epochs_per_second: float | None = None  # None until two frames have come

    def note(self, seconds: float, epoch: int) -> None:
        """The frame of `epoch` has come at `seconds` on a clock that stands while code compiles."""
        noted = self._noted
        noted.append((seconds, epoch))
        while len(noted) > FRAMES and seconds - noted[1][0] >= SECONDS:
            noted.popleft()
        began, first = noted[0]
        if seconds > began:
            self.epochs_per_second = (epoch - first) / (seconds - began)

    def forget(self) -> None:
        """Begin anew: the run was held, which says nothing of its pace."""
        self._noted.clear()
        self.epochs_per_second = None
