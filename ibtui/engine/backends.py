"""Backends: which one computes a run, loaded when it is chosen: the kernel needs no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from numpy.typing import NDArray

from ibtui.data import Dataset
from ibtui.engine.backend import Backend
from ibtui.engine.checkpoint import backend_of
from ibtui.engine.device import choose_device
from ibtui.engine.network import Layered, Network
from ibtui.errors import RunError
from ibtui.profile import Profile
from ibtui.profile.geometry import Dense


def choose(
    profile: Profile,
    network: Layered,
    datasets: Sequence[Dataset],
    checkpoint: Mapping[str, NDArray] | None,
) -> Backend:
    """The backend of a run: the one it began with, or what the profile and the network ask for.

    Raises `RunError` where that one cannot compute it here.
    """
    wanted = profile.training.backend
    if checkpoint is not None:
        wanted = backend_of(checkpoint, wanted)
    if not isinstance(network, Network):
        from ibtui.engine.own.backend import ModuleBackend
        from ibtui.engine.own.network import ModuleNetwork

        assert isinstance(network, ModuleNetwork)
        return ModuleBackend(profile, network, datasets)
    reason = kernel_lacks(profile, network)
    if wanted == "kernel" and reason:
        raise RunError(f"training.backend: kernel: {reason} (use auto or torch)")
    if wanted == "torch" or reason:
        from ibtui.engine.torch_backend import TorchBackend

        return TorchBackend(profile, network, datasets)
    from ibtui.engine.kernel.backend import KernelBackend

    return KernelBackend(profile, network, datasets)


def kernel_lacks(profile: Profile, network: Network) -> str | None:
    """Why the kernel cannot compute a run here; None where it can."""
    if not all(isinstance(layer, Dense) for layer in network.layers):
        return "it computes dense layers alone"
    if choose_device(profile.training.device) != "cpu":
        return "it computes on the CPU alone"
    return None
