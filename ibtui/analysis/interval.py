"""Interval: a number with what is known of it, and what it says of a threshold."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ibtui.analysis.summary import spread
from ibtui.recording import Floats


@dataclass(frozen=True)
class Interval:
    """A number with its interval; one replicate alone gives none (NaN)."""

    value: float
    low: float
    high: float

    def above(self, threshold: float) -> bool | None:
        """Whether it is at or above the threshold; None where the interval does not say."""
        if self.low >= threshold:
            return True
        return False if self.high < threshold else None

    def show(self, digits: int) -> str:
        """`1.9 [1.2, 2.7]`; `1.9` where there is no interval."""
        if math.isnan(self.low):
            return rounded(self.value, digits)
        return f"{rounded(self.value, digits)} {self.bounds(digits)}"

    def bounds(self, digits: int) -> str:
        """`[1.2, 2.7]`."""
        return f"[{rounded(self.low, digits)}, {rounded(self.high, digits)}]"


MISSING = Interval(math.nan, math.nan, math.nan)


def mean(values: Floats) -> Interval:
    """The mean over replicates (R,) with its 95 % interval (Student's t); NaN are left out."""
    over = spread(values, axis=0)
    return Interval(float(over.mean), float(over.low), float(over.high))


def rounded(value: float, digits: int) -> str:
    """A number with so many decimals."""
    # Adding 0 turns a -0.0 that rounding made into 0.0.
    return f"{round(value, digits) + 0.0:.{digits}f}"
