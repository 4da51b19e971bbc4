"""How often a verdict's intervals hold the truth, and how often it says what is not there.

    python -m tests.benchmarks.verdicts [SIMULATIONS [SEED]]

Curves whose mean is known are drawn with noise and judged as `ibtui show` judges a layer. The
tables are those in the docstring of `ibtui.analysis.crossfit`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ibtui.analysis.rule import Rule
from ibtui.analysis.verdict import Verdict, verdicts
from ibtui.recording import ARRAYS, Floats, Header, Recording

FRAMES = 400
REPLICATES = (3, 5, 8, 16, 50)
TIME = np.linspace(0, 1, FRAMES)[:, None]
MANY = 4_000  # replicates whose mean is taken for the truth where chance shapes the curves

Paths = Callable[[int, np.random.Generator], Floats]
Noise = Callable[[tuple[int, int], np.random.Generator], Floats]


def _by(size: Floats, start: Floats | float, end: Floats | float) -> Floats:
    """A fall by `size` between two shares of the time."""
    return -size * np.clip((TIME - start) / (end - start), 0, 1)


def _peak(count: int, rng: np.random.Generator) -> Floats:
    """From 2 up in one frame, and down by about 1.5 within a few."""
    frame = np.arange(FRAMES)[:, None]
    fall = np.where(frame == 0, -2.0, -1.5 * (1 - np.exp(-(frame - 1) / 6)))
    return fall * rng.normal(1, 0.05, count)


def _dips(count: int, rng: np.random.Generator) -> Floats:
    return -1.6 * np.exp(-(((TIME - rng.uniform(0.2, 0.8, count)) / 0.08) ** 2))


def _twice(count: int, rng: np.random.Generator) -> Floats:
    once = np.ones(count)
    return _by(once, 0.1, 0.3) + _by(-once, 0.4, 0.5) + _by(once, 0.7, 0.9)


CURVES: dict[str, Paths] = {  # of I(X;T): (E, R) without noise, for R replicates
    "flat": lambda count, rng: np.zeros((FRAMES, count)),
    "rising": lambda count, rng: 3 * TIME * np.ones(count),
    "falling": lambda count, rng: _by(np.full(count, 3.0), 0, 1),
    "late onset": lambda count, rng: _by(np.ones(count), 0.8, 1),
    "sharp early peak": _peak,
    "falling twice": _twice,
    "recovering": lambda count, rng: -1.6 * np.exp(-(((TIME - 0.4) / 0.08) ** 2)) * np.ones(count),
    "recovering, apart": _dips,
    "onsets apart": lambda count, rng: _by(
        np.ones(count), o := rng.uniform(0.1, 0.8, count), o + 0.15
    ),
    "just below 0.5": lambda count, rng: _by(rng.normal(0.49, 0.2, count), 0.1, 0.7),
    "half of them by 0.98": lambda count, rng: _by(0.98 * rng.integers(0, 2, count), 0.1, 0.7),
    "skewed (gamma 2)": lambda count, rng: _by(rng.gamma(2, 0.5, count), 0.1, 0.7),
    "skewed (exponential)": lambda count, rng: _by(rng.exponential(1, count), 0.1, 0.7),
}


def white(shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    return rng.normal(0, 0.3, shape)


def tails(shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """Student's t of 3 degrees of freedom."""
    return 0.3 / np.sqrt(3) * rng.standard_t(3, shape)


