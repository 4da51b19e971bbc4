"""Panes: the planes with their transport, and the charts of curves, as groups of widgets."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from ibtui.tui.feeds.playback import Playback
from ibtui.tui.look.quantities import CURVES
from ibtui.tui.look.shown import Shown
from ibtui.tui.look.tracks import paths
from ibtui.tui.look.view import Look, View
from ibtui.tui.look.viewport import Viewport
from ibtui.tui.panes.curves import CurveChart
from ibtui.tui.panes.plane import Plane
from ibtui.tui.panes.transport import Transport

CHART_COLUMNS = 40  # a chart narrower than this is given the place of its neighbour


class Planes(Vertical):
    """One or two planes and the transport below them."""

    def __init__(self) -> None:
        super().__init__(id="planes", classes="pane")
        self.first, self.second = Plane(id="first"), Plane(id="second")
        self.transport = Transport()
        self.viewport = Viewport.whole(1.0, 1.0)
        self._view, self._look = View(), Look()
        self._shown: Shown | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(id="pair"):
            yield self.first
            yield self.second
        yield self.transport

    def show(self, shown: Shown, playback: Playback) -> None:
        known, self._shown = self._shown, shown
        if known is None or known.recording.header != shown.recording.header:
            self.viewport = Viewport.of(shown.recording.header)
            self._arrange()
        elif self._plane(shown) != self.viewport.reset():
            self._arrange()
        self.first.show(shown)
        if self.second.display:
            self.second.show(shown)
        self.transport.show(shown, playback)

    def look(self, view: View, look: Look) -> None:
        self._view, self._look = view, look
        self.transport.look(view, look)
        self._arrange()

    def zoom(self, factor: float, x: float = 0.5, y: float = 0.5) -> None:
        """Magnify, about the middle unless told otherwise; 0 shows the whole plane."""
        view = self.viewport
        self.viewport = view.zoom(factor, x, y) if factor else view.reset()
        self._arrange()

    def pan(self, x: float, y: float) -> None:
        self.viewport = self.viewport.pan(x, y)
        self._arrange()

    def on_plane_zoomed(self, event: Plane.Zoomed) -> None:
        if not event.plane.corner:
            self.zoom(event.factor, event.x, event.y)

    def on_plane_panned(self, event: Plane.Panned) -> None:
        if not event.plane.corner:
            self.pan(event.x, event.y)

    def on_resize(self) -> None:
        self._arrange()

    def _arrange(self) -> None:
        header = None if self._shown is None else self._shown.recording.header
        second = self._view.second_plane(header, self.size.width)
        self.second.display = second is not None and header is not None
        self.first.series = self._view.series
        if second is not None:
            self.second.series, self.second.corner = second
        if self._shown is not None:
            self.viewport = self.viewport.on(self._plane(self._shown))
        for plane in (self.first, self.second):
            plane.look(self._view, self.viewport, self._look)

    def _plane(self, shown: Shown) -> Viewport:
        """The whole of the plane that holds what either widget shows."""
        series = {plane.series for plane in (self.first, self.second) if plane.display}
        return Viewport.of(
            shown.recording.header,
            paths=[
                paths(shown.recording, shown.averages, shown.series(k), self._view) for k in series
            ],
        )


class CurvesPane(Horizontal):
    """As many charts side by side as there is room for; a key goes on to the next ones."""

    def __init__(self) -> None:
        super().__init__(id="curves", classes="pane")
        self._charts = [CurveChart(curve) for curve in CURVES]
        self._start = 0
        self._shown: Shown | None = None

    def compose(self) -> ComposeResult:
        yield from self._charts

    def show(self, shown: Shown) -> None:
        self._shown = shown
        for chart in self._charts:
            if chart.display:
                chart.show(shown)

    def look(self, view: View, look: Look) -> None:
        for chart in self._charts:
            chart.look(view, look)

    def further(self) -> None:
        """Show the charts after those on the screen."""
        self._start = (self._start + self._room()) % len(self._charts)
        self._arrange()

    def on_resize(self) -> None:
        self._arrange()

    def _room(self) -> int:
        return max(1, min(self.size.width // CHART_COLUMNS, len(self._charts)))

    def _arrange(self) -> None:
        count = len(self._charts)
        shown = {(self._start + i) % count for i in range(self._room())}
        for i, chart in enumerate(self._charts):
            chart.display = i in shown
        if self._shown:
            self.show(self._shown)
