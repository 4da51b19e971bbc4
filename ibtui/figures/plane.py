"""The information plane: of the mean over replicates, of the median replicate, of several runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from ibtui.analysis.bottleneck import Limit
from ibtui.analysis.limits import limits
from ibtui.analysis.summary import distances, median_replicate, spread
from ibtui.figures.style import (
    I_TY,
    I_XT,
    PREFIT,
    ROW_INCHES,
    WIDTH_INCHES,
    epoch_colours,
    epoch_norm,
    layer_marker,
    new_figure,
    styled,
    used_at_last,
    used_of,
)
from ibtui.recording import Floats
from ibtui.report.words import replicate
from ibtui.store import Run

POINTS = 400  # of each layer: more lie on top of each other
JOINED = 40  # epochs whose layers are joined by lines
FILLED = 0.5  # of H(X): what stays below does not need a plane of that width
ZOOM_FROM = 0.5, 0.8  # of H(X) and of H(Y): where the upper right begins


@dataclass(frozen=True)
class RunPath:
    """What a plane shows of a run: I(X;T) and I(T;Y), (E, L) in bits, and how to call it."""

    run: Run
    name: str
    i_xt_bits: Floats
    i_ty_bits: Floats

    @property
    def corner(self) -> tuple[float, float]:
        """The greatest I(X;T) and I(T;Y) that a plane of this run must hold.

        They are those of the inputs and labels, and of what lies above.
        """
        header = self.run.recording.header
        most = float(np.nanmax(self.i_xt_bits, initial=0.0))
        return (
            most if self.fitted else max(most, header.input_bits),
            float(np.nanmax(self.i_ty_bits, initial=header.label_bits)),
        )

    @property
    def origin(self) -> tuple[float, float]:
        """The least: 0 but for what lies below, and for planes that are fitted to their points."""
        lows = [float(np.nanmin(bits, initial=0.0)) for bits in (self.i_xt_bits, self.i_ty_bits)]
        if self.fitted:
            least = float(np.nanmin(self.i_ty_bits))
            lows[1] = least if least > FILLED * self.run.recording.header.label_bits else lows[1]
        return lows[0], lows[1]

    @property
    def fitted(self) -> bool:
        """Whether the plane fits its points, because all are in its left half.

        So it is where few bins tell the inputs apart.
        """
        most = float(np.nanmax(self.i_xt_bits, initial=0.0))
        return 0 < most < FILLED * self.run.recording.header.input_bits


def mean_path(run: Run, series: int) -> RunPath:
    """The mean over the replicates."""
    recording = run.recording
    i_xt, i_ty = (
        spread(information[:, series], axis=1)
        for information in (recording.i_xt_bits, recording.i_ty_bits)
    )
    count = used_of(used_at_last(i_xt.used), run)
    name = f"{recording.header.series[series]}, mean of {count}"
    return RunPath(run, name, i_xt.mean, i_ty.mean)


def mean_plane(run: Run, series: int, *, joined: bool = False) -> Figure:
    """The whole plane, and its upper right where layers lie close together there."""
    return _whole_and_zoomed(mean_path(run, series), joined)


def median_plane(run: Run, series: int, *, joined: bool = False) -> Figure:
    """The plane of the replicate of median distance from the mean (Lorenzen et al., appendix B)."""
    return _whole_and_zoomed(median_path(run, series), joined)


def median_path(run: Run, series: int) -> RunPath:
    """The replicate of median distance from the mean."""
    recording = run.recording
    chosen = median_replicate(recording, series)
    ranked = int(np.isfinite(distances(recording, series)).sum())
    count = used_of(ranked, run)
    name = f"{recording.header.series[series]}, {replicate(chosen)}, the median of {count}"
    return RunPath(
        run,
        name,
        recording.i_xt_bits[:, series, chosen],
        recording.i_ty_bits[:, series, chosen],
    )


def side_by_side(runs: Sequence[Run], series: str, *, joined: bool = False) -> Figure:
    """The mean planes of several runs: equal axes, one colour scale."""
    paths = [mean_path(run, run.recording.header.series.index(series)) for run in runs]
    last = max(int(run.recording.epoch[-1]) for run in runs)
    norm = epoch_norm(runs[0].profile, last)
    columns = min(len(runs), 3)
    with styled():
        figure, grid = new_figure(-(-len(runs) // columns), columns, sharex=True, sharey=True)
        panels = grid.ravel().tolist()
        for panel, path in zip(panels, paths, strict=False):
            draw(panel, path, norm, joined=joined)
            panel.set_gid("plane")
            panel.set_title(f"{path.run.profile.name}\n{path.name}", fontsize=7)
            panel.tick_params(labelbottom=True)
            layer_legend(panel, path)
        for panel in panels[len(runs) :]:
            panel.remove()
        corner = np.max([path.corner for path in paths], axis=0)
        limit_axes(panels[0], np.min([path.origin for path in paths], axis=0), corner)
        for panel in panels[: len(runs)]:
            panel.set_xlabel(I_XT)
        for panel in grid[:, 0]:
            panel.set_ylabel(I_TY)
        colour_bar(figure, panels[: len(runs)], norm)
    return figure


def _limits(path: RunPath) -> list[tuple[str, Limit]]:
    return limits(path.run.profile.data, path.run.recording.header)


def _whole_and_zoomed(path: RunPath, joined: bool) -> Figure:
    norm = epoch_norm(path.run.profile, int(path.run.recording.epoch[-1]))
    box = zoom_box(path)
    with styled():
        if box is None:
            figure = Figure(figsize=(WIDTH_INCHES * 0.6, ROW_INCHES), layout="constrained")
            panels = [figure.subplots()]
        else:
            figure, grid = new_figure(1, 2)
            panels = grid[0].tolist()
        for panel, name in zip(panels, ("plane", "zoom"), strict=False):
            draw(panel, path, norm, joined=joined)
            panel.set(xlabel=I_XT, ylabel=I_TY, gid=name)
        limit_axes(panels[0], path.origin, path.corner)
        panels[0].set_title(path.name)
        if box is not None:
            (left, bottom), (right, top) = box
            panels[1].set(xlim=(left, right), ylim=(bottom, top), title="upper right, enlarged")
            outline = (left, bottom), right - left, top - bottom
            panels[0].add_patch(Rectangle(*outline, fill=False, ec="0.35", lw=0.6, zorder=4))
        layer_legend(panels[0], path)
        colour_bar(figure, panels, norm)
    return figure


def draw(axes: Axes, path: RunPath, norm: Normalize, *, joined: bool = False) -> None:
    """Every layer's path as points coloured by epoch, its last place as a marker of its own.

    `joined` has lines that join the layers of one epoch, as the thesis draws them.
    """
    epoch = path.run.recording.epoch
    frames = np.unique(np.linspace(0, len(epoch) - 1, POINTS).round().astype(int))
    if joined:
        some = np.unique(np.linspace(0, len(epoch) - 1, JOINED).round().astype(int))
        axes.plot(path.i_xt_bits[some].T, path.i_ty_bits[some].T, color="0.75", lw=0.4, zorder=1)
    for n in range(path.i_xt_bits.shape[1]):
        x, y = path.i_xt_bits[:, n], path.i_ty_bits[:, n]
        measured = np.flatnonzero(~np.isnan(x + y))
        if not len(measured):
            continue
        shown = measured if len(measured) <= POINTS else np.intersect1d(measured, frames)
        axes.plot(x[shown], y[shown], color="0.8", lw=0.4, zorder=1)
        before, after = shown[epoch[shown] < 0], shown[epoch[shown] >= 0]
        axes.scatter(x[before], y[before], s=3, color=PREFIT, lw=0, zorder=2, rasterized=True)
        colours: dict[str, Any] = {"norm": norm, "cmap": epoch_colours()}
        axes.scatter(
            x[after], y[after], s=5, c=epoch[after], **colours, lw=0, zorder=3, rasterized=True
        )
        last = measured[-1:]
        axes.scatter(
            *(x[last], y[last]),
            **(colours | {"c": epoch[last], "marker": layer_marker(n), "zorder": 5}),
            s=28,
            ec="black",
            lw=0.7,
        )
    draw_limits(axes, path)


def draw_limits(axes: Axes, path: RunPath) -> None:
    """The lines above which no layer can be."""
    reach = np.linspace(0, path.corner[0], 400)
    for (_, limit), dash in zip(_limits(path), ("--", ":"), strict=False):
        axes.plot(reach, limit.at(reach), color="black", lw=0.7, ls=dash, zorder=1)


def layer_legend(axes: Axes, path: RunPath) -> None:
    """The layers' markers, where they ended, and what the lines are."""
    header = path.run.recording.header
    handles = [
        Line2D([], [], marker=layer_marker(n), color="none", mec="black", mfc="0.85", label=layer)
        for n, layer in enumerate(header.layers)
    ]
    for (name, _), dash in zip(_limits(path), ("--", ":"), strict=False):
        handles.append(Line2D([], [], color="black", lw=0.7, ls=dash, label=name))
    if path.run.recording.epoch[0] < 0:
        handles.append(
            Line2D([], [], marker="o", ms=3, color="none", mfc=PREFIT, mec="none", label="prefit")
        )
    axes.legend(handles=handles, loc="best", handlelength=1.4, borderaxespad=0.2, labelspacing=0.3)


