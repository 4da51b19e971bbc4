"""Compare: two runs on equal axes, side by side or laid over each other."""

from __future__ import annotations

import asyncio
from itertools import chain
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Footer

from ibtui.analysis.bottleneck import Limit
from ibtui.analysis.limits import noisy_limit
from ibtui.errors import RunError
from ibtui.tui.draw.bands import epoch_at, fraction
from ibtui.tui.feeds.playback import Playback
from ibtui.tui.feeds.saved import Saved
from ibtui.tui.keys import Keys, shared
from ibtui.tui.look.averages import Averages
from ibtui.tui.look.export import new_file, write_csv
from ibtui.tui.look.shown import Shown
from ibtui.tui.look.tracks import paths
from ibtui.tui.look.view import Cursor, View
from ibtui.tui.look.viewport import Viewport
from ibtui.tui.panes.heading import Heading
from ibtui.tui.panes.plane import Plane
from ibtui.tui.panes.transport import Transport

if TYPE_CHECKING:
    from ibtui.tui.app import Ibtui

PLACES = 400  # of the common transport: shares of either run's planned epochs
TICK_SECONDS = 0.1


class Compare(Screen[None]):
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

    def __init__(self, first: Saved, second: Saved) -> None:
        super().__init__()
        self._runs = (first, second)
        self._averages = (Averages(), Averages())
        self._noisy: list[Limit | None] = [None, None]
        self._view = View()
        self._viewport = Viewport.of(first.recording.header, second.recording.header)
        self._overlaid = False
        self._playback = Playback(at=PLACES - 1, follow=False)
        self._planes = (Plane(id="first"), Plane(id="second"))
        self._heading, self._transport = Heading(), Transport()

    def compose(self) -> ComposeResult:
        yield self._heading
        with Horizontal(id="pair"):
            yield from self._planes
        yield self._transport
        yield Footer(compact=True)

    def on_mount(self) -> None:
        self.set_interval(TICK_SECONDS, self._tick)
        self.apply_look()
        self._find_limits()

    @work
    async def _find_limits(self) -> None:
        """Find the limits of noisy sources in a thread, since it takes seconds."""
        sources = [run.profile.data for run in self._runs]
        self._noisy = await asyncio.to_thread(lambda: [noisy_limit(source) for source in sources])
        self._draw()

    def apply_look(self) -> None:
        look = cast("Ibtui", self.app).look
        self._heading.look(look)
        self._transport.look(self._view, look)
        self._viewport = self._viewport.on(self._plane())
        for plane in self._planes:
            plane.series = self._view.series
            plane.look(self._view, self._viewport, look)
        self._draw()

    def _plane(self) -> Viewport:
        """The whole of the plane that holds both runs."""
        shown = self._shown()
        return Viewport.of(
            *(one.recording.header for one in shown),
            paths=[
                paths(one.recording, one.averages, one.series(self._view.series), self._view)
                for one in shown
            ],
        )

    def _tick(self) -> None:
        if self._playback.tick(TICK_SECONDS, PLACES):
            self._draw()

    def _shown(self) -> list[Shown]:
        """Both runs at the cursor."""
        share = self._playback.at / (PLACES - 1)
        return [
            Shown(run.recording, cursor_at(run, share, log=self._view.log), averages, noisy)
            for run, averages, noisy in zip(self._runs, self._averages, self._noisy, strict=True)
        ]

    def _draw(self) -> None:
        shown = self._shown()
        names = [run.folder.name for run in self._runs]
        one, other = self._planes
        other.display = not self._overlaid
        if self._overlaid:
            one.overlay(shown, names)
        else:
            one.overlay(shown[:1], names[:1])
            other.overlay(shown[1:], names[1:])
        places = [f"{one.epoch}/{one.cursor.span.last}" for one in shown]
        self._heading.show(" | ".join(names), "compare", f"epochs {' | '.join(places)}", "")
        self._transport.show(shown[0], self._playback)

    def action_overlay(self) -> None:
        self._overlaid = not self._overlaid
        self.call_after_refresh(self._draw)
        self._draw()

    def action_export(self) -> None:
        """The points of each run, into its own folder."""
        for run, shown in zip(self._runs, self._shown(), strict=True):
            path, series = new_file(run.folder, "plane", "csv"), shown.series(self._view.series)
            try:
                count = write_csv(
                    path, run.recording, shown.cursor, shown.averages, series, self._view
                )
            except RunError as error:
                self.notify(str(error), severity="error")
            else:
                self.notify(f"{count} points are in {path}")

    def action_play(self) -> None:
        self._playback.toggle(PLACES)
        self._draw()

    def action_step(self, by: int) -> None:
        self._playback.step(PLACES, by)
        self._draw()

    def action_speed(self, factor: float) -> None:
        self._playback.faster(factor)
        self._draw()

    def action_ends(self, end: str) -> None:
        self._playback.go(0 if end == "first" else PLACES - 1, PLACES)
        self._draw()

    def action_look(self, what: str) -> None:
        headers = [run.recording.header for run in self._runs]
        header = max(headers, key=lambda header: len(header.series))
        self._view = self._view.changed(what, header)
        self.apply_look()

    def action_zoom(self, factor: float) -> None:
        view = self._viewport
        self._viewport = view.zoom(factor) if factor else view.reset()
        self.apply_look()

    def action_pan(self, x: float, y: float) -> None:
        self._viewport = self._viewport.pan(x, y)
        self.apply_look()

    def on_plane_zoomed(self, event: Plane.Zoomed) -> None:
        self._viewport = self._viewport.zoom(event.factor, event.x, event.y)
        self.apply_look()

    def on_plane_panned(self, event: Plane.Panned) -> None:
        self.action_pan(event.x, event.y)

    def on_transport_sought(self, event: Transport.Sought) -> None:
        share = fraction(event.epoch, self._runs[0].span, log=self._view.log)
        self._playback.go(round(float(share) * (PLACES - 1)), PLACES)
        self._draw()


def cursor_at(run: Saved, share: float, *, log: bool) -> Cursor:
    """The cursor `share` (0 to 1) along a run's planned epochs."""
    epoch = epoch_at(share, run.span, log=log)
    at = int(run.recording.epoch.searchsorted(epoch, side="right")) - 1
    return Cursor(at, run.span)
