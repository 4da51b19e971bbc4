"""Ensemble: what trains, as whoever records, steers and shows it sees it; no torch is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ibtui.recording import Frame, Header, Remark, Restart


class Measured(Protocol):
    """What a run's folder says of the networks whose frames it holds, trained here or elsewhere."""

    header: Header
    epoch: int
    device: str
    backend: str
    threads: int
    seeds: list[int]
    diverged: dict[int, int]

    @property
    def planned(self) -> NDArray[np.int64]: ...
    @property
    def compiled(self) -> bool: ...
    @property
    def compile_seconds(self) -> float: ...
    @property
    def finished(self) -> bool: ...
    @property
    def restarts(self) -> Sequence[Restart]: ...
    @property
    def remarks(self) -> Sequence[Remark]: ...
    def checkpoint(self) -> dict[str, NDArray] | None:
        """The state to go on from; None of networks whose state others keep."""
        ...


class Ensemble(Measured, Protocol):
    """The interface of `ibtui.engine.Ensemble`, and of the scripted one that the tests have.

    One thread iterates `frames`; others may read everything here, and `stop` it.
    """

    warnings: list[str]

    @property
    def found(self) -> str: ...
    @property
    def compiling(self) -> bool: ...
    def frames(self) -> Iterator[Frame]: ...
    def stop(self) -> None: ...
    def checkpoint(self) -> dict[str, NDArray]: ...
