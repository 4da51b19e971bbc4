"""App: the laboratory and its screens, the one run in training, and how it all ends."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from textual import work
from textual.app import App, SystemCommand
from textual.screen import Screen

from ibtui import store
from ibtui.errors import IbtuiError, RunError
from ibtui.profile import Profile
from ibtui.session import Engine, load_engine, warm
from ibtui.store import shipped
from ibtui.tui.draw.palette import Depth, Ramp, depth_of, ground_of, palette
from ibtui.tui.draw.raster import Markers
from ibtui.tui.feeds.playback import Playback
from ibtui.tui.feeds.queue import Queue
from ibtui.tui.feeds.saved import Saved
from ibtui.tui.feeds.trainer import Trainer
from ibtui.tui.feeds.training import Training
from ibtui.tui.keys import Keys
from ibtui.tui.look.export import new_file, write_picture
from ibtui.tui.look.picked import Picked
from ibtui.tui.look.view import Look, View
from ibtui.tui.private import add_filter, write_raw
from ibtui.tui.screens.commands import of_keys, of_looks
from ibtui.tui.screens.help import Help
from ibtui.tui.screens.laboratory import Laboratory
from ibtui.tui.screens.questions import epochs_of, of_leaving, of_longer, of_losing, of_stopping
from ibtui.tui.screens.said import LATE, RESUMABLE, newest
from ibtui.tui.settings import Settings
from ibtui.tui.setup.draft import Draft
from ibtui.tui.terminal.load import DeviceLoad
from ibtui.tui.terminal.notice import Notice
from ibtui.tui.terminal.signals import catch_signals
from ibtui.tui.terminal.terminal import AsciiOnly, Printable, markers_for
from ibtui.tui.terminal.themes import DARK, LIGHT

SAVE_POLL_SECONDS = 0.1
MOST_QUEUED = 1000  # runs of a sweep: more take days, and outlive no app


@runtime_checkable
class Drawn(Protocol):
    """A screen with pictures."""

    def restyle(self) -> None: ...


@runtime_checkable
class Keyed(Protocol):
    """A screen that tells its keys, in groups."""

    KEYS: ClassVar[Keys]


class Ibtui(App[int]):
    """The terminal app; `feed` is what its laboratory shows first.

    `draft` fills the form; where it is empty `profile` does, which may be one of a `sweep`.
    """

    TITLE = "ibtui"
    CSS_PATH = "ibtui.tcss"
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self,
        profile: Profile,
        *,
        sweep: Sequence[Profile] = (),
        runs: Path,
        data_dir: Path | None,
        settings: Settings,
        feed: Saved | None = None,
        draft: Draft | None = None,
        foreign: deque[str] | None = None,
        engine: Engine = load_engine,
    ) -> None:
        # Without colours, Textual's own styles for them (reverse and bold) show what is chosen.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.runs, self.data_dir, self.settings = runs, data_dir, settings
        self.trainer = Trainer(runs, data_dir, engine)
        self.failed = False  # whether an error that nobody expected ends it
        self.ramp: Ramp = settings.ramp
        self.markers: Markers = markers_for(settings.markers, os.environ)
        self.load = DeviceLoad()
        self._profile, self._sweep = profile, sweep
        self._feed, self._engine = feed, engine
        self.draft = draft if draft is not None else Draft()
        self._foreign = foreign if foreign is not None else deque()
        self._notice = Notice(lambda text: write_raw(self, text))
        self.picked = Picked()
        self._ending = self._detaches = False
        self._announced: Training | None = None  # the run whose end has been told
        self.set_keymap(settings.keys)
        add_filter(self, Printable())
        if self.markers == "ascii":
            add_filter(self, AsciiOnly())

    def get_default_screen(self) -> Screen:
        s = self.settings
        view = View(path=s.path, spread=s.spread, scale=s.scale, unit=s.unit)
        return Laboratory(self, self._profile, view, self.draft, self._feed, self._sweep)

    def on_mount(self) -> None:
        for own in (DARK, LIGHT):
            self.register_theme(own)
        theme = self.settings.theme
        if theme == "auto":
            theme = "ansi-dark" if self.depth in ("none", "16") else DARK.name
        if theme in self.available_themes:
            self.theme = theme
        else:
            self.notify(f"There is no theme {theme!r}", severity="warning")
        self.theme_changed_signal.subscribe(self, lambda _: self.redraw())
        catch_signals(lambda code: self.call_later(self.end, code), self.drop)
        if self._feed is None and self._engine is load_engine:
            warm()
        if self._feed is None:
            self._find_live()

    @work(group="live")
    async def _find_live(self) -> None:
        """Follow a run that is being written, such as one that was left to the background."""
        try:
            entries = await asyncio.to_thread(store.list_runs, self.runs)
        except IbtuiError:
            return  # whoever opens the list of runs is told
        live = next((entry for entry in entries if entry.status == "running"), None)
        if self._base.feed is not None:
            return
        self._base.pair.first.greet(newest(entries, shipped.names(), self.look.markers))
        if live is not None:
            self.open_run(live.folder)
            self.notify(f"{live.folder.name} is being trained by another process: followed here")

    @property
    def look(self) -> Look:
        theme = self.current_theme
        colours = palette(
            self.ramp, dark=theme.dark, depth=self.depth, ground=ground_of(theme.background)
        )
        return Look(colours, self.markers)

    @property
    def depth(self) -> Depth:
        return depth_of(self.console.color_system, colourless=self.no_color)

    def redraw(self) -> None:
        """Draw all screens again: the theme, the ramp or the markers are others."""
        for screen in self.screen_stack:
            if isinstance(screen, Drawn):
                screen.restyle()

    def foreign_lines(self) -> Iterable[str]:
        """What others wrote to stderr since the last time."""
        while self._foreign:
            yield self._foreign.popleft()

    def notify(self, message: str, **options: Any) -> None:
        """A toast; never markup, since paths and values may hold brackets."""
        super().notify(message, **{**options, "markup": False})

    def panic(self, *renderables: Any) -> None:
        """Leave with a traceback; Textual calls it where a thread of its own fails."""
        self.failed = True
        super().panic(*renderables)

    def say_error(self, error: Exception) -> None:
        self.notify(str(error), severity="error", timeout=10)

    # Running

    @property
    def training(self) -> Training | None:
        """The run that the app trains, or has trained last."""
        return self.trainer.own

    @property
    def trained(self) -> Sequence[Training]:
        """All that the app has trained, the run in training last."""
        return self.trainer.trained

    @property
    def queue(self) -> Queue:
        """The profiles that wait for the run in training."""
        return self.trainer.queue

    @property
    def laboratory(self) -> Laboratory | None:
        return self.screen if isinstance(self.screen, Laboratory) else None

    def action_run(self) -> None:
        """Train the form's profile, after those that wait."""
        laboratory = self.laboratory
        if laboratory is None:
            return
        profile = laboratory.form.check()
        if profile is None:
            self.notify("The profile has problems: see the setup", severity="warning")
            laboratory.show_setup()
            return
        self._enqueue([profile])

    def action_run_sweep(self) -> None:
        """Train all runs of the form's sweep, one after the other."""
        laboratory = self.laboratory
        if laboratory is None:
            return
        sweep = laboratory.form.sweep
        if len(sweep) > MOST_QUEUED:
            told = f"The sweep stands for {len(sweep):,} runs: ibtui batch trains so many"
            self.notify(told, severity="warning")
        elif sweep:
            self._enqueue(sweep)
        else:
            self.notify("The form's profile stands for one run (r trains it)", severity="warning")

    def _enqueue(self, profiles: Sequence[Profile]) -> None:
        self.queue.add(profiles)
        if self.trainer.busy:
            what = profiles[0].name if len(profiles) == 1 else f"{len(profiles)} runs"
            self.notify(f"Queued: {what}, {len(self.queue)} waiting (Q shows the queue)")
        elif (begun := self.trainer.next()) is not None:
            self._show(begun)

    def action_queue(self) -> None:
        from ibtui.tui.screens.queue import QueueScreen  # later, for an earlier first picture

        if not isinstance(self.screen, QueueScreen):
            self.push_screen(QueueScreen(self))

    @work
    async def action_resume(self) -> None:
        """Train on where the run on the screen was stopped; ask for how long if it is finished."""
        laboratory = self.laboratory
        if laboratory is None:
            return
        if self.trainer.busy:
            self.notify("A run is training: stop it first (x)", severity="warning")
            return
        feed = laboratory.feed
        if feed is None or feed.folder is None:
            self.notify("There is no run to resume", severity="warning")
        elif feed.state == "finished" and isinstance(feed.profile, Profile):
            answer = await self.push_screen_wait(of_longer(feed.name, feed.profile))
            if answer is not None:
                self._train_on(feed.folder, answer)
        elif feed.state not in RESUMABLE:
            self.notify(f"The run is {feed.state}: there is nothing to resume", severity="warning")
        else:
            self._train_on(feed.folder)

    def _train_on(self, folder: Path, epochs: str | None = None) -> None:
        try:
            wanted = epochs_of(epochs) if epochs is not None else None
            self._show(self.trainer.resume(folder, wanted))
        except IbtuiError as error:
            self.say_error(error)

    def _show(self, begun: Training) -> None:
        """Show the run that begins to train."""
        base = self._back_to_base()
        base.set_focus(None)
        base.watch_feed(begun, follow=True)
        if base.has_class("single"):
            base.action_pane("planes")

    def _back_to_base(self) -> Laboratory:
        while len(self.screen_stack) > 1:
            self.pop_screen()
        return self._base

    @property
    def _base(self) -> Laboratory:
        base = self.screen_stack[0]
        assert isinstance(base, Laboratory)
        return base

    def action_pause(self) -> None:
        """Pause or go on with training; play or hold a saved run."""
        laboratory = self.laboratory
        if laboratory is None or laboratory.feed is None:
            return
        feed = laboratory.feed
        if isinstance(feed, Training) and feed.active:
            holds = feed.state == "training"
            feed.pause() if holds else feed.go_on()
            self.notify(f"{feed.name} {'is held (space goes on)' if holds else 'goes on'}")
            laboratory.tick()
        elif feed.recording is not None:
            laboratory.move(Playback.toggle)

    @work
    async def action_stop(self) -> None:
        """Stop the run in training; ask where that is not the one on the screen, or of hours."""
        training, laboratory = self.training, self.laboratory
        if training is None or not training.active:
            self.notify("No run is training", severity="warning")
            return
        seen = laboratory is not None and laboratory.feed is training
        ask = of_stopping(training, len(self.queue), seen=seen)
        if ask is not None:
            answer = await self.push_screen_wait(ask)
            if answer == "a":
                self.queue.clear()
            if answer not in ("y", "a"):
                return
        training.stop()
        late = training.stopping_late
        how = LATE if late else "stops after this step, and is saved"
        self.notify(f"{training.name} {how}")

    def announce(self) -> None:
        """Tell the terminal how far the run in training is, and its end."""
        training = self.training
        if training is None or not self.settings.notices:
            return
        if training.active:
            self._notice.progress(training.name, training.share)
        elif self._announced is not training:
            self._announced = training
            self._notice.end(training.name, training.state)

    def go_on(self) -> None:
        """Begin the next run of the queue where the one before has ended."""
        before = self.training
        if before is None or before.active or self._ending:
            return
        begun = self.trainer.next()
        if begun is not None and self._base.feed is before:  # another run stays on the screen
            self._base.watch_feed(begun, follow=True)

    # Screens

    def open_run(self, folder: Path) -> None:
        """Show a run: a saved one, or the one in training, which goes on whatever is shown."""
        try:
            feed = Saved(folder)
        except IbtuiError as error:
            self.say_error(error)
            return
        base = self._back_to_base()
        if self.training is not None and folder.absolute() == self.trainer.folder:
            base.watch_feed(self.training, follow=True)
        else:
            base.watch_feed(feed, follow=feed.growing)

    def action_own(self) -> None:
        """Back to the run that this app trains."""
        if self.training is None:
            self.notify("No run has been trained here yet (r trains one)", severity="warning")
        else:
            self._back_to_base().watch_feed(self.training, follow=True)

    def action_browse(self) -> None:
        from ibtui.tui.screens.workspace import Workspace  # later, for an earlier first picture

        self.push_screen(Workspace(self, self.picked, shipped.folders()))

    def action_help(self) -> None:
        here = self.screen
        self.push_screen(Help(here.KEYS if isinstance(here, Keyed) else {}, self.settings.keys))

    def action_picture(self) -> None:
        """Save the screen as a picture beside the run, or among the runs."""
        path = new_file(self.laboratory.folder if self.laboratory else self.runs, "picture", "svg")
        try:
            write_picture(path, self.export_screenshot(title=f"ibtui {path.stem}"))
        except IbtuiError as error:
            self.say_error(error)
        else:
            self.notify(f"{path} is saved")

    def get_system_commands(self, screen: Screen) -> Iterable[SystemCommand]:
        keys = screen.KEYS if isinstance(screen, Keyed) else {}
        yield SystemCommand("Theme", "Change the colours of the app", self.action_change_theme)
        yield from of_looks(self._choose)
        yield from of_keys(screen, keys, self.settings.keys)

    def _choose(self, *, markers: Markers | None = None, ramp: Ramp | None = None) -> None:
        self.ramp, self.markers = ramp or self.ramp, markers or self.markers
        self.redraw()

    @work
    async def action_fetch(self) -> None:
        """Fetch the files of the form's data set, and count it again."""
        from ibtui.data.fetch import fetch
        from ibtui.tui.feeds.fetching import Fetching
        from ibtui.tui.screens.fetching import FetchScreen  # later, for an earlier first picture

        laboratory = self.laboratory
        if laboratory is None:
            return
        name = str(laboratory.form.table.get("data", {}).get("name", ""))
        try:
            steps = fetch(name, self.data_dir)
        except IbtuiError as error:
            self.say_error(error)
            return
        fetching = Fetching(lambda: steps)
        said = await self.push_screen_wait(FetchScreen(name, fetching))
        self.notify(said, severity="error" if fetching.error else "information", timeout=10)
        laboratory.setup.count_again()

    # Endings

    @work
    async def action_leave(self) -> None:
        """Leave this screen; the last one ends the app, and asks while a run trains."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
            return
        training, laboratory = self.training, self.laboratory
        own = laboratory is not None and laboratory.feed is training
        if training is not None and training.active and not own:
            self.action_own()
            return
        if training is not None and training.active:
            answer = await self.push_screen_wait(of_leaving(training, len(self.queue)))
            self._detaches = answer == "b"
            if answer not in ("s", "b"):
                if not training.active:
                    self.notify(f"The run is {training.state}: quit again to leave")
                return
        if self.draft.trouble and self.draft.edited:
            answer = await self.push_screen_wait(of_losing(self.draft.trouble))
            if answer != "l":
                return
        self.end(0)

    async def action_quit(self) -> None:
        self.action_leave()

    def end(self, code: int) -> None:
        """Stop the run, wait until it is saved, and leave."""
        self._ending = True
        self.trainer.stop()
        if not self.trainer.saved(0):
            self.set_timer(SAVE_POLL_SECONDS, lambda: self.end(code))
            return
        if self._detaches:
            try:
                self.trainer.hand_over()
            except RunError as error:
                self._detaches = self._ending = False
                self.notify(f"It cannot go on in the background: {error}", severity="error")
                return
        self.load.close()
        self._notice.close()
        self.exit(code)

    def drop(self) -> None:
        """The line is gone: save the run, and go on in the background if the settings say so."""
        busy, self._ending = self.trainer.busy, True
        self.save()
        if busy and self.settings.dropped_line == "background":
            with suppress(RunError):  # nobody is there to be told; the run is saved
                self.trainer.hand_over()

    def save(self) -> None:
        """Stop the run, if one trains, and wait until it is saved."""
        self.trainer.stop()
        self.trainer.saved()
