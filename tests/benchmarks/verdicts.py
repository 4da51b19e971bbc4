"""How often a verdict's intervals hold the truth, and how often it says what is not there.

    python -m tests.benchmarks.verdicts [SIMULATIONS [SEED]]

Curves whose mean is known are drawn with noise of 0.3 bit and judged as `ibtui show` judges a
layer. With 100 simulations 95 comes out as anything from 90 to 99. Where half of the replicates
fall by 0.98, all or none of 5 do in 1 of 16 simulations, and no interval of theirs holds 0.49 then.
The output, of which the docstring of `ibtui.analysis.crossfit` has the least over the noises:

    100 simulations, seed 2026; fall held, lasting held, in 100
                                               3        5        8       16       50
    flat                         white   100 100  100 100  100 100   100 99  100 100
    flat                         tails   100 100  100 100  100 100  100 100  100 100
    flat                         slow    100 100  100 100  100 100  100 100   100 99
    flat                         walk    100 100  100 100  100 100  100 100    99 99
    rising                       white    100 99  100 100  100 100  100 100  100 100
    rising                       tails   100 100  100 100  100 100  100 100  100 100
    rising                       slow    100 100  100 100  100 100  100 100  100 100
    rising                       walk    100 100  100 100  100 100  100 100  100 100
    falling                      white    100 99  100 100  100 100  100 100    98 96
    falling                      tails    99 100  100 100    99 99    98 99    97 98
    falling                      slow     99 100  100 100    96 97    96 99    99 98
    falling                      walk    100 100    98 98    93 93    94 94    95 95
    late onset                   white   100 100  100 100  100 100  100 100   99 100
    late onset                   tails   100 100  100 100  100 100   99 100  100 100
    late onset                   slow    100 100  100 100   100 99   100 99   100 99
    late onset                   walk    100 100    98 98    97 97    96 96    95 95
    sharp early peak             white    100 98   100 98    99 97    97 95   100 94
    sharp early peak             tails    100 98  100 100   100 99    99 96   100 95
    sharp early peak             slow    100 100    99 98   100 96    99 96    97 98
    sharp early peak             walk     100 99   100 99  100 100   100 97   100 95
    falling twice                white   100 100  100 100  100 100  100 100   100 98
    falling twice                tails   100 100  100 100  100 100  100 100   100 99
    falling twice                slow    100 100  100 100    99 99   100 99   100 98
    falling twice                walk     99 100   99 100    99 99    98 95    99 97
    recovering                   white   100 100  100 100  100 100  100 100  100 100
    recovering                   tails   100 100  100 100  100 100  100 100  100 100
    recovering                   slow     99 100   100 99  100 100   97 100   96 100
    recovering                   walk    100 100   99 100    97 99   94 100   95 100
    recovering, apart            white   100 100  100 100  100 100  100 100   100 99
    recovering, apart            tails    97 100  100 100  100 100  100 100  100 100
    recovering, apart            slow     99 100  100 100  100 100  100 100   100 99
    recovering, apart            walk     98 100  100 100  100 100  100 100    99 98
    onsets apart                 white   100 100  100 100  100 100  100 100   100 98
    onsets apart                 tails   100 100  100 100  100 100  100 100    99 99
    onsets apart                 slow    100 100  100 100   100 99    99 99   99 100
    onsets apart                 walk    100 100  100 100   100 99    99 99    98 98
    just below 0.5               white   100 100  100 100   100 99   100 98    98 98
    just below 0.5               tails    100 99  100 100  100 100  100 100    98 97
    just below 0.5               slow     100 99   100 99  100 100    99 98    96 97
    just below 0.5               walk      97 98    99 98    93 96    96 98  100 100
    half of them by 0.98         white    100 96   100 99    97 96    95 93    97 97
    half of them by 0.98         tails   100 100    99 99   100 96    97 96  100 100
    half of them by 0.98         slow    100 100   99 100    98 95    98 94    97 98
    half of them by 0.98         walk      87 84    89 86    93 92    92 92    97 97
    skewed (gamma 2)             white   100 100   100 99    97 97    98 96    97 98
    skewed (gamma 2)             tails     98 99    98 99    98 98    96 95    95 95
    skewed (gamma 2)             slow      99 98    99 97    96 97    96 94    97 96
    skewed (gamma 2)             walk      96 95    97 98    95 96    97 96    96 96
    skewed (exponential)         white    100 99    99 97    96 94    96 94    95 95
    skewed (exponential)         tails     99 99    97 98    94 93    97 97    98 97
    skewed (exponential)         slow      98 98    97 96    90 93    89 90    97 94
    skewed (exponential)         walk      90 90    92 94    90 93    93 94    96 94
    said to compress that does not
    flat                         white       0.0      0.0      0.0      0.0      0.0
    flat                         tails       0.0      0.0      0.0      0.0      0.0
    flat                         slow        0.0      0.0      0.0      0.0      0.0
    flat                         walk        0.0      0.0      0.0      0.0      0.0
    rising                       white       0.0      0.0      0.0      0.0      0.0
    rising                       tails       0.0      0.0      0.0      0.0      0.0
    rising                       slow        0.0      0.0      0.0      0.0      0.0
    rising                       walk        0.0      0.0      0.0      0.0      0.0
    recovering, apart            white       0.0      0.0      0.0      0.0      0.0
    recovering, apart            tails       1.0      0.0      0.0      0.0      0.0
    recovering, apart            slow        1.0      0.0      0.0      0.0      0.0
    recovering, apart            walk        1.0      0.0      0.0      0.0      0.0
    just below 0.5               white       0.0      0.0      0.0      0.0      1.0
    just below 0.5               tails       0.0      0.0      0.0      0.0      0.0
    just below 0.5               slow        0.0      0.0      0.0      0.0      1.0
    just below 0.5               walk        2.0      0.0      2.0      0.0      0.0
    half of them by 0.98         white       0.0      0.0      0.0      2.0      0.0
    half of them by 0.98         tails       0.0      0.0      0.0      0.0      0.0
    half of them by 0.98         slow        0.0      0.0      0.0      0.0      0.0
    half of them by 0.98         walk        5.0      5.0      1.0      2.0      1.0
    said of I(T;Y)
    rises by 0.09 of 0.9: fits   white       0.0      0.0      0.0      0.0      0.0
    rises by 0.09 of 0.9: fits   tails       0.0      0.0      0.0      0.0      0.0
    rises by 0.09 of 0.9: fits   slow        0.0      0.0      0.0      0.0      0.0
    rises by 0.09 of 0.9: fits   walk        0.0      0.0      1.0      0.0      0.0
    rises by 0.09 of 0.19: fits  white       0.0      0.0      0.0      0.0      0.0
    rises by 0.09 of 0.19: fits  tails       0.0      0.0      0.0      1.0      0.0
    rises by 0.09 of 0.19: fits  slow        0.0      0.0      2.0      0.0      0.0
    rises by 0.09 of 0.19: fits  walk        0.0      1.0      2.0      0.0      0.0
    falls by 0.11: compresses    white       0.0      0.0      1.0      0.0      0.0
    falls by 0.11: compresses    tails       1.0      0.0      0.0      0.0      0.0
    falls by 0.11: compresses    slow        1.0      0.0      0.0      1.0      2.0
    falls by 0.11: compresses    walk        1.0      0.0      1.0      0.0      0.0
    falls by 0.09: forgets       white       0.0      0.0      0.0      0.0      0.0
    falls by 0.09: forgets       tails       0.0      0.0      0.0      0.0      0.0
    falls by 0.09: forgets       slow        0.0      0.0      0.0      0.0      0.0
    falls by 0.09: forgets       walk        1.0      1.0      2.0      0.0      0.0
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
