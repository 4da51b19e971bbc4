"""Lister: the runs of a folder again and again, with who writes them, and how long yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ibtui.store import lock
from ibtui.store.index import Row, rows
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

    `shipped` are folders of runs that came with the program, read once.
    """

    def __init__(self, root: Path, shipped: Sequence[Path] = ()) -> None:
        self._root, self._folders = root, shipped
        self._seen: dict[str, Row] = {}
        self._paces = Paces()
        self._shipped: list[Listed] | None = None

    def look(self) -> list[Listed]:
        """All runs, newest first, those that came with the program last. Raises `RunError`."""
        if self._shipped is None:
            self._shipped = [
                Listed(root / row.name, row, read_only=True)
                for root in self._folders
                if root.resolve() != self._root.resolve()
                for row in rows(root)
            ]
        return [*map(self._listed, rows(self._root, self._seen)), *self._shipped]

    def _listed(self, row: Row) -> Listed:
        folder = self._root / row.name
        holder = lock.holder_of(folder / lock.NAME) if row.status == "running" else None
        if holder is None:
            self._paces.forget(row.name)
            return Listed(folder, row)
        saved = int(row.stamp.split()[0]) / 1e9
        return Listed(folder, row, str(holder), self._paces.of(row.name, saved, row.epoch))
