"""Whole runs by the kernel beside the torch backend, layer by layer, with the same seeds.

By hand: `python -m tests.benchmarks.trajectories [--replicates 50] [--epochs 400] [PROFILE ...]`.
For every layer and series it prints the mean over replicates at the end by both, the largest
difference of the means over all frames, and that in standard errors of a mean: two or more would
say that the backends train different networks.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from ibtui.engine import Ensemble
from ibtui.profile import load_profile
from ibtui.recording import Recorder, Recording

PROFILES = Path(__file__).parents[2] / "profiles"
FIGURES = ("lorenzen-fig2-as-coded", "lorenzen-fig3-as-coded")
CONSOLE = Console(width=110)


def record(name: str, backend: str, replicates: int, epochs: int) -> Recording:
    """A run of a profile, its every frame."""
    changes = [f"replicates={replicates}", f"training.epochs={epochs}", "training.restart_below=0"]
    profile = load_profile(PROFILES / f"{name}.toml", [*changes, f"training.backend='{backend}'"])
    ensemble = Ensemble(profile, profile.data.load(None))
    recorder = Recorder(ensemble.header)
    for frame in ensemble.frames():
        recorder.add(frame)
    return recorder.snapshot()


def compared(name: str, replicates: int, epochs: int) -> Table:
    """The two runs, layer by layer."""
    kernel, torch = (record(name, one, replicates, epochs) for one in ("kernel", "torch"))
    table = Table(name, "kernel, bits", "torch, bits", "apart at most", "standard errors")
    for which, series in enumerate(kernel.header.series):
        for quantity in ("i_xt_bits", "i_ty_bits"):
            one, other = (getattr(run, quantity)[:, which] for run in (kernel, torch))
            apart = np.abs(one.mean(1) - other.mean(1))  # (epoch, layer)
            # Of the difference of two means of as many networks each, as if seeds were not shared.
            error = np.sqrt((one.var(1, ddof=1) + other.var(1, ddof=1)) / replicates)
            errors = np.divide(apart, error, out=np.zeros_like(apart), where=apart > 1e-9)
            for layer, label in enumerate(kernel.header.layers):
                means = (f"{run[-1, :, layer].mean():.4f}" for run in (one, other))
                worst = f"{apart[:, layer].max():.4f}", f"{errors[:, layer].max():.2f}"
                table.add_row(f"{series} {quantity[:4]} {label}", *means, *worst)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("profiles", nargs="*", metavar="PROFILE", default=FIGURES)
    parser.add_argument("--replicates", type=int, default=50)
    parser.add_argument("--epochs", type=int, default=400)
    asked = parser.parse_args()
    for name in asked.profiles:
        CONSOLE.print(compared(name, asked.replicates, asked.epochs))


if __name__ == "__main__":
    main()
