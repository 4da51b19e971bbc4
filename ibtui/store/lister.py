"""Lister: the runs of a folder again and again, with who writes them, and how long yet."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from ibtui.store import lock
from ibtui.store.index import Row, row_of, rows
from ibtui.store.shelf import entry_of
from ibtui.store.watching import Paces


@dataclass(frozen=True)
class Listed:
    """A run as it stands; `worker` writes it, at so many epochs a second, if that can be told."""

    folder: Path
    row: Row
    worker: str = ""
    epochs_per_second: float | None = None
    read_only: bool = False  # a run that came with the program

    @property
    def seconds_left(self) -> float | None:
        if not self.epochs_per_second:
            return None
        return (self.row.last - self.row.epoch) / self.epochs_per_second


class Lister:
    """Looks again and again; a manifest is read again only where its file has changed.

    `shipped` are the folders of the runs that came with the program, read once.
    """

    def __init__(self, root: Path, shipped: Sequence[Path] = ()) -> None:
        self._root, self._folders = root, shipped
        self._seen: dict[str, Row] = {}
        self._paces = Paces()
        self._shipped: list[Listed] | None = None
        self._kept: Set[str] = frozenset()  # those that lie in the folder itself: a source tree's

    def look(self) -> list[Listed]:
        """All runs, newest first, those that came with the program last. Raises `RunError`."""
        if self._shipped is None:
            here = self._root.resolve()
            elsewhere = [one for one in self._folders if one.parent.resolve() != here]
            entries = [entry for entry in map(entry_of, elsewhere) if entry]
            self._shipped = [Listed(one.folder, row_of(one), read_only=True) for one in entries]
            self._kept = {one.name for one in self._folders if one not in elsewhere}
        return [*map(self._listed, rows(self._root, self._seen)), *self._shipped]

    def _listed(self, row: Row) -> Listed:
        folder = self._root / row.name
        holder = lock.holder_of(folder / lock.NAME) if row.status == "running" else None
        if holder is None:
            self._paces.forget(row.name)
            return Listed(folder, row, read_only=row.name in self._kept)
        saved = int(row.stamp.split()[0]) / 1e9
        return Listed(folder, row, str(holder), self._paces.of(row.name, saved, row.epoch))
