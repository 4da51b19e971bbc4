"""How fast the engine trains and measures, beside a naive baseline in the same run.

By hand: `python -m tests.benchmarks.engine [--seconds 5] [--data-dir DIR] [PART ...]`; parts are
baseline, replicates, samples, bits, width, mnist, verbs. Figures are medians of what runs once
everything is compiled. `--cpu` takes the processor's time of all threads instead of the clock's:
on a busy machine that says what an idle one would do with one core. `--old DIR` compares with the
engine of an earlier commit, unpacked there by `git archive COMMIT ibtui profiles`.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
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
FIGURE_2 = "lorenzen-fig2-as-coded"
CONSOLE = Console(width=110)
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
clock = CLOCKS["wall"]
old: Path | None = None  # a folder with an earlier engine

KERNEL = ("training.backend='kernel'",)
COMPILED = ("training.backend='torch'", "training.compile='always'")
EAGER = ("training.backend='torch'", "training.compile='never'")
EXACT = "estimator=[{name='exact'}]"  # all that the baseline counts


def ensemble(name: str, data_dir: Path | None, *changes: str, data: Dataset | None = None):
    """What an experiment's frames come from; by the kernel if the changes name no backend."""
    profile = load_profile(PROFILES / f"{name}.toml", [*KERNEL, *changes])
    return Ensemble(profile, data or profile.data.load(data_dir))


def epochs_a_second(one: Ensemble, seconds: float) -> float:
    """Epochs per second, frames included, after the first frames have compiled everything."""
    frames = one.frames()
    for _ in range(3):
        next(frames)
    spans, until = [], time.perf_counter() + seconds
    while time.perf_counter() < until or len(spans) < 3:
        epoch, started = one.epoch, clock()
        next(frames)
        spans.append((clock() - started) / (one.epoch - epoch))
    return 1 / float(np.median(spans))


def naive_epochs_a_second(seconds: float, every: int) -> float:
    """One `nn.Sequential` in an eager loop; every layer binned and counted by `np.unique`."""
    data = load_profile(PROFILES / f"{FIGURE_2}.toml").data.load(None)
    x, y = torch.from_numpy(data.inputs), torch.from_numpy(data.labels)
    stages: list[torch.nn.Module] = []
    for below, above in pairwise((12, 10, 7, 5, 4, 3, 2)):
        stages += [torch.nn.Linear(below, above), torch.nn.Tanh()]
    network = torch.nn.Sequential(*stages[:-1])
    optimizer = torch.optim.Adam(network.parameters(), 1e-4)
    train = torch.from_numpy(data.train)
    spans, until = [], time.perf_counter() + seconds
    while time.perf_counter() < until:
        started = clock()
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
        spans.append((clock() - started) / every)
    return 1 / float(np.median(spans))


EARLIER = """
import sys, time, statistics
from pathlib import Path
folder, seconds, clock, *changes = sys.argv[1:]
sys.path.insert(0, folder)
clock = {"wall": time.perf_counter, "cpu": time.process_time}[clock]
from ibtui.engine import Ensemble
from ibtui.profile import load_profile
profile = load_profile(Path(folder) / "profiles/lorenzen-fig2-as-coded.toml", changes)
one = Ensemble(profile, profile.data.load(None))
frames, spans = one.frames(), []
for _ in range(3):
    next(frames)
until = time.perf_counter() + float(seconds)
while time.perf_counter() < until or len(spans) < 3:
    epoch, started = one.epoch, clock()
    next(frames)
    spans.append((clock() - started) / (one.epoch - epoch))
print(1 / statistics.median(spans))
"""


def compiled_epochs_a_second(seconds: float, data_dir: Path | None, *changes: str) -> float:
    """The same of torch's compiler: of the earlier engine if one is named, else of this one's."""
    if old is None:
        return epochs_a_second(ensemble(FIGURE_2, data_dir, *changes, *COMPILED), seconds)
    kind = "wall" if clock is CLOCKS["wall"] else "cpu"
    words = [str(old), str(seconds), kind, *changes, "training.compile='always'"]
    command = [sys.executable, "-c", EARLIER, *words]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def against_baseline(seconds: float, data_dir: Path | None) -> Iterator[tuple[str, ...]]:
    yield "12-10-7-5-4-3-2, tanh, 8 bit", "replicate-epochs/s", "compiled torch", "naive loop"
    for every in (5, 1):
        naive = naive_epochs_a_second(seconds, every)
        changes = "replicates=64", f"measure.every={every}", EXACT
        rates = [
            64 * rate
            for rate in (
                epochs_a_second(ensemble(FIGURE_2, data_dir, *changes), seconds),
                compiled_epochs_a_second(seconds, data_dir, *changes),
            )
        ]
        what = f"64 replicates, information every {every} epochs"
        yield (
            what,
            f"{rates[0]:,.0f}",
            *(f"{one:,.0f} ({rates[0] / one:.1f} x)" for one in (rates[1], naive)),
        )
    rates = [
        epochs_a_second(ensemble(FIGURE_2, data_dir, "replicates=1", EXACT, *backend), seconds)
        for backend in (KERNEL, EAGER)
    ]
    eager = f"eager: {rates[1]:,.0f} ({rates[0] / rates[1]:.0f} x)"
    yield "1 replicate, information every 5 epochs", f"{rates[0]:,.0f}", eager, ""


