"""Playback: which frame is on the screen, and how it moves. No widget, no clock of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FRAMES_PER_SECOND = 10.0
SLOWEST, FASTEST = 0.25, 256.0


@dataclass
class Playback:
    """The frame `at` (-1: none), playing or not; `follow` keeps it at the newest frame."""

    at: int = -1
    follow: bool = True
    playing: bool = False
    speed: float = 1.0
    _rest: float = 0.0

    def grow(self, frames: int) -> None:
        """Take note that there are `frames` frames now."""
        if self.follow:
            self.at = frames - 1
        self.at = min(self.at, frames - 1)
        if self.at < 0 < frames:
            self.at = 0

    def tick(self, seconds: float, frames: int) -> bool:
        """Time has passed; whether the frame changed. Playing ends at the last frame."""
        if not self.playing or self.follow:
            return False
        self._rest += seconds * FRAMES_PER_SECOND * self.speed
        steps, before = int(self._rest), self.at
        self._rest -= steps
        self.at = min(self.at + steps, frames - 1)
        if self.at == frames - 1:
            self.playing = False
        return self.at != before

    def toggle(self, frames: int) -> None:
        """Play or hold; from the last frame, play again from the first."""
        self.playing = not self.playing or self.follow
        self.follow, self._rest = False, 0.0
        if self.playing and self.at >= frames - 1:
            self.at = min(0, frames - 1)

    def toggle_following(self) -> None:
        """Follow the newest frame, or no more."""
        self.follow, self.playing = not self.follow, False

    def step(self, frames: int, by: int) -> None:
        self.go(self.at + by, frames)

    def go(self, at: int, frames: int) -> None:
        """Hold at frame `at`, or at the nearest end."""
        self.at = max(min(at, frames - 1), min(0, frames - 1))
        self.follow = self.playing = False

    def go_to_epoch(self, epoch: int, epochs: NDArray[np.int64]) -> None:
        """Hold at the frame of `epoch`, or the last one before it."""
        self.go(int(np.searchsorted(epochs, epoch, side="right")) - 1, len(epochs))

    def faster(self, factor: float) -> None:
        self.speed = min(max(self.speed * factor, SLOWEST), FASTEST)
