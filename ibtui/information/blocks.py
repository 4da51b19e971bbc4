"""Blocks: a layer's values in runs of samples that stay in a core's cache."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

CACHED = 1 << 18  # values of a block on the CPU
NEIGHBOURS = 1 << 11  # values reduced side by side
LAUNCHED = 1 << 26  # values of a block on another device, whose launches should be few


def blocks(values: Tensor, samples: int | None = None) -> Iterator[tuple[slice, Tensor]]:
    """Runs of samples of (replicate, sample, unit), as views: where, and the values.

    Of `samples` each; if not given, of as many as are best.
    """
    replicates, total, units = values.shape
    most = CACHED if values.device.type == "cpu" else LAUNCHED
    step = samples or max(1, most // (replicates * units))
    for start in range(0, total, step):
        where = slice(start, min(start + step, total))
        yield where, values[:, where]


def extremes(values: Tensor) -> tuple[Tensor, Tensor]:
    """The least and the greatest of each replicate's values, (replicate,) each; NaN if one is NaN.

    In the engine's memory order, (sample, unit, replicate), a CPU is slow unless it can reduce many
    neighbours at once: then several samples are taken as one.
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
