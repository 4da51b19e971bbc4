"""The numbers of a judgement in words."""

from __future__ import annotations

import numpy as np

from ibtui.analysis.interval import Interval
from ibtui.analysis.verdict import Verdict
from ibtui.claims.claim import Reading


def phases_of(verdict: Verdict) -> str:
    found = verdict.phases
    return f"rises {found.rise.show(2)}, falls {found.fall.show(2)} bits"


def falls_of(found: list[Verdict]) -> str:
    return ", ".join(fall_of(one) for one in found) + " bits"


def fall_of(verdict: Verdict) -> str:
    """`T5 4.20 [3.51, 4.83]`, and what else must be known of such a fall."""
    words = f"{verdict.layer} {verdict.phases.fall.show(2)}"
    if verdict.forgets:
        words += " forgotten"
    elif verdict.falls and verdict.lasts is False:
        words += " in mid-run"
    return words


def rise_of(verdict: Verdict) -> str:
    found = verdict.phases
    words = f"{verdict.layer} {found.rise.show(2)}"
    full = np.isnan(found.rise_share.value)
    return words if full else f"{words}, {found.rise_share.value:.0%} of its headroom"


def span_of(least: int, most: int) -> str:
    return str(least) if least == most else f"{least} to {most}"


def listed(reading: Reading, bits: list[Interval]) -> str:
    pairs = zip(reading.verdicts, bits, strict=False)
    return ", ".join(f"{verdict.layer} {one.value:.2f}" for verdict, one in pairs)


def plainly(values: np.ndarray, digits: int) -> str:
    return ", ".join(f"{value:.{digits}f}" for value in values)
