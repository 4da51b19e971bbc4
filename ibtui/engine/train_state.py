"""Train state: all that changes in training, of all replicates; and its arrays in a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ibtui.engine.network import Network
from ibtui.engine.plan import EMA_START


@dataclass
class TorchState:
    """Replicates lie on the last, contiguous axis."""

    parameters: Float[Tensor, "parameter replicate"]
    first_moment: Float[Tensor, "parameter replicate"]  # Adam's, or the momentum of sgd
    second_moment: Float[Tensor, "parameter replicate"]
    steps: Float[Tensor, " replicate"]
    low: Float[Tensor, "layer replicate"]  # the ranges in force
    high: Float[Tensor, "layer replicate"]
    seen_low: Float[Tensor, "layer replicate"]  # the ranges seen in this epoch
    seen_high: Float[Tensor, "layer replicate"]

    @classmethod
    def fresh(cls, network: Network, seeds: Sequence[int], device: torch.device) -> TorchState:
        """The state before the first step; ranges by epoch still have to be calibrated."""
        parameters = torch.from_numpy(network.initial(seeds).T.copy()).to(device)
        per_layer = (len(network.layers), len(seeds))
        low, high, seen_low, seen_high = (
            torch.full(per_layer, value, device=device)
            for value in (*EMA_START, torch.inf, -torch.inf)
        )
        return cls(
            parameters=parameters,
            first_moment=torch.zeros_like(parameters),
            second_moment=torch.zeros_like(parameters),
            steps=torch.zeros(len(seeds), device=device),
            low=low,
            high=high,
            seen_low=seen_low,
            seen_high=seen_high,
        )

    def tensors(self) -> dict[str, Tensor]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def arrays(self) -> dict[str, NDArray]:
        """Copies, as a checkpoint holds them; every backend writes these names and shapes."""
        return {name: tensor.cpu().numpy().copy() for name, tensor in self.tensors().items()}

    def load(self, arrays: Mapping[str, NDArray]) -> None:
        """Take over the arrays of such a state, in place: compiled steps know them by address."""
        for name, tensor in self.tensors().items():
            tensor.copy_(torch.from_numpy(np.ascontiguousarray(arrays[name])))

    def part(self, start: int, stop: int) -> TorchState:
        """Some of the replicates, as a view: what changes there changes here."""
        return TorchState(*(tensor[..., start:stop] for tensor in self.tensors().values()))

    def splice(self, other: TorchState, replicates: Sequence[int]) -> None:
        """Take over the columns of `other` for these replicates."""
        for name, tensor in self.tensors().items():
            tensor[..., replicates] = getattr(other, name)[..., replicates]

    def end_epoch(self) -> None:
        """What was seen in the epoch just ended becomes the range in force."""
        for ruling, seen in ((self.low, self.seen_low), (self.high, self.seen_high)):
            ruling.copy_(torch.where(seen.isfinite(), seen, ruling))
        self.seen_low.fill_(torch.inf)
        self.seen_high.fill_(-torch.inf)
