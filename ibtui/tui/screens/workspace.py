"""Workspace: all runs in a list; those marked lie over each other on planes, curves and a table."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.widgets import Footer

from ibtui.errors import IbtuiError
from ibtui.recording import Header
from ibtui.store import Lister
from ibtui.tui.draw.bands import fraction
from ibtui.tui.feeds.playback import Playback
from ibtui.tui.keys import RUN_LIST, RUNS, Keys, shared
from ibtui.tui.look.columns import COLUMNS
from ibtui.tui.look.many import Laid
from ibtui.tui.look.picked import Picked
from ibtui.tui.look.shown import Shown
from ibtui.tui.look.view import View
from ibtui.tui.panes.arrangement import Arrangement
from ibtui.tui.panes.bench import on_screen
from ibtui.tui.panes.heading import Heading
from ibtui.tui.panes.laid_curves import LaidCurves
from ibtui.tui.panes.laid_planes import LaidPlanes
from ibtui.tui.panes.numbers import rows_of
from ibtui.tui.panes.run_list import RunList
from ibtui.tui.panes.sheet import Sheet
from ibtui.tui.panes.shelf import Shelf
from ibtui.tui.panes.tabs import Tabs
from ibtui.tui.panes.transport import Transport
from ibtui.tui.screens import curating
from ibtui.tui.screens.dialogs import Pick, Prompt
from ibtui.tui.screens.host import Host
from ibtui.tui.screens.opened import Collection, Opened
from ibtui.tui.screens.said import of_runs
from ibtui.tui.screens.viewer import Viewer

PANES = ("runs", "planes", "curves", "numbers")
PLACES = 400  # of the common time: shares of any run's planned epochs
TICK_SECONDS = 0.1
DRAW_SHARE = 0.1  # of the time that drawing may take
LOOK_SECONDS, LOOK_SHARE = 1.0, 0.1  # between looks at the folder, and of the time they may take
PREVIEW_SECONDS = 0.15  # the cursor rests so long on a run before it is read


class Workspace(Viewer):
    """The marked runs are drawn, or the one under the cursor where none is marked.

    All stand at the same share of their planned epochs.
    """

    AUTO_FOCUS = "RunList"
    KEYS: ClassVar[Keys] = {
        "List": RUN_LIST,
        "Runs": (*RUNS, *shared("help", "picture", "export", "maximise", "own")),
        "View": shared(
            *("path", "series", "second", "layer", "spread", "limit", "scale", "unit", "curve"),
            *("joined", "smoothing", "fitted", "read_back", "read_on", "read_up", "read_down"),
            *("zoom_in", "zoom_out", "zoom_whole"),
            *("pan_left", "pan_right", "pan_up", "pan_down"),
        ),
        "Time": shared("pause", "step_back", "step_on", "slower", "faster", "first", "last"),
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        *chain(*(bindings for group, bindings in KEYS.items() if group != "List"))
    ]

    def __init__(self, host: Host, picked: Picked, shipped: Sequence[Path] = ()) -> None:
        super().__init__(host, View())
        self.picked = picked
        self.playback = Playback(at=PLACES - 1, follow=False)
        self.arrangement = Arrangement("runs")
        self._lister = Lister(host.runs, shipped)
        self._looking = asyncio.Lock()
        self.collection = Collection(picked)
        self._judging = False
        self._drawn_at = self._draw_seconds = 0.0
        self.heading, self.tabs, self.shelf = Heading(), Tabs(PANES), Shelf(picked)
        self.planes, self.curves = LaidPlanes(self.pair), LaidCurves()
        self.numbers = Sheet(id="numbers", classes="pane")

    def compose(self) -> ComposeResult:
        yield self.heading
        yield self.tabs
        with Horizontal(id="workspace"):
            yield self.shelf
            with Container(id="bench"):
                yield self.planes
                yield self.curves
                yield self.numbers
        yield Footer(compact=True)

    def on_mount(self) -> None:
        self.set_interval(TICK_SECONDS, self._tick)
        self.restyle()
        self._arrange()
        self._watch()

    # The list

    @work(exclusive=True, group="watch")
    async def _watch(self) -> None:
        """Look at the folder, and at the runs that are drawn, again and again, in a thread."""
        while self.is_attached:
            began = time.monotonic()
            await self._look_now()
            for opened in list(self.collection.of(self._wanted)):
                self.dirty |= await asyncio.to_thread(opened.feed.poll)
            took = time.monotonic() - began
            await asyncio.sleep(max(LOOK_SECONDS, took / LOOK_SHARE))

    async def _look_now(self, here: Path | None = None) -> None:
        """Look at the folder once; where it cannot be read, what was seen of it stays."""
        try:
            async with self._looking:
                self.shelf.take(await asyncio.to_thread(self._lister.look), here)
        except IbtuiError as error:
            if self.shelf.all is None:
                self.host.say_error(error)
                self.shelf.take(())

    @on(RunList.Moved)
    def _moved(self) -> None:
        self._tell()
        if not self.picked.marked:
            self._want(PREVIEW_SECONDS)

    @on(RunList.Marked)
    @on(Shelf.Changed)
    def _marked(self) -> None:
        self._tell()
        self._want()

    def _tell(self) -> None:
        """Say in the heading how many runs there are, and below the list what the one here is."""
        runs = self.shelf.all
        listed = () if runs is None else tuple(runs.values())
        said = of_runs(listed, len(self.shelf.list.shown), self.picked, self.host)
        self.heading.show(said._replace(state="reading") if runs is None else said)
        trouble = self.collection.refused.get(self.shelf.here or Path(), "")
        self.shelf.tell(trouble, f"There are no runs yet in {self.host.runs.absolute()}")

    # What is drawn

    @property
    def _wanted(self) -> list[Path]:
        """The runs to be drawn, the one that lies above the others first."""
        if self.picked.marked:
            return self.picked.drawn
        return [self.shelf.here] if self.shelf.here else []

    def _want(self, rest: float = 0.0) -> None:
        """Read the runs that are to be drawn and are not read yet, after a rest."""
        self.dirty = True
        if self.collection.missing(self._wanted):
            self._read(self._wanted, rest)

    @work(exclusive=True, group="read")
    async def _read(self, folders: Sequence[Path], rest: float) -> None:
        await asyncio.sleep(rest)
        for folder in folders:
            if folder in self.collection.opened:
                continue
            try:
                opened = await asyncio.to_thread(Opened, folder)
            except IbtuiError as error:
                self.collection.refused[folder] = str(error)
            else:
                self.collection.add(folder, opened, self._wanted)
            self._tell()
            self.dirty = True
        for opened in list(self.collection.of(folders)):
            await asyncio.to_thread(opened.find_limit)
            self.dirty = True

    @property
    def laid(self) -> list[Laid]:
        """The runs that are drawn, at the cursor."""
        share = self.playback.at / (PLACES - 1)
        return self.collection.laid(self._wanted, share, log=self.view.log)

    @property
    def frames(self) -> int:
        return PLACES

    @property
    def header(self) -> Header | None:
        """The first run's, whose series and layers the keys go through."""
        first = next(self.collection.of(self._wanted), None)
        return first.feed.recording.header if first else None

    def exported(self) -> list[tuple[Path, Shown]]:
        found = self.collection.of(self._wanted)
        return [(one.feed.folder, laid.shown) for one, laid in zip(found, self.laid, strict=True)]

    def restyle(self) -> None:
        look = self.host.look
        self.heading.restyle(look)
        self.tabs.restyle(look)
        self.shelf.restyle(look)
        self.planes.restyle(self.view, look)
        self.curves.restyle(self.view, look)
        self.dirty = True

    def draw(self) -> None:
        """Draw the panes that are on the screen."""
        if not self.is_current:
            return
        began, laid, look = time.monotonic(), self.laid, self.host.look
        if on_screen(self.planes):
            if laid:
                self.planes.lay(laid, self.playback)
            else:
                self.planes.clear(self._why_empty())
        if on_screen(self.curves):
            self.curves.lay(laid)
        if on_screen(self.numbers):
            keys = [self._keys_of(one.feed.folder) for one in self.collection.of(self._wanted)]
            width = self.numbers.size.width
            self.numbers.show(rows_of(laid, keys, self.view, look, width))
        self.dirty, self._drawn_at = False, began
        self._draw_seconds = time.monotonic() - began

    def _keys_of(self, folder: Path) -> dict[str, object]:
        listed = (self.shelf.all or {}).get(folder)
        return dict(listed.row.profile_keys) if listed else {}

    def _why_empty(self) -> Sequence[str]:
        if self._wanted and all(folder in self.collection.refused for folder in self._wanted):
            return ("This run cannot be read:", "see below the list")
        if self._wanted:
            return ("reading ...",)
        return ("There is no run here",)

    def _tick(self) -> None:
        changed = self.playback.tick(TICK_SECONDS, PLACES) or self.dirty
        self.dirty = changed
        if self.host.training is not None:
            self._tell()
        self._judge()
        # A slow screen must not take the processor from the training beside it.
        busy = self.host.training is not None and self.host.training.active
        rest = self._draw_seconds / DRAW_SHARE if busy else self._draw_seconds
        if changed and time.monotonic() - self._drawn_at >= rest:
            self.draw()

    def _judge(self) -> None:
        """Find verdicts of the next run that is drawn and has none of this series."""
        header = self.header
        if self._judging or header is None:
            return
        name = header.series[min(self.view.series, len(header.series) - 1)]
        for opened in self.collection.of(self._wanted):
            series = opened.judge_due(name)
            if series is not None:
                self._find_verdicts(opened, series)
                return

    @work(group="verdicts")
    async def _find_verdicts(self, opened: Opened, series: int) -> None:
        self._judging = True
        try:
            await asyncio.to_thread(opened.find_verdicts, series)
        finally:
            self._judging = False
        self.dirty = True

    # Panes

    def on_resize(self) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """Say by classes which panes the style sheet is to show."""
        classes = self.arrangement.classes(*self.size)
        if classes != self.classes:
            self.classes = classes
        self.tabs.show(self.arrangement.current)
        self.dirty = True

    def action_pane(self, pane: str) -> None:
        self.arrangement.current = pane
        self.set_focus(self.shelf.list if pane == "runs" else None)
        self._arrange()

    @on(Tabs.Picked)
    def _tab(self, event: Tabs.Picked) -> None:
        self.action_pane(event.pane)

    def action_other(self) -> None:
        self.action_pane("planes" if self.focused is self.shelf.list else "runs")

    def action_maximise_pane(self) -> None:
        self.arrangement.maximised = not self.arrangement.maximised
        self._arrange()

    def action_next_curves(self) -> None:
        self.curves.further()

    def action_back(self) -> None:
        """Out of the filter, of a pane that covers the screen, of the planes, of the workspace."""
        if self.focused is self.shelf.filter:
            self.shelf.clear_filter()
        elif self.view.point is not None:
            self.see(replace(self.view, point=None))
        elif self.arrangement.maximised:
            self.action_maximise_pane()
        elif self.has_class("single") and self.arrangement.current != "runs":
            self.action_pane("runs")
        else:
            self.host.action_leave()

    # Time

    def action_pause(self) -> None:
        self.move(Playback.toggle)

    def on_transport_sought(self, event: Transport.Sought) -> None:
        if laid := self.laid:
            span = laid[0].shown.cursor.span
            share = float(fraction(event.epoch, span, log=self.view.log))
            self.move(lambda playback, frames: playback.go(round(share * (frames - 1)), frames))

    # Keys of the list

    def action_row(self, by: int) -> None:
        self.shelf.list.move(by)

    def action_page(self, by: int) -> None:
        self.shelf.list.page(by)

    def action_edge(self, end: str) -> None:
        self.shelf.list.go(0 if end == "first" else len(self.shelf.list.shown) - 1)

    def action_mark(self) -> None:
        self.shelf.list.mark()

    def action_mark_all(self) -> None:
        self.shelf.list.mark_all()

    @on(RunList.Opened)
    def action_open(self) -> None:
        if self.shelf.here is not None:
            self.host.open_run(self.shelf.here)

    def action_pin(self) -> None:
        if self.shelf.here is not None:
            self.picked.pin(self.shelf.here)
            self.shelf.list.refresh()
            self._marked()

    def action_filter(self) -> None:
        self.action_pane("runs")
        self.shelf.open_filter()

    @work
    async def action_sort(self) -> None:
        """Sort by a column, or by any key of the profiles."""
        keys = {column.key: column.title for column in COLUMNS if column.key}
        other = ("?", "any key of the profile ...")
        options = [("", "newest first"), *((key, key) for key in keys), other]
        key = await self.host.push_screen_wait(Pick("Sort by:", options))
        if key == "?":
            key = await self.host.push_screen_wait(Prompt("Key (-key: the largest first):"))
        if key is None:
            return
        try:
            self.shelf.sort(key or None)
        except IbtuiError as error:
            self.host.say_error(error)

    # What is done with runs

    @work
    async def action_rename(self) -> None:
        run = self.shelf.list.here
        folder = await curating.rename(self.host, run) if run else None
        if run and folder is not None:
            self.picked.renamed(run.folder, folder)
            self.collection.forget(run.folder)
            await self._look_now(folder)

    @work
    async def action_delete(self) -> None:
        runs = self.shelf.chosen
        if runs and (gone := await curating.delete(self.host, runs)):
            self.picked.unmark(gone)
            for folder in gone:
                self.collection.forget(folder)
            await self._look_now()

    @work
    async def action_note(self) -> None:
        run = self.shelf.list.here
        if run and await curating.note(self.host, run):
            await self._look_now()

    @work
    async def action_tags(self) -> None:
        runs = self.shelf.chosen
        if runs and await curating.tag(self.host, runs):
            await self._look_now()
