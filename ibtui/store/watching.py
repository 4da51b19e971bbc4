"""Watching: what goes on in a folder of runs, from its files alone, wherever it is trained."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ibtui.store import lock, manifest
from ibtui.store.shelf import Entry, entry_of, folders

Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class Progress:
    """A run as it stands; `worker` writes it, at so many epochs a second, if that can be told."""

    entry: Entry
    worker: str = ""
    epochs_per_second: float | None = None

    @property
    def share(self) -> float:
        """How much of the epochs is done, from 0 to 1."""
        about = self.entry.manifest
        if about is None:
            return 0.0
        whole = about.planned.last - about.planned.first
        return min(max((about.epoch - about.planned.first) / whole, 0.0), 1.0) if whole else 1.0

    @property
    def seconds_left(self) -> float | None:
        about = self.entry.manifest
        if about is None or not self.epochs_per_second:
            return None
        return (about.planned.last - about.epoch) / self.epochs_per_second


class Watcher:
    """Looks again and again; a manifest is read again only where its file has changed.

    `since` (seconds of the epoch) leaves out what ended before.
    """

    def __init__(self, root: Path, since: float = 0.0) -> None:
        self._root, self._since = root, since
        self._known: dict[str, tuple[Stamp, Entry]] = {}
        self._paces = Paces()

    def look(self) -> list[Progress]:
        """What is written now, and what has ended since; newest first. Raises `RunError`."""
        found = (self._look_at(path) for path in folders(self._root))
        mine = [one for one in found if one]
        return sorted(mine, key=lambda one: (one.entry.created, one.entry.folder), reverse=True)

    def _look_at(self, folder: Path) -> Progress | None:
        try:
            stat = os.stat(folder / manifest.NAME)
        except OSError:
            return None
        if stat.st_mtime < self._since:
            return None
        stamp = stat.st_mtime_ns, stat.st_ino, stat.st_size
        before, entry = self._known.get(folder.name, (None, None))
        if stamp != before or entry is None:
            entry = entry_of(folder)
            if entry is None:
                return None
            self._known[folder.name] = stamp, entry
        about = entry.manifest
        if about is None or about.status != "running":
            self._paces.forget(folder.name)
            return Progress(entry)
        holder = lock.holder_of(folder / lock.NAME)
        if holder is None:
            return Progress(Entry(folder, "interrupted", entry.created, about))
        entry = Entry(folder, "running", entry.created, about)
        pace = self._paces.of(folder.name, stat.st_mtime, about.epoch)
        return Progress(entry, str(holder), pace)


class Paces:
    """How fast runs go on, by when they were saved (seconds since 1970), and at what epoch."""

    def __init__(self) -> None:
        self._first: dict[str, tuple[float, int]] = {}

    def of(self, name: str, saved: float, epoch: int) -> float | None:
        """Epochs a second since the run was first seen running; None while that is not known."""
        began, first = self._first.setdefault(name, (saved, epoch))
        return (epoch - first) / (saved - began) if saved > began else None

    def forget(self, name: str) -> None:
        """The run is written no more: when it goes on, it may be on another machine."""
        self._first.pop(name, None)
