"""Cross-fitting: epochs found on half of the replicates, bits measured on the other half.

Noise decides which frame is the greatest, so the greatest value of the replicates on which it was
looked for is too great. On replicates that had no say in it the value is unbiased: flat curves do
not fall, however noisy. The estimate is the mean over splits into halves, each of which serves the
other. It errs to the small side only, where noise hides the best frame.

The interval is Student's t times a standard error of the whole procedure: replicates are drawn
with replacement, each draw is split so that no replicate lies in both halves, and all is done
again. Leaving out one replicate at a time would serve less: with 50 flat curves its intervals hold
the truth in 52 to 75 %, since nearly all of the replicates then choose and measure.

In how many of 100 simulations the interval of a fall holds the truth, and that of what lasts of it;
the least of four kinds of noise of 0.3 bit (white, heavy tails, autoregressive, a random walk),
from the output of tests/benchmarks/verdicts.py (400 frames, seed 2026):

    replicates                  3        5        8       16       50
    flat                    100 100  100 100  100 100   100 99    99 99
    rising                   100 99  100 100  100 100  100 100  100 100
    falling                   99 99    98 98    93 93    94 94    95 95
    late onset              100 100    98 98    97 97    96 96    95 95
    sharp early peak         100 98    99 98    99 96    97 95    97 94
    falling twice            99 100   99 100    99 99    98 95    99 97
    recovering               99 100    99 99    97 99   94 100   95 100
    recovering, apart        97 100  100 100  100 100  100 100    99 98
    onsets apart            100 100  100 100   100 99    99 99    98 98
    just below 0.5            97 98    99 98    93 96    96 98    96 97
    half of them by 0.98      87 84    89 86    93 92    92 92    97 97
    skewed (gamma 2)          96 95    97 97    95 96    96 94    95 95
    skewed (exponential)      90 90    92 94    90 93    89 90    95 94

A mean that does not fall by 0.5 is said to compress in up to 2 of 100, and where half of the
replicates fall by 0.98 in up to 5; a rise just too small is said to fit in up to 2; a layer that
forgets by 0.11 is said to compress, and one that loses 0.09 to forget, in up to 2. No interval
knows of replicates that are rare: of 5, all or none belong to a half in 1 of 16 draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ibtui.analysis.interval import MISSING, Interval
from ibtui.analysis.summary import TOLERANCE_BITS, student_quantile
from ibtui.recording import Floats

Frames = NDArray[np.int64]
Find = Callable[[Floats], Frames]  # of paths (E, P): frames (P, 2), the bits are first less second

SPLITS = 20  # of the replicates themselves
EACH = 36  # up to so many splits, all of them are made, each once
SPLITS_OF_RESAMPLE = 3
SMOOTHED = 400  # frames are looked for on means of 1 + 2 (E // SMOOTHED) frames, then within these


@dataclass(frozen=True)
class Draws:
    """Splits into halves: first those of the R replicates, then those of each resample.

    `halves` (S, 2, R) holds the weights within each half, `shares` (S, 2) those of the halves;
    the first `splits` are of the replicates themselves. `wholes` (1 + B, R) holds the weights of
    all replicates and of each resample, which has `SPLITS_OF_RESAMPLE` splits.
    """

    halves: Floats
    shares: Floats
    splits: int
    wholes: Floats

    @property
    def replicates(self) -> int:
        return self.wholes.shape[1]


@lru_cache(maxsize=64)
def draws(replicates: int, resamples: int, seed: int) -> Draws:
    """The splits and resamples of 2 or more replicates; the same for all layers of a run."""
    rng = np.random.default_rng(seed)
    own = _own_splits(replicates, rng)
    drawn = rng.integers(replicates, size=(resamples, replicates))
    drawn += replicates * np.arange(resamples)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=resamples * replicates)
    counts = counts.reshape(-1, replicates)
    counts = counts[(counts > 0).sum(axis=1) > 1]  # one replicate alone has no halves
    first = _halved(np.repeat(counts, SPLITS_OF_RESAMPLE, axis=0), rng)
    repeated = np.repeat(counts, SPLITS_OF_RESAMPLE, axis=0)
    resampled = np.stack([np.where(first, 0, repeated), np.where(first, repeated, 0)], axis=1)
    weights = np.concatenate([own, resampled]).astype(np.float64)
    sizes = weights.sum(axis=2)
    return Draws(
        halves=weights / sizes[:, :, None],
        shares=sizes / sizes.sum(axis=1, keepdims=True),
        splits=len(own),
        wholes=np.concatenate([np.ones((1, replicates)), counts]) / replicates,
    )


@dataclass(frozen=True)
class Found:
    """Frames found on each half, (S, 2, 2), and on all replicates and each resample, (1 + B, 2)."""

    halves: Frames
    wholes: Frames


class Search:
    """The mean paths of one quantity on which frames are looked for; `paths` is (E, R).

    They are smoothed, so that noise hides little; within the frames of the mean that was found, the
    frame itself is then taken of the path as it is, so that no peak is too sharp. `wholes`
    (E, 1 + B) are the smoothed paths of all replicates and of each resample.
    """

    def __init__(self, paths: Floats, over: Draws) -> None:
        self._paths, self._reach = paths, len(paths) // SMOOTHED
        smooth = smoothed(paths, self._reach)
        self._weights = over.halves.reshape(-1, over.replicates), over.wholes
        self._halves, self.wholes = (smooth @ weights.T for weights in self._weights)

    def find(self, find: Find) -> Found:
        """The frames (P, 2) that `find` takes of each path, the greater one first.

        A frame at an end stays where it is, and no frame passes the other.
        """
        halves, wholes = (
            self._sharpened(find(paths), weights)
            for paths, weights in zip((self._halves, self.wholes), self._weights, strict=True)
        )
        return Found(halves.reshape(-1, 2, 2), wholes)

    def find_within(self, span: Found, find: Callable[[Floats, Frames], Frames]) -> Found:
        """Frames that `find` takes from paths (E, P) and the frames (P, 2) of a span of each."""
        halves = find(self._halves, span.halves.reshape(-1, 2))
        return Found(halves.reshape(-1, 2, 2), find(self.wholes, span.wholes))

    def _sharpened(self, found: Frames, weights: Floats) -> Frames:
        if self._reach == 0:
            return found
        high, low = found.T
        falls = high <= low
        last = len(self._paths) - 1
        start, end = np.where(falls, 0, low), np.where(falls, low, last)
        high = self._near(high, weights, start, end, latest=falls)
        start, end = np.where(falls, high, 0), np.where(falls, last, high)
        return np.stack([high, self._near(low, -weights, start, end, latest=~falls)], axis=1)

    def _near(
        self, frame: Frames, weights: Floats, start: Frames, end: Frames, latest: NDArray[np.bool_]
    ) -> Frames:
        """The greatest frame of each weighted path among those of the mean around `frame` (P,)."""
        last = len(self._paths) - 1
        reach = np.clip(np.minimum(frame, last - frame), 0, self._reach)
        around = np.arange(-self._reach, self._reach + 1)
        around = frame[:, None] + np.clip(around, -reach[:, None], reach[:, None])
        around = np.clip(around, np.minimum(start, frame)[:, None], np.maximum(end, frame)[:, None])
        values = np.einsum("pkr,pr->pk", self._paths[np.minimum(around, last)], weights)
        top = values >= values.max(axis=1, keepdims=True) - TOLERANCE_BITS
        first = top.argmax(axis=1)
        final = top.shape[1] - 1 - top[:, ::-1].argmax(axis=1)
        return np.take_along_axis(around, np.where(latest, final, first)[:, None], axis=1)[:, 0]


def measured(paths: Floats, found: Found, over: Draws, coverage: float) -> Interval:
    """The mean of `paths` (E, R) at the first of two frames less that at the second, in bits."""
    values, floor = _values(paths, found, over)
    return _interval(values, floor, over, coverage)


def measured_share(
    paths: Floats, found: Found, over: Draws, coverage: float, ceiling: float
) -> Interval:
    """The same as a share of what the first frame leaves up to `ceiling`."""
    values, floor = _values(paths, found, over)
    weights = (over.halves * over.shares[:, :, None]).sum(axis=1)
    headroom = ceiling - weights @ paths[0]
    if (headroom <= 0).any():
        return MISSING
    return _interval(values / headroom, floor / headroom[0], over, coverage)


def epochs(epoch: NDArray[np.int64], frames: Frames, coverage: float) -> Interval:
    """The epoch of a frame (1 + B,) found on all replicates, with its quantiles over resamples."""
    at = epoch[frames]
    if len(at) < 2:
        return Interval(float(at[0]), math.nan, math.nan)
    low, high = np.quantile(at[1:], [(1 - coverage) / 2, (1 + coverage) / 2])
    return Interval(float(at[0]), float(low), float(high))


def smoothed(paths: Floats, reach: int) -> Floats:
    """Means of 1 + 2 `reach` frames along the first axis; fewer towards the ends, one at them."""
    if reach == 0:
        return paths
    total = np.concatenate([np.zeros_like(paths[:1]), np.cumsum(paths, axis=0)])
    at = np.arange(len(paths))
    near = np.minimum(np.minimum(at, at[::-1]), reach)
    return (total[at + near + 1] - total[at - near]) / (2 * near + 1)[:, None]


def _values(paths: Floats, found: Found, over: Draws) -> tuple[Floats, float]:
    """The bits of each split (S,), and the standard error of one split by Student."""
    between = paths[found.halves[..., 0]] - paths[found.halves[..., 1]]  # (S, 2, R)
    of_other = between[:, ::-1]
    values = np.einsum("skr,skr,sk->s", over.halves, of_other, over.shares)
    mine = over.halves[: over.splits, 0] > 0
    each = np.where(mine, of_other[: over.splits, 0], of_other[: over.splits, 1])
    return values, math.sqrt(each.var(axis=1, ddof=1).mean() / over.replicates)


def _interval(values: Floats, floor: float, over: Draws, coverage: float) -> Interval:
    value = float(values[: over.splits].mean())
    resampled = values[over.splits :].reshape(-1, SPLITS_OF_RESAMPLE).mean(axis=1)
    count = over.replicates
    # A bootstrap's variance is short by (R - 1) / R, and of two replicates it is none at all.
    error = resampled.std() * math.sqrt(count / (count - 1)) if len(resampled) else 0.0
    # Falls of replicates are skewed: of 5 exponential ones Student's interval holds 88 %.
    wider = math.sqrt(1 + 2 / count)
    half = wider * student_quantile(count - 1, coverage) * max(float(error), floor)
    # No greatest fall is below 0, that from a frame to itself; but where a curve rises, it does so
    # between the frames that noise chose, and an interval below 0 would hold nothing that can be.
    return Interval(value, float(value - half), max(float(value + half), 0.0))


def _own_splits(replicates: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """(S, 2, R) of 0 and 1: the second half is the smaller one."""
    size = replicates // 2
    if math.comb(replicates, size) <= EACH:
        second = np.zeros((math.comb(replicates, size), replicates), np.int64)
        for row, chosen in zip(second, combinations(range(replicates), size), strict=True):
            row[list(chosen)] = 1
    else:
        second = _halved(np.ones((SPLITS, replicates), np.int64), rng).astype(np.int64)
    return np.stack([1 - second, second], axis=1)


def _halved(counts: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.bool_]:
    """A random half of the replicates that each row has, (S, R)."""
    rank = np.where(counts > 0, rng.random(counts.shape), np.inf).argsort(axis=1).argsort(axis=1)
    return rank < (counts > 0).sum(axis=1, keepdims=True) // 2
