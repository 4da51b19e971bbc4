"""Said: what the heading says of the form, of the run in training, and of another run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ibtui.profile import Profile
from ibtui.recording import Recording
from ibtui.report.words import duration
from ibtui.store import Entry, Listed
from ibtui.tui.draw.bands import Span
from ibtui.tui.draw.names import DROPPED, shortened
from ibtui.tui.draw.raster import Markers
from ibtui.tui.feeds.saved import Saved
from ibtui.tui.feeds.training import Training
from ibtui.tui.look.picked import Picked
from ibtui.tui.panes.heading import Said
from ibtui.tui.screens.host import Host
from ibtui.tui.setup.form import Form

RESUMABLE = ("stopped", "interrupted", "failed")
LATE = "waits for what has begun: compiling cannot be interrupted"
NEWEST, NEWEST_COLUMNS = 5, 30  # runs on the first screen, and how long their names may be
ELSEWHERE = 24  # columns of the name of a run that trains behind the one on the screen


def newest(entries: Sequence[Entry], shipped: Sequence[str], markers: Markers) -> list[str]:
    """What the first screen says of the runs that `O` opens: the newest, and those that come along.

    `entries` come newest first.
    """
    found = [one.folder.name for one in entries[:NEWEST]]
    names = shortened(found, NEWEST_COLUMNS, DROPPED[markers])
    width = max(map(len, names), default=0)
    here = zip(names, entries, strict=False)
    lines = [f"   {name:{width}}  {one.status}" for name, one in here]
    told = ["", "newest runs:", *lines] if lines else []
    return [*told, "", f"runs to look at: {', '.join(shipped)}"] if shipped else told


def of_form(form: Form, load: str) -> Said:
    """Of no run: whether the form's profile can be run."""
    name = str(form.table.get("name", ""))
    if form.profile is None:
        problems = "the profile has problems: see the setup"
        return Said(name, "not ready", progress=problems, device=load)
    ready = "r runs it"
    if place := form.place:
        ready = f"run {place[0]} of {place[1]} of its sweep (1 picks another)  {ready}"
    return Said(name, "ready", progress=ready, device=load)


def of_own(own: Training, waiting: str, device: str) -> Said:
    """Of the run in training; `waiting` is what it does until there is a frame."""
    recording, state, left = own.recording, str(own.state), time_left(own)
    progress = _epochs(recording, own.span) or waiting
    if speed := replicate_epochs_per_second(own):
        progress += f"  {speed:,.0f} replicate-epochs/s"
    compiling = own.compiling_seconds
    if own.error:
        progress = own.error
    elif own.stopping_late:
        progress = LATE
    elif state in RESUMABLE:
        progress += "  c resumes it"
    elif compiling is not None:
        state, left = "compiling", f"{compiling:.0f} s"
        how = "once on this machine" if own.compiles_once else "for this machine, up to minutes"
        progress = f"{how}  {progress}"
    return Said(own.name, state, left, diverged(recording), progress, "", device)


def of_saved(feed: Saved, own: Training | None, markers: Markers, device: str) -> Said:
    """Of another run, and of the one in training behind it."""
    progress = feed.error or _epochs(feed.recording, feed.span)
    resumable = isinstance(feed.profile, Profile) and feed.state in RESUMABLE
    if resumable and not feed.error:
        progress += "  c resumes it"
    behind = "" if own is None else elsewhere(own, markers)
    return Said(feed.name, feed.state, "", diverged(feed.recording), progress, behind, device)


def of_runs(listed: Sequence[Listed], shown: int, picked: Picked, host: Host) -> Said:
    """Of a list of runs, of which so many are shown, and of the run in training behind it."""
    live = sum(one.row.status == "running" for one in listed)
    parts = [f"{shown} of {len(listed)}" if shown < len(listed) else f"{len(listed)}"]
    parts += [f"{live} running"] if live else []
    if count := len(picked.marked):
        drawn = len(picked.drawn)
        parts.append(f"{count} marked" + (f", {drawn} of them drawn" if drawn < count else ""))
    if picked.sort:
        parts.append(f"by {picked.sort}")
    own = host.training
    behind = "" if own is None else elsewhere(own, host.look.markers)
    return Said(str(host.runs), "runs", "", "", "  ".join(parts), behind)


def elsewhere(own: Training, markers: Markers) -> str:
    """The run in training where another one is on the screen, with the key that leads to it."""
    [name] = shortened([own.name], ELSEWHERE, DROPPED[markers])
    if not own.active:
        return f"T: {name} {own.state}"
    how = "compiling" if own.compiling_seconds is not None else own.state
    return f"T: {name} {how} {own.share:.0%} {time_left(own)}".rstrip()


def replicate_epochs_per_second(own: Training) -> float | None:
    """How fast a run trains; None while that is not known."""
    rate, recording = own.epochs_per_second, own.recording
    return None if rate is None or recording is None else rate * recording.header.replicates


def time_left(own: Training) -> str:
    left = own.seconds_left
    return "" if left is None else f"{duration(left)} left"


def diverged(recording: Recording | None) -> str:
    """How many replicates have a loss that is not finite by now; empty where none has."""
    if recording is None or not len(recording):
        return ""
    finite = np.isfinite(recording.train_loss_nats[-1])
    lost = int(finite.size - finite.sum())
    return f"{lost} of {finite.size} diverged" if lost else ""


def _epochs(recording: Recording | None, span: Span) -> str:
    """How far a run is; empty before its first frame."""
    if recording is None or not len(recording):
        return ""
    return f"epoch {recording.epoch[-1]}/{span.last}"
