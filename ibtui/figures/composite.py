"""Composites: panels of one or several runs in one figure, laid out as the papers have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from ibtui.analysis.summary import spread
from ibtui.figures import curves, plane, weights
from ibtui.figures.page import Page
from ibtui.figures.style import (
    COLOURS,
    I_TY,
    I_XT,
    ROW_INCHES,
    WIDTH_INCHES,
    epoch_axis,
    epoch_norm,
    styled,
)
from ibtui.store import Run

PLANES = "plane", "zoom", "median", "middle"
# fmt: off
Kind = Literal[
    "plane", "zoom", "median", "middle",
    "i_xt", "i_ty", "accuracy", "loss", "weight", "bias", "bounds",
]
# fmt: on
COMPACT_INCHES = 2.1  # the height of a row of more than two panels


@dataclass(frozen=True)
class Panel:
    """One panel: what is drawn, of which run (by its profile's full name) and series.

    Of "bounds", an upper and a lower series, `layer` is drawn (T1 is 1); `series` names the upper
    one, which ends in "upper".
    """

    kind: Kind
    run: str
    series: str
    title: str = ""
    layer: int = 0


def compose(rows: Sequence[Sequence[Panel]], runs: Mapping[str, Run], page: Page) -> Figure | None:
    """A figure of the panels whose runs are there, in rows; None where no run is.

    Planes have equal axes and one scale of epochs.
    """
    panels = [one for row in rows for one in row]
    there = [one for one in panels if one.run in runs and len(runs[one.run].recording)]
    if not there:
        return None
    columns = max(map(len, rows))
    inches = ROW_INCHES if columns <= 2 else COMPACT_INCHES
    with styled(page.font_size):
        figure = Figure(figsize=(WIDTH_INCHES, inches * len(rows)), layout="constrained")
        grid = figure.subplots(len(rows), columns, squeeze=False)
        drawn: list[tuple[Axes, Panel]] = []
        for axes_row, row in zip(grid, rows, strict=True):
            for axes, panel in zip(axes_row, row, strict=False):
                drawn.append((axes, panel))
            for axes in axes_row[len(row) :]:
                axes.remove()
        planes = [(axes, one) for axes, one in drawn if one in there and one.kind in PLANES]
        norm = None
        if planes:
            last = max(int(runs[one.run].recording.epoch[-1]) for _, one in planes)
            norm = epoch_norm(runs[planes[0][1].run].profile, last)
        for axes, panel in drawn:
            if panel not in there:
                axes.set_axis_off()
                axes.text(0.5, 0.5, f"no run of\n{panel.run}", ha="center", va="center", size=5)
                continue
            axes.set_title(panel.title)
            run = runs[panel.run]
            series = run.recording.header.series.index(panel.series)
            if panel.kind in PLANES:
                assert norm is not None
                _draw_plane(axes, run, series, panel.kind, norm, page)
            else:
                _draw_curves(axes, run, series, panel)
        _share_axes([axes for axes, one in planes if one.kind != "zoom"], "xy")
        _share_axes([a for a, one in drawn if one in there and one.kind == "accuracy"], "y")
        curved = [(a, one) for a, one in drawn if one in there and one.kind in ("i_xt", "i_ty")]
        if planes:
            assert norm is not None
            axes, one = planes[0]
            series = runs[one.run].recording.header.series.index(one.series)
            if not curved:  # whose legend has the same markers
                plane.layer_legend(axes, plane.mean_path(runs[one.run], series))
            plane.colour_bar(figure, [axes for axes, _ in planes], norm)
        _legend_of_layers(curved)
        of_bounds = any(one.kind == "bounds" for one in there)
        page.fit(figure, "nats" if of_bounds else "bits")  # the thesis has its bounds in nats
    return figure


def _draw_plane(axes: Axes, run: Run, series: int, kind: Kind, norm: Normalize, page: Page) -> None:
    path = plane.median_path(run, series) if kind == "median" else _mean_path(run, series, kind)
    plane.draw(axes, path, norm, joined=page.joined)
    axes.set(xlabel=I_XT, ylabel=I_TY)
    plane.limit_axes(axes, path.origin, path.corner)
    box = plane.zoom_box(path) if kind == "zoom" else None
    if box is not None:
        (left, bottom), (right, top) = box
        axes.set(xlim=(left, right), ylim=(bottom, top))
    axes.set_gid("zoom" if kind == "zoom" else "plane")


def _mean_path(run: Run, series: int, kind: Kind) -> plane.RunPath:
    """The mean over replicates; of "middle" that of an upper and a lower bound."""
    path = plane.mean_path(run, series)
    if kind != "middle":
        return path
    names = run.recording.header.series
    other = plane.mean_path(run, names.index(names[series].removesuffix("upper") + "lower"))
    return replace(
        path,
        name=f"{names[series].removesuffix('-upper')}, mean of both bounds",
        i_xt_bits=(path.i_xt_bits + other.i_xt_bits) / 2,
        i_ty_bits=(path.i_ty_bits + other.i_ty_bits) / 2,
    )


def _draw_curves(axes: Axes, run: Run, series: int, panel: Panel) -> None:
    recording, header = run.recording, run.recording.header
    match panel.kind:
        case "i_xt":
            curves.draw_information(axes, run, series, I_XT)
        case "i_ty":
            curves.draw_information(axes, run, series, I_TY)
        case "accuracy":
            curves.draw_scores(axes, run, recording.train_accuracy, recording.test_accuracy)
            axes.set_ylabel("accuracy")
        case "loss":
            curves.draw_scores(axes, run, recording.train_loss_nats, recording.test_loss_nats)
            axes.set_ylabel("loss [nats]")
        case "weight" | "bias":
            weights.signed(axes, run, panel.kind, weights.layers_of_one_weight(recording))
            axes.legend(loc="best", title="layer")
        case _:
            lower = header.series.index(panel.series.removesuffix("upper") + "lower")
            bounds = (series, COLOURS[0], "upper"), (lower, COLOURS[6], "lower")
            for bits, dash in ((recording.i_xt_bits, "-"), (recording.i_ty_bits, "--")):
                for which, colour, name in bounds:
                    over = spread(bits[:, which, :, panel.layer - 1], axis=1)
                    (line,) = curves.band(axes, run, over, over.deviation, colour, name)
                    line.set(linestyle=dash)
            axes.set_ylabel("information [bits]")
            axes.legend(
                *(part[:2] for part in axes.get_legend_handles_labels()), loc="best", title="bound"
            )
    epoch_axis(axes, run.profile, recording.epoch)


def _share_axes(panels: Sequence[Axes], which: str) -> None:
    """The widest limits for all of them, on the axes "x", "y" or both."""
    for axis in which:
        limits = np.array([getattr(axes, f"get_{axis}lim")() for axes in panels]).reshape(-1, 2)
        for axes in panels:
            getattr(axes, f"set_{axis}lim")(limits[:, 0].min(), limits[:, 1].max())


def _legend_of_layers(panels: Sequence[tuple[Axes, Panel]]) -> None:
    if panels:
        axes = panels[-1][0]
        columns = 2 if len(axes.get_legend_handles_labels()[0]) > 4 else 1
        axes.legend(loc="best", ncols=columns, handlelength=1.2, columnspacing=0.8)
