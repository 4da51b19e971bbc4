"""Keeper: takes the files of runs that are made where the folder of runs is not shared.

It is the one process that writes there, so that the claims on the runs are its own; a run whose
worker died is given to the next with what was sent last.
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from ibtui.errors import RunError
from ibtui.headless.task import Given, Order, Outcome, files_of
from ibtui.store import HeldError, Made, RunClaim, claim, lock, manifest, must_be_free, settle
from ibtui.store.files import replacing


@dataclass
class _Held:
    """A run that is being made: by which attempt, and in which folder its files are."""

    claim: RunClaim
    locks: ExitStack
    attempt: int = 0
    folder: Path | None = None


@dataclass
class Keeper:
    """Gives runs to tasks and keeps what they send; an actor on the machine of the folder."""

    order: Order
    _held: dict[int, _Held] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._root = self.order.settings.out
        self._profiles, self._made = self.order.sweep().profiles, Made(self._root)

    def begin(self, at: int) -> Given | Outcome:
        """The run with the number `at`, for a task that makes it; or what became of it already."""
        profile = self._profiles[at]
        held = self._held.get(at)
        if held is None:
            if done := self._made.finished(profile):
                return Outcome("finished", done)
            with ExitStack() as locks:
                try:
                    mine = locks.enter_context(claim(self._root, profile))
                    found = self._made.of(profile, mine.noted(), thoroughly=mine.from_dead)
                    for entry in found:
                        must_be_free(entry.folder)
                except HeldError:
                    return Outcome("elsewhere")
                held = self._held[at] = _Held(mine, locks.pop_all())
            begun = [entry for entry in found if entry.status == "interrupted"]
            if begun:
                held.folder = begun[0].folder
                held.locks.enter_context(lock.writing(held.folder))
        held.attempt += 1  # of one that was lost nothing is taken any more
        folder = held.folder
        if folder is None:
            return Given(held.attempt, "", {})
        return Given(held.attempt, folder.name, files_of(folder))

    def save(self, at: int, attempt: int, name: str, files: dict[str, bytes], last: bool) -> Path:
        """Keep the files of a run, whose folder is returned. Raises `RunError`."""
        held = self._held.get(at)
        if held is None or held.attempt != attempt:
            raise RunError(f"{name}: another worker goes on with it")
        if held.folder is None:
            hidden = self._root / f".new-{name}-{at}"
            shutil.rmtree(hidden, ignore_errors=True)
            hidden.mkdir(parents=True)
            self._write(hidden, files)
            held.folder = settle(hidden, self._root, name)
            held.locks.enter_context(lock.writing(held.folder))
            held.claim.note(held.folder)
        else:
            self._write(held.folder, files)
        if last:
            self.release(at, attempt)
        return held.folder

    def release(self, at: int, attempt: int) -> None:
        """Let others have the run."""
        held = self._held.get(at)
        if held is not None and held.attempt == attempt:
            self._held.pop(at).locks.close()

    def _write(self, folder: Path, files: dict[str, bytes]) -> None:
        """The manifest last: it says what the others hold."""
        for name in sorted(files, key=lambda name: name == manifest.NAME):
            with replacing(folder / name) as handle:
                handle.write(files[name])
