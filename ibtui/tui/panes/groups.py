"""Panes: the planes with their transport, and the charts of curves, as groups of widgets."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container, Vertical

from ibtui.tui.feeds.playback import Playback
from ibtui.tui.look.quantities import CURVES, recorded
from ibtui.tui.look.shown import Shown
from ibtui.tui.look.tracks import paths
from ibtui.tui.look.view import Look, View
from ibtui.tui.look.viewport import Viewport
from ibtui.tui.panes.curves import CurveChart
from ibtui.tui.panes.pair import Pair
from ibtui.tui.panes.transport import Transport

CHART_COLUMNS = 40  # a chart narrower than this is given the place of its neighbour
CHART_ROWS = 12  # of charts one above another, at least


class Planes(Vertical):
    """One or two planes and the transport below them."""

    def __init__(self, pair: Pair) -> None:
        super().__init__(id="planes", classes="pane")
        self.pair, self.transport = pair, Transport()
        self._view, self._look = View(), Look()
        self._shown: Shown | None = None

    def compose(self) -> ComposeResult:
        yield self.pair
        yield self.transport

    def show(self, shown: Shown, playback: Playback) -> None:
        known, self._shown = self._shown, shown
        if known is None or known.recording.header != shown.recording.header:
            self.pair.viewport = Viewport.of(shown.recording.header)
            self._arrange()
        elif self._plane(shown) != self.pair.viewport.reset():
            self._arrange()
        self.pair.first.show(shown)
        if self.pair.second.display:
            self.pair.second.show(shown)
        self.transport.show(shown, playback)

    def clear(self) -> None:
        """Show no run."""
        self._shown = None
        for plane in (self.pair.first, self.pair.second):
            plane.clear()
        self.transport.clear()

    def restyle(self, view: View, look: Look) -> None:
        self._view, self._look = view, look
        self.transport.restyle(view, look)
        self._arrange()

    def on_resize(self) -> None:
        self._arrange()

    def _arrange(self) -> None:
        header = None if self._shown is None else self._shown.recording.header
        second, pair = self._view.second_plane(header, self.size.width), self.pair
        pair.second.display = second is not None and header is not None
        pair.first.series = self._view.series
        if second is not None:
            pair.second.series, pair.second.corner = second
        whole = None if self._shown is None else self._plane(self._shown)
        pair.restyle(self._view, self._look, whole)

    def _plane(self, shown: Shown) -> Viewport:
        """The whole of the plane that holds what either widget shows."""
        planes = (self.pair.first, self.pair.second)
        series = {plane.series for plane in planes if plane.display}
        return Viewport.of(
            shown.recording.header,
            paths=[
                paths(shown.recording, shown.averages, shown.series(k), self._view) for k in series
            ],
        )


class CurvesPane(Container):
    """As many charts beside and below each other as there is room for; a key goes on to others."""

    def __init__(self) -> None:
        super().__init__(id="curves", classes="pane")
        self._charts = [CurveChart(curve) for curve in CURVES]
        self._start = 0
        self._shown: Shown | None = None
        self._view = View()

    def compose(self) -> ComposeResult:
        yield from self._charts

    def show(self, shown: Shown) -> None:
        self._shown = shown
        for chart in self._charts:
            if chart.display:
                chart.show(shown)

    def clear(self) -> None:
        """Show no run."""
        self._shown = None
        for chart in self._charts:
            chart.clear()

    def restyle(self, view: View, look: Look) -> None:
        self._view = view
        for chart in self._charts:
            chart.restyle(view, look)

    def further(self) -> None:
        """Show the charts after those on the screen."""
        self._start = (self._start + self._room()) % len(self._recorded())
        self._arrange()

    def zoom(self, factor: float) -> None:
        """Magnify the y axes; 0 shows their whole ranges."""
        for chart in self._charts:
            chart.zoom(factor)

    def pan(self, by: float) -> None:
        for chart in self._charts:
            chart.pan(by)

    def on_resize(self) -> None:
        self._arrange()

    def _room(self) -> int:
        room = max(self.size.width // CHART_COLUMNS, 1) * max(self.size.height // CHART_ROWS, 1)
        return min(room, len(self._recorded()))

    def _recorded(self) -> list[CurveChart]:
        """The charts that have something to show."""
        if self._shown is None:
            return self._charts
        recording, series = self._shown.recording, self._shown.series(self._view.series)
        return [chart for chart in self._charts if recorded(chart.curve, recording, series)]

    def _arrange(self) -> None:
        there = self._recorded()
        shown = [there[(self._start + i) % len(there)] for i in range(self._room())]
        self.styles.grid_size_columns = min(max(self.size.width // CHART_COLUMNS, 1), len(shown))
        for chart in self._charts:
            chart.display = chart in shown
        if self._shown:
            self.show(self._shown)
