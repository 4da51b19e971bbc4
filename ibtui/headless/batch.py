"""Headless runs, one profile after another: trained, measured, saved, and told about."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rich.console import Console

from ibtui import store
from ibtui.errors import IbtuiError, RunError, UsageError, complain
from ibtui.files import read_text
from ibtui.headless.interrupts import Interrupt, interruptible
from ibtui.headless.progress import Progress, shown
from ibtui.profile import Profile, load_profiles, shipped
from ibtui.profile.quick import quick
from ibtui.report.listing import entries_table
from ibtui.report.run import print_run
from ibtui.report.screen import console
from ibtui.session import Session
from ibtui.session.events import (
    Compiling,
    Diverged,
    Found,
    Restarted,
    Stopped,
    StoppedAtOnce,
    Warned,
    words,
)
from ibtui.session.fit import must_fit


@dataclass(frozen=True)
class Settings:
    """What holds for all profiles of a batch."""

    out: Path
    overrides: tuple[str, ...] = ()
    data_dir: Path | None = None
    quiet: bool = False
    quick: bool = False
    keep: bool = False  # what is done already, of profiles without a sweep too


@dataclass(frozen=True)
class Job:
    """One run that is to be made in the session that `begin` gives.

    `done` names the folder of one that was made before. A job that is `one_of_many` is told about
    in a line of the table at the end.
    """

    begin: Callable[[], Session] | None = None
    done: Path | None = None
    one_of_many: bool = False


def run_batch(words: Sequence[str], resume: Path | None, settings: Settings) -> int:
    """Train every profile in turn, or resume one run; return the exit code.

    A profile with a `[sweep]` gives every run of its grid that is not in `settings.out` yet;
    those that were interrupted are resumed.

    A profile that fails is reported at once and the others go on. A signal ends the run under way
    after its epoch, saved, and nothing further is started.
    """
    if bool(words) == bool(resume):
        raise UsageError("name profiles or one run to --resume (ibtui profiles: those shipped)")
    screen = console()
    failures: list[IbtuiError] = []
    folders: list[Path] = []
    with interruptible() as interrupt:
        try:
            for job in _jobs(words, resume, settings, failures):
                try:
                    folders.append(_run(job, settings, interrupt, screen))
                except IbtuiError as error:
                    complain(error)
                    failures.append(error)
                if interrupt.signal:
                    break
        except KeyboardInterrupt:
            return interrupt.exit_code or 128 + signal.SIGINT
        except OSError:
            # A line that dropped takes the terminal with it; the run is saved.
            if interrupt.signal is not signal.SIGHUP:
                raise
        if interrupt.signal:
            return interrupt.exit_code
    if (len(words) > 1 or len(folders) > 1) and not settings.quiet:
        entries = {entry.folder: entry for entry in store.list_runs(settings.out)}
        rows = [entries[folder] for folder in folders if folder in entries]
        screen.print(entries_table(rows, screen.width))
    codes = {error.exit_code for error in failures}
    return codes.pop() if len(codes) == 1 else int(bool(codes))


def _jobs(
    words: Sequence[str], resume: Path | None, settings: Settings, failures: list[IbtuiError]
) -> Iterator[Job]:
    """The jobs; every profile is read before the first is trained, so that a slip shows at once."""
    if resume:
        yield Job(partial(Session.resume, resume, data_dir=settings.data_dir))
        return
    jobs = []
    for word in words:
        try:
            path = shipped.find(word)
            profiles = load_profiles(path, settings.overrides)
            if settings.quick:
                profiles = [quick(profile) for profile in profiles]
            for profile in profiles:
                must_fit(profile)
            text = read_text(path)
            if len(profiles) == 1 and not settings.keep:
                jobs.append(_new(profiles[0], text, settings))
            else:
                jobs += _grid(profiles, text, settings)
        except IbtuiError as error:
            complain(error)
            failures.append(error)
    yield from jobs


def _new(profile: Profile, text: str, settings: Settings) -> Job:
    overrides = [*settings.overrides, *(["--quick"] if settings.quick else [])]
    begin = partial(Session.start, profile, settings.out, text=text, overrides=overrides)
    return Job(partial(begin, data_dir=settings.data_dir))


def _grid(profiles: Sequence[Profile], text: str, settings: Settings) -> Iterator[Job]:
    """The runs of a sweep: each is made, resumed, or done already, and that is said."""
    made = store.list_runs(settings.out)
    for profile in profiles:
        same = [entry for entry in made if entry.is_of(profile)]
        by_status = {entry.status: entry.folder for entry in reversed(same)}
        job = _new(profile, text, settings)
        if folder := by_status.get("finished"):
            complain(f"{profile.name}: is done already: {folder}")
            job = Job(done=folder)
        elif folder := by_status.get("running"):
            complain(f"{profile.name}: is being made by another process: {folder}")
            job = Job(done=folder)
        elif folder := by_status.get("interrupted"):
            complain(f"{profile.name}: goes on where it was interrupted: {folder}")
            job = Job(partial(Session.resume, folder, data_dir=settings.data_dir))
        yield replace(job, one_of_many=True)


def _run(job: Job, settings: Settings, interrupt: Interrupt, screen: Console) -> Path:
    """Make one run and return its folder."""
    if job.begin is None:
        assert job.done is not None
        return job.done
    session = job.begin()
    session.prepare()
    assert session.folder is not None
    try:
        train(session, interrupt, screen, quiet=settings.quiet)
    except RunError as error:
        raise RunError(f"{error}\n{_how_to_resume(session.folder, settings)}") from None
    except KeyboardInterrupt:
        end = session.end or StoppedAtOnce()
        complain(f"{words(end)}; {_how_to_resume(session.folder, settings)}")
        raise
    if isinstance(session.end, Stopped):
        complain(f"{words(session.end)}; {_how_to_resume(session.folder, settings)}")
    elif settings.quiet:
        screen.print(session.folder, soft_wrap=True, highlight=False, markup=False)
    elif not job.one_of_many:
        print_run(store.load(session.folder), screen)
    return session.folder


def train(session: Session, interrupt: Interrupt, screen: Console, *, quiet: bool = False) -> None:
    """Train to the end or the first signal, and show it; the session is prepared."""
    told = Warned | Restarted | Diverged if quiet else Warned | Restarted | Diverged | Compiling

    def tell() -> None:
        for event in session.news():
            line = f"{session.profile.name}: {words(event)}"
            if isinstance(event, told):
                complain(line)
            elif isinstance(event, Found) and not quiet:
                screen.print(line, soft_wrap=True, highlight=False, markup=False)

    # Leaving closes the session first, whatever happened: it is saved before anything is said.
    with (
        interrupt.stopping(session.stop),
        shown(Progress(session), screen, quiet=quiet) as show,
        closing(iter(session)) as frames,
    ):
        tell()
        for frame in frames:
            tell()
            show(frame)
    tell()


def _how_to_resume(folder: Path, settings: Settings) -> str:
    command = ["ibtui", "batch", "--resume", str(folder)]
    if settings.data_dir:
        command += ["--data-dir", str(settings.data_dir)]
    return f"to go on: {shlex.join(command)}"
