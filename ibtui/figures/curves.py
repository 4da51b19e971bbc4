"""Against the epoch: information of every layer, accuracy and loss."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ibtui.analysis.summary import Spread, spread
from ibtui.figures.style import (
    COLOURS,
    H_X,
    H_Y,
    I_TY,
    I_XT,
    I_XY,
    epoch_axis,
    layer_colour,
    layer_marker,
    new_figure,
    styled,
    used_at_last,
    used_of,
)
from ibtui.profile.capacity import capacities_bits
from ibtui.recording import Floats, Header
from ibtui.store import Run

MARKS = 8  # on each curve


def information(run: Run, series: int) -> Figure:
    """I(X;T) and I(T;Y) of every layer: mean over the replicates, band of one deviation."""
    recording, header = run.recording, run.recording.header
    below = header.ceiling_name != "H(Y)"
    quantities = (
        (I_XT, header.input_bits, H_X),
        (I_TY, header.ceiling_bits, I_XY if below else H_Y),
    )
    with styled():
        figure, grid = new_figure(1, 2)
        for axes, (label, ceiling, name) in zip(grid[0], quantities, strict=True):
            draw_information(axes, run, series, label)
            axes.axhline(ceiling, color="0.4", lw=0.6, ls=":")
            axes.text(1.0, ceiling, f" {name}", transform=axes.get_yaxis_transform(), va="center")
            axes.set_ylim(top=max(axes.get_ylim()[1], 1.02 * ceiling))
            epoch_axis(axes, run.profile, recording.epoch)
        used = used_at_last(spread(recording.i_xt_bits[:, series], axis=1).used)
        grid[0, 0].set_title(f"{header.series[series]}, {band_in_words(used, run)}")
        figure.legend(
            *grid[0, 0].get_legend_handles_labels(),
            loc="outside right center",
            title="layer",
            title_fontsize=7,
        )
    return figure


def draw_information(axes: Axes, run: Run, series: int, label: str) -> None:
    """I(X;T) or I(T;Y) of every layer, whichever `label` says, with its deviation."""
    recording, header = run.recording, run.recording.header
    bits = (recording.i_xt_bits if label == I_XT else recording.i_ty_bits)[:, series]
    for n, layer in enumerate(header.layers):
        over = spread(bits[:, :, n], axis=1)
        (line,) = band(axes, run, over, over.deviation, layer_colour(n), layer)
        mark(line, n, over, header)
    if label == I_XT:
        capacities(axes, run)
    axes.set_ylabel(label)
    if np.nanmin(bits, initial=0) >= 0:
        axes.set_ylim(bottom=0)


def capacities(axes: Axes, run: Run) -> None:
    """A line for the capacity of every layer that has less than H(X): H(T) cannot be above it."""
    header = run.recording.header
    for n, bits in enumerate(capacities_bits(run.profile, header.units)):
        if bits < header.input_bits:
            axes.axhline(bits, color=layer_colour(n), lw=0.6, ls=(0, (1, 2)))


def conditional(run: Run, series: int) -> Figure:
    """I(X;T|Y), what every layer knows of X beside the label: mean, band of one deviation."""
    values = run.recording.i_xt_given_y_bits[:, series]
    return _of_layers(run, series, values, "$I(X{;}T\\,|\\,Y)$ [bits]")


def cells(run: Run, series: int) -> Figure:
    """The number of bins or clusters of every layer: mean, band of one deviation."""
    return _of_layers(run, series, run.recording.cells[:, series], "bins or clusters")


def with_cells(run: Run, names: Sequence[str]) -> list[str]:
    """Those of these series whose numbers of bins or clusters are recorded."""
    cells, places = run.recording.cells, run.recording.header.series
    return [name for name in names if np.isfinite(cells[:, places.index(name)]).any()]


def lacking_cells(able: Sequence[str]) -> str:
    """Why there is no figure of cells, where no series is `able`: nothing, or a clear line."""
    if able:
        return ""
    return (
        "holds no numbers of cells (of scott, sturges, doane, binning-width and kmeans alone; "
        "earlier versions recorded none)"
    )


def _of_layers(run: Run, series: int, values: Floats, label: str) -> Figure:
    """Values (E, R, L) of every layer in one panel."""
    recording, header = run.recording, run.recording.header
    with styled():
        figure, grid = new_figure(1, 1)
        axes = grid[0, 0]
        for n, layer in enumerate(header.layers):
            over = spread(values[:, :, n], axis=1)
            (line,) = band(axes, run, over, over.deviation, layer_colour(n), layer)
            mark(line, n, over, header)
        epoch_axis(axes, run.profile, recording.epoch)
        axes.set_ylabel(label)
        if np.nanmin(values, initial=0) >= 0:
            axes.set_ylim(bottom=0)
        used = used_at_last(spread(values, axis=1).used)
        axes.set_title(f"{header.series[series]}, {band_in_words(used, run)}")
        figure.legend(
            *axes.get_legend_handles_labels(),
            loc="outside right center",
            title="layer",
            title_fontsize=7,
        )
    return figure


def accuracy(run: Run) -> Figure:
    """Accuracy and loss on training and test samples: mean, with its 95 % interval."""
    with styled():
        figure, grid = new_figure(1, 2)
        quality(run, grid[0])
        for axes in grid[0]:
            epoch_axis(axes, run.profile, run.recording.epoch)
    return figure


def quality(run: Run, panels: Sequence[Axes]) -> None:
    """Draw accuracy and loss into two panels."""
    recording = run.recording
    drawn = (
        ("accuracy", recording.train_accuracy, recording.test_accuracy),
        ("loss [nats]", recording.train_loss_nats, recording.test_loss_nats),
    )
    for axes, (label, train, test) in zip(panels, drawn, strict=True):
        draw_scores(axes, run, train, test)
        axes.set_ylabel(label)
    panels[0].set_ylim(bottom=max(0.0, panels[0].get_ylim()[0]), top=1.005)
    panels[1].set_ylim(bottom=0.0)
    used = int(spread(recording.train_loss_nats[-1], axis=0).used)
    count = used_of(used, run)
    interval = ", band: its 95 % interval" if used > 1 else ""
    panels[0].set_title(f"mean of {count}{interval}")


def draw_scores(axes: Axes, run: Run, train: Floats, test: Floats) -> None:
    """Accuracy or loss (E, R) on training and test samples: mean, with its 95 % interval."""
    parts = (("train", train, COLOURS[0], "-"), ("test", test, COLOURS[3], "--"))
    for name, values, colour, dash in parts:
        over = spread(values, axis=1)
        if over.used.any():
            (line,) = band(axes, run, over, over.high - over.mean, colour, name)
            line.set(linestyle=dash)
    axes.legend(loc="best")


def band(axes: Axes, run: Run, over: Spread, half: Floats, colour: str, name: str) -> list[Line2D]:
    measured = over.used > 0
    epoch, mean, half = run.recording.epoch[measured], over.mean[measured], half[measured]
    axes.fill_between(epoch, mean - half, mean + half, color=colour, alpha=0.15, lw=0)
    return axes.plot(epoch, mean, color=colour, label=name, ms=3.5)


def mark(line: Line2D, n: int, over: Spread, header: Header) -> None:
    """Mark a layer's curve, at other epochs than others: where they coincide, all of them show."""
    step = max(1, int((over.used > 0).sum()) // MARKS)
    line.set(marker=layer_marker(n), markevery=(step * n // len(header.layers), step))


def band_in_words(used: int, run: Run) -> str:
    words = f"mean of {used_of(used, run)}"
    return f"{words}, band: standard deviation" if used > 1 else words
