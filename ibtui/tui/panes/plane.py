"""Plane: a widget that shows the layers' paths through the information plane."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Offset
from textual.message import Message
from textual.strip import Strip

from ibtui.analysis.bottleneck import Limit
from ibtui.report import words
from ibtui.tui.draw.axes import Linear
from ibtui.tui.draw.bands import band_of
from ibtui.tui.draw.chart import Chart, canvas
from ibtui.tui.draw.labels import digit, label_below, label_marks
from ibtui.tui.draw.palette import SHADES
from ibtui.tui.draw.raster import Marks, Raster
from ibtui.tui.draw.rows import Picture
from ibtui.tui.look.crowd import around, crowd, digits
from ibtui.tui.look.many import Laid
from ibtui.tui.look.reading import Reading, nearest, reading
from ibtui.tui.look.shown import Shown
from ibtui.tui.look.tracks import Track, track
from ibtui.tui.look.view import Look, Point, View
from ibtui.tui.look.viewport import Viewport
from ibtui.tui.panes.crosshair import Pointed, draw_cross, here
from ibtui.tui.panes.legend import legend
from ibtui.tui.panes.title import title_row

WELCOME: tuple[str, ...] = (
    "r  trains the profile",
    "P  loads an experiment",
    "O  opens a saved run",
    "?  shows all the keys",
)


class Levels(NamedTuple):
    """Where the styles of a palette lie in the list that the chart gets."""

    runs: int
    faint: int
    frame: int
    read: int
    layers: int


def styles_of(look: Look, slots: Sequence[int]) -> tuple[list[Style], Levels]:
    """Styles by level, and the levels by purpose; a run of a later one of `slots` covers others."""
    p = look.palette
    styles = [*p.bands]
    for slot in slots:
        styles += p.runs[slot % len(p.runs)]
    styles += [p.faint, p.frame, p.strong + Style(reverse=True)]
    at = len(styles)
    styles += [layer + Style(bold=True) for layer in p.layers]
    return styles, Levels(len(p.bands), at - 3, at - 2, at - 1, at)


def draw_plane(
    chart: Chart,
    size: tuple[int, int],
    runs: Sequence[tuple[Laid, Track]],
    viewport: Viewport,
    view: View,
    look: Look,
    read: Reading | None = None,
) -> list[Strip]:
    """A plane of `size` cells; of several runs the first covers the others.

    A run without a slot has the colours of its epochs, others shades of their own.
    `read` is what the crosshair is on; its values stand on the axes.
    """
    columns, rows = canvas(*size)
    runs = runs[::-1]
    styles, levels = styles_of(look, [laid.slot or 0 for laid, _ in runs])
    marks: list[Marks] = []
    if columns:
        scale = Scale(viewport)
        behind = Raster(columns, rows, look.markers)
        lines: list[tuple[np.ndarray, np.ndarray, str]] = []
        if view.limit:
            for name, limit in _limits(laid.shown for laid, _ in runs):
                x, y = draw_limit(behind, scale, viewport, limit, levels.frame)
                lines.append((x, y, f" {name}"))
        front = Raster(columns, rows, look.markers)
        labels = []
        for place, (laid, path) in enumerate(runs):
            alone, first = laid.slot is None, levels.runs + place * SHADES
            bands, offset = (levels.runs, 0) if alone else (SHADES, first)
            level = offset + band_of(path.epoch, laid.shown.cursor.span, bands, log=view.log)
            if view.joined and path.x.ndim == 2:
                _draw_joined(behind, scale, path, level)
            if view.spread:
                draw_spread(behind, scale, path, view, levels.faint)
            # Without colours a faint path would look like an early one.
            faint = None if look.palette.faint in styles[offset : offset + bands] else levels.faint
            _draw_paths(front, behind, scale, path, level, view, faint if alone else None)
            count = path.now.shape[1]
            if alone:
                digits = [levels.layers + i % len(look.palette.layers) for i in range(count)]
            else:
                digits = [first + SHADES - 1] * count
            letters = not alone and (view.bright is not None or look.palette.colourless)
            texts = [laid.letter if letters else digit(i) for i in range(count)]
            labels.append(_labels(path, scale, view, columns, rows, texts, digits))
        if read is not None and view.point is not None:
            x, y = scale.x(np.array(read.i_xt_bits)), scale.y(np.array(read.i_ty_bits))
            draw_cross(behind, float(x), float(y), levels.frame)
            digits = levels.read
            labels.append(here(float(x), float(y), view.point.layer, columns, rows, digits))
        drawn = behind.marks(), front.marks()
        names = [label_below(*line, drawn, (columns, rows), levels.frame) for line in lines]
        marks = [*drawn, *names, *labels]
    unit = view.unit
    across = f"I(X;T) [{unit}]" if read is None else f"I(X;T) {read.i_xt(view)} {unit}"
    return chart.draw(
        size,
        Linear(viewport.left, viewport.right, across, view.factor),
        Linear(viewport.bottom, viewport.top, f"I(T;Y) [{unit}]", view.factor),
        marks,
        styles,
        look.palette.frame,
    )


def _limits(runs: Iterable[Shown]) -> Iterable[tuple[str, Limit]]:
    """The limits of the runs with their names, each once: those of one data set are alike."""
    found = (named for shown in runs for named in shown.named_limits)
    return {
        (name, one.i_xt_bits.tobytes(), one.i_ty_bits.tobytes()): (name, one) for name, one in found
    }.values()


class Scale:
    """Bits to places in the view, 0 to 1."""

    def __init__(self, viewport: Viewport) -> None:
        self._view = viewport

    def x(self, bits: np.ndarray) -> np.ndarray:
        return (bits - self._view.left) / (self._view.right - self._view.left)

    def y(self, bits: np.ndarray) -> np.ndarray:
        return (bits - self._view.bottom) / (self._view.top - self._view.bottom)


def draw_limit(
    raster: Raster, scale: Scale, viewport: Viewport, limit: Limit, level: int
) -> tuple[np.ndarray, np.ndarray]:
    """A limit from corner to corner, and level beyond its last one; its line in the view."""
    x = np.append(limit.i_xt_bits, max(viewport.width, limit.i_xt_bits[-1]))
    y = np.append(limit.i_ty_bits, limit.i_ty_bits[-1])
    line = scale.x(x), scale.y(y)
    raster.path(*line, np.full(len(x), level))
    return line


def draw_spread(raster: Raster, scale: Scale, path: Track, view: View, level: int) -> None:
    """The paths one standard deviation to either side, and a cross of it where each layer is."""
    if not path.deviation.size:
        return
    for layer in range(path.now.shape[1]):
        if view.bright not in (None, layer):
            continue
        x, y = path.x[:, layer], path.y[:, layer]
        wide, high = path.deviation[:, :, layer]
        levels = np.full(len(x), level)
        for sign in (-1, 1):
            raster.path(scale.x(x + sign * wide), scale.y(y), levels)
            raster.path(scale.x(x), scale.y(y + sign * high), levels)
        known = np.flatnonzero(np.isfinite(x))[-1:]
        ways = np.array([-1.0, 1.0])
        for last in known:
            at, over = np.full(2, x[last]), np.full(2, y[last])
            raster.path(scale.x(at + ways * wide[last]), scale.y(over), levels[:1].repeat(2))
            raster.path(scale.x(at), scale.y(over + ways * high[last]), levels[:1].repeat(2))


def _draw_paths(
    front: Raster,
    behind: Raster,
    scale: Scale,
    path: Track,
    level: np.ndarray,
    view: View,
    faint: int | None,
) -> None:
    for layer in range(path.now.shape[1]):
        lit = view.bright in (None, layer)
        if lit:
            levels = level
        elif faint is None:
            continue
        else:
            levels = np.full(len(level), faint)
        raster = front if lit else behind
        x, y = scale.x(path.x[..., layer]), scale.y(path.y[..., layer])
        if path.x.ndim == 3:
            raster.points(x, y, levels[:, None])
        else:
            raster.path(x, y, levels)


def _draw_joined(raster: Raster, scale: Scale, path: Track, level: np.ndarray) -> None:
    """A line through the layers at the last epoch of each band, and at the cursor."""
    for frame in np.flatnonzero(np.diff(level, append=np.iinfo(np.int64).max)):
        x, y = scale.x(path.x[frame]), scale.y(path.y[frame])
        raster.path(x, y, np.full(len(x), level[frame]))


def _labels(
    path: Track,
    scale: Scale,
    view: View,
    columns: int,
    rows: int,
    texts: Sequence[str],
    levels: Sequence[int],
) -> Marks:
    x, y = scale.x(path.now[0]), scale.y(path.now[1])
    inside = np.flatnonzero((x >= 0) & (x <= 1) & (y >= 0) & (y <= 1)).tolist()
    if view.bright is not None:
        inside = [layer for layer in inside if layer == view.bright]
    places = [(float(x[layer]), float(y[layer])) for layer in inside]
    found, shown = [texts[i] for i in inside], [levels[i] for i in inside]
    return label_marks(places, found, shown, columns, rows)


def _centred(said: Sequence[str], width: int, height: int, look: Look) -> list[Strip]:
    """Lines in the middle of a plane that shows no run."""
    top = max((height - len(said)) // 2, 0)
    lines = {top + row: text for row, text in enumerate(said)}
    rows = []
    for row in range(height):
        text = lines.get(row, "")[:width]
        text = text.ljust(min(max(map(len, said)), width)).center(width) if text else " " * width
        rows.append(Strip([Segment(text, look.palette.frame)]))
    return rows


class Plane(Picture):
    """One information plane; `series` says which one of the recording's it shows."""

    class Zoomed(Message):
        """The mouse zoomed by `factor` about the place x, y of the view (0 to 1)."""

        def __init__(self, plane: Plane, factor: float, x: float, y: float) -> None:
            super().__init__()
            self.plane, self.factor, self.x, self.y = plane, factor, x, y

    class Panned(Message):
        """The mouse dragged the view by x, y of its widths and heights."""

        def __init__(self, plane: Plane, x: float, y: float) -> None:
            super().__init__()
            self.plane, self.x, self.y = plane, x, y

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, classes="plane")
        self.series = 0
        self.corner = self.leads = False  # `leads`: of two planes the one that keys look at
        self.view = View()
        self.viewport = Viewport.whole(1.0, 1.0)
        self._look = Look()
        self._chart = Chart()
        self._runs: tuple[Laid, ...] = ()
        self._welcome = WELCOME
        self._grabbed: Offset | None = None  # where on the screen the view was taken hold of

    def greet(self, more: Sequence[str]) -> None:
        """Say more below the welcome, where no run is shown."""
        self._welcome = (*WELCOME, *more)
        self.redraw()

    def clear(self, said: Sequence[str] = ()) -> None:
        """Show no run but what is `said`, and no welcome either: one is on its way."""
        self._welcome = tuple(said)
        self.lay(())

    def show(self, shown: Shown) -> None:
        """Show one run up to the cursor."""
        self.lay((Laid(shown),))

    def lay(self, runs: Sequence[Laid]) -> None:
        """Show several runs on the same axes, the first above the others."""
        self._runs = tuple(runs)
        self.redraw()

    def restyle(self, view: View, viewport: Viewport, look: Look) -> None:
        """Show the same frame in another way."""
        self.view, self.viewport, self._look = view, viewport, look
        self.redraw()

    def redraw(self) -> None:
        width, height = self.size
        if width < 1 or height < 2:
            return
        if not self._runs:
            self.paint(_centred(self._welcome, width, height, self._look))
            return
        runs = list(self._tracks())
        viewport = self.viewport.corner() if self.corner else self.viewport
        first = self._runs[0].shown
        read = reading(first, first.series(self.series), self.view)
        told = [legend(self._runs, width, self._look)] if self._head > 1 else []
        size = (width, height - self._head)
        chart = draw_plane(self._chart, size, runs, viewport, self.view, self._look, read)
        self.paint([self._title(width, runs, viewport, read), *told, *chart])

    @property
    def _head(self) -> int:
        """The rows above the chart: the title, and where runs are several which is which."""
        return 2 if self._runs and self._runs[0].slot is not None else 1

    @property
    def _series(self) -> str:
        """The name of the series that is shown: of the first run's."""
        first = self._runs[0].shown
        return first.recording.header.series[first.series(self.series)]

    def _tracks(self) -> Iterator[tuple[Laid, Track]]:
        """The path of each run that has the series."""
        for laid in self._runs:
            series, shown = laid.series(self._series), laid.shown
            if series is not None:
                path = track(shown.recording, shown.cursor, shown.averages, series, self.view)
                yield laid, path

    def crowded(self) -> tuple[list[int], Viewport] | None:
        """The layers that crowd one place of the whole plane, and the part they are in."""
        columns, rows = canvas(self.size.width, self.size.height - self._head)
        if len(self._runs) != 1 or not columns or self.corner or not self.viewport.is_whole:
            return None
        shown, scale = self._runs[0].shown, Scale(self.viewport)
        series = shown.series(self.series)
        now = track(shown.recording, shown.cursor, shown.averages, series, self.view).now
        layers = crowd(scale.x(now[0]), scale.y(now[1]), columns, rows)
        return (layers, around(self.viewport, *now[:, layers])) if layers else None

    def _title(
        self,
        width: int,
        runs: Sequence[tuple[Laid, Track]],
        viewport: Viewport,
        read: Reading | None,
    ) -> Strip:
        header, path = self._runs[0].shown.recording.header, runs[0][1]
        notes = [path.note, path.brief]
        if self._runs[0].slot is not None:
            notes = [f"{path.brief}, {words.some_of(len(runs), len(self._runs))} runs"] * 2
        if self.view.bright is not None and self.view.bright < len(header.layers):
            notes = [f"{header.layers[self.view.bright]}, {note}" for note in notes]
        if self.corner:
            notes = ["upper right"] * 2
        elif not viewport.is_whole:
            whole = viewport.reset()
            factor = (whole.right - whole.left) / (viewport.right - viewport.left)
            notes = [f"{note} x{factor:.1f}" for note in notes]
        axis, unit = "I(T;Y)", f"[{self.view.unit}]"
        if read is not None:
            axis, unit, notes = f"{axis} {read.i_ty(self.view)}", self.view.unit, [*read.note]
        hints = [] if read is not None else self._hints()
        look, names = self._look, header.series
        return title_row(axis, unit, self._series, notes, names, hints, width, look)

    def _hints(self) -> list[str]:
        """That layers crowd, in words and in fewer, of the plane that the key for it looks at."""
        crowded = self.crowded() if self.leads else None
        named = "" if crowded is None else digits(crowded[0])
        return [f"  C: {named} apart", f"  C: {named}"] if named else []

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._zoom(event, 1.25)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._zoom(event, 0.8)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._grabbed = event.screen_offset
        self.capture_mouse()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        self._grabbed = None
        self.release_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        columns, rows = canvas(self.size.width, self.size.height - self._head)
        if not columns:
            return
        if self._grabbed is None:
            self.post_message(Pointed(self._point_at(event, columns, rows)))
            return
        x, y = event.screen_offset - self._grabbed
        if x or y:
            self._grabbed = event.screen_offset
            self.post_message(self.Panned(self, -x / columns, y / rows))

    def on_leave(self) -> None:
        if self.view.point is not None:
            self.post_message(Pointed(None))

    def _point_at(self, event: events.MouseEvent, columns: int, rows: int) -> Point | None:
        """The point of the first run's paths that is nearest to the mouse."""
        if not self._runs:
            return None
        shown, view = self._runs[0].shown, self.view
        kind = "mean" if view.path == "cloud" else view.path
        series, seen = shown.series(self.series), replace(view, path=kind)
        path = track(shown.recording, shown.cursor, shown.averages, series, seen)
        scale = Scale(self.viewport.corner() if self.corner else self.viewport)
        place = self._place(event, columns, rows)
        return nearest(scale.x(path.x), scale.y(path.y), place, (columns, rows), view.layer)

    def _place(self, event: events.MouseEvent, columns: int, rows: int) -> tuple[float, float]:
        """Where the mouse is, 0 to 1 along each axis."""
        x = (event.x - (self.size.width - columns)) / max(columns - 1, 1)
        y = 1 - (event.y - self._head) / max(rows - 1, 1)
        return min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)

    def _zoom(self, event: events.MouseEvent, factor: float) -> None:
        columns, rows = canvas(self.size.width, self.size.height - self._head)
        if not columns:
            return
        event.stop()
        self.post_message(self.Zoomed(self, factor, *self._place(event, columns, rows)))
