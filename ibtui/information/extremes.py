"""Extremes: the least and the greatest value of a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor

NEIGHBOURS = 1 << 11  # values reduced side by side


def extremes(
    values: Float[Tensor, "replicate sample unit"],
) -> tuple[Float[Tensor, " replicate"], Float[Tensor, " replicate"]]:
    """The least and the greatest of each replicate's values, (replicate,) each; NaN if one is NaN.

    A CPU is slow in the engine's memory order, (sample, unit, replicate), unless it reduces many
    neighbours at once; several samples are therefore taken as one.
    """
    import torch

    native = values.permute(1, 2, 0)
    samples, replicates = len(native), native.shape[2]
    if replicates == 1:  # torch reduces a whole tensor in half the time of its axes
        return values.amin()[None], values.amax()[None]
    if values.device.type != "cpu" or not native.is_contiguous():
        return values.amin((1, 2)), values.amax((1, 2))
    together = min(samples, -(-NEIGHBOURS // native[0].numel()))
    rest = samples % together
    parts = native[rest:].reshape(-1, together * native[0].numel()), native[:rest].flatten(1)
    low, high = (
        torch.cat([reduce(part, 0).view(-1, replicates) for part in parts if len(part)])
        for reduce in (torch.amin, torch.amax)
    )
    return low.amin(0), high.amax(0)
