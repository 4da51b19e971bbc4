"""A day in the app: whether its memory grows while frames come and are drawn.

    python -m tests.benchmarks.soak [--hours 24] [--minutes 60]

A scripted run that another process seems to write has ten frames in each simulated second; they
are drawn ten times in each second of the test, so a test of 60 minutes brings 24 hours in draws of
24 frames. What the recording itself takes is told apart from the rest of the process.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from textual.pilot import Pilot

from ibtui.profile import parse_profile
from ibtui.recording import Recorder, Recording
from ibtui.tui.draw.bands import Span
from ibtui.tui.feeds.saved import Saved
from tests.scripted_engine import saved_run
from tests.tui import scripted_app

PER_SECOND = 10
LOOKS = 12  # at the memory
PROFILE = parse_profile('name = "day"\nreplicates = 2\ntraining.epochs = 8\n', "day")


class Day(Saved):
    """A run that grows by frames of a script, however often it is polled."""

    def __init__(self, folder: Path, frames: int) -> None:
        super().__init__(folder)
        self.about = scripted_app.header(replicates=2, layers=3, series=("exact",))
        self._recorder = Recorder(self.about)
        self._script = scripted_app.recording(self.about, np.arange(1000), 1000)
        self._frames = frames

    @property
    def span(self) -> Span:
        return Span(0, self._frames)

    @property
    def recording(self) -> Recording:
        return self._recorder.snapshot()

    def grow(self, count: int) -> None:
        start = len(self.recording)
        for epoch in range(start, start + count):
            frame = scripted_app.frame(self._script, epoch % 1000)
            self._recorder.add(frame.__class__(**{**vars(frame), "epoch": epoch}))

    @property
    def bytes(self) -> int:
        """What the recorder has allocated."""
        return sum(array.nbytes for array in self._recorder._memory.values())


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--hours", type=float, default=24.0)
    arguments.add_argument("--minutes", type=float, default=60.0)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        for line in day(Path(folder), chosen.hours, chosen.minutes):
            print(line, flush=True)


def day(folder: Path, hours: float, minutes: float) -> Iterator[str]:
    """Lines of what the memory was as the frames came."""
    frames, draws = round(hours * 3600 * PER_SECOND), round(minutes * 60 * PER_SECOND)
    feed = Day(saved_run(folder, PROFILE).folder, frames)
    app = scripted_app.app(folder, profile=PROFILE, feed=feed)
    lines: list[str] = []

    async def steps(pilot: Pilot) -> None:
        app.screen._judging = True  # verdicts take 10 kB a frame while they are found: verdicts.py
        began = time.monotonic()
        for draw in range(draws):
            feed.grow(frames * (draw + 1) // draws - len(feed.recording))
            app.screen.dirty = True
            await asyncio.sleep(max(0.0, began + (draw + 1) / PER_SECOND - time.monotonic()))
            if (draw + 1) * LOOKS % draws < LOOKS:
                lines.append(told(feed, time.monotonic() - began))
                print(lines[-1], flush=True)

    scripted_app.drive(app, steps, (120, 40))
    yield "the app lives"


def told(feed: Day, seconds: float) -> str:
    gc.collect()
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
    parts = f"{resident / 1e6:7.1f} MB, of which the recording {feed.bytes / 1e6:7.1f} MB"
    return f"{seconds:6.0f} s {len(feed.recording):8} frames {parts}"


if __name__ == "__main__":
    main()