def by_replicates(seconds: float, data_dir: Path | None) -> Iterator[tuple[str, ...]]:
    yield "replicates", "ms an epoch", "replicate-epochs/s"
    for replicates in (1, 2, 8, 64, 256):
        one = ensemble(FIGURE_2, data_dir, f"replicates={replicates}", EXACT)
        rate = epochs_a_second(one, seconds)
        yield str(replicates), f"{1e3 / rate:.2f}", f"{replicates * rate:,.0f}"


def by_samples(seconds: float, data_dir: Path | None) -> Iterator[tuple[str, ...]]:
    yield "samples", "ms an epoch", "microseconds a sample"
    for samples in (4096, 16384, 65536):
        random = np.random.default_rng(0)
        inputs = random.normal(size=(samples, 12)).astype(np.float32)
        labels = (inputs.sum(1) > 0).astype(np.int64)
        train = np.arange(int(0.8 * samples))
        test = np.arange(len(train), samples)
        data = Dataset("made", inputs, labels, ("0", "1"), (12,), train, test)
        one = ensemble(FIGURE_2, data_dir, "replicates=16", EXACT, data=data)
        ms = 1e3 / epochs_a_second(one, seconds)
        yield f"{samples:,}", f"{ms:.1f}", f"{1e3 * ms / samples:.2f}"


def by_bits(seconds: float, data_dir: Path | None) -> Iterator[tuple[str, ...]]:
    yield "bits", "ms an epoch", "replicate-epochs/s"
    for bits in (1, 4, 8, 16, 32):
        one = ensemble(FIGURE_2, data_dir, "replicates=64", f"quantization.bits={bits}", EXACT)
        rate = epochs_a_second(one, seconds)
        yield str(bits), f"{1e3 / rate:.1f}", f"{64 * rate:,.0f}"


def by_width(seconds: float, data_dir: Path | None) -> Iterator[tuple[str, ...]]:
    yield "two hidden layers of", "ms an epoch", "ns a weight and sample"
    for width in (8, 32, 128, 512):
        changes = "replicates=2", EXACT, f"network.layers=[{width}, {width}]"
        one = ensemble(FIGURE_2, data_dir, *changes)
        ms = 1e3 / epochs_a_second(one, seconds)
        weights = 2 * one.parameters * 3276
        yield str(width), f"{ms:.1f}", f"{1e6 * ms / weights:.3f}"


def on_mnist(seconds: float, data_dir: Path | None) -> Iterator[tuple[str, ...]]:
    yield "MNIST, 784-16-8-4-2-10, 20 replicates", "s an epoch", "peak MiB so far"
    for kind, changes in (("kernel", KERNEL), ("compiled torch", COMPILED)):
        try:
            one = ensemble("lorenzen-fig4-as-coded", data_dir, *changes)
        except DataError as error:
            yield str(error), "", ""
            return
        span = 1 / epochs_a_second(one, seconds)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        yield kind, f"{span:.2f}", f"{peak:,}"


def verbs(seconds: float, data_dir: Path | None) -> Iterator[tuple[str, ...]]:
    yield "command", "median s", "least s", ""
    with tempfile.TemporaryDirectory() as folder:
        for words in (["--help"], ["list"], ["batch", "quickstart"]):
            spans = []
            for _ in range(7 if len(words) == 1 else 3):
                started = time.perf_counter()
                command = [sys.executable, "-m", "ibtui", *words]
                subprocess.run(command, capture_output=True, check=True, cwd=folder)
                spans.append(time.perf_counter() - started)
            least = f"{min(spans):.2f}"
            yield f"ibtui {' '.join(words)}", f"{np.median(spans):.2f}", least, ""


PARTS: dict[str, Callable[[float, Path | None], Iterator[tuple[str, ...]]]] = {
    "baseline": against_baseline,
    "replicates": by_replicates,
    "samples": by_samples,
    "bits": by_bits,
    "width": by_width,
    "mnist": on_mnist,
    "verbs": verbs,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--seconds", type=float, default=5.0, help="measured for each figure")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--cpu", action="store_true", help="the processor's time, not the clock's")
    parser.add_argument("--old", type=Path, help="folder of an earlier engine to compare with")
    asked = parser.parse_args()
    global clock, old
    clock, old = CLOCKS["cpu" if asked.cpu else "wall"], asked.old
    CONSOLE.print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    for name in asked.parts or PARTS:
        header, *rows = PARTS[name](asked.seconds, asked.data_dir)
        table = Table(*header)
        for row in rows:
            table.add_row(*row)
        CONSOLE.print(table)


if __name__ == "__main__":
    main()
