"""Where the true I(X;T) goes under a discretization: its four terms, as a table."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.table import Table

from ibtui.analysis.summary import spread
from ibtui.information.decomposed import TERMS, Decomposed
from ibtui.profile import Profile, Recorded
from ibtui.recording import Floats, Recording
from ibtui.report.layers import mean_and_half

COLUMNS = ("I(X';T')", "I(X;T'|X')", "I(X';T|T')", "I(X;T|X',T')")


def decomposed(profile: Profile | Recorded) -> Iterator[int]:
    """The places of the series that have terms; these, in the order of `TERMS`, follow each."""
    at = 0
    for one in profile.estimator:
        if isinstance(one, Decomposed) and one.decompose:
            yield at
        at += len(one.series)


def are_terms(profile: Profile | Recorded) -> set[int]:
    """The places of the series that are terms."""
    return {at + n + 1 for at in decomposed(profile) for n in range(len(TERMS))}


def decomposition_table(recording: Recording, series: int) -> Table:
    """The terms of I(X;T) by one series' discretization, in the newest frame that has them."""
    header = recording.header
    terms = recording.i_xt_bits[:, series + 1 : series + 1 + len(TERMS)]  # (E, 4, R, L)
    there = np.flatnonzero(np.isfinite(terms).any(axis=(1, 2, 3)))
    at = int(there[-1]) if len(there) else -1
    title = f"{header.series[series]}: the terms of I(X;T), bits, epoch {recording.epoch[at]}"
    table = Table(box=None, pad_edge=False, title=title, title_justify="left")
    table.add_column("layer", no_wrap=True)
    for name in ("I(X;T)", *COLUMNS):
        table.add_column(name, justify="right", no_wrap=True)
    for n, layer in enumerate(header.layers):
        of_layer = terms[at, :, :, n]
        cells = (_cell(values, header.replicates) for values in (of_layer.sum(0), *of_layer))
        table.add_row(layer, *cells)
    table.caption = "what T knows of X: kept, and lost in X, in T, in both (thesis, eq. 6.2)"
    table.caption_justify = "left"
    return table


def _cell(values: Floats, replicates: int) -> str:
    return mean_and_half(spread(values, axis=0), 3, replicates)
