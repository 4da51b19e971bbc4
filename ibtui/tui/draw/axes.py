"""Axes: what numbers are written along a chart, and where."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np

from ibtui.recording import Floats
from ibtui.tui.draw.bands import Span, fraction

AIR = 0.02  # of an axis: what lies so little beyond its ends is shown without growing it


class Axis(Protocol):
    """A named axis that knows its numbers."""

    @property
    def name(self) -> str: ...

    def ticks(self, most: int) -> list[tuple[float, str]]:
        """At most `most` labels, each with its place along the axis (0 to 1)."""
        ...


@dataclass(frozen=True)
class Linear:
    """Values from `low` to `high`; the numbers are written times `scale` (bits to nats)."""

    low: float
    high: float
    name: str
    scale: float = 1.0

    def ticks(self, most: int) -> list[tuple[float, str]]:
        values = round_numbers(self.low * self.scale, self.high * self.scale, most)
        whole = (self.high - self.low) * self.scale
        places = [(value - self.low * self.scale) / whole for value in values]
        return list(zip(places, decimals(values), strict=True))


@dataclass(frozen=True)
class Epochs:
    """The planned epochs, on a linear scale or on a logarithmic one that starts at the first."""

    span: Span
    log: bool
    name: str = "epoch"

    def ticks(self, most: int) -> list[tuple[float, str]]:
        first, last = self.span
        if not self.log:
            values = round_numbers(first, max(last, first + 1), most)
            values = [value for value in values if value == int(value)]
        else:
            powers = range(1, 10)
            values = [
                float(first),
                *(float(first + 10**p) for p in powers if first + 10**p <= last),
            ]
            values = values[:: max(1, math.ceil(len(values) / max(most, 1)))]
        places = fraction(values, self.span, log=self.log).tolist()
        return [(place, short(int(value))) for place, value in zip(places, values, strict=True)]


def holding(low: float, high: float, *values: Floats) -> tuple[float, float]:
    """The range low to high, grown until it holds all finite values.

    It grows by quarters of itself, so that what is drawn rarely moves while a run goes on.
    """
    whole = high - low
    for some in values:
        finite = np.isfinite(some)
        least, greatest = (
            float(bound(some, initial=end, where=finite))
            for bound, end in ((np.min, low), (np.max, high))
        )
        if least < low - AIR * whole:
            low -= math.ceil((low - least) / whole * 4) * whole / 4
        if greatest > high + AIR * whole:
            high += math.ceil((greatest - high) / whole * 4) * whole / 4
    return low, high


def round_numbers(low: float, high: float, most: int) -> list[float]:
    """At most `most` round numbers (1, 2 or 5 times a power of ten apart) from low to high."""
    if most < 1 or not high > low:
        return []
    step = 10.0 ** math.floor(math.log10((high - low) / most))
    for factor in (1, 2, 5, 10, 20):
        # A hair wider than the range, so that rounding loses no tick at its ends.
        first = math.ceil(low / (step * factor) - 1e-9)
        last = math.floor(high / (step * factor) + 1e-9)
        if last - first + 1 <= most:
            return [n * step * factor for n in range(first, last + 1)]
    return []


def decimals(values: list[float]) -> list[str]:
    """The numbers with as many decimals as tell them apart."""
    apart = min((b - a for a, b in pairwise(values)), default=1.0)
    digits = max(0, -math.floor(math.log10(apart) + 1e-9))
    return [f"{value + 0.0:.{digits}f}" for value in values]


def short(value: int) -> str:
    """Whole thousands from ten thousand on as k, so that a long axis can be read."""
    return f"{value // 1000}k" if abs(value) >= 10_000 and value % 1000 == 0 else str(value)
