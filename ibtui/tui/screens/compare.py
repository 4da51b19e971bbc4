"""Compare: two runs on equal axes, side by side or laid over each other."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Footer

from ibtui.recording import Header
from ibtui.tui.draw.bands import epoch_at, fraction
from ibtui.tui.feeds.playback import Playback
from ibtui.tui.feeds.saved import Saved
from ibtui.tui.keys import Keys, shared
from ibtui.tui.look.averages import Averages
from ibtui.tui.look.shown import Shown
from ibtui.tui.look.tracks import paths
from ibtui.tui.look.view import Cursor, View
from ibtui.tui.look.viewport import Viewport
from ibtui.tui.panes.heading import Heading, Said
from ibtui.tui.panes.transport import Transport
from ibtui.tui.screens.host import Host
from ibtui.tui.screens.viewer import Viewer

PLACES = 400  # of the common transport: shares of either run's planned epochs
TICK_SECONDS = 0.1


class Compare(Viewer):
    """Both runs stand at the same share of their planned epochs."""

    KEYS: ClassVar[Keys] = {
        "Comparison": (
            Binding("a", "overlay", "overlay", tooltip="lay both runs on one plane, and back"),
            Binding("q,escape", "app.leave", "back", tooltip="back to the runs"),
            *shared("help", "picture", "export"),
        ),
        "View": shared(
            *("path", "series", "layer", "spread", "limit", "scale", "unit"),
            *("zoom_in", "zoom_out", "zoom_whole"),
            *("pan_left", "pan_right", "pan_up", "pan_down"),
        ),
        "Time": (
            Binding("space", "play", "play", tooltip="play or hold", id="pause"),
            *shared("step_back", "step_on", "slower", "faster", "first", "last"),
        ),
    }
    BINDINGS: ClassVar[list[BindingType]] = [*chain(*KEYS.values())]

    def __init__(self, host: Host, first: Saved, second: Saved) -> None:
        super().__init__(host, View())
        self._runs = (first, second)
        self.noisy = (None, None)
        self._averages = (Averages(), Averages())
        self._overlaid = False
        self.playback = Playback(at=PLACES - 1, follow=False)
        self.pair.viewport = Viewport.of(first.recording.header, second.recording.header)
        self._heading, self._transport = Heading(), Transport()

    def compose(self) -> ComposeResult:
        yield self._heading
        yield self.pair
        yield self._transport
        yield Footer(compact=True)

    def on_mount(self) -> None:
        self.set_interval(TICK_SECONDS, self._tick)
        self.restyle()
        self.draw()
        self.find_limits([run.profile.data for run in self._runs])

    @property
    def frames(self) -> int:
        return PLACES

    @property
    def header(self) -> Header:
        """The one of the run that has more series."""
        headers = [run.recording.header for run in self._runs]
        return max(headers, key=lambda header: len(header.series))

    def exported(self) -> list[tuple[Path, Shown]]:
        return [(run.folder, one) for run, one in zip(self._runs, self._shown(), strict=True)]

    def restyle(self) -> None:
        look, shown = self.host.look, self._shown()
        self._heading.restyle(look)
        self._transport.restyle(self.view, look)
        for plane in (self.pair.first, self.pair.second):
            plane.series = self.view.series
        whole = Viewport.of(
            *(one.recording.header for one in shown),
            paths=[
                paths(one.recording, one.averages, one.series(self.view.series), self.view)
                for one in shown
            ],
        )
        self.pair.restyle(self.view, look, whole)
        self.dirty = True

    def draw(self) -> None:
        shown, names = self._shown(), [run.folder.name for run in self._runs]
        first, second = self.pair.first, self.pair.second
        second.display = not self._overlaid
        if self._overlaid:
            first.overlay(shown, names)
        else:
            first.overlay(shown[:1], names[:1])
            second.overlay(shown[1:], names[1:])
        places = [f"{one.epoch}/{one.cursor.span.last}" for one in shown]
        epochs = f"epochs {' | '.join(places)}"
        self._heading.show(Said(" | ".join(names), "compare", progress=epochs))
        self._transport.show(shown[0], self.playback)
        self.dirty = False

    def _tick(self) -> None:
        if self.playback.tick(TICK_SECONDS, PLACES) or self.dirty:
            self.draw()

    def _shown(self) -> list[Shown]:
        """Both runs at the cursor."""
        share = self.playback.at / (PLACES - 1)
        return [
            Shown(run.recording, cursor_at(run, share, log=self.view.log), averages, noisy)
            for run, averages, noisy in zip(self._runs, self._averages, self.noisy, strict=True)
        ]

    def action_overlay(self) -> None:
        self._overlaid = not self._overlaid
        self.call_after_refresh(self.draw)
        self.draw()

    def action_play(self) -> None:
        self.move(Playback.toggle)

    def on_transport_sought(self, event: Transport.Sought) -> None:
        share = fraction(event.epoch, self._runs[0].span, log=self.view.log)
        self.move(lambda playback, frames: playback.go(round(float(share) * (frames - 1)), frames))


def cursor_at(run: Saved, share: float, *, log: bool) -> Cursor:
    """The cursor `share` (0 to 1) along a run's planned epochs."""
    epoch = epoch_at(share, run.span, log=log)
    at = int(run.recording.epoch.searchsorted(epoch, side="right")) - 1
    return Cursor(at, run.span)
