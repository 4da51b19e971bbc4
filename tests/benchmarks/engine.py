"""How fast the engine trains and measures, beside a naive baseline in the same run.

By hand: `python -m tests.benchmarks.engine [--seconds 5] [--data-dir DIR] [PART ...]`; parts are
baseline, replicates, samples, bits, mnist, verbs. Figures are medians; compile time is
shown apart.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from ibtui.data import Dataset
from ibtui.engine import Ensemble
from ibtui.errors import DataError
from ibtui.profile import load_profile

PROFILES = Path(__file__).parents[2] / "profiles"
CONSOLE = Console(width=110)


def ensemble(name: str, data_dir: Path | None, *changes: str, data: Dataset | None = None):
    profile = load_profile(PROFILES / f"{name}.toml", ["training.compile='always'", *changes])
    return Ensemble(profile, data or profile.data.load(data_dir))


def epochs_a_second(one: Ensemble, seconds: float) -> float:
    """Epochs per second, frames included, after the first frames have compiled everything."""
    frames = one.frames()
    for _ in range(3):
        next(frames)
    spans, until = [], time.perf_counter() + seconds
    while time.perf_counter() < until or len(spans) < 3:
        epoch, started = one.epoch, time.perf_counter()
        next(frames)
        spans.append((time.perf_counter() - started) / (one.epoch - epoch))
    return 1 / float(np.median(spans))


def naive_epochs_a_second(seconds: float, every: int) -> float:
    """One `nn.Sequential` in an eager loop; every layer binned and counted by `np.unique`."""
    data = load_profile(PROFILES / "lorenzen-fig2-as-coded.toml").data.load(None)
    x, y = torch.from_numpy(data.inputs), torch.from_numpy(data.labels)
    stages: list[torch.nn.Module] = []
    for below, above in pairwise((12, 10, 7, 5, 4, 3, 2)):
        stages += [torch.nn.Linear(below, above), torch.nn.Tanh()]
    network = torch.nn.Sequential(*stages[:-1])
    optimizer = torch.optim.Adam(network.parameters(), 1e-4)
    train = torch.from_numpy(data.train)
    spans, until = [], time.perf_counter() + seconds
    while time.perf_counter() < until:
        started = time.perf_counter()
        for _ in range(every):
            for batch in train[torch.randperm(len(train))].split(256):
                optimizer.zero_grad()
                torch.nn.functional.cross_entropy(network(x[batch]), y[batch]).backward()
                optimizer.step()
        with torch.no_grad():
            h = x
            for stage in network:
                h = stage(h)
                if isinstance(stage, torch.nn.Tanh) or stage is network[-1]:
                    levels = torch.floor(h * 128).numpy().astype(np.int64)
                    np.unique(levels, axis=0, return_counts=True)
                    for label in (0, 1):
                        np.unique(levels[data.labels == label], axis=0, return_counts=True)
        spans.append((time.perf_counter() - started) / every)
    return 1 / float(np.median(spans))


def against_baseline(seconds: float, data_dir: Path | None) -> Iterator[tuple[str, ...]]:
    yield "64 replicates of 12-10-7-5-4-3-2, tanh, 8 bit", "replicate-epochs/s", "baseline", "times"
    for every in (5, 1):
        naive = naive_epochs_a_second(seconds, every)
        exact = "estimator=[{name='exact'}]"  # all that the baseline counts
        changes = "replicates=64", f"measure.every={every}", exact
        one = ensemble("lorenzen-fig2-as-coded", data_dir, *changes)
        ours = 64 * epochs_a_second(one, seconds)
        what = f"information every {every} epochs (compiled in {one.compile_seconds:.0f} s)"
        yield what, f"{ours:,.0f}", f"{naive:.1f}", f"{ours / naive:.0f}"


def by_replicates(seconds: float, data_dir: Path | None) -> Iterator[tuple[str, ...]]:
    yield "replicates", "ms an epoch", "replicate-epochs/s", "compiled in, s"
    for replicates in (1, 8, 64, 256):
        one = ensemble("lorenzen-fig2-as-coded", data_dir, f"replicates={replicates}")
        rate = epochs_a_second(one, seconds)
        compiled = f"{one.compile_seconds:.0f}"
        yield str(replicates), f"{1e3 / rate:.1f}", f"{replicates * rate:,.0f}", compiled


def by_samples(seconds: float, data_dir: Path | None) -> Iterator[tuple[str, ...]]:
    yield "samples", "ms an epoch", "microseconds a sample", "compiled in, s"
    for samples in (4096, 16384, 65536):
        random = np.random.default_rng(0)
        inputs = random.normal(size=(samples, 12)).astype(np.float32)
        labels = (inputs.sum(1) > 0).astype(np.int64)
        train = np.arange(int(0.8 * samples))
        test = np.arange(len(train), samples)
        data = Dataset("made", inputs, labels, ("0", "1"), (12,), train, test)
        one = ensemble("lorenzen-fig2-as-coded", data_dir, "replicates=16", data=data)
        ms = 1e3 / epochs_a_second(one, seconds)
        yield f"{samples:,}", f"{ms:.1f}", f"{1e3 * ms / samples:.2f}", f"{one.compile_seconds:.0f}"


def by_bits(seconds: float, data_dir: Path | None) -> Iterator[tuple[str, ...]]:
    yield "bits", "ms an epoch", "replicate-epochs/s", "compiled in, s"
    for bits in (1, 4, 8, 16, 32):
        change = f"quantization.bits={bits}"
        one = ensemble("lorenzen-fig2-as-coded", data_dir, "replicates=64", change)
        rate = epochs_a_second(one, seconds)
        yield str(bits), f"{1e3 / rate:.1f}", f"{64 * rate:,.0f}", f"{one.compile_seconds:.0f}"


def on_mnist(seconds: float, data_dir: Path | None) -> Iterator[tuple[str, ...]]:
    yield "MNIST, 784-16-8-4-2-10, 20 replicates", "s an epoch", "peak MiB", "compiled in, s"
    for kind, change in (("compiled", "always"), ("eager", "never")):
        try:
            one = ensemble("lorenzen-fig4-as-coded", data_dir, f"training.compile='{change}'")
        except DataError as error:
            yield str(error), "", "", ""
            return
        span = 1 / epochs_a_second(one, seconds)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        yield kind, f"{span:.2f}", f"{peak:,}", f"{one.compile_seconds:.0f}"


def verbs(seconds: float, data_dir: Path | None) -> Iterator[tuple[str, ...]]:
    yield "command", "median s", "least s", ""
    for words in (["--help"], ["list"]):
        spans = []
        for _ in range(7):
            started = time.perf_counter()
            subprocess.run([sys.executable, "-m", "ibtui", *words], capture_output=True, check=True)
            spans.append(time.perf_counter() - started)
        yield f"ibtui {words[0]}", f"{np.median(spans):.2f}", f"{min(spans):.2f}", ""


PARTS: dict[str, Callable[[float, Path | None], Iterator[tuple[str, ...]]]] = {
    "baseline": against_baseline,
    "replicates": by_replicates,
    "samples": by_samples,
    "bits": by_bits,
    "mnist": on_mnist,
    "verbs": verbs,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--seconds", type=float, default=5.0, help="measured for each figure")
    parser.add_argument("--data-dir", type=Path)
    asked = parser.parse_args()
    CONSOLE.print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    for name in asked.parts or PARTS:
        header, *rows = PARTS[name](asked.seconds, asked.data_dir)
        table = Table(*header)
        for row in rows:
            table.add_row(*row)
        CONSOLE.print(table)


if __name__ == "__main__":
    main()
