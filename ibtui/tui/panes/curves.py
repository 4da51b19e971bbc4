"""Curves: a widget that shows a quantity of the layers or of the networks against the epoch."""

from __future__ import annotations

import numpy as np
from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip

from ibtui.tui.draw.axes import Epochs, Linear
from ibtui.tui.draw.bands import epoch_at, fraction
from ibtui.tui.draw.chart import Chart, canvas
from ibtui.tui.draw.labels import label_marks
from ibtui.tui.draw.raster import Marks, Raster
from ibtui.tui.look.quantities import Curve, Lines, lines_of
from ibtui.tui.look.shown import Shown
from ibtui.tui.look.view import Cursor, Look, View
from ibtui.tui.panes.picture import RunPicture


def draw_curves(
    chart: Chart,
    size: tuple[int, int],
    lines: Lines,
    epoch: np.ndarray,
    cursor: Cursor,
    view: View,
    look: Look,
) -> list[Strip]:
    """All frames up to the cursor bright, those after it faint, and a line where it stands."""
    columns, rows = canvas(*size)
    palette = look.palette
    styles = [*palette.layers, palette.faint, palette.frame]
    faint, frame = len(palette.layers), len(palette.layers) + 1
    marks: list[Marks] = []
    if columns and len(epoch):
        at = min(cursor.at, len(epoch) - 1)
        x = fraction(epoch, cursor.span, log=view.log)
        behind, front = (Raster(columns, rows, look.markers) for _ in range(2))
        cells, texts, levels = [], [], []
        for line in lines.lines:
            y = (line.values - lines.low) / (lines.high - lines.low)
            level = line.colour % len(palette.layers)
            behind.path(x[at:], y[at:], np.full(len(x) - at, faint))
            front.path(x[: at + 1], y[: at + 1], np.full(at + 1, level))
            if view.spread and line.deviation is not None:
                high = line.deviation / (lines.high - lines.low)
                behind.points(x[: at + 1], (y + high)[: at + 1], faint)
                behind.points(x[: at + 1], (y - high)[: at + 1], faint)
            known = np.flatnonzero(np.isfinite(y[: at + 1]))
            if len(known) and 0 <= y[known[-1]] <= 1:
                last = known[-1]
                cells.append((float(x[last]), float(y[last])))
                texts.append(line.mark)
                levels.append(level)
        if at < len(epoch) - 1:
            behind.path(np.full(2, x[at]), np.array([0.0, 1.0]), np.full(2, frame))
        marks = [behind.marks(), front.marks(), label_marks(cells, texts, levels, columns, rows)]
    return chart.draw(
        size,
        Epochs(cursor.span, view.log),
        Linear(lines.low, lines.high, "", lines.scale),
        marks,
        styles,
        palette.frame,
    )


class CurveChart(RunPicture):
    """One chart of curves; in a run that is not live a click moves the cursor."""

    class Picked(Message):
        """An epoch was clicked."""

        def __init__(self, epoch: int) -> None:
            super().__init__()
            self.epoch = epoch

    def __init__(self, curve: Curve) -> None:
        super().__init__(classes="curves")
        self.curve: Curve = curve
        self._chart = Chart()

    def draw(self, shown: Shown, view: View, look: Look) -> list[Strip]:
        width, height = self.size
        recording, series = shown.recording, shown.series(view.series)
        of_layers = shown.capacities_bits
        lines = lines_of(self.curve, recording, shown.averages, series, view, of_layers)
        title = Strip([Segment(f" {lines.name}"[:width], look.palette.strong)])
        size = (width, height - 1)
        chart = draw_curves(self._chart, size, lines, recording.epoch, shown.cursor, view, look)
        return [title.adjust_cell_length(width), *chart]

    def on_click(self, event: events.Click) -> None:
        columns, _ = canvas(self.size.width, self.size.height - 1)
        if self.shown and columns > 1:
            share = (event.x - (self.size.width - columns)) / (columns - 1)
            span = self.shown.cursor.span
            share = min(max(share, 0.0), 1.0)
            self.post_message(self.Picked(epoch_at(share, span, log=self.view.log)))
