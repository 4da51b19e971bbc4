"""Opened: runs that were read to be laid over each other, with what is computed of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ibtui.analysis.limits import noisy_limit
from ibtui.npz import memory_bytes
from ibtui.profile.capacity import capacities_bits
from ibtui.tui.draw.bands import epoch_at
from ibtui.tui.feeds.saved import Saved
from ibtui.tui.look.averages import Averages
from ibtui.tui.look.judged import Judge
from ibtui.tui.look.many import Laid
from ibtui.tui.look.picked import Picked
from ibtui.tui.look.shown import Shown
from ibtui.tui.look.view import Cursor

PREVIEWS = 8  # runs that are kept though they are not marked
MEMORY_SHARE = 0.5  # that the runs may take together


class Opened:
    """Raises `RunError` or `ProfileError` where the run cannot be read."""

    def __init__(self, folder: Path) -> None:
        self.feed = Saved(folder)
        self.judge = Judge()
        self._averages = Averages()
        self._noisy = None

    @property
    def bytes(self) -> int:
        """What its recording takes of the memory."""
        return sum(array.nbytes for array in self.feed.recording.arrays().values())

    def find_limit(self) -> None:
        """Find the limit of a noisy source, in whatever thread: it takes seconds."""
        self._noisy = noisy_limit(self.feed.profile.data)

    def laid(self, share: float, *, log: bool, slot: int | None, pinned: bool) -> Laid:
        """The run at `share` (0 to 1) of its planned epochs."""
        feed, recording = self.feed, self.feed.recording
        epoch = epoch_at(share, feed.span, log=log)
        at = int(recording.epoch.searchsorted(epoch, side="right")) - 1
        capacities = capacities_bits(feed.profile, recording.header.units)
        cursor, found = Cursor(at, feed.span), self.judge.found
        shown = Shown(recording, cursor, self._averages, self._noisy, capacities, found)
        return Laid(shown, feed.name, slot, pinned)

    def judge_due(self, series: str) -> int | None:
        """The place of the series, where its verdicts are to be found anew."""
        recording = self.feed.recording
        names = recording.header.series
        if series not in names:
            return None
        at, ended = names.index(series), self.feed.state not in ("live", "stalled")
        return at if self.judge.due(len(recording), at, ended=ended) else None

    def find_verdicts(self, series: int) -> None:
        """Find what a series says of the layers, in whatever thread: it takes seconds."""
        self.judge.find(self.feed.recording, series, self.feed.span.last)


@dataclass
class Collection:
    """The runs that were read, and why others could not be."""

    picked: Picked
    opened: dict[Path, Opened] = field(default_factory=dict)
    refused: dict[Path, str] = field(default_factory=dict)

    def missing(self, wanted: Sequence[Path]) -> bool:
        """Whether any of these is still to be read."""
        return any(folder not in self.opened for folder in wanted)

    def of(self, wanted: Sequence[Path]) -> Iterator[Opened]:
        """Those of the wanted runs that were read."""
        return (self.opened[folder] for folder in wanted if folder in self.opened)

    def add(self, folder: Path, opened: Opened, wanted: Sequence[Path]) -> None:
        """Keep a run; forget others that are not wanted, or it, where the memory is too small."""
        self.refused.pop(folder, None)
        self.opened[folder] = opened
        unused = [one for one in self.opened if one not in wanted]
        for one in unused[: max(len(unused) - PREVIEWS, 0)]:
            del self.opened[one]
        room = memory_bytes() * MEMORY_SHARE
        for one in [*unused, folder]:
            if sum(run.bytes for run in self.opened.values()) > room and len(self.opened) > 1:
                self.opened.pop(one, None)
        if folder not in self.opened:
            self.refused[folder] = f"{folder.name} does not fit into memory beside the others"

    def forget(self, folder: Path) -> None:
        """The run is not there, or has another name."""
        self.opened.pop(folder, None)
        self.refused.pop(folder, None)

    def laid(self, wanted: Sequence[Path], share: float, *, log: bool) -> list[Laid]:
        """The wanted runs that were read, at `share` of their planned epochs."""
        return [
            run.laid(
                share,
                log=log,
                slot=self.picked.marked.get(run.feed.folder),
                pinned=run.feed.folder == self.picked.pinned,
            )
            for run in self.of(wanted)
        ]
