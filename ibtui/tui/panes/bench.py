"""Bench: the panes of one run, with the setup beside them."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import RichLog

from ibtui.tui.feeds.playback import Playback
from ibtui.tui.look.shown import Shown
from ibtui.tui.look.view import Look, View
from ibtui.tui.panes.arrangement import LOWER, Arrangement
from ibtui.tui.panes.claims import ClaimsPane
from ibtui.tui.panes.groups import CurvesPane, Planes
from ibtui.tui.panes.pair import Pair
from ibtui.tui.panes.table import LayerTable
from ibtui.tui.panes.tabs import PANES

LOG_LINES = 5000


class Bench(Horizontal):
    """Planes above, curves, table, claims and log below; what is hidden is not drawn."""

    def __init__(self, setup: Widget, pair: Pair) -> None:
        super().__init__(id="bench")
        self._setup = setup
        self.planes, self.curves, self.table = Planes(pair), CurvesPane(), LayerTable()
        self.claims, self.lower = ClaimsPane(), Container(id="lower")
        self.log_pane = RichLog(id="log", classes="pane", max_lines=LOG_LINES, wrap=True)

    def compose(self) -> ComposeResult:
        yield self._setup
        with Vertical(id="work"):
            yield self.planes
            with self.lower:
                yield self.curves
                with Vertical(id="side"):
                    yield self.table
                    yield self.claims
                    yield self.log_pane

    def name_panes(self, arrangement: Arrangement) -> None:
        """Write above the panes what they are, with their keys; of those that share a place all."""
        titles = {pane: f"{PANES.index(pane) + 1} {pane}" for pane in LOWER}
        for pane in (self.curves, self.table, self.claims, self.log_pane):
            pane.border_title = titles[pane.id or ""]
        chosen = titles.pop(arrangement.lower)
        self.lower.border_title = "  ".join([f"[b]{chosen}[/b]", *titles.values()])

    def show(self, shown: Shown, playback: Playback) -> None:
        """Draw the panes that are on the screen."""
        if on_screen(self.planes):
            self.planes.show(shown, playback)
        for pane in (self.curves, self.table, self.claims):
            if on_screen(pane):
                pane.show(shown)

    def clear(self) -> None:
        """Show no run."""
        for pane in (self.planes, self.curves, self.table, self.claims):
            pane.clear()

    def restyle(self, view: View, look: Look) -> None:
        for pane in (self.planes, self.curves, self.table, self.claims):
            pane.restyle(view, look)


def on_screen(widget: Widget) -> bool:
    """Whether neither the widget nor anything around it is hidden."""
    around = (node for node in widget.ancestors_with_self if isinstance(node, Widget))
    return all(node.display for node in around)
