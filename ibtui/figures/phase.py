"""A verdict against a key of a sweep: what the sweep was made for, in one picture."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from ibtui.analysis.rule import Rule
from ibtui.figures.style import layer_colour, layer_marker, new_figure, styled
from ibtui.report.against import CHANGES, Change, Point

SPREAD = 0.012  # of the axis, between the layers of one value


def against(
    found: Sequence[Point], key: str, series: str, rule: Rule, change: Change = "fall"
) -> Figure:
    """Each point and layer with its interval; the line is where the change counts."""
    values = [point.value for point in found]
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    words = list(dict.fromkeys(map(str, values)))
    places = [float(v) if numbers else float(words.index(str(v))) for v in values]
    layers = list(dict.fromkeys(layer for point in found for layer in point.bits))
    width = (max(places) - min(places)) or 1.0
    with styled():
        figure, grid = new_figure(1, 1)
        axes = grid[0, 0]
        for n, layer in enumerate(layers):
            shift = SPREAD * width * (n - (len(layers) - 1) / 2)
            mine = [
                (x, one.bits[layer])
                for x, one in zip(places, found, strict=True)
                if layer in one.bits
            ]
            axes.errorbar(
                [x + shift for x, _ in mine],
                [fall.value for _, fall in mine],
                yerr=[
                    [max(fall.value - fall.low, 0) for _, fall in mine],
                    [max(fall.high - fall.value, 0) for _, fall in mine],
                ],
                fmt=layer_marker(n),
                color=layer_colour(n),
                markersize=3,
                elinewidth=0.7,
                label=layer,
            )
        counts = rule.fits_bits if change == "rise" else rule.compresses_bits
        axes.axhline(counts, color="0.6", linewidth=0.6, linestyle="--")
        if not numbers:
            axes.set_xticks(range(len(words)), words)
        axes.set_xlabel(key)
        axes.set_ylabel(f"{CHANGES[change]} [bits]")
        axes.set_title(f"{series}, {sum(one.runs for one in found)} runs")
        axes.legend(ncols=2)
    return figure
