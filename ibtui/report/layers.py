"""What a series measured of each layer, as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.table import Table

from ibtui.analysis.reasons import NAMES, reasons
from ibtui.analysis.summary import Spread, milestones, quantities
from ibtui.recording import Recording
from ibtui.report.words import number, some_of

DIGITS = {  # of each array of information
    "i_xt_bits": 2,
    "i_ty_bits": 3,
    "i_xt_given_y_bits": 2,
    "output_loss_bits": 2,
    "cells": 1,
}


def layers_table(recording: Recording, series: int) -> Table:
    """First, greatest and last information of each layer under one series.

    I(X;T), I(T;Y), I(X;T|Y), of series that discretize H(output | T discretized), and of those
    that choose it the number of cells.
    """
    header = recording.header
    title = f"{header.series[series]}, bits"
    table = Table(box=None, pad_edge=False, title=title, title_justify="left")
    for name in ("layer", "of"):
        table.add_column(name, no_wrap=True)
    for name in ("first", "maximum", "at epoch", "last"):
        table.add_column(name, justify="right", no_wrap=True)
    found = {
        name: milestones(recording.epoch, getattr(recording, name)[:, series])
        for name in quantities(recording, series)
    }
    for n, layer in enumerate(header.layers):
        for name, stones in found.items():
            label, digits = NAMES[name], DIGITS[name]
            first, greatest, last = (
                mean_and_half(stone.at_layer(n), digits, header.replicates)
                for stone in (stones.first, stones.greatest, stones.last)
            )
            at = str(stones.greatest_epoch[n]) if stones.greatest.used[n] else ""
            start = layer if name == "i_xt_bits" else ""
            table.add_row(start, label, first, greatest, at, last)
    return table


def reason_lines(
    recording: Recording, series: int, said: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    """Why there is a "-" in the table, but for what the estimator says: `said`, by layer."""
    layers: dict[str, list[str]] = {}
    for n, layer in enumerate(recording.header.layers):
        found = reasons(recording, series, n, said.get(layer, ()))
        lines = (found[name] for name in quantities(recording, series) if name in found)
        for line in dict.fromkeys(lines):
            if line not in said.get(layer, ()):
                layers.setdefault(line, []).append(layer)
    yield from (f"{', '.join(names)}: {line}" for line, names in layers.items())


def mean_and_half(stone: Spread, digits: int, replicates: int) -> str:
    """`8.72 ± 0.70`, half the 95 % interval; and how many replicates where not all have a value."""
    if not stone.used:
        return "-"
    text = number(float(stone.mean), digits)
    if stone.used > 1:
        text += f" ± {number(float(stone.high) - float(stone.mean), digits)}"
    return text if stone.used == replicates else f"{text} ({some_of(int(stone.used), replicates)})"
