"""How often a verdict's intervals hold the truth, and how often it says what is not there.

    python -m tests.benchmarks.verdicts [SIMULATIONS]

Curves whose mean is known are drawn with noise and judged as `ibtui show` judges a layer. The
table is the one in the docstring of `ibtui.analysis.crossfit`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ibtui.analysis.phases import phases
from ibtui.analysis.rule import Rule
from ibtui.recording import Floats

FRAMES = 400
REPLICATES = (3, 4, 5, 8, 16, 50)
TIME = np.linspace(0, 1, FRAMES)[:, None]


class Curve(NamedTuple):
    """Curves of I(X;T): paths (E, R) without noise for R replicates, and the truth of their mean.

    `fall` is the greatest fall of the mean, `lasting` what is left of it at the end.
    """

    name: str
    paths: Callable[[int, np.random.Generator], Floats]
    fall: float
    lasting: float


def _by(size: float | Floats, start: float, end: float) -> Floats:
    """A fall by `size` between two shares of the time."""
    return -size * np.clip((TIME - start) / (end - start), 0, 1)


CURVES = (
    Curve("flat", lambda count, rng: np.zeros((FRAMES, count)), 0, 0),
    Curve("falling", lambda count, rng: _by(np.full(count, 3.0), 0, 1), 3, 3),
    Curve("late onset", lambda count, rng: _by(np.ones(count), 0.8, 1), 1, 1),
    Curve("recovering", lambda count, rng: _dip(count), 1.6, 0),
    Curve("just below 0.5", lambda count, rng: _by(np.full(count, 0.49), 0.1, 0.7), 0.49, 0.49),
    Curve("skewed (gamma 2)", lambda count, rng: _by(rng.gamma(2, 0.5, count), 0.1, 0.7), 1, 1),
    Curve(
        "skewed (exponential)", lambda count, rng: _by(rng.exponential(1, count), 0.1, 0.7), 1, 1
    ),
    Curve(
        "half of them by 0.98",
        lambda count, rng: _by(0.98 * rng.integers(0, 2, count), 0.1, 0.7),
        *(0.49, 0.49),
    ),
)


def _dip(count: int) -> Floats:
    return -1.6 * np.exp(-(((TIME - 0.4) / 0.08) ** 2)) * np.ones(count)


def white(shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    return rng.normal(0, 0.3, shape)


def walk(shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    return rng.normal(0, 0.3 / np.sqrt(shape[0]), shape).cumsum(axis=0)


def simulate(curve: Curve, noise, count: int, simulations: int) -> tuple[float, ...]:
    """Shares: fall held, lasting held, rise held, false or true "compresses", "fits"."""
    rng = np.random.default_rng(count)
    epoch, rule = np.arange(FRAMES), Rule()
    found = []
    for _ in range(simulations):
        xt = 8 + curve.paths(count, rng) + noise((FRAMES, count), rng)
        # I(T;Y) rises by 0.09 of 0.9: just less than what is fitting.
        ty = 0.1 + 0.09 * np.minimum(4 * TIME, 1) + noise((FRAMES, count), rng) / 10
        said = phases(epoch, xt, ty, 1.0, rule)
        found.append(
            (
                said.fall.low <= curve.fall <= said.fall.high,
                said.lasting.low <= curve.lasting <= said.lasting.high,
                said.rise.low <= 0.09 <= said.rise.high,
                said.fall.above(rule.compresses_bits) is True,
                said.rise.above(rule.fits_bits) is True,
            )
        )
    return tuple(np.mean(found, axis=0).tolist())


def main(simulations: int) -> None:
    print(f"{'':22}{'noise':6}" + "".join(f"{count:>8}" for count in REPLICATES) + "  replicates")
    for noise in (white, walk):
        false_fits, rises = [], []
        for curve in CURVES:
            columns = [simulate(curve, noise, count, simulations) for count in REPLICATES]
            held = "".join(f"{f'{100 * c[0]:.0f} {100 * c[1]:.0f}':>8}" for c in columns)
            print(f"{curve.name:22}{noise.__name__:6}{held}", flush=True)
            if curve.fall < Rule().compresses_bits:
                said = "".join(f"{f'{100 * c[3]:.1f}':>8}" for c in columns)
                print(f"{'  said to compress':22}{'':6}{said}", flush=True)
            rises.append([c[2] for c in columns])
            false_fits.append([c[4] for c in columns])
        held = "".join(f"{f'{100 * c:.0f}':>8}" for c in np.mean(rises, axis=0))
        said = "".join(f"{f'{100 * c:.1f}':>8}" for c in np.mean(false_fits, axis=0))
        print(f"{'rise of 0.09':22}{noise.__name__:6}{held}")
        print(f"{'  said to fit':22}{'':6}{said}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
