"""What two or three numbers with intervals say of each other, and frames of a run of each other."""

from __future__ import annotations

import numpy as np

from ibtui.analysis.interval import Interval, mean
from ibtui.analysis.verdict import Said
from ibtui.claims.claim import Reading, opposite
from ibtui.recording import Floats

APART_BITS = 0.1  # further below H(X) than this, a layer can be told apart in the plane


def told_apart(reading: Reading, frame: int) -> list[Said]:
    """Whether each layer lacks a state for nearly every input in one frame."""
    ceiling = reading.run.recording.header.input_bits - APART_BITS
    return [opposite(bits.above(ceiling)) for bits in reading.i_xt_bits(frame)]


def if_there(there: Said, said: Said) -> Said:
    """What is said of something; undecided where it may not be there and would say no."""
    return said if there or said else None


def so_far(said: Said, reading: Reading) -> Said:
    """What is not there yet may come: a run that goes on decides no absence."""
    return None if said is False and not reading.whole else said


def steps(reading: Reading, bits: Floats) -> list[Interval]:
    """The change of each layer from the first to the last frame that the rule looks at."""
    return [mean(row) for row in change(reading, bits).T]


def change(reading: Reading, bits: Floats) -> Floats:
    """The same of every replicate, (R, L)."""
    looked_at = np.flatnonzero(reading.looked_at)
    return bits[looked_at[-1], reading.series] - bits[looked_at[0], reading.series]


def difference(one: Interval, other: Interval) -> Interval:
    """A cautious interval of a difference: where it excludes 0, the two do not overlap."""
    return Interval(one.value - other.value, one.low - other.high, one.high - other.low)


def positive(bits: Interval) -> Said:
    if np.isnan(bits.low):
        return None
    if bits.low > 0:
        return True
    return False if bits.high <= 0 else None


def within(bits: Interval, size: float) -> Said:
    if np.isnan(bits.low):
        return None
    if -size < bits.low and bits.high < size:
        return True
    return False if bits.low >= size or bits.high <= -size else None


def greater(one: Interval, other: Interval) -> Said:
    if one.low > other.high:
        return True
    return False if other.low > one.high else None
