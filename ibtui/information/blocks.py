"""Blocks: a layer's values in runs of samples that stay in a core's cache."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jaxtyping import Shaped
    from torch import Tensor

CACHED = 1 << 18  # values of a block on the CPU
LAUNCHED = 1 << 26  # values of a block on another device, whose launches should be few


def blocks(
    values: Shaped[Tensor, "replicate sample unit"], samples: int | None = None
) -> Iterator[tuple[slice, Shaped[Tensor, "replicate block unit"]]]:
    """Runs of samples of (replicate, sample, unit), as views: where, and the values.

    Each run has `samples` of them; if not given, as many as are fastest.
    """
    replicates, total, units = values.shape
    most = CACHED if values.device.type == "cpu" else LAUNCHED
    step = samples or max(1, most // (replicates * units))
    for start in range(0, total, step):
        where = slice(start, min(start + step, total))
        yield where, values[:, where]
