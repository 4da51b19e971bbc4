"""Headless runs, one profile after another: trained, measured, saved, and told about."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from ibtui import store
from ibtui.errors import IbtuiError, RunError, UsageError, complain
from ibtui.headless.interrupts import Interrupt, interruptible
from ibtui.headless.progress import Progress, shown
from ibtui.profile import Profile, load_profiles, shipped
from ibtui.profile.quick import quick
from ibtui.report.tables import console, entries_table, print_run
from ibtui.store.manifest import Ensemble


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
    """One run that is to be made: `resume` names its folder, or it is a new one.

    `done` names the folder of one that was made before. A job that is `one_of_many` is told about
    in a line of the table at the end.
    """

    profile: Profile
    text: str | None = None
    resume: Path | None = None
    done: Path | None = None
    one_of_many: bool = False


def run_batch(words: Sequence[str], resume: Path | None, settings: Settings) -> int:
    """Train every profile in turn, or resume one run; return the exit code.

    Of a profile with a `[sweep]` every run of the grid is made that is not in `settings.out` yet;
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
                    folders.append(job.done or _run(job, settings, interrupt, screen))
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
        run = store.load(resume)
        yield Job(run.profile, resume=resume)
        return
    jobs = []
    for word in words:
        try:
            path = shipped.find(word)
            profiles = load_profiles(path, settings.overrides)
            if settings.quick:
                profiles = [quick(profile) for profile in profiles]
            text = path.read_text(encoding="utf-8")
            if len(profiles) == 1 and not settings.keep:
                jobs.append(Job(profiles[0], text))
            else:
                jobs += _grid(profiles, text, settings)
        except IbtuiError as error:
            complain(error)
            failures.append(error)
    yield from jobs


def _grid(profiles: Sequence[Profile], text: str, settings: Settings) -> Iterator[Job]:
    """The runs of a sweep: each is made, resumed, or done already, and that is said."""
    made = store.list_runs(settings.out)
    for profile in profiles:
        same = [entry for entry in made if entry.is_of(profile)]
        by_status = {entry.status: entry.folder for entry in reversed(same)}
        job = Job(profile, text, one_of_many=True)
        if folder := by_status.get("finished"):
            complain(f"{profile.name}: is done already: {folder}")
            job = replace(job, done=folder)
        elif folder := by_status.get("running"):
            complain(f"{profile.name}: is being made by another process: {folder}")
            job = replace(job, done=folder)
        elif folder := by_status.get("interrupted"):
            complain(f"{profile.name}: goes on where it was interrupted: {folder}")
            job = replace(job, resume=folder)
        yield job


def _run(job: Job, settings: Settings, interrupt: Interrupt, screen: Console) -> Path:
    """Make one run and return its folder."""
    checkpoint = store.load_checkpoint(job.resume) if job.resume else None
    dataset = job.profile.data.load(settings.data_dir)
    from ibtui.engine import Ensemble

    ensemble = Ensemble(job.profile, dataset, checkpoint=checkpoint)
    folder = job.resume or store.create(
        settings.out,
        job.profile,
        ensemble,
        text=job.text,
        overrides=[*settings.overrides, *(["--quick"] if settings.quick else [])],
    )
    try:
        train(ensemble, folder, interrupt, screen, name=job.profile.name, quiet=settings.quiet)
    except RunError as error:
        raise RunError(f"{error}\n{_how_to_resume(folder, settings)}") from None
    except KeyboardInterrupt:
        complain(f"stopped at once; {_how_to_resume(folder, settings)}")
        raise
    if not ensemble.finished:
        complain(f"stopped after epoch {ensemble.epoch}; {_how_to_resume(folder, settings)}")
    elif settings.quiet:
        screen.print(folder, soft_wrap=True, highlight=False, markup=False)
    elif not job.one_of_many:
        print_run(store.load(folder), screen)
    return folder


def train(
    ensemble: Ensemble,
    folder: Path,
    interrupt: Interrupt,
    screen: Console,
    *,
    name: str,
    quiet: bool = False,
) -> None:
    """Train `ensemble` to its end or the first signal, recording into `folder`, and show it."""
    told = _Events(name, ensemble)
    told.tell()
    progress = Progress(name, ensemble)

    def stop() -> None:
        progress.note = "stopping after this epoch (Ctrl-C again: at once)"
        ensemble.stop()

    # Leaving closes the recording first, whatever happened: it is saved before anything is said.
    with (
        interrupt.stopping(stop),
        shown(progress, screen, quiet=quiet) as show,
        closing(store.record(ensemble, folder)) as frames,
    ):
        for frame in frames:
            told.tell()
            show(frame)
    told.tell()


class _Events:
    """Tells once of every warning (replicates that diverge among them) and of every restart."""

    def __init__(self, name: str, ensemble: Ensemble) -> None:
        self._name, self._ensemble = name, ensemble
        self._warnings = 0
        self._restarts = len(ensemble.restarts)

    def tell(self) -> None:
        for warning in self._ensemble.warnings[self._warnings :]:
            self._say(warning)
        self._warnings = len(self._ensemble.warnings)
        for restart in self._ensemble.restarts[self._restarts :]:
            self._say(
                f"replicate {restart.replicate} starts again at epoch {restart.epoch} "
                f"(seed {restart.seed})"
            )
        self._restarts = len(self._ensemble.restarts)

    def _say(self, what: str) -> None:
        complain(f"{self._name}: {what}")


def _how_to_resume(folder: Path, settings: Settings) -> str:
    words = ["ibtui", "batch", "--resume", str(folder)]
    if settings.data_dir:
        words += ["--data-dir", str(settings.data_dir)]
    return f"to go on: {shlex.join(words)}"
