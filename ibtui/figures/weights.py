"""Weights and biases of every layer against the epoch, below accuracy and loss."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ibtui.analysis.summary import spread
from ibtui.figures.curves import band, mark, quality
from ibtui.figures.style import epoch_axis, layer_colour, new_figure, styled
from ibtui.recording import Floats, Singles
from ibtui.store import Run


def lacking(run: Run) -> str:
    """Why there is no figure: nothing, or a clear line."""
    if np.isfinite(run.recording.weight_mean).any():
        return ""
    return "holds no weights (it was recorded by an earlier version: run its profile again)"


def weights(run: Run) -> Figure:
    """Accuracy and loss; root mean square of each layer's weights and biases (thesis figure 3.4).

    Means over the replicates with their 95 % interval. The root mean square of one weight alone is
    its magnitude: the side to which it grew is chance, and would cancel in the mean.
    """
    recording, header = run.recording, run.recording.header
    panels = (
        ("weights, root mean square", recording.weight_mean, recording.weight_deviation),
        ("biases, root mean square", recording.bias_mean, recording.bias_deviation),
    )
    with styled():
        figure, grid = new_figure(2, 2)
        quality(run, grid[0])
        for axes, (label, mean, deviation) in zip(grid[1], panels, strict=True):
            for n, layer in enumerate(header.layers):
                over = spread(root_mean_square(mean[:, :, n], deviation[:, :, n]), axis=1)
                if not over.used.any():
                    continue  # pooling has no weights
                (line,) = band(axes, run, over, over.high - over.mean, layer_colour(n), layer)
                mark(line, n, over, header)
            axes.set_ylabel(label)
            axes.set_ylim(bottom=0)
        for axes in grid.flat:
            epoch_axis(axes, run.profile, recording.epoch)
        figure.legend(
            *grid[1, 0].get_legend_handles_labels(),
            loc="outside right lower",
            title="layer",
            title_fontsize=7,
        )
    return figure


def root_mean_square(mean: Singles, deviation: Singles) -> Floats:
    """The root mean square of numbers with this mean and standard deviation."""
    return np.hypot(mean.astype(np.float64), deviation)
