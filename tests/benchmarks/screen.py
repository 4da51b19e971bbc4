"""What the app costs: bytes per frame, milliseconds per redraw, key to screen, training beside it.

    python -m tests.benchmarks.screen [--only redraw open paint line throughput] [--epochs 1500]

The app runs in a pseudo-terminal of 120 x 40 cells with two live planes, 256 colours; the network
is that of Lorenzen et al. 2022, figure 2, with 64 replicates, measured exactly every 5th epoch.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ibtui import store
from ibtui.profile import Profile, parse_profile
from ibtui.recording import Frame, Header
from ibtui.tui.draw.bands import Span
from ibtui.tui.draw.chart import Chart
from ibtui.tui.feeds.saved import Saved
from ibtui.tui.look.averages import Averages
from ibtui.tui.look.many import Laid
from ibtui.tui.look.shown import Shown
from ibtui.tui.look.tracks import track
from ibtui.tui.look.view import Cursor, Look, View
from ibtui.tui.look.viewport import Viewport
from ibtui.tui.panes.plane import draw_plane
from tests.tui import scripted_app
from tests.tui.pseudo_terminal import FRAME, Terminal, ibtui

PROFILE = """
name = "screen"
replicates = 64
[quantization]
[training]
epochs = {epochs}
compile = "always"
[[estimator]]
name = "exact"
[[estimator]]
name = "requantized"
"""
HEADLESS = """
import sys
from pathlib import Path
from ibtui import store
from ibtui.engine import Ensemble
from ibtui.profile import load_profile
profile = load_profile(Path(sys.argv[1]))
ensemble = Ensemble(profile, profile.data.load(None))
for _ in store.record(ensemble, store.create(Path(sys.argv[2]), profile, ensemble)):
    pass
