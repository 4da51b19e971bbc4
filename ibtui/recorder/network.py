"""Observed: what a run folder says of a network that somebody else trains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ibtui.analysis.remarks import Remarks
from ibtui.recording import Header, Remark, Restart


@dataclass
class Observed:
    """The place of an ensemble in a recorder's run, see `ibtui.store.ensemble.Measured`.

    `last` is the last epoch that was spoken of, None where the end is not known: then it is not
    taken for reached until the recorder is closed.
    """

    header: Header
    device: str
    last: int | None
    epoch: int = 0
    first: int | None = None
    frames: int = 0
    finished: bool = False
    backend: str = "recorder"
    threads: int = 1
    compiled: bool = False
    compile_seconds: float = 0.0
    seeds: list[int] = field(default_factory=list)
    diverged: dict[int, int] = field(default_factory=dict)
    restarts: Sequence[Restart] = ()
    noted: Remarks = field(default_factory=Remarks)

    @property
    def remarks(self) -> Sequence[Remark]:
        """What was said beside the numbers."""
        return list(self.noted)

    @property
    def planned(self) -> NDArray[np.int64]:
        """The first and the last epoch, as far as they are known."""
        first = self.epoch if self.first is None else self.first
        if self.finished:
            return np.unique((first, self.epoch))
        last = self.epoch + 1 if self.last is None else max(self.last, self.epoch)
        return np.unique((first, last))

    def checkpoint(self) -> None:
        """The state of the network is with those who train it."""
