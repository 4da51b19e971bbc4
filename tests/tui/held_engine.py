"""Brakes: scripted training that goes on only as far as a test lets it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from numpy.typing import NDArray

from ibtui.profile import Profile
from tests.scripted_engine import ScriptedEnsemble


class Brake:
    """Lets scripted ensembles train as many epochs as a test allows; a stop needs no allowance."""

    def __init__(self, epochs: int = 0) -> None:
        self._allowed = threading.Semaphore(epochs)

    def allow(self, epochs: int = 10**6) -> None:
        self._allowed.release(epochs)

    def engine(
        self, profile: Profile, data_dir: Path | None, checkpoint: Mapping[str, NDArray] | None
    ) -> ScriptedEnsemble:
        def wait() -> None:
            while not ensemble._stopping and not self._allowed.acquire(timeout=0.01):
                pass

        epochs = range(profile.training.epochs + 1)
        ensemble = ScriptedEnsemble(profile, checkpoint=checkpoint, at=dict.fromkeys(epochs, wait))
        return ensemble
