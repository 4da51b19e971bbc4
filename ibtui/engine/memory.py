"""Memory: what a pass over the whole data set takes, layer by layer or with all layers kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ibtui.engine.plan import PlannedLayer
from ibtui.errors import MeasureError
from ibtui.information import Estimator

VALUES_AT_ONCE = 1 << 22  # an eager pass works in parts of so many values: temporaries stay small


@dataclass(frozen=True)
class MemoryPlan:
    """How much of a pass fits into `memory_bytes`; `rows` are its samples, padding included."""

    stages: Sequence[PlannedLayer]
    estimators: Sequence[Estimator]
    rows: int
    replicates: int
    memory_bytes: int

    @property
    def holds_all_layers(self) -> bool:
        """Whether the values and words of all layers of all replicates fit together."""
        units = sum(stage.layer.units for stage in self.stages)
        return self.replicates * self.rows * (12 * units + self._kept) <= self.memory_bytes

    def replicates_with_all_layers(self) -> int:
        """How many replicates a pass may hold that keeps all layers.

        Raises `MeasureError` where one alone does not fit.
        """
        units = sum(stage.layer.units for stage in self.stages)
        each = self.rows * (12 * units + self._kept)
        if each > self.memory_bytes:
            raise self._too_little(each)
        return min(self.memory_bytes // each, self.replicates)

    def replicates_at_once(self) -> int:
        """How many replicates a pass may hold that goes layer by layer.

        Raises `MeasureError` where one alone does not fit.
        """
        # A layer and the one below it, and the layer's words twice as they are joined.
        widest = self._kept + max(
            4 * (stage.layer.inputs + stage.layer.units) + 16 * _words(stage)
            for stage in self.stages
        )
        units = max(stage.layer.units for stage in self.stages)
        fixed = 16 * min(VALUES_AT_ONCE, self.rows * units)
        at_once = (self.memory_bytes - fixed) // (self.rows * widest)
        if at_once < 1:
            raise self._too_little(self.rows * widest + fixed)
        return min(at_once, self.replicates)

    def _too_little(self, needed: int) -> MeasureError:
        return MeasureError(
            f"measure.memory_gib: {self.memory_bytes / 2**30:.3g} is too little for {self.rows} "
            f"samples of one replicate (set it to {needed / 2**30 + 0.05:.1f})"
        )

    @property
    def _kept(self) -> int:
        """Bytes a sample for states of series that discretize, kept until the output is known."""
        return 8 * len(self.stages) * sum(one.discretizes for one in self.estimators)


def _words(stage: PlannedLayer) -> int:
    in_word = 2 if stage.plan.bits is None else 62 // stage.plan.bits
    return -(-stage.layer.units // in_word)
