"""Laboratory: the main screen. It shows one run, live or saved, in panes, with a form beside it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from itertools import chain
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Footer, RichLog

from ibtui.analysis.bottleneck import Limit
from ibtui.analysis.limits import noisy_limit
from ibtui.profile import Profile
from ibtui.report.words import duration
from ibtui.tui.draw.bands import Span
from ibtui.tui.feeds.playback import Playback
from ibtui.tui.feeds.saved import Saved
from ibtui.tui.feeds.training import Training, span_of
from ibtui.tui.keys import GROUPS, Keys
from ibtui.tui.look.averages import Averages
from ibtui.tui.look.shown import Shown
from ibtui.tui.look.view import Cursor, View
from ibtui.tui.panes.curves import CurveChart
from ibtui.tui.panes.groups import CurvesPane, Planes
from ibtui.tui.panes.heading import Heading
from ibtui.tui.panes.table import LayerTable
from ibtui.tui.panes.tabs import Tabs
from ibtui.tui.panes.transport import Transport
from ibtui.tui.screens.dialogs import Prompt
from ibtui.tui.screens.filing import Filing
from ibtui.tui.setup.pane import Setup

WIDE_ENOUGH = 100  # columns from which several panes fit beside each other
WIDEST = 160  # columns from which all of them do
TALL_ENOUGH = 32  # rows from which a pane fits below the planes
LOWER = ("curves", "table", "log")
DRAW_SHARE = 0.1  # of the time that drawing may take while a run goes on
RESUMABLE = ("stopped", "interrupted", "failed")
LATE = "waits for what has begun: compiling cannot be interrupted"
POLL_SECONDS = 1.0  # between looks at a run that another process writes


class Laboratory(Filing):
    """Panes on `feed`: a run in training, a saved run, or none yet."""

    AUTO_FOCUS = ""
    KEYS: ClassVar[Keys] = GROUPS
    BINDINGS: ClassVar[list[BindingType]] = [*chain(*KEYS.values())]

    def __init__(
        self,
        profile: Profile,
        view: View,
        feed: Training | Saved | None = None,
        sweep: Sequence[Profile] = (),
    ) -> None:
        super().__init__()
        self.view, self.feed = view, feed
        self.playback = Playback()
        self.averages = Averages()
        self.current, self.lower = "planes", "table"
        self.maximised = self.setup_hidden = False
        self.setup = Setup(profile, self.lab.data_dir, sweep)
        self.form = self.setup.form
        self.planes, self.curves, self.table = Planes(), CurvesPane(), LayerTable()
        self.heading, self.tabs = Heading(), Tabs()
        self.log_pane = RichLog(id="log", classes="pane", max_lines=5000, wrap=True)
        self._drawn_at, self._draw_seconds, self._polled_at = 0.0, 0.0, 0.0
        self._dirty = True
        self._failed: Training | None = None
        self._noisy: Limit | None = None  # of the source of the data, where it is a noisy one
        self._waiting = ""  # the newest line of the log, until the first frame has come

    def compose(self) -> ComposeResult:
        yield self.heading
        yield self.tabs
        with Horizontal(id="bench"):
            yield self.setup
            with Vertical(id="work"):
                yield self.planes
                with Container(id="lower"):
                    yield self.curves
                    yield self.table
                    yield self.log_pane
        yield Footer(compact=True)

    def on_mount(self) -> None:
        self.set_interval(1 / self.lab.settings.frames_per_second, self.tick)
        self.apply_look()
        self._arrange()
        if isinstance(self.feed, Saved):
            self.watch_feed(self.feed, follow=self.feed.growing)

    # What is shown

    @property
    def cursor(self) -> Cursor:
        profile = self.form.profile
        if self.feed is not None:
            return Cursor(self.playback.at, self.feed.span)
        return Cursor(-1, span_of(profile) if profile else Span(0, 1))

    def tick(self) -> None:
        """Take what has come, let time pass, and draw once if anything changed."""
        now = time.monotonic()
        feed, changed = self.feed, self._dirty
        if isinstance(feed, Training):
            changed |= feed.poll()
            self._tell_failure(feed)
            while feed.log:
                self._waiting = feed.log.popleft()
                self.log_pane.write(self._waiting)
        elif isinstance(feed, Saved) and now - self._polled_at > POLL_SECONDS:
            self._polled_at = now
            changed |= feed.poll()
        for line in self.lab.foreign_lines():
            self.log_pane.write(line)
        recording = self.recording
        if recording is not None:
            self.playback.grow(len(recording))
            elapsed = 1 / self.lab.settings.frames_per_second
            changed |= self.playback.tick(elapsed, len(recording))
        self._dirty = changed
        self._head()
        # A slow screen must not take the processor from the training beside it.
        if changed and now - self._drawn_at >= self._draw_seconds / DRAW_SHARE:
            self.draw()

    def draw(self) -> None:
        """Draw the panes that are on the screen."""
        recording = self.recording
        if recording is None or not self.is_current:
            return
        began = time.monotonic()
        shown = Shown(recording, self.cursor, self.averages, self._noisy)
        if on_screen(self.planes):
            self.planes.show(shown, self.playback)
        if on_screen(self.curves):
            self.curves.show(shown)
        if on_screen(self.table):
            self.table.show(shown)
        self._dirty, self._drawn_at = False, began
        self._draw_seconds = time.monotonic() - began

    def apply_look(self) -> None:
        """Draw everything in the present view, theme and palette."""
        look = self.lab.look
        self.heading.look(look)
        self.tabs.look(look)
        self.planes.look(self.view, look)
        self.curves.look(self.view, look)
        self.table.look(self.view, look)

    def watch_feed(self, feed: Training | Saved, *, follow: bool) -> None:
        """Show another run."""
        self.feed, self.averages, self._noisy = feed, Averages(), None
        self._find_limit(feed)
        if isinstance(feed, Saved):
            for line in feed.facts():
                self.log_pane.write(line)
        self._rewind(follow)
        self._dirty = True
        self.apply_look()
        self.call_after_refresh(self.draw)

    @work(exclusive=True, group="limit")
    async def _find_limit(self, feed: Training | Saved) -> None:
        """Find the limit of a noisy source in a thread, since it takes seconds."""
        self._noisy = await asyncio.to_thread(noisy_limit, feed.profile.data)
        self._dirty = True

    def _rewind(self, follow: bool) -> None:
        """Stand at the newest frame, and stay there if new ones are to be followed."""
        self.playback = Playback()
        if self.recording is not None:
            self.playback.grow(len(self.recording))
        self.playback.follow = follow

    def _tell_failure(self, feed: Training) -> None:
        if feed.state == "failed" and self._failed is not feed:
            self._failed = feed
            self.notify(f"{feed.error} (see the log, 5)", severity="error", timeout=10)

    def _head(self) -> None:
        feed = self.feed
        if feed is None:
            name = str(self.form.table.get("name", ""))
            state, ready = "ready", "r runs it"
            if self.form.profile is None:
                state, ready = "not ready", "the profile has problems: see the setup"
            elif place := self.form.place:
                ready = f"run {place[0]} of {place[1]} of its sweep (1 picks another)  {ready}"
            self.heading.show(name, state, ready, self.lab.load.line)
            return
        recording = feed.recording
        epoch = int(recording.epoch[-1]) if recording is not None and len(recording) else None
        progress = f"epoch {epoch}/{feed.span.last}" if epoch is not None else self._waiting
        if isinstance(feed, Training):
            if rate := feed.epochs_per_second:
                replicates = recording.header.replicates if recording is not None else 1
                self.setup.speed = rate * replicates
                progress += f"  {self.setup.speed:,.0f} replicate-epochs/s"
            if (left := feed.seconds_left) is not None:
                progress += f"  {duration(left)} left"
            name = feed.folder.name if feed.folder else feed.profile.name
        else:
            name = feed.folder.name
        if feed.error:
            progress = feed.error
        elif isinstance(feed, Training) and feed.stopping_late:
            progress = LATE
        elif feed.state in RESUMABLE:
            progress += "  c resumes it"
        device = f"{feed.device}: {self.lab.load.line}" if feed.device else self.lab.load.line
        self.heading.show(name, feed.state, progress, device)

    # Panes

    def on_resize(self) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """Say by classes which panes the style sheet is to show."""
        width, height = self.size
        single = self.maximised or width < WIDE_ENOUGH
        classes = {f"at-{self.current}", f"lower-{self.lower}"}
        classes |= {"single"} if single else {"wide"} if width >= WIDEST else set()
        classes |= {"low"} if not single and height < TALL_ENOUGH else set()
        classes |= {"no-setup"} if self.setup_hidden else set()
        if classes != self.classes:
            self.classes = classes  # all at once: each change costs a look at every widget
        self.tabs.show(self.current)
        self.call_after_refresh(self.draw)

    def action_pane(self, pane: str) -> None:
        single = self.has_class("single")
        if pane == "setup" and not single:
            self.setup_hidden = not self.setup_hidden
        else:
            self.current = pane
        if pane in LOWER:
            self.lower = pane
        self._arrange()

    def show_setup(self) -> None:
        """Show the setup, wherever it fits, and in it the first problem, if there are any."""
        self.setup_hidden = False
        if self.has_class("single"):
            self.current = "setup"
        self._arrange()
        self.call_after_refresh(self.form.show_problem)

    def action_maximise_pane(self) -> None:
        self.maximised = not self.maximised
        self._arrange()

    def action_plain(self) -> None:
        if self.focused is not None:
            self.set_focus(None)
        elif self.maximised:
            self.action_maximise_pane()

    @on(Tabs.Picked)
    def _tab(self, event: Tabs.Picked) -> None:
        self.action_pane(event.pane)

    # View and time

    def action_look(self, what: str) -> None:
        header = self.recording.header if self.recording is not None else None
        self.view = self.view.changed(what, header)
        if what == "spread" and self.view.spread and self.view.path != "mean":
            self.notify("The deviation is that of the mean, which v goes to", severity="warning")
        self.apply_look()
        self.draw()

    def action_zoom(self, factor: float) -> None:
        self.planes.zoom(factor)

    def action_pan(self, x: float, y: float) -> None:
        self.planes.pan(x, y)

    def action_next_curves(self) -> None:
        self.curves.further()

    def action_step(self, by: int) -> None:
        self._move(lambda frames: self.playback.step(frames, by))

    def action_speed(self, factor: float) -> None:
        self._move(lambda _: self.playback.faster(factor))

    def action_ends(self, end: str) -> None:
        self._move(lambda frames: self.playback.go(0 if end == "first" else frames - 1, frames))

    def action_follow(self) -> None:
        def follow(frames: int) -> None:
            self.playback.follow = not self.playback.follow
            self.playback.playing = False

        self._move(follow)

    @on(CurveChart.Picked)
    @on(Transport.Sought)
    def _seek(self, event: CurveChart.Picked | Transport.Sought) -> None:
        self.go_to_epoch(event.epoch)

    def go_to_epoch(self, epoch: int) -> None:
        recording = self.recording
        if recording is not None:
            self._move(lambda _: self.playback.go_to_epoch(epoch, recording.epoch))

    def _move(self, how) -> None:
        recording = self.recording
        if recording is not None:
            how(len(recording))
            self.playback.grow(len(recording))
            self.draw()

    @work
    async def action_go_to(self) -> None:
        recording = self.recording
        if recording is None or not len(recording):
            return
        first, last = int(recording.epoch[0]), int(recording.epoch[-1])
        answer = await self.lab.push_screen_wait(Prompt(f"Go to epoch ({first} to {last}):"))
        if answer is None:
            return
        try:
            epoch = int(answer)
        except ValueError:
            self.notify(f"{answer!r} is no epoch: a whole number is", severity="warning")
            return
        recording = self.recording or recording  # a live run has grown meanwhile
        self.go_to_epoch(epoch)
        first, last = recording.epoch[[0, -1]].tolist()
        if epoch > last:
            self.notify(f"Epoch {epoch} is not measured: this is the last one, {last}")
        elif epoch < first:
            self.notify(f"Epoch {epoch} is not measured: this is the first one, {first}")


def on_screen(widget: Widget) -> bool:
    """Whether neither the widget nor anything around it is hidden."""
    around = (node for node in widget.ancestors_with_self if isinstance(node, Widget))
    return all(node.display for node in around)
