"""Many: several runs laid over each other, as the panes get them."""

from __future__ import annotations

from typing import NamedTuple

from ibtui.tui.look.shown import Shown

LETTERS = "abcdefghijklmnopqrst"  # of the runs that are drawn; digits are layers


class Laid(NamedTuple):
    """One of several runs; `slot` is its place among letters and colours, for as long as it is one.

    A run that is alone has none: its epochs are told by colours, its layers too.
    """

    shown: Shown
    name: str = ""
    slot: int | None = None
    pinned: bool = False

    @property
    def letter(self) -> str:
        return "" if self.slot is None else LETTERS[self.slot]

    def series(self, name: str) -> int | None:
        """Where the run has a series of this name; None where it has none."""
        names = self.shown.recording.header.series
        return names.index(name) if name in names else None
