"""Draw: runs of a sweep drawn from ranges, at random or as Sobol points."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any, NamedTuple

from ibtui.errors import ProfileError, UsageError

WAYS = ("random", "sobol")


class Range(NamedTuple):
    """Numbers from `low` to `high`, both included where they are whole; `log`: evenly in size."""

    low: float
    high: float
    log: bool

    def at(self, share: float) -> float | int:
        """The number at a share from 0 to 1 of the range."""
        whole = isinstance(self.low, int) and isinstance(self.high, int)
        low, high = (self.low - 0.5, self.high + 0.5) if whole else (self.low, self.high)
        if self.log:
            found = math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
        else:
            found = low + share * (high - low)
        if whole:
            return min(max(round(found), int(self.low)), int(self.high))
        return float(f"{found:.6g}")


def is_range(value: Any) -> bool:
    """Whether a value of a sweep is a table that stands for a range."""
    return isinstance(value, Mapping) and {"low", "high"} <= value.keys()


def range_of(value: Mapping[str, Any], where: str) -> Range:
    """`{ low = 1e-4, high = 0.1, log = true }`. Raises `ProfileError`."""
    low, high, log = value["low"], value["high"], value.get("log", False)
    numbers = all(type(one) in (int, float) and math.isfinite(one) for one in (low, high))
    known = value.keys() <= {"low", "high", "log"} and isinstance(log, bool)
    if not (numbers and known and low < high):
        raise ProfileError([f"{where}: is no range (low = 0.001, high = 0.1, log = true)"])
    if log and low <= 0:
        raise ProfileError([f"{where}: low is not above 0, so it has no logarithm"])
    return Range(low, high, log)


def shares(way: str, count: int, axes: int, seed: int) -> Iterator[tuple[float, ...]]:
    """`count` points of `axes` shares from 0 to 1, the same for the same seed.

    Raises `UsageError` where Sobol points are asked for and scipy is missing.
    """
    if way == "random":
        chance = random.Random(seed)
        yield from (tuple(chance.random() for _ in range(axes)) for _ in range(count))
        return
    if find_spec("scipy") is None:
        raise UsageError("sweep.sobol needs scipy (pip install 'ibtui[estimators]')")
    from scipy.stats import qmc

    # `rng` is its name from scipy 1.15 on.
    source = qmc.Sobol(axes, seed=seed)  # pyright: ignore[reportCallIssue]
    points = source.random_base2((count - 1).bit_length())
    yield from (tuple(map(float, point)) for point in points[:count])