def slow(shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """Autoregressive: a frame keeps 0.95 of the one before it."""
    steps = rng.normal(0, 0.3 * np.sqrt(1 - 0.95**2), shape)
    steps[0] = rng.normal(0, 0.3, shape[1])
    for frame in range(1, shape[0]):
        steps[frame] += 0.95 * steps[frame - 1]
    return steps


def walk(shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """A random walk that is 0.3 off at the end."""
    return rng.normal(0, 0.3 / np.sqrt(shape[0]), shape).cumsum(axis=0)


NOISES: tuple[Noise, ...] = (white, tails, slow, walk)


class Labels(NamedTuple):
    """Mean curves of I(T;Y) beside a fall of I(X;T) by 3 bits, and a word that would be false.

    Replicates move by half as much, or by half more (one standard deviation).
    """

    name: str
    path: Floats  # (E, 1)
    word: str  # of `Verdict`


LABELS = (
    Labels("rises by 0.09 of 0.9: fits", 0.1 + 0.09 * np.minimum(4 * TIME, 1), "fits"),
    Labels("rises by 0.09 of 0.19: fits", 0.81 + 0.09 * np.minimum(4 * TIME, 1), "fits"),
    Labels("falls by 0.11: compresses", 0.9 - 0.11 * TIME, "compresses"),
    Labels("falls by 0.09: forgets", 0.9 - 0.09 * TIME, "forgets"),
)


def judged(i_xt_bits: Floats, i_ty_bits: Floats) -> Verdict:
    """The verdict on a layer of (E, R)."""
    header = Header(("exact",), ("T1",), (3,), i_xt_bits.shape[1], 4096, 12.0, 1.0)
    shapes = Recording.shapes(header, FRAMES)
    arrays = {name: np.full(shapes[name], np.nan) for name in ARRAYS} | {
        "epoch": np.arange(FRAMES),
        "i_xt_bits": i_xt_bits[:, None, :, None],
        "i_ty_bits": i_ty_bits[:, None, :, None],
    }
    return verdicts(Recording(header, **arrays), 0)[0]


def truth(paths: Paths) -> tuple[float, float]:
    """The greatest fall of the mean curve, and what is left of it at the end."""
    mean = paths(MANY, np.random.default_rng(0)).mean(axis=1)
    return float((np.maximum.accumulate(mean) - mean).max()), float(mean.max() - mean[-1])


def falls(name: str, noise: Noise, simulations: int, seed: int) -> list[tuple[float, ...]]:
    """Of each number of replicates the shares: fall held, lasting held, said to compress."""
    paths, rows = CURVES[name], []
    fall, lasting = truth(paths)
    for count in REPLICATES:
        rng = np.random.default_rng([seed, count, *name.encode()])
        flat = np.full((FRAMES, count), 0.5)
        found = []
        for _ in range(simulations):
            verdict = judged(8 + paths(count, rng) + noise((FRAMES, count), rng), flat)
            said = verdict.phases
            held = (
                said.fall.low <= fall <= said.fall.high,
                said.lasting.low <= lasting <= said.lasting.high,
            )
            found.append((*held, verdict.compresses is True))
        rows.append(tuple(100 * np.mean(found, axis=0)))
    return rows


def words(labels: Labels, noise: Noise, simulations: int, seed: int) -> list[float]:
    """In how many of 100 simulations a word is said, of each number of replicates."""
    rows = []
    for count in REPLICATES:
        rng = np.random.default_rng([seed, count, *labels.name.encode()])
        found = []
        for _ in range(simulations):
            xt = 8 + CURVES["falling"](count, rng) + noise((FRAMES, count), rng)
            ty = labels.path[0] + (labels.path - labels.path[0]) * rng.normal(1, 0.5, count)
            verdict = judged(xt, ty + noise((FRAMES, count), rng) / 10)
            found.append(getattr(verdict, labels.word) is True)
        rows.append(100 * float(np.mean(found)))
    return rows


def _line(name: str, noise: str, cells: list[str]) -> None:
    print(f"{name:29}{noise:6}" + "".join(f"{cell:>9}" for cell in cells), flush=True)


def main(simulations: int, seed: int) -> None:
    print(f"{simulations} simulations, seed {seed}; fall held, lasting held, in 100")
    _line("", "", [str(count) for count in REPLICATES])
    false = []
    for name in CURVES:
        for noise in NOISES:
            rows = falls(name, noise, simulations, seed)
            _line(name, noise.__name__, [f"{row[0]:.0f} {row[1]:.0f}" for row in rows])
            if truth(CURVES[name])[0] < Rule().compresses_bits:
                false.append((name, noise.__name__, [f"{row[2]:.1f}" for row in rows]))
    print("said to compress that does not")
    for row in false:
        _line(*row)
    print("said of I(T;Y)")
    for labels in LABELS:
        for noise in NOISES:
            said = words(labels, noise, simulations, seed)
            _line(labels.name, noise.__name__, [f"{share:.1f}" for share in said])


if __name__ == "__main__":
    given = [int(number) for number in sys.argv[1:]]
    main(*(given + [100, 2026][len(given) :]))