def limit_axes(axes: Axes, origin: Sequence[float] | Any, corner: Sequence[float] | Any) -> None:
    margins = [0.03 * (high - low) for low, high in zip(origin, corner, strict=True)]
    axes.set_xlim(origin[0] - (margins[0] if origin[0] else 0), corner[0] + margins[0])
    axes.set_ylim(origin[1] - (margins[1] if origin[1] else 0), corner[1] + margins[1])


def colour_bar(figure: Figure, panels: Sequence[Axes], norm: Normalize) -> None:
    bar = figure.colorbar(
        ScalarMappable(norm, epoch_colours()), ax=list(panels), label="epoch", aspect=30, pad=0.01
    )
    bar.outline.set_linewidth(0.4)  # type: ignore[operator]


def zoom_box(path: RunPath) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The part of the upper right that holds whole layers; None where it would show nothing new.

    It is drawn around the layers that are there in every frame, or at least in the last one.
    """
    header = path.run.recording.header
    x, y = path.i_xt_bits, path.i_ty_bits
    inside = (x >= ZOOM_FROM[0] * header.input_bits) & (y >= ZOOM_FROM[1] * header.label_bits)
    if not inside.any():
        return None
    corner = path.corner
    left, bottom = float(x[inside].min()), float(y[inside].min())
    margin = 0.05 * max(corner[0] - left, 0.02), 0.05 * max(corner[1] - bottom, 0.002)
    return (left - margin[0], bottom - margin[1]), (corner[0] + margin[0], corner[1] + margin[1])
