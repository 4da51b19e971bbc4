"""The kernel's train state: one row a replicate, so that a thread works on memory of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ibtui.engine.kernel.design import Arrays
from ibtui.engine.plan import EMA_START


class KernelState:
    """All that changes in training, see `backend.TrainState`; compiled code takes `rows`."""

    def __init__(self, rows: Arrays) -> None:
        self.rows = rows

    @classmethod
    def fresh(cls, parameters: NDArray[np.float32], layers: int) -> KernelState:
        """The state before the first step from parameters (R, P)."""
        replicates = len(parameters)
        low, high, seen_low, seen_high = (
            np.full((replicates, layers), value, np.float32)
            for value in (*EMA_START, np.inf, -np.inf)
        )
        return cls(
            Arrays(
                parameters=parameters,
                first_moment=np.zeros_like(parameters),
                second_moment=np.zeros_like(parameters),
                steps=np.zeros(replicates, np.float32),
                low=low,
                high=high,
                seen_low=seen_low,
                seen_high=seen_high,
            )
        )

    def arrays(self) -> dict[str, NDArray]:
        """Copies, as a checkpoint holds them: the replicates on the last axis."""
        return {name: array.T.copy() for name, array in self.rows._asdict().items()}

    def load(self, arrays: Mapping[str, NDArray]) -> None:
        """Take over the arrays of such a state."""
        for name, own in self.rows._asdict().items():
            own[:] = arrays[name].T

    def splice(self, other: KernelState, replicates: Sequence[int]) -> None:
        """Take over these replicates from `other`."""
        for own, others in zip(self.rows, other.rows, strict=True):
            own[replicates] = others[replicates]
