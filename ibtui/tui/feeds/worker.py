"""Worker: the thread that trains. It alone loads torch, and it never touches the screen."""

from __future__ import annotations

import threading
import traceback
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from numpy.typing import NDArray

from ibtui import store
from ibtui.errors import IbtuiError
from ibtui.profile import Profile
from ibtui.store import manifest
from ibtui.tui.draw.bands import Span
from ibtui.tui.feeds.messages import Began, Ended, Failed, Measured, Message, Note


class Ensemble(manifest.Ensemble, Protocol):
    """What the worker uses of `ibtui.engine.Ensemble`."""

    warnings: list[str]

    def stop(self) -> None: ...


class Engine(Protocol):
    """Builds the ensemble of a profile, fresh or from a checkpoint."""

    def __call__(
        self, profile: Profile, data_dir: Path | None, checkpoint: dict[str, NDArray] | None
    ) -> Ensemble: ...


def load_engine(
    profile: Profile, data_dir: Path | None, checkpoint: dict[str, NDArray] | None
) -> Ensemble:
    """The engine of this program; the first call loads torch."""
    from ibtui.engine import Ensemble

    return Ensemble(profile, profile.data.load(data_dir), checkpoint=checkpoint)


@dataclass(frozen=True)
class Order:
    """What to train: `profile` as a new run under `runs`, or the run in `resume` further."""

    profile: Profile
    runs: Path
    data_dir: Path | None = None
    resume: Path | None = None
    engine: Engine = load_engine


class Worker(threading.Thread):
    """Trains one run; what happens goes into `inbox`, for the app to take when it likes."""

    def __init__(self, order: Order) -> None:
        super().__init__(name="training", daemon=True)
        self.inbox: deque[Message] = deque()
        self._order = order
        self._go = threading.Event()
        self._go.set()
        self._stop_asked = threading.Event()
        self._ensemble: Ensemble | None = None
        self._warned = 0

    def pause(self) -> None:
        """Hold after the frame that is being made."""
        self._go.clear()

    def go_on(self) -> None:
        self._go.set()

    def stop(self) -> None:
        """End after the step that is being made; the run is saved and can be resumed."""
        self._stop_asked.set()
        if self._ensemble is not None:
            self._ensemble.stop()
        self._go.set()

    def run(self) -> None:
        try:
            self._train()
        except IbtuiError as error:
            self.inbox.append(Failed(str(error)))
        except Exception as error:
            # A bug must reach the log pane, and not end as a silent thread.
            self.inbox.append(Failed(f"{type(error).__name__}: {error}", traceback.format_exc()))

    def _train(self) -> None:
        order = self._order
        checkpoint = store.load_checkpoint(order.resume) if order.resume else None
        self.inbox.append(Note("loading the engine and the data"))
        ensemble = order.engine(order.profile, order.data_dir, checkpoint)
        self._ensemble = ensemble
        self._tell_warnings(ensemble)
        recorded = None
        if order.resume:
            folder = order.resume
            # Frames beyond the checkpoint come again.
            recorded = store.load(folder).recording.until(ensemble.epoch if checkpoint else -1)
        else:
            folder = store.create(order.runs, order.profile, ensemble)
        span = Span(int(ensemble.planned[0]), int(ensemble.planned[-1]))
        self.inbox.append(
            Began(ensemble.header, span, len(ensemble.planned), folder, ensemble.device, recorded)
        )
        if self._stop_asked.is_set():
            ensemble.stop()
        for frame in store.record(ensemble, folder):
            self.inbox.append(Measured(frame))
            self._tell_warnings(ensemble)
            self._go.wait()
        self.inbox.append(Ended(ensemble.finished))

    def _tell_warnings(self, ensemble: Ensemble) -> None:
        """Pass on what the engine has warned of since the last time."""
        warnings = ensemble.warnings[self._warned :]
        self._warned += len(warnings)
        self.inbox.extend(Note(f"warning: {warning}") for warning in warnings)
