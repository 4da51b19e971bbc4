"""Laid curves: a quantity of several runs against the epoch, a colour a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from rich.segment import Segment
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.strip import Strip

from ibtui.tui.draw.axes import Epochs, Linear
from ibtui.tui.draw.bands import Span, fraction
from ibtui.tui.draw.chart import Chart, canvas
from ibtui.tui.draw.labels import label_marks
from ibtui.tui.draw.raster import Marks, Raster
from ibtui.tui.draw.rows import Picture
from ibtui.tui.look.many import Laid
from ibtui.tui.look.quantities import (
    CURVES,
    TEST,
    TRAIN,
    Curve,
    Line,
    Lines,
    fitted,
    lines_of,
    recorded,
    smoothed,
)
from ibtui.tui.look.view import Look, View
from ibtui.tui.panes.groups import CHART_COLUMNS
from ibtui.tui.panes.legend import legend


def draw_laid(
    chart: Chart,
    size: tuple[int, int],
    runs: Sequence[tuple[Laid, Lines]],
    view: View,
    look: Look,
) -> list[Strip]:
    """The lines of each run in its colour up to the cursor and faint beyond, the first on top."""
    columns, rows = canvas(*size)
    palette, runs = look.palette, runs[::-1]
    alone = runs[0][0].slot is None
    styles = [*palette.layers] if alone else [palette.run(laid.slot or 0) for laid, _ in runs]
    styles.append(palette.faint)
    low, high = min(one.low for _, one in runs), max(one.high for _, one in runs)
    spans = [laid.shown.cursor.span for laid, _ in runs]
    span = Span(min(one.first for one in spans), max(one.last for one in spans))
    marks: list[Marks] = []
    if columns:
        behind, front = (Raster(columns, rows, look.markers) for _ in range(2))
        ends: list[tuple[tuple[float, float], str, int]] = []
        for place, (laid, lines) in enumerate(runs):
            recording = laid.shown.recording
            at = min(laid.shown.cursor.at, len(recording) - 1)
            x = fraction(recording.epoch, span, log=view.log)
            for line in _lit(lines.lines, view, several=len(runs) > 1):
                level = line.colour % len(palette.layers) if alone else place
                y = (smoothed(line.values, view.smoothing) - low) / (high - low)
                behind.path(x[at:], y[at:], np.full(len(x) - at, len(styles) - 1))
                front.path(x[: at + 1], y[: at + 1], np.full(at + 1, level))
                known = np.flatnonzero(np.isfinite(y[: at + 1]))[-1:]
                mark = laid.letter or line.mark
                ends += [((float(x[i]), float(y[i])), mark, level) for i in known if 0 <= y[i] <= 1]
        places, texts, levels = zip(*ends, strict=True) if ends else ((), (), ())
        marks = [behind.marks(), front.marks(), label_marks(places, texts, levels, columns, rows)]
    scale = runs[0][1].scale
    axes = Epochs(span, view.log), Linear(low, high, "", scale)
    return chart.draw(size, *axes, marks, styles, palette.frame)


def _lit(lines: Sequence[Line], view: View, *, several: bool) -> Sequence[Line]:
    """The layer that is looked at; of train and test the test split, where runs are several."""
    if [line.colour for line in lines] == [TRAIN, TEST]:
        return lines[1:] if several else lines
    return [line for line in lines if view.bright in (None, line.colour)]


class LaidChart(Picture):
    """One chart."""

    def __init__(self, curve: Curve) -> None:
        super().__init__(classes="curves")
        self.curve: Curve = curve
        self._chart, self._runs = Chart(), ()
        self._view, self._look = View(), Look()

    def lay(self, runs: Sequence[Laid]) -> None:
        self._runs = tuple(runs)
        self.redraw()

    def restyle(self, view: View, look: Look) -> None:
        self._view, self._look = view, look
        self.redraw()

    def redraw(self) -> None:
        width, height = self.size
        if width < 1 or height < 3:
            return
        runs = list(self._lines())
        if not runs:
            self.paint([Strip.blank(width)] * height)
            return
        name = runs[0][1].name
        if len(runs) > 1:
            name = name.replace("r train e test", "test")
        title = Segment(f" {name}"[:width], self._look.palette.strong)
        rows = [Strip([title]).adjust_cell_length(width)]
        if runs[0][0].slot is not None:
            rows.append(legend(self._runs, width, self._look))
        size = width, height - len(rows)
        self.paint([*rows, *draw_laid(self._chart, size, runs, self._view, self._look)])

    def _lines(self) -> Iterator[tuple[Laid, Lines]]:
        if not self._runs:
            return
        first = self._runs[0].shown
        name = first.recording.header.series[first.series(self._view.series)]
        for laid in self._runs:
            series, shown = laid.series(name), laid.shown
            if series is not None and len(shown.recording):
                of = shown.recording, shown.averages, series, self._view, shown.capacities_bits
                lines = lines_of(self.curve, *of)
                yield laid, fitted(lines, self._view.bright) if self._view.fitted else lines


class LaidCurves(Horizontal):
    """As many charts as there is room for; a key goes on to the next ones."""

    def __init__(self) -> None:
        super().__init__(id="curves", classes="pane")
        self._charts = [LaidChart(curve) for curve in CURVES]
        self._start = 0
        self._runs: tuple[Laid, ...] = ()
        self._view = View()

    def compose(self) -> ComposeResult:
        yield from self._charts

    def lay(self, runs: Sequence[Laid]) -> None:
        self._runs = tuple(runs)
        self._arrange()
        for chart in self._charts:
            if chart.display:
                chart.lay(runs)

    def restyle(self, view: View, look: Look) -> None:
        self._view = view
        for chart in self._charts:
            chart.restyle(view, look)

    def further(self) -> None:
        """Show the charts after those on the screen."""
        self._start += self._room
        self.lay(self._runs)

    def on_resize(self) -> None:
        self.lay(self._runs)

    @property
    def _room(self) -> int:
        return max(1, self.size.width // CHART_COLUMNS)

    def _arrange(self) -> None:
        """Show as many as there is room for of the charts that have something to show."""
        charts = self._charts
        if self._runs:
            of = self._runs[0].shown
            series = of.series(self._view.series)
            charts = [one for one in charts if recorded(one.curve, of.recording, series)]
        places = range(self._start, self._start + min(self._room, len(charts)))
        shown = [charts[place % len(charts)] for place in places]
        for chart in self._charts:
            chart.display = chart in shown
