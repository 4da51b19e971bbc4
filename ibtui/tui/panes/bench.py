"""Bench: the panes of one run, with the setup beside them."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import RichLog

from ibtui.tui.feeds.playback import Playback
from ibtui.tui.look.shown import Shown
from ibtui.tui.look.view import Look, View
from ibtui.tui.panes.groups import CurvesPane, Planes
from ibtui.tui.panes.pair import Pair
from ibtui.tui.panes.table import LayerTable

LOG_LINES = 5000


class Bench(Horizontal):
    """Planes above, curves, table and log below; what is hidden is not drawn."""

    def __init__(self, setup: Widget, pair: Pair) -> None:
        super().__init__(id="bench")
        self._setup = setup
        self.planes, self.curves, self.table = Planes(pair), CurvesPane(), LayerTable()
        self.log_pane = RichLog(id="log", classes="pane", max_lines=LOG_LINES, wrap=True)

    def compose(self) -> ComposeResult:
        yield self._setup
        with Vertical(id="work"):
            yield self.planes
            with Container(id="lower"):
                yield self.curves
                yield self.table
                yield self.log_pane

    def show(self, shown: Shown, playback: Playback) -> None:
        """Draw the panes that are on the screen."""
        if on_screen(self.planes):
            self.planes.show(shown, playback)
        for pane in (self.curves, self.table):
            if on_screen(pane):
                pane.show(shown)

    def clear(self) -> None:
        """Show no run."""
        for pane in (self.planes, self.curves, self.table):
            pane.clear()

    def restyle(self, view: View, look: Look) -> None:
        for pane in (self.planes, self.curves, self.table):
            pane.restyle(view, look)


def on_screen(widget: Widget) -> bool:
    """Whether neither the widget nor anything around it is hidden."""
    around = (node for node in widget.ancestors_with_self if isinstance(node, Widget))
    return all(node.display for node in around)
