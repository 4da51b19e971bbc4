"""Engine: what builds the ensemble of a profile, loaded when it is called, not before."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from numpy.typing import NDArray

from ibtui.data import load
from ibtui.profile import Profile
from ibtui.recording import Frame, Header, Recording, Remark
from ibtui.store import Ensemble


class Engine(Protocol):
    """Builds the ensemble of a profile, fresh or from a checkpoint."""

    def __call__(
        self, profile: Profile, data_dir: Path | None, checkpoint: Mapping[str, NDArray] | None
    ) -> Ensemble: ...


class Networks(Protocol):
    """What of `ibtui.engine.Ensemble` measures networks that have been trained."""

    header: Header
    device: str
    warnings: list[str]

    @property
    def remarks(self) -> Sequence[Remark]: ...
    def frames_of(
        self, weights: Iterable[tuple[int, Mapping[str, NDArray]]], known: Recording
    ) -> Iterator[Frame]: ...


def load_engine(
    profile: Profile, data_dir: Path | None, checkpoint: Mapping[str, NDArray] | None
) -> Ensemble:
    """The engine of this program; the first call loads what computes."""
    warm()
    dataset = load(profile.data, data_dir)
    from ibtui.engine import Ensemble  # after the data: what is wrong with them is said at once

    return Ensemble(profile, dataset, checkpoint=checkpoint)


def load_networks(profile: Profile, data_dir: Path | None) -> Networks:
    """The engine of a profile whose networks have been trained already."""
    warm()
    dataset = load(profile.data, data_dir)
    from ibtui.engine import Ensemble

    return Ensemble(profile, dataset)


def warm() -> None:
    """Load the engine, and compile its kernel if need be, in a thread beside what comes first."""
    threading.Thread(target=_warm, name="warm", daemon=True).start()


def _warm() -> None:
    from ibtui.engine.kernel import warm

    warm.start()
