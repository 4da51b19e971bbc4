"""Weights and biases of every layer against the epoch, below accuracy and loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ibtui.analysis.summary import median_replicate, spread
from ibtui.figures.curves import band, mark, quality
from ibtui.figures.style import epoch_axis, layer_colour, new_figure, styled
from ibtui.recording import Floats, Recording, Singles
from ibtui.store import Run


def lacking(run: Run) -> str:
    """Why there is no figure: nothing, or a clear line."""
    if np.isfinite(run.recording.weight_mean).any():
        return ""
    return "holds no weights (it was recorded by an earlier version: run its profile again)"


def weights(run: Run) -> Figure:
    """Accuracy and loss; below them weights and biases of every layer (thesis figure 3.4).

    Of a layer with several weights their root mean square: mean over the replicates with its 95 %
    interval. One weight alone has a sign. The side to which it grew is chance, and cancels in a
    mean: so there is a line for every replicate, that of the median replicate emphasized.
    """
    recording = run.recording
    single = layers_of_one_weight(recording)
    others = [n for n in range(len(recording.header.layers)) if n not in single]
    drawn = [(draw, own) for draw, own in ((_sizes, others), (signed, single)) if own]
    with styled():
        figure, grid = new_figure(1 + len(drawn), 2)
        quality(run, grid[0])
        for (draw, own), row in zip(drawn, grid[1:], strict=True):
            for axes, kind in zip(row, ("weight", "bias"), strict=True):
                draw(axes, run, kind, own)
        for axes in grid.flat:
            epoch_axis(axes, run.profile, recording.epoch)
        known = [row[0].get_legend_handles_labels() for row in grid[1:]]
        figure.legend(
            *([one for part in known for one in part[at]] for at in (0, 1)),
            loc="outside right lower",
            title="layer",
            title_fontsize=7,
        )
    return figure


def layers_of_one_weight(recording: Recording) -> list[int]:
    """The layers of one unit whose weights are one number, which their mean is, in every frame."""
    apart = recording.weight_deviation
    return [
        n
        for n, units in enumerate(recording.header.units)
        if units == 1 and np.isfinite(apart[:, :, n]).any() and not np.nansum(apart[:, :, n])
    ]


def _sizes(axes: Axes, run: Run, kind: Literal["weight", "bias"], layers: Sequence[int]) -> None:
    """The root mean square of some layers' weights or biases."""
    recording, header = run.recording, run.recording.header
    mean, deviation = (getattr(recording, f"{kind}_{part}") for part in ("mean", "deviation"))
    for n in layers:
        over = spread(root_mean_square(mean[:, :, n], deviation[:, :, n]), axis=1)
        if not over.used.any():
            continue  # pooling has no weights
        half, name = over.high - over.mean, header.layers[n]
        (line,) = band(axes, run, over, half, layer_colour(n), name)
        mark(line, n, over, header)
    axes.set_ylabel(f"{'weights' if kind == 'weight' else 'biases'}, root mean square")
    axes.set_ylim(bottom=0)


def signed(axes: Axes, run: Run, kind: Literal["weight", "bias"], layers: Sequence[int]) -> None:
    """The one weight, or bias, of some layers, of every replicate."""
    recording, header = run.recording, run.recording.header
    median = median_replicate(recording, 0)
    for n in layers:
        values = getattr(recording, f"{kind}_mean")[:, :, n]
        colour = layer_colour(n)
        axes.plot(recording.epoch, values, color=colour, lw=0.4, alpha=0.35)
        own = spread(values[:, [median]], axis=1)
        (line,) = axes.plot(
            recording.epoch, values[:, median], color=colour, label=header.layers[n], ms=3.5
        )
        mark(line, n, own, header)
    axes.axhline(0, color="0.4", lw=0.6, ls=":")
    axes.set_ylabel(kind)


def root_mean_square(mean: Singles, deviation: Singles) -> Floats:
    """The root mean square of numbers with this mean and standard deviation."""
    return np.hypot(mean.astype(np.float64), deviation)
