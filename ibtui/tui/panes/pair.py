"""Pair: two planes beside each other that show the same part of the information plane."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal

from ibtui.tui.look.view import Look, View
from ibtui.tui.look.viewport import Viewport
from ibtui.tui.panes.plane import Plane


class Pair(Horizontal):
    """Two planes on equal axes; keys and mouse zoom and move both, but for a magnified corner."""

    def __init__(self) -> None:
        super().__init__(id="pair")
        self.first, self.second = Plane(id="first"), Plane(id="second")
        self.first.leads = True
        self.viewport = Viewport.whole(1.0, 1.0)
        self._view, self._look = View(), Look()

    def compose(self) -> ComposeResult:
        yield self.first
        yield self.second

    def restyle(self, view: View, look: Look, whole: Viewport | None = None) -> None:
        """Show the planes in another way; `whole` is all of the plane, where it is another one."""
        self._view, self._look = view, look
        self._see(self.viewport if whole is None else self.viewport.on(whole))

    def zoom(self, factor: float, x: float = 0.5, y: float = 0.5) -> None:
        """Magnify, about the middle unless told otherwise; 0 shows the whole plane."""
        self._see(self.viewport.zoom(factor, x, y))

    def to_crowd(self) -> bool:
        """Magnify where layers crowd, or show the whole plane again; whether there was a way."""
        if not self.viewport.is_whole:
            self.zoom(0)
            return True
        crowded = self.first.crowded()
        if crowded is not None:
            self._see(crowded[1])
        return crowded is not None

    def pan(self, x: float, y: float) -> None:
        self._see(self.viewport.pan(x, y))

    def on_plane_zoomed(self, event: Plane.Zoomed) -> None:
        if not event.plane.corner:
            self.zoom(event.factor, event.x, event.y)

    def on_plane_panned(self, event: Plane.Panned) -> None:
        if not event.plane.corner:
            self.pan(event.x, event.y)

    def _see(self, viewport: Viewport) -> None:
        self.viewport = viewport
        for plane in (self.first, self.second):
            plane.restyle(self._view, viewport, self._look)
