"""Histograms of single units at single labels (thesis figures 5.2 and 5.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ibtui.errors import UsageError
from ibtui.figures.histograms import HEIGHT_INCHES, frames_at, layer_of
from ibtui.figures.style import COLOURS, WIDTH_INCHES, layer_colour, styled
from ibtui.report.words import replicate as in_words
from ibtui.store import Run

EPOCHS = 2  # where none are asked for, as in the thesis
COLUMNS = 5  # labels side by side
LEGEND_UNITS = 12  # more are told by no legend


def lacking(run: Run) -> str:
    """Why there is no figure: nothing, or a clear line."""
    if run.recording.unit_histograms.any():
        return ""
    return (
        "holds no histograms of units (set measure.histograms = 30 and measure.histograms_by = "
        '"unit" in its profile, and run it again)'
    )


def units(
    run: Run, layer: str | None = None, epochs: Sequence[int] = (), replicate: int | None = None
) -> Figure:
    """How often each unit of a layer takes which value, label by label, at some epochs.

    A row an epoch (the recorded one nearest to each that is asked for) and a panel a label; a
    unit's outline is the share of the label's samples in each bin. Of one replicate, the first that
    has histograms, since units of two networks have nothing in common. Raises `UsageError`.
    """
    recording = run.recording
    header = recording.header
    place = layer_of(recording, layer) if layer else max(len(header.layers) - 2, 0)
    drawn = np.flatnonzero(recording.unit_histograms.any(axis=(0, 2, 3, 4))).tolist()
    chosen = drawn[0] if replicate is None else replicate
    if chosen not in drawn:
        known = ", ".join(map(str, drawn))
        raise UsageError(f"--replicate {chosen}: has no histograms (those that have: {known})")
    counts = recording.unit_histograms[:, chosen, recording.units_of(place)]
    frames = frames_at(recording, epochs)
    frames = frames if epochs else frames[-EPOCHS:]
    labels = header.histogram_labels
    columns, rows_each = min(labels, COLUMNS), -(-labels // COLUMNS)
    with styled():
        size = WIDTH_INCHES, HEIGHT_INCHES * rows_each * len(frames)
        figure = Figure(figsize=size, layout="constrained")
        grid = figure.subplots(rows_each * len(frames), columns, squeeze=False)
        for row, frame in enumerate(frames):
            panels = grid[row * rows_each : (row + 1) * rows_each].ravel()
            edges = recording.histogram_edges(int(frame), chosen, place)
            shares = [_shares(counts[frame, :, label]) for label in range(labels)]
            top = float(np.nanmax(shares, initial=0.0)) or 1.0
            for label, axes in enumerate(panels[:labels]):
                _draw(axes, shares[label], edges)
                axes.set_title(f"label {label}, epoch {recording.epoch[frame]}")
                axes.set_ylim(0, 1.05 * top)
            for axes in panels[labels:]:
                axes.remove()
        if header.units[place] <= LEGEND_UNITS:
            handles = grid[0, 0].get_legend_handles_labels()
            figure.legend(*handles, loc="outside right center", title="unit")
        figure.supxlabel("activation", fontsize="medium")
        figure.supylabel("share of the samples of a label", fontsize="medium")
        title = f"{header.layers[place]}, {in_words(chosen)}"
        figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


def _shares(counts: np.ndarray) -> np.ndarray:
    """Counts (U, B) over their sums (U, 1); NaN where a label has no sample."""
    total = counts.sum(axis=1, keepdims=True).astype(float)
    return np.divide(counts, total, out=np.full(counts.shape, np.nan), where=total > 0)


def _draw(axes: Any, shares: np.ndarray, edges: np.ndarray) -> None:
    if edges[0] == edges[-1]:  # all activations are equal
        edges = np.linspace(edges[0] - 0.5, edges[0] + 0.5, len(edges))
    for unit, heights in enumerate(shares):
        colour = layer_colour(unit)
        if np.isfinite(heights).all():
            axes.stairs(heights, edges, fill=True, color=colour, alpha=0.25)
            dash = "-" if unit < len(COLOURS) else "--"
            axes.stairs(heights, edges, color=colour, lw=0.9, ls=dash, label=str(unit + 1))
    margin = 0.03 * (edges[-1] - edges[0])
    axes.set_xlim(edges[0] - margin, edges[-1] + margin)
