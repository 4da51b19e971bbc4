"""Device: where a run trains. Torch is loaded only where the machine has a GPU's driver."""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from pathlib import Path

from ibtui.errors import RunError

DRIVERS = {"linux": "libcuda.so.1", "win32": "nvcuda.dll"}
ROCM = Path("/dev/kfd")


def choose_device(wanted: str) -> str:
    """The device for "auto" (a GPU where there is one), "cpu", "cuda" or "cuda:1".

    A GPU of that number becomes the thread's current one, which graphs and kernels are made for.
    Raises `RunError` where the machine has no such GPU.
    """
    named = wanted.startswith("cuda")
    count = gpus() if wanted != "cpu" else 0
    if named and not count:
        told = "this machine has no usable GPU (use auto or cpu)"
        raise RunError(f"training.device: {wanted}: {told}")
    if not count:
        return "cpu"
    import torch

    device = torch.device(wanted if named else "cuda")
    if device.index is not None:
        if device.index >= count:
            told = "has 1 GPU (use cuda:0)" if count == 1 else f"has {count} (the first is cuda:0)"
            raise RunError(f"training.device: {wanted}: this machine {told}")
        torch.cuda.set_device(device)
    return str(device)


def gpus() -> int:
    """How many GPUs torch can use here."""
    if not has_driver():
        return 0
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


@cache
def has_driver() -> bool:
    """Whether a driver of GPUs can be loaded, without which torch finds none."""
    library = DRIVERS.get(sys.platform)
    if library is None:
        return False
    try:
        ctypes.CDLL(library)
    except OSError:
        return ROCM.exists()
    return True
