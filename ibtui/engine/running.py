"""Running extremes: the least and greatest activation of every layer over all frames so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray


@dataclass(frozen=True)
class Running:
    """Extremes over the measured epochs, (layer, replicate) float32 each."""

    low: Float32[np.ndarray, "layer replicate"]
    high: Float32[np.ndarray, "layer replicate"]

    @classmethod
    def fresh(cls, layers: int, replicates: int) -> Running:
        """Nothing has been measured yet."""
        shape = (layers, replicates)
        return cls(np.full(shape, np.inf, np.float32), np.full(shape, -np.inf, np.float32))

    def widen(
        self,
        layers: int | slice,
        replicates: Sequence[int],
        low: Float32[np.ndarray, "*layer replicate"],
        high: Float32[np.ndarray, "*layer replicate"],
    ) -> None:
        """Take in the extremes of one layer, or of some, at one epoch."""
        self.low[layers, replicates] = np.minimum(self.low[layers, replicates], low)
        self.high[layers, replicates] = np.maximum(self.high[layers, replicates], high)

    def arrays(self) -> dict[str, NDArray]:
        """Copies, as a checkpoint holds them."""
        return {"running_min": self.low.copy(), "running_max": self.high.copy()}

    def load(self, arrays: Mapping[str, NDArray]) -> None:
        """Take over the arrays of such extremes."""
        self.low[:], self.high[:] = arrays["running_min"], arrays["running_max"]

    def splice(self, other: Running, replicates: Sequence[int]) -> None:
        """Take over the columns of `other` for these replicates."""
        self.low[:, replicates] = other.low[:, replicates]
        self.high[:, replicates] = other.high[:, replicates]
