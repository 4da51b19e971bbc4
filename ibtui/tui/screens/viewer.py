"""Viewer: a screen with planes and a time, steered by the same keys whatever it shows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from textual import on, work
from textual.screen import Screen

from ibtui.analysis.bottleneck import Limit
from ibtui.analysis.limits import noisy_limit
from ibtui.options import Options
from ibtui.recording import Header
from ibtui.tui.feeds.playback import Playback
from ibtui.tui.look.reading import moved
from ibtui.tui.look.shown import Shown
from ibtui.tui.look.view import View
from ibtui.tui.panes.crosshair import Kept, Lit, Pointed
from ibtui.tui.panes.pair import Pair
from ibtui.tui.screens.filing import export_plane
from ibtui.tui.screens.host import Host

RESTYLE_SECONDS = 0.05


class Viewer(Screen[None]):
    """What the keys of view, zoom, time and export do; a subclass says to what, and draws it."""

    def __init__(self, host: Host, view: View) -> None:
        super().__init__()
        self.host, self.view = host, view
        self.playback = Playback()
        self.pair = Pair()
        self.noisy: Sequence[Limit | None] = (None,)  # of each run's source, where it is noisy
        self.dirty = True  # whether something has changed since the screen was drawn
        self._restyles = False  # whether a changed view is about to be shown

    @property
    def frames(self) -> int | None:
        """The frames that time moves through; None while there is no run."""
        raise NotImplementedError

    @property
    def header(self) -> Header | None:
        """What the run has of series, layers and replicates for the view to go through."""
        raise NotImplementedError

    def exported(self) -> list[tuple[Path, Shown]]:
        """The runs whose points can be written, each with its folder."""
        raise NotImplementedError

    def restyle(self) -> None:
        """Show everything in the present view, theme and palette."""
        raise NotImplementedError

    def draw(self) -> None:
        """Draw what is shown at the present frame."""
        raise NotImplementedError

    def move(self, change: Callable[[Playback, int], object]) -> None:
        """Move in time, as `change` does to the playback of so many frames."""
        frames = self.frames
        if frames is not None:
            change(self.playback, frames)
            self.playback.grow(frames)
            self.draw()

    @work(exclusive=True, group="limits")
    async def find_limits(self, sources: Sequence[Options]) -> None:
        """Find the limits of noisy sources in a thread, since it takes seconds."""
        self.noisy = await asyncio.to_thread(lambda: [noisy_limit(source) for source in sources])
        self.dirty = True

    def action_view(self, what: str) -> None:
        self.view = self.view.changed(what, self.header)
        if what == "spread" and self.view.spread and self.view.path != "mean":
            self.notify("The deviation is that of the mean, which v goes to", severity="warning")
        self.restyle()
        self.draw()

    def action_zoom(self, factor: float) -> None:
        self.pair.zoom(factor)

    def action_pan(self, x: float, y: float) -> None:
        self.pair.pan(x, y)

    def action_crowd(self) -> None:
        if not self.pair.to_crowd():
            self.notify("No layers crowd one place", severity="warning")

    def action_point(self, frames: int, layers: int) -> None:
        """Move the crosshair along its path or to another layer's; it comes where there is none."""
        runs = self.exported()
        if runs:
            self.see(replace(self.view, point=moved(runs[0][1], self.view, frames, layers)))

    def see(self, view: View) -> None:
        """Show everything in another view soon: the mouse asks for many of them in a second."""
        if view == self.view:
            return
        self.view = view
        if not self._restyles:
            self._restyles = True
            self.set_timer(RESTYLE_SECONDS, self._restyle)

    def _restyle(self) -> None:
        self._restyles = False
        self.restyle()

    @on(Pointed)
    def _point(self, event: Pointed) -> None:
        self.see(replace(self.view, point=event.point))

    @on(Lit)
    def _light(self, event: Lit) -> None:
        self.see(replace(self.view, lit=event.layer))

    @on(Kept)
    def _keep(self, event: Kept) -> None:
        alone = self.view.layer == event.layer
        self.see(replace(self.view, layer=None if alone else event.layer))

    def action_step(self, by: int) -> None:
        self.move(lambda playback, frames: playback.step(frames, by))

    def action_speed(self, factor: float) -> None:
        self.move(lambda playback, _: playback.faster(factor))

    def action_ends(self, end: str) -> None:
        self.move(lambda playback, frames: playback.go(0 if end == "first" else frames - 1, frames))

    def action_export(self) -> None:
        """The points of the plane, beside each run."""
        runs = self.exported()
        if not runs:
            self.notify("There is nothing to export yet", severity="warning")
        for folder, shown in runs:
            export_plane(self.host, folder, shown, self.view)
