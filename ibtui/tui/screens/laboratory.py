"""Laboratory: the main screen. It shows one run, live or saved, in panes, with a form beside it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Footer

from ibtui.errors import IbtuiError
from ibtui.profile import Profile, to_toml
from ibtui.profile.capacity import capacities_bits
from ibtui.recording import Header, Recording
from ibtui.tui.draw.bands import Span
from ibtui.tui.feeds.playback import Playback
from ibtui.tui.feeds.saved import Saved
from ibtui.tui.feeds.training import Training, span_of
from ibtui.tui.keys import GROUPS, Keys
from ibtui.tui.look.averages import Averages
from ibtui.tui.look.claimed import Claims
from ibtui.tui.look.judged import Judge
from ibtui.tui.look.shown import Shown
from ibtui.tui.look.view import Cursor, View
from ibtui.tui.panes.arrangement import Arrangement
from ibtui.tui.panes.bench import Bench
from ibtui.tui.panes.curves import CurveChart
from ibtui.tui.panes.heading import Heading, Said
from ibtui.tui.panes.tabs import Tabs
from ibtui.tui.panes.transport import Transport
from ibtui.tui.screens.dialogs import Prompt
from ibtui.tui.screens.filing import pick_profile, save_profile
from ibtui.tui.screens.host import Host
from ibtui.tui.screens.said import of_form, of_own, of_saved, replicate_epochs_per_second
from ibtui.tui.screens.viewer import Viewer
from ibtui.tui.setup.draft import Draft
from ibtui.tui.setup.pane import Setup

DRAW_SHARE = 0.1  # of the time that drawing may take while a run goes on
POLL_SECONDS = 1.0  # between looks at a run that another process writes


class Laboratory(Viewer):
    """Panes on `feed`: a run in training, a saved run, or none yet."""

    AUTO_FOCUS = ""
    KEYS: ClassVar[Keys] = GROUPS
    BINDINGS: ClassVar[list[BindingType]] = [*chain(*KEYS.values())]

    def __init__(
        self,
        host: Host,
        profile: Profile,
        view: View,
        draft: Draft,
        feed: Training | Saved | None = None,
        sweep: Sequence[Profile] = (),
    ) -> None:
        super().__init__(host, view)
        self.feed = feed
        self.averages = Averages()
        self._judge, self._judging = Judge(), False
        self._claims: Claims | None = None
        self.arrangement = Arrangement()
        self.setup = Setup(profile, draft, self.host.data_dir, sweep)
        self.form = self.setup.form
        self.heading, self.tabs, self.bench = Heading(), Tabs(), Bench(self.setup, self.pair)
        self._drawn_at, self._draw_seconds, self._polled_at = 0.0, 0.0, 0.0
        self._failed: Training | None = None
        self._waiting = ""  # the newest line of the log, until the first frame has come

    def compose(self) -> ComposeResult:
        yield self.heading
        yield self.tabs
        yield self.bench
        yield Footer(compact=True)

    def on_mount(self) -> None:
        self.set_interval(1 / self.host.settings.frames_per_second, self.tick)
        self.restyle()
        self._arrange()
        if isinstance(self.feed, Saved):
            self.watch_feed(self.feed, follow=self.feed.growing)

    # What is shown

    @property
    def recording(self) -> Recording | None:
        return self.feed.recording if self.feed else None

    @property
    def frames(self) -> int | None:
        return None if self.recording is None else len(self.recording)

    @property
    def header(self) -> Header | None:
        return None if self.recording is None else self.recording.header

    @property
    def folder(self) -> Path:
        """The run's folder, or the one of all runs where there is none yet."""
        return (self.feed.folder if self.feed else None) or self.host.runs

    @property
    def cursor(self) -> Cursor:
        profile = self.form.profile
        if self.feed is not None:
            return Cursor(self.playback.at, self.feed.span)
        return Cursor(-1, span_of(profile) if profile else Span(0, 1))

    def tick(self) -> None:
        """Take what has come, let time pass, and draw once if anything changed."""
        now = time.monotonic()
        feed, changed = self.feed, self.dirty
        if (own := self.host.training) is not None:
            news = own.poll()
            changed |= news and own is feed
            self._tell(own)
        if isinstance(feed, Saved) and now - self._polled_at > POLL_SECONDS:
            self._polled_at = now
            changed |= feed.poll()
        for line in self.host.foreign_lines():
            self.bench.log_pane.write(line)
        recording = self.recording
        if recording is not None:
            self.playback.grow(len(recording))
            elapsed = 1 / self.host.settings.frames_per_second
            changed |= self.playback.tick(elapsed, len(recording))
        self.dirty = changed
        self._head()
        if recording is not None and not self._judging:
            self._find(recording)
        # A slow screen must not take the processor from the training beside it.
        if changed and now - self._drawn_at >= self._draw_seconds / DRAW_SHARE:
            self.draw()

    def _find(self, recording: Recording) -> None:
        """Find verdicts, then claims, where those on the screen are old enough."""
        series, frames = min(self.view.series, len(recording.header.series) - 1), len(recording)
        ended = self.feed is not None and self.feed.state not in ("training", "live")
        if self._judge.due(frames, series, ended=ended):
            last = self.cursor.span.last
            self.judge_in_thread(lambda: self._judge.find(recording, series, last))
        elif (claims := self._claims_of_feed()) is not None and claims.due(frames, ended=ended):
            self.judge_in_thread(lambda: claims.find(frames))

    def _claims_of_feed(self) -> Claims | None:
        """The claims of the run on the screen, once it has a folder."""
        if self._claims is None and self.feed is not None and self.feed.folder is not None:
            self._claims = Claims.of(self.feed.profile, self.feed.folder, self.host.runs)
        return self._claims

    @work(group="verdicts")
    async def judge_in_thread(self, judge: Callable[[], object]) -> None:
        """Judge in a thread, one thing after another."""
        self._judging = True
        try:
            await asyncio.to_thread(judge)
        finally:
            self._judging = False
        self.dirty = True
        claimed = self._claims is not None and bool(self._claims.rows)
        if claimed != self.arrangement.claimed:
            self.arrangement.claimed = claimed
            self._arrange()

    def draw(self) -> None:
        """Draw the panes that are on the screen."""
        recording = self.recording
        if recording is None or not self.is_current:
            return
        began = time.monotonic()
        self.bench.show(self._shown(recording), self.playback)
        self.dirty, self._drawn_at = False, began
        self._draw_seconds = time.monotonic() - began

    def _shown(self, recording: Recording) -> Shown:
        profile = self.feed.profile if self.feed else None
        capacities = capacities_bits(profile, recording.header.units) if profile else ()
        found = self._judge.found
        header, series = recording.header, min(self.view.series, len(recording.header.series) - 1)
        found = found if found and found[0].series == header.series[series] else ()
        claims = None
        if (of_feed := self._claims_of_feed()) is not None and of_feed.experiment is not None:
            claims = of_feed.rows
        return Shown(
            recording, self.cursor, self.averages, self.noisy[0], capacities, found, claims
        )

    def exported(self) -> list[tuple[Path, Shown]]:
        recording = self.recording
        return [(self.folder, self._shown(recording))] if recording else []

    def restyle(self) -> None:
        look = self.host.look
        self.heading.restyle(look)
        self.tabs.restyle(look)
        self.bench.restyle(self.view, look)

    def watch_feed(self, feed: Training | Saved, *, follow: bool) -> None:
        """Show another run."""
        self.feed, self.averages, self.noisy = feed, Averages(), (None,)
        self._judge, self._claims = Judge(), None
        self.find_limits([feed.profile.data])
        if isinstance(feed, Saved):
            for line in feed.facts():
                self.bench.log_pane.write(line)
        self._rewind(follow)
        if self.recording is None:
            self.bench.clear()  # or the run before would stand below the heading of this one
        self.dirty = True
        self.restyle()
        self.call_after_refresh(self.draw)

    def _rewind(self, follow: bool) -> None:
        """Stand at the newest frame, and stay there if new ones are to be followed."""
        self.playback = Playback()
        if self.recording is not None:
            self.playback.grow(len(self.recording))
        self.playback.follow = follow

    def _tell(self, own: Training) -> None:
        """Write into the log what has happened to the run in training, shown or not."""
        of = "" if own is self.feed else f"{own.name}: "
        while own.log:
            self._waiting = own.log.popleft()
            self.bench.log_pane.write(f"{of}{self._waiting}")
        self._tell_failure(own)
        self.host.announce()
        self.host.go_on()

    def _tell_failure(self, feed: Training) -> None:
        if feed.state == "failed" and self._failed is not feed:
            self._failed = feed
            self.notify(f"{feed.error} (see the log, 5)", severity="error", timeout=10)

    def _head(self) -> None:
        self.heading.show(self._said())

    def _said(self) -> Said:
        """What the heading says."""
        feed, load = self.feed, self.host.load.line
        if feed is None:
            return of_form(self.form, load)
        device = f"{feed.device}: {load}" if feed.device else load
        if isinstance(feed, Training):
            self.setup.speed = replicate_epochs_per_second(feed) or self.setup.speed
            return of_own(feed, self._waiting, device)
        return of_saved(feed, self.host.training, self.host.look.markers, device)

    # Panes

    def on_resize(self) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """Say by classes which panes the style sheet is to show."""
        classes = self.arrangement.classes(*self.size)
        if classes != self.classes:
            self.classes = classes  # all at once: each change costs a look at every widget
        self.bench.name_panes(self.arrangement)
        self.tabs.show(self.arrangement.current)
        self.call_after_refresh(self.draw)

    def action_pane(self, pane: str) -> None:
        self.arrangement.pick(pane, self.size.width)
        self._arrange()

    def show_setup(self) -> None:
        """Show the setup, wherever it fits, and in it the first problem, if there are any."""
        self.arrangement.show_setup(self.size.width)
        self._arrange()
        self.call_after_refresh(self.form.show_problem)

    def action_maximise_pane(self) -> None:
        self.arrangement.maximised = not self.arrangement.maximised
        self._arrange()

    def action_plain(self) -> None:
        if self.focused is not None:
            self.set_focus(None)
        elif self.view.point is not None:
            self.see(replace(self.view, point=None))
        elif self.arrangement.maximised:
            self.action_maximise_pane()

    @on(Tabs.Picked)
    def _tab(self, event: Tabs.Picked) -> None:
        self.action_pane(event.pane)

    def action_next_curves(self) -> None:
        self.bench.curves.further()

    def action_zoom(self, factor: float) -> None:
        """Zoom into the pane one is at: the curves, or else the planes."""
        if self.arrangement.current == "curves":
            self.bench.curves.zoom(factor)
        else:
            super().action_zoom(factor)

    def action_pan(self, x: float, y: float) -> None:
        if self.arrangement.current == "curves":
            self.bench.curves.pan(y)
        else:
            super().action_pan(x, y)

    # Time

    def action_follow(self) -> None:
        self.move(lambda playback, _: playback.toggle_following())

    @on(CurveChart.Picked)
    @on(Transport.Sought)
    def _seek(self, event: CurveChart.Picked | Transport.Sought) -> None:
        self.go_to_epoch(event.epoch)

    def go_to_epoch(self, epoch: int) -> None:
        recording = self.recording
        if recording is not None:
            self.move(lambda playback, _: playback.go_to_epoch(epoch, recording.epoch))

    @work
    async def action_go_to(self) -> None:
        recording = self.recording
        if recording is None or not len(recording):
            return
        first, last = int(recording.epoch[0]), int(recording.epoch[-1])
        answer = await self.host.push_screen_wait(Prompt(f"Go to epoch ({first} to {last}):"))
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

    # Files

    @work
    async def action_profiles(self) -> None:
        """Load another profile into the form."""
        try:
            picked = await pick_profile(self.host)
        except IbtuiError as error:
            self.host.say_error(error)
        else:
            if picked is not None:
                self.form.load(*picked)

    def action_take(self) -> None:
        """Take the profile of the run that is shown into the form."""
        if self.feed is None:
            self.notify("There is no run on the screen", severity="warning")
        else:
            profile = self.feed.profile
            if not isinstance(profile, Profile):
                self.notify("A recorder's run has no profile to train", severity="warning")
                return
            self.form.load(profile)
            self.notify(f"{profile.name} is in the form (z undoes)")

    def action_undo(self, by: int) -> None:
        if not self.form.go(by):
            what = "undo" if by < 0 else "do again"
            self.notify(f"There is nothing to {what} in the form", severity="warning")

    @work
    async def action_save_profile(self) -> None:
        """Save the form as a profile."""
        profile = self.form.check()
        if profile is None:
            self.notify("The profile has problems: see the setup", severity="warning")
        else:
            await save_profile(self.host, profile)

    def action_copy(self) -> None:
        profile = self.feed.profile if self.feed else self.form.profile
        if profile is not None:
            self.app.copy_to_clipboard(to_toml(profile))
            self.notify("The profile is in the clipboard, if the terminal takes OSC 52")
