"""Picked: which runs of a list are asked for, in what order, which are marked or pinned."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from ibtui.tui.look.many import LETTERS


@dataclass
class Picked:
    """`marked` gives each run a slot of its own: its letter and colour for as long as it is marked.

    Of more marked runs than there are letters those without one are not drawn.
    """

    text: str = ""  # of the filter
    sort: str | None = None  # a key, with a minus from the largest
    marked: dict[Path, int] = field(default_factory=dict)
    pinned: Path | None = None

    @property
    def drawn(self) -> list[Path]:
        """The marked runs that have a letter, the pinned one first, which lies above the others."""
        found = [folder for folder, slot in self.marked.items() if slot < len(LETTERS)]
        return sorted(found, key=lambda folder: folder != self.pinned)

    def letter(self, folder: Path) -> str:
        """The letter of a marked run, `*` where none is left; empty where it is not marked."""
        slot = self.marked.get(folder)
        return "" if slot is None else LETTERS[slot] if slot < len(LETTERS) else "*"

    def mark(self, folders: Iterable[Path]) -> None:
        taken = set(self.marked.values())
        free = (slot for slot in count() if slot not in taken)
        for folder in folders:
            if folder not in self.marked:
                self.marked[folder] = next(free)

    def unmark(self, folders: Iterable[Path]) -> None:
        for folder in folders:
            self.marked.pop(folder, None)
        if self.pinned not in self.marked:
            self.pinned = None

    def toggle(self, folder: Path) -> None:
        self.unmark([folder]) if folder in self.marked else self.mark([folder])

    def pin(self, folder: Path) -> None:
        """Pin a run, which marks it; once more, and it is pinned no longer."""
        self.pinned = None if self.pinned == folder else folder
        self.mark([folder])

    def keep(self, folders: Collection[Path]) -> None:
        """Forget the runs that are not among these: they are gone."""
        self.unmark([folder for folder in self.marked if folder not in folders])

    def renamed(self, folder: Path, to: Path) -> None:
        """The same run under another name keeps its letter."""
        if folder in self.marked:
            self.marked = {to if one == folder else one: slot for one, slot in self.marked.items()}
        if self.pinned == folder:
            self.pinned = to
