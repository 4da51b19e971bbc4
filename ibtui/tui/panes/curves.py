"""Curves: a widget that shows a quantity of the layers or of the networks against the epoch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from ibtui.recording import Floats
from ibtui.tui.draw.axes import Epochs, Linear
from ibtui.tui.draw.bands import epoch_at, fraction
from ibtui.tui.draw.chart import Chart, canvas
from ibtui.tui.draw.labels import label_marks
from ibtui.tui.draw.raster import Marks, Raster
from ibtui.tui.look.quantities import TEST, TRAIN, Curve, Line, Lines, fitted, lines_of, smoothed
from ibtui.tui.look.reading import nearest_line, on_recording, with_deviation
from ibtui.tui.look.shown import Shown
from ibtui.tui.look.view import Cursor, Look, Point, View
from ibtui.tui.panes.crosshair import Pointed, here
from ibtui.tui.panes.picture import RunPicture

DEEPEST = 0.02  # of a chart's range: the least that is magnified to its height


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
    styles = [*palette.layers, palette.strong, palette.frame, palette.faint]
    styles += [palette.frame, palette.strong + Style(reverse=True)]
    count = len(palette.layers)
    of_train, of_test, faint, frame, read = range(count, count + 5)
    marks: list[Marks] = []
    if columns and len(epoch):
        at = min(cursor.at, len(epoch) - 1)
        x = fraction(epoch, cursor.span, log=view.log)
        behind, front = (Raster(columns, rows, look.markers) for _ in range(2))
        cells, texts, levels, crosses = [], [], [], []
        for line in lines.lines:
            measured = (line.values - lines.low) / (lines.high - lines.low)
            y = smoothed(measured, view.smoothing) if view.smoothing > 1 else measured
            lit = line.colour < 0 or view.bright in (None, line.colour)
            own = {TRAIN: of_train, TEST: of_test}.get(line.colour, line.colour % count)
            level = own if lit else faint
            behind.path(x[at:], y[at:], np.full(len(x) - at, faint))
            if y is not measured:
                behind.path(x[: at + 1], measured[: at + 1], np.full(at + 1, faint))
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
            if view.point is not None and view.point == (line.colour, min(view.point.frame, at)):
                spot = float(x[view.point.frame]), float(measured[view.point.frame])
                crosses.append(here(*spot, line.colour, columns, rows, read))
        if at < len(epoch) - 1:
            behind.path(np.full(2, x[at]), np.array([0.0, 1.0]), np.full(2, frame))
        if view.point is not None:
            place = x[min(view.point.frame, at)]
            behind.path(np.full(2, place), np.array([0.0, 1.0]), np.full(2, frame))
        labels = label_marks(cells, texts, levels, columns, rows)
        marks = [behind.marks(), front.marks(), labels, *crosses]
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
        self._part = (0.0, 1.0)  # of the whole range, from below, that is on the screen

    def draw(self, shown: Shown, view: View, look: Look) -> list[Strip]:
        width, height = self.size
        lines = self._lines(shown, view)
        note = self._note(shown, view, lines)
        name = lines.name if len(lines.name) + len(note) + 2 <= width else self.curve
        parts = [Segment(f" {name} ", look.palette.strong), Segment(note, look.palette.frame)]
        size = (width, height - 1)
        epoch = shown.recording.epoch
        chart = draw_curves(self._chart, size, lines, epoch, shown.cursor, view, look)
        return [Strip(parts).adjust_cell_length(width), *chart]

    def _lines(self, shown: Shown, view: View) -> Lines:
        """What is shown, in the part of its range that is looked at."""
        recording, series = shown.recording, shown.series(view.series)
        capacities = shown.capacities_bits
        lines = lines_of(self.curve, recording, shown.averages, series, view, capacities)
        if view.fitted:
            lines = fitted(lines, view.bright)
        reach, (low, high) = lines.high - lines.low, self._part
        return replace(lines, low=lines.low + low * reach, high=lines.low + high * reach)

    def _note(self, shown: Shown, view: View, lines: Lines) -> str:
        """What the crosshair is on, or that the curves are smoothed."""
        point = on_recording(shown, view.point)
        if point is None:
            return f"mean of {view.smoothing} frames" if view.smoothing > 1 else ""
        of_layers = all(line.colour >= 0 for line in lines.lines)
        chosen = [
            line
            for line in lines.lines
            if line.mark != "=" and (not of_layers or line.colour == point.layer)
        ]
        values = "  ".join(_value(line, point, lines.scale) for line in chosen)
        layer = shown.recording.header.layers[point.layer] if of_layers else ""
        return f"{layer} @{shown.recording.epoch[point.frame]}  {values}".strip()

    def zoom(self, factor: float, about: float = 0.5) -> None:
        """Magnify the y axis about a place of it (0 to 1); 0 shows the whole range."""
        low, high = self._part
        wide = min(max((high - low) / factor, DEEPEST), 1.0) if factor else 1.0
        start = low + about * (high - low) - about * wide
        start = min(max(start, 0.0), 1.0 - wide)
        self._part = (start, start + wide)
        self.redraw()

    def pan(self, by: float) -> None:
        """Move up by so many heights of the chart."""
        low, high = self._part
        start = min(max(low + by * (high - low), 0.0), 1.0 - (high - low))
        self._part = (start, start + high - low)
        self.redraw()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.zoom(1.25, self._place(event)[1])

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.zoom(0.8, self._place(event)[1])

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self.shown is None or not len(self.shown.recording):
            return
        shown, view = self.shown, self.view
        lines = self._lines(shown, view)
        place, stop = self._place(event), shown.cursor.at + 1
        x = fraction(shown.recording.epoch[:stop], shown.cursor.span, log=view.log)
        of_layers = [line for line in lines.lines if line.colour >= 0 and line.mark != "="]
        values: Floats = np.array([line.values[:stop] for line in of_layers or lines.lines]).T
        point = nearest_line(x, (values - lines.low) / (lines.high - lines.low), place)
        if point is not None:
            known = view.point.layer if view.point else 0
            layer = of_layers[point.layer].colour if of_layers else known
            point = Point(layer, point.frame)
        self.post_message(Pointed(point))

    def on_leave(self) -> None:
        if self.view.point is not None:
            self.post_message(Pointed(None))

    def _place(self, event: events.MouseEvent) -> tuple[float, float]:
        """Where the mouse is, 0 to 1 along each axis."""
        columns, rows = canvas(self.size.width, self.size.height - 1)
        x = (event.x - (self.size.width - columns)) / max(columns - 1, 1)
        y = 1 - (event.y - 1) / max(rows - 1, 1)
        return min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)

    def on_click(self, event: events.Click) -> None:
        columns, _ = canvas(self.size.width, self.size.height - 1)
        if self.shown and columns > 1:
            span = self.shown.cursor.span
            share = self._place(event)[0]
            self.post_message(self.Picked(epoch_at(share, span, log=self.view.log)))


def _value(line: Line, point: Point, scale: float) -> str:
    """A line's value at a point, with its name where that is no layer's."""
    spread = np.nan if line.deviation is None else float(line.deviation[point.frame])
    value = with_deviation(float(line.values[point.frame]) * scale, spread * scale, 3)
    return {TRAIN: f"train {value}", TEST: f"test {value}"}.get(line.colour, value)
