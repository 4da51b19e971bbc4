"""Module state: all that changes in the modules of some replicates, and its arrays in a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ibtui.engine.train_state import TorchState

KEPT = "buffers"  # the name of their bytes


@dataclass
class Replica:
    """One replicate: its module, whose trained parameters are views into those of `moving`.

    `moving` is a state of one replicate without ranges: the module quantizes itself.
    """

    module: nn.Module
    moving: TorchState

    @classmethod
    def of(cls, module: nn.Module) -> Replica:
        """A module before its first step, on the device where it is."""
        trained = _trained(module)
        at = next((p.device for p in (*module.parameters(), *module.buffers())), None)
        parts = [one.detach().reshape(-1, 1) for one in trained]
        flat = torch.cat(parts) if parts else torch.zeros(0, 1, device=at)
        start = 0
        for one in trained:
            one.data = flat[start : start + one.numel()].view(one.shape)
            start += one.numel()
        ranges = (flat.new_empty(0, 1) for _ in range(4))
        moments = torch.zeros_like(flat), torch.zeros_like(flat)
        return cls(module, TorchState(flat, *moments, flat.new_zeros(1), *ranges))

    @property
    def trained(self) -> list[nn.Parameter]:
        """The parameters in the order in which `moving` has them."""
        return _trained(self.module)

    def arrays(self) -> dict[str, NDArray]:
        """Copies; the buffers, and parameters that stay as they are, as their bytes (byte, 1)."""
        return {**self.moving.arrays(), KEPT: _bytes(self.module)[:, None]}

    def load(self, arrays: Mapping[str, NDArray]) -> None:
        """Take over such arrays."""
        self.moving.load(arrays)
        start, kept = 0, arrays[KEPT][:, 0]
        for one in _others(self.module):
            stop = start + one.numel() * one.element_size()
            there = torch.from_numpy(kept[start:stop].copy()).view(one.dtype)
            one.data.copy_(there.reshape(one.shape))
            start = stop


class ModuleState:
    """The replicas, see `backend.TrainState`; those of one state may train one after the other."""

    def __init__(self, replicas: Sequence[Replica]) -> None:
        self.replicas = list(replicas)

    def arrays(self) -> dict[str, NDArray]:
        """Copies, as a checkpoint holds them: those of the replicas beside each other."""
        each = [one.arrays() for one in self.replicas]
        return {name: np.concatenate([own[name] for own in each], axis=-1) for name in each[0]}

    def load(self, arrays: Mapping[str, NDArray]) -> None:
        """Take over the arrays of such a state."""
        for at, one in enumerate(self.replicas):
            mine = {name: arrays[name][..., at : at + 1] for name in one.arrays()}
            one.load(mine)

    def splice(self, other: ModuleState, replicates: Sequence[int]) -> None:
        """Take over these replicates from `other`."""
        for replicate in replicates:
            self.replicas[replicate] = other.replicas[replicate]


def _trained(module: nn.Module) -> list[nn.Parameter]:
    return [one for one in module.parameters() if one.requires_grad]


def _others(module: nn.Module) -> Iterator[Tensor]:
    """What a forward pass may change, or reads and does not train."""
    yield from module.buffers()
    yield from (one for one in module.parameters() if not one.requires_grad)


def _bytes(module: nn.Module) -> NDArray[np.uint8]:
    parts = [
        one.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy()
        for one in _others(module)
    ]
    return np.concatenate(parts) if parts else np.empty(0, np.uint8)