"""
POINTS = 22_000
LINE_BYTES = 64_000  # a second
KEYS = 40
STEADY = 40  # frames that are left out: compiling, and the first cells of everything


def main() -> None:
    parts = {"redraw": redraw, "open": open_large, "paint": paint, "line": line, "throughput": both}
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--only", nargs="+", choices=parts, default=list(parts))
    arguments.add_argument("--epochs", type=int, default=1500)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen.only:
            for what, figure in parts[name](Path(folder) / name, chosen.epochs):
                print(f"{what:58} {figure}", flush=True)


def redraw(folder: Path, epochs: int) -> Iterator[tuple[str, str]]:
    """A plane of the mean over replicates, and the same as a cloud, 120 x 40 with two planes."""
    frames = POINTS // 6
    about = scripted_app.header(replicates=8, layers=6)
    whole = scripted_app.recording(about, np.arange(frames), frames)
    ways = {"mean": View(), "median": View(path="median"), "cloud": View(path="cloud")}
    plane_size, chart = (42, 28), Chart()
    for name, view in ways.items():
        averages, times = Averages(), []
        for at in range(frames - 60, frames):
            began = time.perf_counter()
            shown = Shown(whole, Cursor(at, Span(0, frames)), averages)
            path = track(*shown[:3], 0, view)
            draw_plane(chart, plane_size, [(Laid(shown), path)], Viewport.of(about), view, Look())
            times.append((time.perf_counter() - began) * 1e3)
        yield f"redraw of a plane, {name}, {POINTS:,} frames x layers", percentiles(times, "ms")


def open_large(folder: Path, epochs: int) -> Iterator[tuple[str, str]]:
    """8000 epochs x 50 replicates x 6 layers x 3 series, every epoch measured."""
    runs = folder / "runs"
    about = scripted_app.header(replicates=50, layers=6, series=("exact", "binning", "kde"))
    profile = parse_profile(
        'name = "large"\nreplicates = 50\ntraining.epochs = 7999\nmeasure.every = 1\n', "large"
    )
    large = Played(profile, about)
    run = store.create(runs, profile, large)
    for _ in store.record(large, run):
        pass
    began = time.perf_counter()
    feed = Saved(run)
    yield "opening 8000 x 50 x 6 x 3: reading", f"{time.perf_counter() - began:.2f} s"
    app = scripted_app.app(runs, profile=profile, feed=feed)
    times: list[float] = []

    async def steps(pilot) -> None:
        lab = pilot.app.screen
        for at in range(0, 8000, 80):
            lab.playback.go(at, 8000)
            started = time.perf_counter()
            lab.draw()
            times.append((time.perf_counter() - started) * 1e3)
            await pilot.pause(0)

    async def scrub() -> None:
        async with app.run_test(size=(120, 40)) as pilot:
            await steps(pilot)

    asyncio.run(scrub())
    yield "scrubbing it, one frame (all panes of 120 x 40)", percentiles(times[1:], "ms")
    began = time.perf_counter()
    with Terminal(ibtui("replay", run, "--runs", runs)) as terminal:
        terminal.until("[bits]")
        yield "ibtui replay on it: to the picture", f"{time.perf_counter() - began:.2f} s"


def paint(folder: Path, epochs: int) -> Iterator[tuple[str, str]]:
    """From the shell to the first picture."""
    path = _profile(folder, epochs)
    small = parse_profile('name = "s"\nreplicates = 3\ntraining.epochs = 50\n', "s")
    played = Played(small, scripted_app.header(replicates=3, layers=6, series=("exact",)))
    run = store.create(folder / "runs", small, played)
    for _ in store.record(played, run):
        pass
    for name, words in {"ibtui PROFILE": (path,), "ibtui replay RUN": ("replay", run)}.items():
        times = []
        for _ in range(5):
            began = time.perf_counter()
            with Terminal(ibtui(*words, "--runs", folder / "runs")) as terminal:
                terminal.until("ibtui")
                times.append(time.perf_counter() - began)
        yield f"{name}: first paint", percentiles(times, "s")


def line(folder: Path, epochs: int) -> Iterator[tuple[str, str]]:
    """Bytes and keys while 64 replicates train."""
    path = _profile(folder, 200_000)
    for name, rate in {"local": None, f"{LINE_BYTES // 1000} kB/s": LINE_BYTES}.items():
        with Terminal(ibtui(path, "--runs", folder / "runs"), rate=rate) as terminal:
            terminal.until("READY")
            terminal.press("r")
            terminal.until("TRAINING", 300)
            terminal.watch(15)
            yield from drawn(terminal, 20, "", "while training", name)


def drawn(
    terminal: Terminal, seconds: float, which: str, when: str, line: str
) -> Iterator[tuple[str, str]]:
    """Bytes and frames of a screen that moves, and the times from a key to what it changes."""
    sizes = [len(update) for update in FRAME.findall(terminal.watch(seconds))]
    yield f"bytes per frame, {which}{line} line", percentiles(sizes, "B")
    yield f"frames per second, {line} line", f"{len(sizes) / seconds:.1f}"
    times, rng = [], np.random.default_rng(0)
    for key in range(KEYS):
        terminal.watch(float(rng.uniform(0.1, 0.4)))
        began = time.perf_counter()
        terminal.press("u")
        terminal.until("[bits]" if key % 2 else "[nats]")
        times.append((time.perf_counter() - began) * 1e3)
    yield f"key to screen {when}, {line} line", percentiles(times, "ms")


def both(folder: Path, epochs: int) -> Iterator[tuple[str, str]]:
    """Headless, under the app, headless: replicate-epochs per second after compiling."""
    path = _profile(folder, epochs)
    rates = {"headless": [], "under the app": []}
    for way in ("headless", "under the app", "headless", "under the app"):
        runs = folder / f"{way[0]}{len(rates[way])}"
        if way == "headless":
            subprocess.run([sys.executable, "-c", HEADLESS, path, runs], check=True)
        else:
            with Terminal(ibtui(path, "--runs", runs)) as terminal:
                terminal.until("READY")
                terminal.press("r")
                terminal.until("FINISHED", 1200)
        recording = store.load(next(runs.iterdir())).recording
        passed = recording.seconds[-1] - recording.seconds[STEADY]
        done = (recording.epoch[-1] - recording.epoch[STEADY]) * recording.header.replicates
        rates[way].append(done / passed)
    for way, found in rates.items():
        both_runs = ", ".join(f"{rate:,.0f}" for rate in found)
        yield f"training {way}, replicate-epochs/s", both_runs
    share = sum(rates["under the app"]) / sum(rates["headless"])
    yield "under the app, of headless", f"{share:.0%}"


def _profile(folder: Path, epochs: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "screen.toml"
    path.write_text(PROFILE.format(epochs=epochs))
    return path


def percentiles(values: list, unit: str) -> str:
    middle, high = np.percentile(values, [50, 95])
    digits = 0 if unit == "B" else 2 if unit == "s" else 1
    return f"median {middle:,.{digits}f} {unit}, p95 {high:,.{digits}f} {unit}"


class Played:
    """An ensemble that plays a scripted recording, one frame an epoch or every fifth."""

    backend = "torch"
    device, threads, compiled, compile_seconds = "cpu", 1, False, 0.0
    found, compiling = "", False

    def __init__(self, profile: Profile, header: Header, last: int | None = None) -> None:
        last = last or profile.training.epochs
        self.header, self.epoch, self.finished = header, 0, False
        self.planned = np.arange(0, profile.training.epochs + 1, profile.measure.every)
        self._whole = scripted_app.recording(header, self.planned, last)
        self.seeds = list(range(header.replicates))
        self.restarts: list = []
        self.remarks: list = []
        self.diverged: dict[int, int] = {}
        self.warnings: list[str] = []

    def frames(self) -> Iterator[Frame]:
        for at, epoch in enumerate(self.planned):
            self.epoch, self.finished = int(epoch), at == len(self.planned) - 1
            yield scripted_app.frame(self._whole, at)

    def stop(self) -> None:
        """Nobody stops it."""

    def checkpoint(self) -> dict[str, np.ndarray]:
        return {}


if __name__ == "__main__":
    os.environ.setdefault("COLORTERM", "truecolor")
    main()
