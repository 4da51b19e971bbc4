"""Bits and nats: an axis of information is drawn in bits and read in either."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import AutoLocator, ScalarFormatter

Unit = Literal["bits", "nats"]
BITS, NATS = "[bits]", "[nats]"
NATS_A_BIT = math.log(2)


class _NatsLocator(AutoLocator):
    """Places ticks at round numbers of nats on an axis of bits."""

    def tick_values(self, vmin: float, vmax: float) -> Any:
        return np.divide(super().tick_values(vmin * NATS_A_BIT, vmax * NATS_A_BIT), NATS_A_BIT)


class _NatsFormatter(ScalarFormatter):
    """Writes places in bits as numbers of nats."""

    def set_locs(self, locs: Any) -> None:
        super().set_locs([place * NATS_A_BIT for place in locs])

    def __call__(self, x: float, pos: Any = None) -> str:
        return super().__call__(x * NATS_A_BIT, pos)


def read_in_nats(figure: Figure) -> None:
    """Let every axis whose label says bits be read in nats."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if BITS in axis.get_label_text():
                _turn(axis)


def _turn(axis: Axis) -> None:
    axis.set_label_text(axis.get_label_text().replace(BITS, NATS))
    axis.set_major_locator(_NatsLocator())
    axis.set_major_formatter(_NatsFormatter())
