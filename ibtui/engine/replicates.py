"""Replicates: the networks that train together, with their seeds and what frames saw of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ibtui.engine.backend import TrainState
from ibtui.engine.running import Running


@dataclass
class Replicates:
    """A seed, a column of the state and one of the running extremes for each."""

    seeds: list[int]
    state: TrainState
    running: Running

    def arrays(self) -> dict[str, NDArray]:
        """Copies, as a checkpoint holds them."""
        seeds = {"seeds": np.array(self.seeds, np.int64)}
        return self.state.arrays() | self.running.arrays() | seeds

    def load(self, arrays: Mapping[str, NDArray]) -> None:
        """Take over arrays that `checkpoint.must_be_like` has looked at."""
        self.state.load(arrays)
        self.running.load(arrays)
        self.seeds[:] = [int(seed) for seed in arrays["seeds"]]

    def splice(self, other: Replicates, replicates: Sequence[int]) -> None:
        """Take over these replicates from `other`."""
        self.state.splice(other.state, replicates)
        self.running.splice(other.running, replicates)
        for replicate in replicates:
            self.seeds[replicate] = other.seeds[replicate]
