"""Backend: what an ensemble asks of what computes it, by whole epochs and whole frames.

Axes: P parameters, L layers, R replicates. Replicates are numbers from 0, columns of the recording.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from numpy.typing import NDArray

from ibtui.engine.measurements import Measurements
from ibtui.engine.meter import Meter, Occasion
from ibtui.engine.running import Running


class TrainState(Protocol):
    """All that changes in training, in whatever memory order the backend likes best.

    `arrays` copies it under the names and in the shapes of `train_state.TorchState`, float32 all:
    parameters, first_moment, second_moment (P, R); steps (R,); low, high, seen_low, seen_high
    (L, R). A checkpoint of one backend can therefore be read by another.
    """

    def arrays(self) -> dict[str, NDArray]: ...
    def load(self, arrays: Mapping[str, NDArray], /) -> None:
        """Take over the arrays of such a state; `checkpoint.must_be_like` looks at them first."""

    def splice(self, other, replicates: Sequence[int], /) -> None:
        """Take over the columns of `other`, a state of the same backend, for these replicates."""


class Backend(Protocol):
    """Trains and measures all replicates of one profile.

    `warnings` are lines for the user, which may come at any time. Nothing here depends on how
    many replicates there are or which others are computed beside one.
    """

    @property
    def name(self) -> str: ...
    @property
    def device(self) -> str: ...
    @property
    def threads(self) -> int: ...
    @property
    def meter(self) -> Meter: ...
    @property
    def warnings(self) -> list[str]: ...
    @property
    def compiled(self) -> bool: ...
    @property
    def compiling(self) -> bool: ...
    @property
    def compile_seconds(self) -> float: ...

    def fresh(self, seeds: Sequence[int]) -> TrainState:
        """The state before the first step of replicates with these seeds."""
        ...

    def train(
        self,
        state,
        epoch: int,
        seeds: Sequence[int],
        replicates: Sequence[int] | None = None,
        epochs: int = 1,
    ) -> None:
        """Train the epochs that begin after `epoch`; epochs below 0 have shuffled labels.

        Where `replicates` are given the columns of the others count for nothing afterwards.
        """

    def measure(
        self,
        state,
        running: Running,
        occasion: Occasion,
        replicates: Sequence[int] | None = None,
    ) -> Measurements:
        """Measure `replicates`, or all; widens their columns of `running`."""
        ...
