"""App: the laboratory and its screens, the one run in training, and how it all ends."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from textual import work
from textual.app import App, SystemCommand
from textual.screen import Screen

from ibtui import store
from ibtui.errors import IbtuiError
from ibtui.profile import Profile
from ibtui.report.words import duration
from ibtui.session import Engine, Session, load_engine, warm
from ibtui.tui.draw.palette import Depth, Ramp, palette
from ibtui.tui.draw.raster import Markers
from ibtui.tui.feeds.playback import Playback
from ibtui.tui.feeds.queue import Queue, detach
from ibtui.tui.feeds.saved import Saved
from ibtui.tui.feeds.training import Training
from ibtui.tui.keys import Keys
from ibtui.tui.look.export import new_file, write_picture
from ibtui.tui.look.view import Look, View
from ibtui.tui.private import add_filter, write_raw
from ibtui.tui.screens.commands import of_keys, of_looks
from ibtui.tui.screens.dialogs import Ask
from ibtui.tui.screens.help import Help
from ibtui.tui.screens.laboratory import Laboratory
from ibtui.tui.screens.said import LATE, RESUMABLE
from ibtui.tui.settings import Settings
from ibtui.tui.setup.draft import Draft
from ibtui.tui.terminal.load import DeviceLoad
from ibtui.tui.terminal.notice import Notice
from ibtui.tui.terminal.terminal import AsciiOnly, Printable, markers_for
from ibtui.tui.terminal.themes import DARK, LIGHT

SAVE_POLL_SECONDS = 0.1
LONG_SECONDS = 600.0  # a run of more than so long is not stopped without a question
STAY = ("n", "stay")


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
        self.training: Training | None = None
        self.failed = False  # whether an error that nobody expected ends it
        self.ramp: Ramp = settings.ramp
        self.markers: Markers = markers_for(settings.markers, os.environ)
        self.load = DeviceLoad()
        self._profile, self._sweep = profile, sweep
        self._feed, self._engine = feed, engine
        self.draft = draft if draft is not None else Draft()
        self._foreign = foreign if foreign is not None else deque()
        self._notice = Notice(lambda text: write_raw(self, text))
        self.queue = Queue()
        self.trained: list[Training] = []
        self._by_itself = False  # whether the next run of the queue begins without a key
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
        self._catch_signals()
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
        if live is not None and self._base.feed is None:
            self.open_run(live.folder)
            self.notify(f"{live.folder.name} is being trained by another process: followed here")

    @property
    def look(self) -> Look:
        theme = self.current_theme
        ground = theme.background if theme.background and theme.background[0] == "#" else None
        ground = ground[1:] if ground and len(ground) == 7 else None
        colours = palette(self.ramp, dark=theme.dark, depth=self.depth, ground=ground)
        return Look(colours, self.markers)

    @property
    def depth(self) -> Depth:
        """How many colours the terminal is said to have."""
        if self.no_color:
            return "none"
        match self.console.color_system:
            case "standard" | "windows":
                return "16"
            case "256":
                return "256"
            case None:
                return "none"
        return "full"

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
        if laboratory.form.sweep:
            self._enqueue(laboratory.form.sweep)
        else:
            self.notify("The form's profile stands for one run (r trains it)", severity="warning")

    def _enqueue(self, profiles: Sequence[Profile]) -> None:
        self.queue.add(profiles)
        if self.training is None or not self.training.active:
            self._begin_next()
        else:
            what = profiles[0].name if len(profiles) == 1 else f"{len(profiles)} runs"
            self.notify(f"Queued: {what}, {len(self.queue)} waiting (Q shows the queue)")

    def _begin_next(self) -> None:
        """Train the profile that has waited longest, if there is one."""
        profile = self.queue.take()
        if profile is not None:
            self._train(
                Session.start(profile, self.runs, data_dir=self.data_dir, engine=self._engine)
            )

    def action_queue(self) -> None:
        from ibtui.tui.screens.queue import QueueScreen  # later, for an earlier first picture

        if not isinstance(self.screen, QueueScreen):
            self.push_screen(QueueScreen(self))

    def action_resume(self) -> None:
        """Train on where the run on the screen was stopped."""
        laboratory = self.laboratory
        if laboratory is None or self._refuses():
            return
        feed = laboratory.feed
        if feed is None or feed.folder is None:
            self.notify("There is no run to resume", severity="warning")
        elif feed.state not in RESUMABLE:
            self.notify(f"The run is {feed.state}: there is nothing to resume", severity="warning")
        else:
            try:
                session = Session.resume(feed.folder, data_dir=self.data_dir, engine=self._engine)
            except IbtuiError as error:
                self.say_error(error)
            else:
                self._train(session)

    def _train(self, session: Session) -> None:
        """Train, and show it, unless it begins by itself while another run is looked at."""
        before, self.training = self.training, Training(session)
        self.trained.append(self.training)
        if self._by_itself:
            if self._base.feed is before:
                self._base.watch_feed(self.training, follow=True)
            return
        base = self._back_to_base()
        base.set_focus(None)
        base.watch_feed(self.training, follow=True)
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

    def _refuses(self) -> bool:
        if self.training is None or not self.training.active:
            return False
        self.notify("A run is training: stop it first (x)", severity="warning")
        return True

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
        unseen = laboratory is None or laboratory.feed is not training
        if len(self.queue):
            question = f"Stop {training.name}? It is saved. {len(self.queue)} more wait."
            answers = (("y", "stop this one"), ("a", "stop all"), STAY)
            answer = await self.push_screen_wait(Ask(question, answers))
            if answer == "a":
                self.queue.clear()
            if answer not in ("y", "a"):
                return
        elif unseen or training.seconds >= LONG_SECONDS:
            trained = f", which has trained for {duration(training.seconds)}"
            question = f"Stop {training.name}{trained}? It is saved, and can be resumed (c)."
            if await self.push_screen_wait(Ask(question, (("y", "stop it"), STAY))) != "y":
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
        if self.training is not None and not self.training.active and not self._ending:
            self._by_itself = True
            try:
                self._begin_next()
            finally:
                self._by_itself = False

    # Screens

    def open_run(self, folder: Path) -> None:
        """Show a run: a saved one, or the one in training, which goes on whatever is shown."""
        try:
            feed = Saved(folder)
        except IbtuiError as error:
            self.say_error(error)
            return
        base = self._back_to_base()
        if self.training is not None and folder.absolute() == self._own_folder:
            base.watch_feed(self.training, follow=True)
        else:
            base.watch_feed(feed, follow=feed.growing)

    @property
    def _own_folder(self) -> Path | None:
        """The folder of the run that this app trains, or has trained last."""
        folder = self.training.folder if self.training else None
        return folder.absolute() if folder else None

    def action_own(self) -> None:
        """Back to the run that this app trains."""
        if self.training is None:
            self.notify("No run has been trained here yet (r trains one)", severity="warning")
        else:
            self._back_to_base().watch_feed(self.training, follow=True)

    def action_browse(self) -> None:
        from ibtui.tui.screens.browser import Browser  # later, for an earlier first picture

        self.push_screen(Browser(self))

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
            stopping = training.state == "stopping"
            question = "A run is being stopped." if stopping else "A run is training."
            question += f" {len(self.queue)} more wait." if len(self.queue) else ""
            save = ("s", "quit once it is saved" if stopping else "stop, save and quit")
            answers = (save, STAY) if stopping else (save, ("b", "go on in the background"), STAY)
            ask = Ask(question, answers, holds=lambda: training.active)
            answer = await self.push_screen_wait(ask)
            self._detaches = answer == "b"
            if answer not in ("s", "b"):
                if not training.active:
                    self.notify(f"The run is {training.state}: quit again to leave")
                return
        if self.draft.trouble and self.draft.edited:
            question = f"What was edited in the form will be lost. {self.draft.trouble}"
            if await self.push_screen_wait(Ask(question, (("l", "lose it"), STAY))) != "l":
                return
        self.end(0)

    async def action_quit(self) -> None:
        self.action_leave()

    def end(self, code: int) -> None:
        """Stop the run, wait until it is saved, and leave."""
        training, self._ending = self.training, True
        if training is not None and training.active:
            training.stop()
            if not training.join(0):
                self.set_timer(SAVE_POLL_SECONDS, lambda: self.end(code))
                return
        if self._detaches and training is not None:
            training.poll()
            folder = None if training.state == "finished" else training.folder
            try:
                detach(folder, self.queue.waiting, self.runs, self.data_dir)
            except OSError as error:
                self._detaches = self._ending = False
                self.notify(f"It cannot go on in the background: {error}", severity="error")
                return
        self.load.close()
        self._notice.close()
        self.exit(code)

    def save(self) -> None:
        """Stop the run, if one trains, and wait until it is saved."""
        if self.training is not None and self.training.active:
            self.training.stop()
            self.training.join()

    def _catch_signals(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        signal.signal(signal.SIGTERM, lambda *_: self.call_later(self.end, 143))
        signal.signal(signal.SIGHUP, self._hang_up)

    def _hang_up(self, *_: Any) -> None:
        """The line dropped: whoever draws now may block for ever, so a thread saves and ends."""

        def save_and_end() -> None:
            self.save()
            os._exit(129)

        threading.Thread(target=save_and_end, name="hang-up").start()
