"""Device: where a run trains."""

from __future__ import annotations

import torch

from ibtui.errors import RunError


def choose_device(wanted: str) -> torch.device:
    """The device for "auto" (a GPU where there is one), "cpu", "cuda" or "cuda:1".

    A GPU of that number becomes the thread's current one, which graphs and kernels are made for.
    Raises `RunError` where the machine has no such GPU.
    """
    named = wanted.startswith("cuda")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if named and not count:
        told = "this machine has no usable GPU (use auto or cpu)"
        raise RunError(f"training.device: {wanted}: {told}")
    if wanted == "cpu" or not count:
        return torch.device("cpu")
    device = torch.device(wanted if named else "cuda")
    if device.index is not None:
        if device.index >= count:
            told = "has 1 GPU (use cuda:0)" if count == 1 else f"has {count} (the first is cuda:0)"
            raise RunError(f"training.device: {wanted}: this machine {told}")
        torch.cuda.set_device(device)
    return device
