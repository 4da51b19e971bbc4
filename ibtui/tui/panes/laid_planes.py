"""Laid planes: one or two planes with several runs on them, and the transport below."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from ibtui.recording import Header
from ibtui.tui.feeds.playback import Playback
from ibtui.tui.look.many import Laid
from ibtui.tui.look.tracks import paths
from ibtui.tui.look.view import Look, View
from ibtui.tui.look.viewport import Viewport
from ibtui.tui.panes.pair import Pair
from ibtui.tui.panes.transport import Transport


class LaidPlanes(Vertical):
    """The planes hold all that any of the runs shows; time is the first run's."""

    def __init__(self, pair: Pair) -> None:
        super().__init__(id="planes", classes="pane")
        self.pair, self.transport = pair, Transport()
        self._view, self._look = View(), Look()
        self._runs: tuple[Laid, ...] = ()

    def compose(self) -> ComposeResult:
        yield self.pair
        yield self.transport

    def lay(self, runs: Sequence[Laid], playback: Playback) -> None:
        headers = self._headers
        self._runs = tuple(runs)
        if self._headers != headers or self._whole != self.pair.viewport.reset():
            self._arrange()
        for plane in (self.pair.first, self.pair.second):
            if plane.display:
                plane.lay(self._runs)
        if runs:
            self.transport.show(runs[0].shown, playback)

    def clear(self, said: Sequence[str]) -> None:
        """Show no run but what is `said`."""
        self._runs = ()
        for plane in (self.pair.first, self.pair.second):
            plane.clear(said)
        self.transport.clear()

    def restyle(self, view: View, look: Look) -> None:
        self._view, self._look = view, look
        self.transport.restyle(view, look)
        self._arrange()

    def on_resize(self) -> None:
        self._arrange()

    @property
    def _headers(self) -> list[Header]:
        return [laid.shown.recording.header for laid in self._runs]

    def _arrange(self) -> None:
        header = self._headers[0] if self._runs else None
        second, pair = self._view.second_plane(header, self.size.width), self.pair
        pair.second.display = second is not None and header is not None
        pair.first.series = self._view.series
        if second is not None:
            pair.second.series, pair.second.corner = second
        pair.restyle(self._view, self._look, self._whole)

    @property
    def _whole(self) -> Viewport | None:
        """The whole of the plane that holds what the runs show."""
        if not self._runs:
            return None
        planes = (self.pair.first, self.pair.second)
        found = []
        for laid in self._runs:
            shown = laid.shown
            for wish in {plane.series for plane in planes if plane.display}:
                of = shown.recording, shown.averages, shown.series(wish), self._view
                found.append(paths(*of))
        return Viewport.of(*self._headers, paths=found)
