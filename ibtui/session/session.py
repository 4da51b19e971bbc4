"""Session: one run, begun or gone on with, and all that its faces have to know of it."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from numpy.typing import NDArray

from ibtui import store
from ibtui.errors import CheckpointError, IbtuiError, RunError
from ibtui.profile import Profile
from ibtui.profile.longer import longer
from ibtui.recording import Frame, Recorder, Recording
from ibtui.session.engine import Engine, load_engine
from ibtui.session.events import (
    Began,
    CompileBegan,
    DataFound,
    End,
    Event,
    Failed,
    Finished,
    Loading,
    Saved,
    Stopped,
    StoppedAtOnce,
    Warned,
)
from ibtui.session.fit import memory_told, must_fit, must_hold
from ibtui.session.pace import Pace
from ibtui.session.watch import Watch
from ibtui.store import manifest, shipped
from ibtui.store.reader import CHECKPOINT

SessionStatus = Literal[
    "preparing", "training", "paused", "stopping", "finished", "stopped", "failed"
]
STATUS_AT_END: dict[type[End], SessionStatus] = {
    Finished: "finished",
    Stopped: "stopped",
    StoppedAtOnce: "stopped",
    Failed: "failed",
}


class Session:
    """Iterate it, once, and frames come: trained, recorded and saved.

    One thread iterates; others may read everything here, and stop, pause or go on. `events` is what
    has happened so far, `end` how it ended, once it has; `recording` holds all frames, those of
    earlier sessions too. After the last frame, a stop, or where the iterator is closed, all is
    saved.
    """

    def __init__(
        self,
        profile: Profile,
        begin: Callable[[store.Ensemble], Path],
        data_dir: Path | None,
        engine: Engine,
        folder: Path | None = None,
        *,
        differs: Sequence[str] | None = None,
    ) -> None:
        self.profile, self.folder = profile, folder
        self._differs = differs  # None of a run that is not to become longer
        self.first, self.last = -profile.training.prefit_epochs, profile.training.epochs
        self.device = ""
        self.events: list[Event] = []
        self.measured = 0  # frames of this session
        self.end: End | None = None
        self._begin, self._data_dir, self._engine = begin, data_dir, engine
        self._ensemble: store.Ensemble | None = None
        self._recorder: Recorder | None = None
        self._pace = Pace()
        self._taken = 0  # events
        # Not an event: a signal handler stops, and must wait for no lock that its thread may hold.
        self._stopping = False
        self._go = threading.Event()
        self._go.set()

    @classmethod
    def start(
        cls,
        profile: Profile,
        out: Path,
        *,
        text: str | None = None,
        overrides: Sequence[str] = (),
        data_dir: Path | None = None,
        engine: Engine = load_engine,
    ) -> Session:
        """A new run of `profile` in a folder of its own under `out`.

        `text` is the profile as it was given, `overrides` what was changed of it.
        """

        def begin(ensemble: store.Ensemble) -> Path:
            return store.create(out, profile, ensemble, text=text, overrides=overrides)

        return cls(profile, begin, data_dir, engine)

    @classmethod
    def resume(
        cls,
        folder: Path,
        *,
        epochs: int | None = None,
        data_dir: Path | None = None,
        engine: Engine = load_engine,
    ) -> Session:
        """The run in `folder`, from where it was saved, a finished one too if to more `epochs`.

        Raises `RunError`, `ProfileError` or `UsageError`.
        """
        about = manifest.read(folder)
        profile = about.trained_profile(folder)
        if epochs is None:
            return cls(profile, lambda _: folder, data_dir, engine, folder)
        if shipped.holds(folder):
            raise RunError(f"{folder}: came with the program and stays as it is (copy it first)")
        profile, differs = longer(profile, epochs, measured=about.epoch >= profile.training.epochs)

        def begin(_: store.Ensemble) -> Path:
            return store.plan_longer(folder, profile)

        return cls(profile, begin, data_dir, engine, folder, differs=differs)

    # What is to be known

    @property
    def status(self) -> SessionStatus:
        if self.end is not None:
            return STATUS_AT_END[type(self.end)]
        if self._stopping:
            return "stopping"
        if not self._go.is_set():
            return "paused"
        return "training" if self.measured else "preparing"

    @property
    def recording(self) -> Recording | None:
        """The frames so far; None until the ensemble stands."""
        return self._recorder.snapshot() if self._recorder is not None else None

    @property
    def epoch(self) -> int:
        """The epochs completed, between frames too."""
        return self._ensemble.epoch if self._ensemble is not None else self.first

    @property
    def compiling(self) -> CompileBegan | None:
        """When compiling began, while it goes on."""
        if self._ensemble is None or not self._ensemble.compiling:
            return None
        return next((one for one in reversed(self.events) if isinstance(one, CompileBegan)), None)

    @property
    def epochs_per_second(self) -> float | None:
        """Epochs of all replicates together over the newest frames, while it trains."""
        return self._pace.epochs_per_second if self.status == "training" else None

    @property
    def seconds_left(self) -> float | None:
        """What remains at the present speed."""
        speed = self.epochs_per_second
        return (self.last - self.epoch) / speed if speed else None

    def news(self) -> list[Event]:
        """The events since this was last asked; for the one who tells them."""
        events = self.events[self._taken :]
        self._taken += len(events)
        return events

    # What is to be done

    def pause(self) -> None:
        """Hold after the frame that is being made."""
        if self.status == "training":
            self._go.clear()

    def go_on(self) -> None:
        self._go.set()

    def stop(self) -> None:
        """End after the epoch under way, saved; from any thread or signal handler."""
        self._stopping = True
        if self._ensemble is not None:
            self._ensemble.stop()
        if not self._go.is_set():
            self._go.set()

    def prepare(self) -> None:
        """Load the engine and the data, and make a new run's folder; iterating does it if need be.

        Raises what the ensemble, the data and the store raise.
        """
        if self._ensemble is not None:
            return
        self.events.append(Loading())
        try:
            must_fit(self.profile)
            checkpoint = self._checkpoint()
            with memory_told(self.profile):
                ensemble = self._ensemble_of(checkpoint)
            must_hold(self.profile.name, ensemble.header, len(ensemble.planned))
            self.folder = self._begin(ensemble)
        except Exception as error:
            self._fail(error)
            raise
        self.device = ensemble.device
        if ensemble.found:
            self.events.append(DataFound(ensemble.found))
        if self._differs:
            told = "; ".join(self._differs)
            self.events.append(Warned(f"it is not what it were if planned at once: {told}"))
        self._watch = Watch(ensemble)
        self.events.extend(self._watch.news())
        self._ensemble = ensemble
        if self._stopping:
            ensemble.stop()

    def _checkpoint(self) -> Mapping[str, NDArray] | None:
        if self.folder is None:
            return None
        return store.load_checkpoint(self.folder, longer=self._differs is not None)

    def _ensemble_of(self, checkpoint: Mapping[str, NDArray] | None) -> store.Ensemble:
        try:
            return self._engine(self.profile, self._data_dir, checkpoint)
        except CheckpointError as error:
            assert self.folder is not None
            raise RunError(f"{self.folder / CHECKPOINT}: {error}") from None

    def __iter__(self) -> Generator[Frame, None, None]:
        self.prepare()
        ensemble, folder = self._ensemble, self.folder
        assert ensemble is not None
        assert folder is not None
        with self._ending(ensemble), store.writing(ensemble, folder) as writer:
            self._recorder = writer.recorder
            self.events.append(
                Began(
                    folder,
                    ensemble.device,
                    ensemble.header.replicates,
                    len(ensemble.planned),
                    *(self.first, self.last),
                    ensemble.epoch,
                )
            )
            for frame in self._frames(ensemble):
                saved = writer.add(frame)
                self._note(frame, ensemble)
                if saved:
                    self.events.append(Saved(ensemble.epoch))
                yield frame
                if not self._go.is_set():
                    self._go.wait()
                    self._pace.forget()
            self.events.extend(self._watch.news())

    def _frames(self, ensemble: store.Ensemble) -> Iterator[Frame]:
        with memory_told(self.profile):
            yield from ensemble.frames()

    def _note(self, frame: Frame, ensemble: store.Ensemble) -> None:
        """A frame has come."""
        if frame.replicates is None:  # a replicate that catches up says nothing of the pace
            working = time.monotonic() - ensemble.compile_seconds
            self._pace.note(working, ensemble.epoch)
        self.measured += 1
        self.events.extend(self._watch.news())

    @contextmanager
    def _ending(self, ensemble: store.Ensemble) -> Iterator[None]:
        """Say how it ended, whatever the end is."""
        try:
            yield
        except GeneratorExit:
            self._tell_end(Stopped(ensemble.epoch))
            raise
        except KeyboardInterrupt:
            self._tell_end(StoppedAtOnce())
            raise
        except Exception as error:
            self._fail(error)
            raise
        end = Finished if ensemble.finished else Stopped
        self._tell_end(end(ensemble.epoch))

    def _fail(self, error: Exception) -> None:
        if isinstance(error, IbtuiError):
            self._tell_end(Failed(str(error)))
        else:
            reason = f"{type(error).__name__}: {error}"
            self._tell_end(Failed(reason, traceback.format_exc()))

    def _tell_end(self, end: End) -> None:
        self.events.append(end)
        self.end = end  # after the event: who sees the end has all events
