"""Headless runs, one profile after another: trained, measured, saved, and told about."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from ibtui import store
from ibtui.errors import IbtuiError, RunError, UsageError, complain
from ibtui.files import is_folder
from ibtui.headless.advice import advice
from ibtui.headless.grid import RunGrid, Sweep
from ibtui.headless.interrupts import Interrupt, interruptible
from ibtui.headless.job import Job
from ibtui.headless.progress import Progress, shown
from ibtui.headless.workers import machine, run_workers, shares
from ibtui.profile import load_profiles, parse_profiles, shipped, text_of
from ibtui.profile.quick import quick
from ibtui.profile.trust import TRUSTED, take_given
from ibtui.report.listing import rows_table
from ibtui.report.run import print_run
from ibtui.report.screen import console, say
from ibtui.session import Engine, Session, load_engine
from ibtui.session.events import (
    Compiling,
    DataFound,
    Diverged,
    Restarted,
    Stopped,
    StoppedAtOnce,
    Warned,
    words,
)
from ibtui.session.fit import must_fit
from ibtui.store import manifest

MOST_ROWS = 200


@dataclass(frozen=True)
class BatchSettings:
    """What holds for all profiles of a batch."""

    out: Path
    overrides: tuple[str, ...] = ()
    data_dir: Path | None = None
    quiet: bool = False
    quick: bool = False
    keep: bool = False  # what is done already, of profiles without a sweep too
    worker: bool = False  # one of several, which need not say what the others do
    trust: bool = False  # the code that profiles, and a run gone on with, name
    epochs: int | None = None  # that a run gone on with is to have


def run_batch(words: Sequence[str], resume: Path | None, settings: BatchSettings) -> int:
    """Train every profile in turn, or resume one run; return the exit code.

    A profile with a `[sweep]` gives every run of its grid that is not in `settings.out` yet;
    those that were interrupted are resumed. Other processes may do the same at the same time.

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
            with closing(_jobs(words, resume, settings, failures)) as jobs:
                for job in jobs:
                    try:
                        if folder := make(job, settings, interrupt, screen):
                            folders.append(folder)
                    except IbtuiError as error:
                        if not (settings.worker and job.failure):
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
        tell_rows(folders, settings.out, screen)
    codes = {error.exit_code for error in failures}
    return codes.pop() if len(codes) == 1 else int(bool(codes))


def tell_rows(folders: Sequence[Path], out: Path, screen: Console) -> None:
    """A table of the runs; of thousands the first, and how many there are."""
    rows = {row.name: row for row in store.rows(out)}
    told = [rows[folder.name] for folder in folders if folder.name in rows]
    screen.print(rows_table(told[:MOST_ROWS], screen.width))
    if len(told) > MOST_ROWS:
        say(screen, f"and {len(told) - MOST_ROWS:,} more (ibtui list shows them all)")


def share_batch(
    words: Sequence[str], settings: BatchSettings, workers: int | None, per_gpu: int | None
) -> int:
    """The same by several processes of this machine; return the exit code."""
    if not words:
        raise UsageError("--workers, --per-gpu: name profiles (ibtui profiles: those shipped)")
    found = shares(workers, per_gpu, *machine())
    for word in words:  # a slip shows at once, and once
        profiles = load_profiles(
            shipped.find_profile(word), settings.overrides, trust=settings.trust
        )
        for line in advice(profiles, len(found)):
            complain(line)
    command = ["batch", *words, "--continue", "--quiet", "--worker", "--out", str(settings.out)]
    command += [word for change in settings.overrides for word in ("--set", change)]
    command += ["--quick"] if settings.quick else []
    command += ["--trust"] if settings.trust else []
    command += ["--data-dir", str(settings.data_dir)] if settings.data_dir else []
    return run_workers(command, settings.out, found, quiet=settings.quiet)


def sweep_of(text: str, where: str, settings: BatchSettings, engine: Engine = load_engine) -> Sweep:
    """The runs that a profile's text stands for in a batch. Raises `ProfileError`."""
    profiles = parse_profiles(text, where, settings.overrides, trust=settings.trust)
    if settings.quick:
        profiles = profiles.changed(quick)
    for profile in profiles.checked():
        must_fit(profile)
    start = partial(
        Session.start,
        out=settings.out,
        text=text,
        overrides=[*settings.overrides, *(["--quick"] if settings.quick else [])],
        data_dir=settings.data_dir,
        engine=engine,
    )
    return Sweep(profiles, start)


def _jobs(
    words: Sequence[str], resume: Path | None, settings: BatchSettings, failures: list[IbtuiError]
) -> Generator[Job, None, None]:
    """The jobs; every profile is read before the first is trained, so that a slip shows at once."""
    if resume:
        if settings.trust:
            take_given(manifest.read(resume).profile, TRUSTED)
        begin = partial(Session.resume, resume, epochs=settings.epochs, data_dir=settings.data_dir)
        yield Job(begin)
        return
    resumed = partial(Session.resume, data_dir=settings.data_dir)
    grid = RunGrid(settings.out, resumed, tells=not settings.worker)
    jobs = []
    for word in words:
        try:
            path = shipped.find_profile(word)
            sweep = sweep_of(text_of(path), str(path), settings)
            if len(sweep.profiles) == 1 and not settings.keep:
                jobs.append(Job(partial(sweep.start, sweep.profiles[0])))
            else:
                grid.sweeps.append(sweep)
        except IbtuiError as error:
            complain(error)
            failures.append(error)
    yield from jobs
    yield from grid.jobs()


def make(job: Job, settings: BatchSettings, interrupt: Interrupt, screen: Console) -> Path | None:
    """Make one run and return its folder; None of one that has none yet, made elsewhere."""
    if job.failure:
        raise job.failure
    if job.begin is None:
        return job.done
    session = job.begin()
    try:
        session.prepare()
    finally:
        if job.claim and session.folder:
            job.claim.note(session.folder)
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
            elif isinstance(event, DataFound) and not quiet:
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


def _how_to_resume(folder: Path, settings: BatchSettings) -> str:
    if not is_folder(folder):
        return f"{folder} is gone: there is nothing to go on from"
    command = ["ibtui", "batch", "--resume", str(folder)]
    if settings.data_dir:
        command += ["--data-dir", str(settings.data_dir)]
    return f"to go on: {shlex.join(command)}"
