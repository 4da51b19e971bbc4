"""A run trained in Python: as a loop over its frames, or in a notebook under a live plane."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import tomli_w

from ibtui import store
from ibtui.errors import ProfileError, UsageError
from ibtui.figures import figure_of
from ibtui.headless.interrupts import Interrupt, interruptible
from ibtui.notebook.display import shell, show_figures
from ibtui.notebook.saved import RUNS, SavedRun
from ibtui.profile import Profile, parse_profiles, shipped, text_of, to_toml
from ibtui.profile.table import parse
from ibtui.session import Session
from ibtui.session.events import DataFound, Diverged, Restarted, Warned, words
from ibtui.text import printable

SHOW_SECONDS, SHOW_SHARE = 0.5, 0.2  # between two planes; of the time that drawing may take
Experiment = str | Path | Mapping[str, Any] | Profile


def run(
    profile: Experiment,
    *changes: str,
    out: str | Path | None = None,
    data_dir: str | Path | None = None,
    trust: bool = False,
    quiet: bool = False,
) -> SavedRun:
    """Train a profile to its end, saved under `out`; a notebook shows its plane meanwhile.

    `profile` is a shipped one's name, a TOML file, a table (a dict), or a `Profile`; `changes` are
    as after `--set` on the command line. `out` defaults to the environment's IBTUI_RUNS, else
    "runs". Code that the profile names as `module:Class` is loaded where a change names it too, or
    under `trust`. `quiet` shows nothing. An interrupt (Ctrl-C, the notebook's stop) ends the epoch
    under way, saves, and is raised then; `resume` goes on.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = run("quickstart", "training.epochs=10", "replicates=2", out=folder, quiet=True)
    >>> made.status, made.recording.i_ty_bits.shape  # (epoch, series, replicate, layer)
    ('finished', (3, 2, 2, 6))

    Raises `IbtuiError`: of a profile every problem at once.
    """
    return _train(frames(profile, *changes, out=out, data_dir=data_dir, trust=trust), quiet=quiet)


def resume(
    run: str | Path,
    runs: str | Path | None = None,
    *,
    epochs: int | None = None,
    data_dir: str | Path | None = None,
    quiet: bool = False,
) -> SavedRun:
    """Go on with a run that was interrupted, from its checkpoint, bit for bit.

    `run` and `runs` are as in `load`. A finished run goes on too where `epochs` is more than it
    has. Raises `IbtuiError` where there is nothing to go on with, or a process writes the run.
    """
    folder = store.find_run(str(run), _root(runs))
    return _train(Session.resume(folder, data_dir=_path(data_dir), epochs=epochs), quiet=quiet)


def frames(
    profile: Experiment,
    *changes: str,
    out: str | Path | None = None,
    data_dir: str | Path | None = None,
    trust: bool = False,
) -> Session:
    """The same as a loop: iterate it, and each frame comes as soon as it is measured and saved.

    A frame's `epoch` counts completed epochs; its `i_xt_bits` and `i_ty_bits` are (series,
    replicate, layer) in bits, its losses (replicate,) in nats. `recording` of what is iterated
    holds all frames so far, `stop()` ends it, saved, after the epoch under way. Arguments and
    errors are those of `run`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     loop = frames("quickstart", "training.epochs=5", "replicates=2", out=folder)
    ...     [(frame.epoch, frame.i_xt_bits.shape) for frame in loop]
    [(0, (2, 2, 6)), (5, (2, 2, 6))]
    """
    text, where = _text_of(profile)
    found = parse_profiles(text, where, changes, trust=trust)
    if len(found) > 1:
        raise UsageError(
            f"{where}: stands for a sweep of {len(found):,} runs, and one is trained here "
            "(ibtui batch makes them all)"
        )
    return Session.start(
        found[0], _root(out), text=text, overrides=changes, data_dir=_path(data_dir)
    )


def _text_of(profile: Experiment) -> tuple[str, str]:
    """A profile's text, and what messages call it."""
    if isinstance(profile, Profile):
        return to_toml(profile), profile.name
    if isinstance(profile, Mapping):
        try:
            text = tomli_w.dumps(dict(profile))
            parse(text)
        except (TypeError, ValueError, AttributeError) as error:
            raise ProfileError([f"profile: is no table as TOML has it: {error}"]) from None
        return text, "profile"
    path = shipped.find_profile(str(profile))
    return text_of(path), str(path)


def _train(session: Session, *, quiet: bool) -> SavedRun:
    """Iterate a session to its end, told and shown. Raises what it raises."""
    with _interrupts() as interrupt:
        can_show = shell() is not None and find_spec("matplotlib") is not None
        live = _Live(session) if can_show and not quiet else None
        stopping = interrupt.stopping(session.stop) if interrupt else nullcontext()
        with stopping, closing(iter(session)) as made:
            for _ in made:
                _tell(session, quiet)
                if live:
                    live.show()
        _tell(session, quiet)
        assert session.folder is not None
        found = SavedRun(store.load(session.folder))
        if live:
            live.end(found)
    if interrupt and interrupt.signal:
        _raise(interrupt.signal, session)
    return found


def _tell(session: Session, quiet: bool) -> None:
    for event in session.news():
        if not quiet and isinstance(event, DataFound | Warned | Restarted | Diverged):
            print(words(event))


@contextmanager
def _interrupts() -> Iterator[Interrupt | None]:
    """Signals that end the epoch under way first; None outside the main thread, which has none."""
    if threading.current_thread() is threading.main_thread():
        with interruptible() as interrupt:
            yield interrupt
    else:
        yield None


def _raise(number: signal.Signals, session: Session) -> None:
    """What the signal asked for, now that all is saved."""
    if number is not signal.SIGINT:
        signal.raise_signal(number)
        return
    said = words(session.end) if session.end else "stopped"
    raise KeyboardInterrupt(f"{said}: ibtui.resume({str(session.folder)!r}) goes on")


class _Live:
    """The plane of a run that trains, drawn anew in its place as often as that costs little."""

    def __init__(self, session: Session, clock: Callable[[], float] = time.monotonic) -> None:
        show_figures()
        self._session, self._clock = session, clock
        self._due, self._handle = 0.0, None

    def show(self) -> None:
        """Draw the run as it is, where that is due."""
        began = self._clock()
        recording, folder = self._session.recording, self._session.folder
        if began < self._due or recording is None or folder is None:
            return
        about = store.read_manifest(folder)
        self._draw(store.Run(folder, "running", about, self._session.profile, recording))
        ended = self._clock()
        self._due = ended + max(SHOW_SECONDS, (ended - began) / SHOW_SHARE)

    def end(self, made: SavedRun) -> None:
        """Draw it as it was saved."""
        if len(made.recording):
            self._draw(store.load(made.folder))

    def _draw(self, run: store.Run) -> None:
        from IPython.display import display

        picture = figure_of(run, "plane")
        said = printable(f"{run.folder.name}: {run.status}, epoch {run.recording.epoch[-1]}")
        picture.suptitle(said, fontsize=9, parse_math=False)
        if self._handle is None:
            self._handle = display(picture, display_id=True)
        else:
            self._handle.update(picture)


def _root(runs: str | Path | None) -> Path:
    return Path(os.environ.get("IBTUI_RUNS", RUNS) if runs is None else runs)


def _path(found: str | Path | None) -> Path | None:
    return None if found is None else Path(found)
