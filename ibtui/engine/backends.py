"""Backends: which one computes a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from numpy.typing import NDArray

from ibtui.data import Dataset
from ibtui.engine.backend import Backend
from ibtui.engine.network import Network
from ibtui.engine.torch_backend import TorchBackend
from ibtui.errors import RunError
from ibtui.profile import Profile

NAMES = ("torch", "kernel")  # a checkpoint holds the place; runs of earlier versions were torch's


def choose(
    profile: Profile,
    network: Network,
    datasets: Sequence[Dataset],
    checkpoint: Mapping[str, NDArray] | None,
) -> Backend:
    """The backend of a run: the one it began with, or what the profile and the network ask for.

    Raises `RunError` where that one cannot compute it here.
    """
    wanted = profile.training.backend
    if checkpoint is not None:
        wanted = NAMES[int(checkpoint.get("backend", 0))]
    if wanted == "kernel":
        raise RunError(
            "training.backend: kernel: this version has no kernel for it (use auto or torch)"
        )
    return TorchBackend(profile, network, datasets)
