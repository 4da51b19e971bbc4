"""Words: how a replicate, a duration and a number are written for people, wherever they are read.

What cannot be written to the disk is worded by `ibtui.errors.refused`.
"""

from __future__ import annotations

import math

LARGEST = 1e6  # a number from here on is written with an exponent


def replicate(column: int, total: int | None = None) -> str:
    """`replicate 17`, `replicate 17 of 50`: its column in the recording, counted from 0."""
    return f"replicate {column}" if total is None else f"replicate {column} of {total}"


def replicates(used: int, total: int) -> str:
    """`50 replicates`, `1 replicate`, `48 of 50 replicates`."""
    return f"{some_of(used, total)} replicate{'' if used == total == 1 else 's'}"


def some_of(used: int, total: int) -> str:
    """`50`, or `48 of 50` where some have no value."""
    return str(total) if used == total else f"{used} of {total}"


def so_far(epoch: int, planned: int) -> str:
    """`, epoch 90 of 616` before the last planned epoch, else nothing."""
    return f", epoch {epoch} of {planned}" if epoch < planned else ""


def started_again(column: int, epoch: int, seed: int) -> str:
    """The words for a replicate that got stuck and began anew."""
    return f"{replicate(column)} started again at epoch {epoch} (seed {seed})"


def diverged(column: int, epoch: int) -> str:
    """The words for a replicate whose loss became infinite or NaN."""
    return f"{replicate(column)} diverged: its loss was not finite at epoch {epoch}"


def duration(seconds: float) -> str:
    """`42 s`, `3:07`, `2:03:07`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def number(value: float, digits: int) -> str:
    """`8.72`, `1.234e+09`; `-` for NaN, which is not measured."""
    if math.isnan(value):
        return "-"
    # Adding 0 turns a -0.0 that rounding made into 0.0.
    return f"{round(value, digits) + 0.0:.{digits}f}" if abs(value) < LARGEST else f"{value:.3e}"
