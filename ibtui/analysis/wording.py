"""Wording: a verdict as one line of words and numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ibtui.analysis.interval import Interval, rounded
from ibtui.analysis.rule import TRUSTED
from ibtui.analysis.verdict import Verdict


def verdict_line(verdict: Verdict) -> str:
    """`fits 0.35 bits [0.31, 0.39], compresses 1.9 bits [1.2, 2.7] from epoch 900 [..] to ..`."""
    if not verdict.used:
        return f"not measured in any of {verdict.replicates} replicates"
    parts = ["one frame: no verdict"]
    if verdict.frames > 1:
        parts = [fitting_words(verdict), compression_words(verdict)]
    return ", ".join([*parts, *_remarks(verdict)])


def fitting_words(verdict: Verdict) -> str:
    """`fits 0.94 bits [0.94, 0.95], 97% of its headroom`."""
    rise, share = verdict.phases.rise, verdict.phases.rise_share
    names = "fits", "no fitting", "fitting undecided", "rises"
    words = _words(verdict.fits, rise, names, verdict)
    if math.isnan(share.value):
        return f"{words} (nothing left to rise by)"
    return words if verdict.fits is False else f"{words}, {share.value:.0%} of its headroom"


def compression_words(verdict: Verdict) -> str:
    """`compresses 4.20 bits [3.64, 4.78] from epoch 5 [0, 100] to 8000 [7900, 8000]`."""
    found, threshold = verdict.phases, verdict.rule.compresses_bits
    if verdict.forgets:
        words = f"forgets: I(X;T) falls {_bits(found.fall)} and I(T;Y) {_bits(found.forgotten)}"
    elif verdict.falls and verdict.compresses is None:
        words = f"falls {_bits(found.fall)}, to compress or to forget: I(T;Y) falls "
        words += _bits(found.forgotten)
    else:
        names = "compresses", "no compression", "compression undecided", "falls"
        words = _words(verdict.compresses, found.fall, names, verdict)
    if verdict.falls or verdict.used == 1:
        words += f" from epoch {found.peak.show(0)} to {found.trough.show(0)}"
    if verdict.falls and verdict.whole:
        if verdict.lasts is False:
            words += " and recovers"
        elif verdict.lasts is None:
            words += f", whether it lasts is undecided ({_bits(found.lasting)} at the end)"
        elif found.fall.value - found.lasting.value >= threshold:
            words += f", of which {_bits(found.lasting)} last"
    if found.fell and verdict.used > 1:
        words += f" (by {threshold:g} or more in {found.fell} of {verdict.used} replicates)"
    return words


def _remarks(verdict: Verdict) -> Iterator[str]:
    shares = (
        ("I(X;T) = H(X)", verdict.saturated),
        ("I(X;T) above H(X)", verdict.above_hx),
        (f"I(T;Y) above {verdict.ceiling}", verdict.above_hy),
        ("violates the DPI", verdict.breaks_dpi),
    )
    yield from (f"{what} in {percent(share)}" for what, share in shares if share > 0)
    of = f" of {verdict.replicates}" if verdict.used < verdict.replicates else ""
    if 1 < verdict.used < TRUSTED and verdict.frames > 1:
        yield f"only {verdict.used}{of} replicates: the intervals can be too narrow"
    elif of:
        yield f"{verdict.used}{of} replicates"


def percent(share: float) -> str:
    """`12%`; what is there is never 0 %."""
    return f"{share:.0%}" if share >= 0.005 else "under 1%"


def _words(
    said: bool | None, bits: Interval, names: tuple[str, str, str, str], verdict: Verdict
) -> str:
    yes, no, undecided, alone = names
    if math.isnan(bits.low):
        return f"{alone} {rounded(bits.value, 2)} bits (one replicate, no interval)"
    if said:
        return f"{yes} {_bits(bits)}"
    if said is False:
        return f"{no} {bits.bounds(2)}"
    so_far = "" if verdict.whole else " so far"
    return f"{undecided}{so_far}: {_bits(bits)}"


def _bits(bits: Interval) -> str:
    """`1.90 bits [1.20, 2.70]`."""
    return f"{rounded(bits.value, 2)} bits {bits.bounds(2)}"
