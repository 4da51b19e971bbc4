"""Trainer: trains the app's runs one after another, and hands them over where the app ends."""

from __future__ import annotations

from pathlib import Path

from ibtui.session import Engine, Session
from ibtui.tui.feeds.queue import Queue, detach
from ibtui.tui.feeds.training import Training


class Trainer:
    """One run trains at a time; profiles wait for it in the queue."""

    def __init__(self, runs: Path, data_dir: Path | None, engine: Engine) -> None:
        self.queue = Queue()
        self.trained: list[Training] = []
        self._runs, self._data_dir, self._engine = runs, data_dir, engine

    @property
    def own(self) -> Training | None:
        """The run in training, or the one that was trained last."""
        return self.trained[-1] if self.trained else None

    @property
    def busy(self) -> bool:
        """Whether a run trains, or is being saved."""
        return self.own is not None and self.own.active

    @property
    def folder(self) -> Path | None:
        """The folder of the run in training, or of the last one."""
        folder = self.own.folder if self.own else None
        return folder.absolute() if folder else None

    def next(self) -> Training | None:
        """Train the profile that has waited longest; None where none waits."""
        profile = self.queue.take()
        if profile is None:
            return None
        start = Session.start(profile, self._runs, data_dir=self._data_dir, engine=self._engine)
        return self._train(start)

    def resume(self, folder: Path, epochs: int | None = None) -> Training:
        """Train on where a run was stopped, or to more `epochs` than it was planned with.

        Raises `IbtuiError` where that cannot be.
        """
        options = {"data_dir": self._data_dir, "engine": self._engine}
        return self._train(Session.resume(folder, epochs=epochs, **options))

    def _train(self, session: Session) -> Training:
        self.trained.append(Training(session))
        return self.trained[-1]

    def stop(self) -> None:
        if self.own is not None:
            self.own.stop()

    def saved(self, seconds: float | None = None) -> bool:
        """Wait until what was stopped is saved, or so many seconds; whether it is."""
        return self.own is None or not self.own.active or self.own.join(seconds)

    def hand_over(self) -> None:
        """Let a process of its own go on with the run that was stopped, and with the queue.

        Raises `RunError` where it cannot be started.
        """
        if self.own is not None:
            self.own.poll()
            folder = None if self.own.state == "finished" else self.own.folder
            detach(folder, self.queue.waiting, self._runs, self._data_dir)
