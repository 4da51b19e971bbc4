"""What the workspace costs: a list of 2,000 runs opened and scrolled, ten runs overlaid.

    python -m tests.benchmarks.workspace [--runs 2000]

The app runs in a pseudo-terminal of 120 x 40 cells, 256 colours. Seconds are those of the clock;
on a machine that does other things the milliseconds of processor time beside them tell more.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from ibtui import store
from ibtui.profile import parse_profile
from ibtui.store import shipped
from ibtui.tui.screens.workspace import Workspace
from tests.benchmarks.screen import LINE_BYTES, Played, drawn, percentiles
from tests.tui import scripted_app
from tests.tui.pseudo_terminal import FRAME, Terminal, ibtui

OVERLAID = 10
EPOCHS = 400
CAME_ALONG = len(shipped.folders())


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--runs", type=int, default=2000)
    count = arguments.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder) / "runs"
        make(runs, count)
        for part in (opened, scrolled, overlaid):
            for what, figure in part(runs, count):
                print(f"{what:58} {figure}", flush=True)


def make(runs: Path, count: int) -> None:
    """So many runs, copies of ten that differ in what they saw."""
    for seed in range(OVERLAID):
        text = f'name = "r{seed}"\nseed = {seed}\nreplicates = 8\ntraining.epochs = {EPOCHS}\n'
        about = scripted_app.header(replicates=8, layers=6)
        profile = parse_profile(f"{text}measure.every = 4\n[quantization]\nbits = {4 + seed}", "r")
        played = Played(profile, about, last=EPOCHS * (1 + seed))
        run = store.create(runs, profile, played)
        for _ in store.record(played, run):
            pass
        for copy in range(1, count // OVERLAID):
            shutil.copytree(run, runs / f"{run.name}-{copy:04}")


def opened(runs: Path, count: int) -> Iterator[tuple[str, str]]:
    """From the key to the list, without an index and with one."""
    for name in ("first", "indexed"):
        with Terminal(ibtui("--runs", runs)) as terminal:
            terminal.until("READY")
            began = time.perf_counter()
            terminal.press("O")
            terminal.until(lambda text: f"RUNS  {count + CAME_ALONG}" in text)
            yield f"list of {count} runs, {name} look", f"{time.perf_counter() - began:.2f} s"
    began, used = time.perf_counter(), time.process_time()
    store.rows(runs)
    passed, worked = time.perf_counter() - began, time.process_time() - used
    yield "reading the index alone", f"{passed:.2f} s, {worked * 1e3:.0f} ms of processor"


def scrolled(runs: Path, count: int) -> Iterator[tuple[str, str]]:
    """A key that scrolls the list by a row: until it is drawn."""
    app = scripted_app.app(runs)
    times: list[float] = []

    async def scroll() -> None:
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.press("O")
            screen = app.screen
            assert isinstance(screen, Workspace)
            await scripted_app.until(pilot, lambda: len(screen.shelf.list.shown) > OVERLAID)
            screen.picked.mark(
                [screen.shelf.list.shown[0].folder]
            )  # so that no run is read meanwhile
            screen.shelf.list.go(60)
            for _ in range(200):
                began = time.process_time()
                screen.shelf.list.move(1)
                screen.shelf.list.refresh()
                screen._compositor.render_update(full=False)
                await asyncio.sleep(0)
                times.append((time.process_time() - began) * 1e3)

    asyncio.run(scroll())
    yield "scrolling the list by a row, processor", percentiles(times, "ms")
    with Terminal(ibtui("--runs", runs)) as terminal:
        terminal.until("READY")
        terminal.press("O")
        terminal.until(lambda text: f"RUNS  {count + CAME_ALONG}" in text)
        terminal.press("j" * 60)
        terminal.watch(2)
        began, frames = time.perf_counter(), b""
        while time.perf_counter() - began < 5:
            terminal.press("j" * 2)
            frames += terminal.watch(0.04)
        sizes = [len(update) for update in FRAME.findall(frames)]
        yield "frames per second while it scrolls, pseudo-terminal", f"{len(sizes) / 5:.1f}"
        yield "bytes per frame while it scrolls", percentiles(sizes, "B")


def overlaid(runs: Path, count: int) -> Iterator[tuple[str, str]]:
    """Ten runs played over each other: bytes, frames and keys, on a local and on a slow line."""
    for name, rate in {"local": None, f"{LINE_BYTES // 1000} kB/s": LINE_BYTES}.items():
        with Terminal(ibtui("--runs", runs), rate=rate) as terminal:
            terminal.until("READY")
            terminal.press("O")
            terminal.until(lambda text: f"RUNS  {count + CAME_ALONG}" in text)
            step = count // OVERLAID
            for _ in range(OVERLAID):
                terminal.press(" " + "j" * (step - 1))
                terminal.watch(0.2)
            terminal.until(f"{OVERLAID} marked")
            terminal.watch(5)
            terminal.press("\tg<< ")
            terminal.watch(3)
            yield from drawn(terminal, 15, f"{OVERLAID} runs play, ", "meanwhile", name)


if __name__ == "__main__":
    os.environ.setdefault("COLORTERM", "truecolor")
    main()
