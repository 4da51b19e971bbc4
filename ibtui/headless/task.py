"""Task: one run of a sweep, made in a process of a Ray cluster, and what came of it."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import ibtui
from ibtui.errors import IbtuiError
from ibtui.headless.batch import BatchSettings, make, sweep_of
from ibtui.headless.grid import RunGrid, Sweep
from ibtui.headless.interrupts import Interrupt, interruptible
from ibtui.profile import Profile
from ibtui.report.screen import console
from ibtui.session import Engine, Session
from ibtui.session.events import Saved
from ibtui.store import Made, manifest, reader, weights, writer

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
FILES = (manifest.NAME, writer.PROFILE, reader.RECORDING, weights.WEIGHTS, reader.CHECKPOINT)
SEND_SECONDS = 5.0  # between the files of a run that is brought back while it goes on

# "elsewhere": another process makes it, or one that has just died and is not known to.
Fate = Literal["finished", "stopped", "failed", "elsewhere"]


@dataclass(frozen=True)
class Order:
    """What every task of a sweep has to know."""

    text: str  # of the profile
    where: str  # its file, in messages
    settings: BatchSettings
    threads: int
    mark: Path | None  # a file that is there where the folder is shared; None: files are sent
    engine: Engine
    place: str = field(default_factory=os.getcwd)  # from which files of data are named
    version: str = ibtui.__version__

    def sweep(self) -> Sweep:
        return sweep_of(self.text, self.where, self.settings, self.engine)


class Outcome(NamedTuple):
    """What came of a task: the run's folder, or why there is none."""

    fate: Fate
    folder: Path | None = None
    told: str = ""
    exit_code: int = 0


class Given(NamedTuple):
    """What a run that is brought back begins with: its folder's name and files, if it has begun."""

    attempt: int
    name: str
    files: dict[str, bytes]


def make_run(order: Order, at: int, keeper: Any = None) -> Outcome:
    """Make the run with the number `at`, or go on with it; `keeper` takes its files.

    Runs in a worker, whose first loading of torch is here: the threads are set before it.
    """
    os.environ.update(dict.fromkeys(THREADS, str(order.threads)))
    with suppress(OSError):  # a machine without it has the data elsewhere, or needs none
        os.chdir(order.place)
    host = socket.gethostname()
    if order.version != ibtui.__version__:
        versions = f"ibtui {ibtui.__version__}, and {order.version} is here (install the same)"
        return Outcome("failed", told=f"{host}: has {versions}", exit_code=1)
    try:
        with interruptible() as interrupt:
            if keeper is None:
                return _make_here(order, at, interrupt)
            return _make_and_send(order, at, keeper, interrupt)
    except IbtuiError as error:
        return Outcome("failed", told=str(error), exit_code=error.exit_code)
    except KeyboardInterrupt:
        return Outcome("stopped")


def _make_here(order: Order, at: int, interrupt: Interrupt) -> Outcome:
    """In the folder that all share, under a claim."""
    settings = order.settings
    if order.mark and not order.mark.exists():
        told = f"{socket.gethostname()}: does not see {settings.out.absolute()}"
        return Outcome("failed", told=f"{told} (share the folder, or --fetch)", exit_code=1)
    grid = _grid(order)
    grid.sweeps = [replace(_sweep(order), places=[at])]
    for job in grid.jobs():
        if job.begin is None and not job.failure:
            finished = job.done and manifest.read(job.done).status == "finished"
            return Outcome("finished" if finished else "elsewhere", job.done)
        folder = make(job, settings, interrupt, console())
        return Outcome("stopped" if interrupt.signal else "finished", folder)
    return Outcome("elsewhere")


@lru_cache(maxsize=4)
def _sweep(order: Order) -> Sweep:
    return order.sweep()


@lru_cache(maxsize=4)
def _grid(order: Order) -> RunGrid:
    """What a worker knows of the folder, from one of its runs to the next."""
    out = order.settings.out

    def resume(folder: Path) -> Session:
        return Session.resume(folder, data_dir=order.settings.data_dir, engine=order.engine)

    return RunGrid(out, resume, tells=False, made=Made(out))


def _make_and_send(order: Order, at: int, keeper: Any, interrupt: Interrupt) -> Outcome:
    """In a folder of this machine; its files go to the keeper as they are saved."""
    import ray

    given: Given | Outcome = ray.get(keeper.begin.remote(at))
    if isinstance(given, Outcome):
        return given
    place = Path(tempfile.mkdtemp(prefix="ibtui-ray-"))
    try:
        profile = _sweep(order).profiles[at]
        session = _session(order, profile, place, given)
        session.prepare()
        assert session.folder is not None
        folder = session.folder

        def send(*, last: bool) -> Path:
            files = files_of(folder)
            return ray.get(keeper.save.remote(at, given.attempt, folder.name, files, last))

        kept = send(last=False)
        try:
            _train(session, interrupt, lambda: send(last=False))
        finally:
            kept = send(last=True)
        return Outcome("stopped" if interrupt.signal else "finished", kept)
    except IbtuiError:
        ray.get(keeper.release.remote(at, given.attempt))
        raise
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _session(order: Order, profile: Profile, place: Path, given: Given) -> Session:
    data_dir = order.settings.data_dir
    if not given.files:
        start = _sweep(order).start
        return start(profile, out=place)  # pyright: ignore[reportCallIssue]
    folder = place / given.name
    folder.mkdir()
    for name, content in given.files.items():
        (folder / name).write_bytes(content)
    return Session.resume(folder, data_dir=data_dir, engine=order.engine)


def _train(session: Session, interrupt: Interrupt, send: Callable[[], object]) -> None:
    """Train to the end or the first signal; what is saved is sent, if not too often."""
    sent = time.monotonic()
    with interrupt.stopping(session.stop), closing(iter(session)) as frames:
        for _ in frames:
            saved = any(isinstance(event, Saved) for event in session.news())
            if saved and time.monotonic() - sent > SEND_SECONDS:
                send()
                sent = time.monotonic()


def files_of(folder: Path) -> dict[str, bytes]:
    """The files of a run that are there, by name."""
    return {name: (folder / name).read_bytes() for name in FILES if (folder / name).is_file()}
