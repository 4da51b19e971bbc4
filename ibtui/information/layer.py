"""Layer: what an estimator sees of one layer of all replicates at one epoch.

Importing this package loads no torch: estimators import it when they measure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ibtui.errors import MeasureError
from ibtui.information.extremes import extremes

if TYPE_CHECKING:
    from jaxtyping import Float, Float64, Int64
    from torch import Tensor

NO_VALUE = " has no value"  # in a note, after the name of what has none

OF_RUN = "run_min", "run_max", "network_min", "network_max"
REPLICATES_FIRST = ("values", "running_min", "running_max", *OF_RUN, "low", "high")


@dataclass(frozen=True)
class Layer:
    """Activations of one layer for R replicates, N samples and U units, and their context.

    `values` are floats, 32 or 64 bits, (replicate, sample, unit), in any memory order: what the
    next layer receives. `words` are int64, (word, replicate, sample), contiguous: equal columns of
    words are equal states of the layer and the other way round (see `states.pack`); `word_bits`
    says how many low bits of a word can be set (64: all). `labels` are int64, (sample,), in
    0..classes-1; `inputs` are floats, 32 or 64 bits, (sample, input unit). `activation` is "tanh",
    "relu", "leaky-relu", "sigmoid", "linear", "softmax" or "pool". `running_min` and `running_max`,
    (replicate,), are the extremes of this layer over all measured epochs so far, this one included;
    `run_min` and `run_max` those over the whole run where a first pass has found them, else None;
    `network_min` and `network_max` those of all layers together over the whole run.
    `memory_bytes` bounds what an estimator may allocate beyond its input. `low` and `high`,
    (replicate,), are the extremes of the values where somebody has taken them already. `of_x`,
    int64 (sample,), numbers the inputs from 0 on, equal ones alike: it is there where T is known to
    be no function of X. `precision` and `input_precision` are the relative rounding error of values
    and inputs where it is not that of their dtype, because they were widened from another.
    """

    values: Float[Tensor, "replicate sample unit"]
    words: Int64[Tensor, "word replicate sample"]
    word_bits: int
    labels: Int64[Tensor, " sample"]
    classes: int
    inputs: Float[Tensor, "sample input"]
    activation: str
    running_min: Float[Tensor, " replicate"]
    running_max: Float[Tensor, " replicate"]
    run_min: Float[Tensor, " replicate"] | None = None
    run_max: Float[Tensor, " replicate"] | None = None
    network_min: Float[Tensor, " replicate"] | None = None
    network_max: Float[Tensor, " replicate"] | None = None
    memory_bytes: int = 1 << 30
    low: Float[Tensor, " replicate"] | None = None
    high: Float[Tensor, " replicate"] | None = None
    of_x: Int64[Tensor, " sample"] | None = None
    precision: float | None = None
    input_precision: float | None = None

    @property
    def epsilon(self) -> float:
        """The relative rounding error of a value in the dtype that it comes from."""
        return _epsilon(self.values) if self.precision is None else self.precision

    @property
    def input_epsilon(self) -> float:
        """The same of the inputs."""
        return _epsilon(self.inputs) if self.input_precision is None else self.input_precision

    @cached_property
    def extremes(self) -> tuple[Float[Tensor, " replicate"], Float[Tensor, " replicate"]]:
        """The least and the greatest value of every replicate, (replicate,) each.

        Raises `MeasureError` where a value is NaN or infinite, or two are further apart than
        their dtype says.
        """
        if self.low is not None and self.high is not None:
            low, high = self.low, self.high
        else:
            low, high = extremes(self.values)
        broken = ~(high - low).isfinite()
        if broken.any():
            raise MeasureError(
                f"replicate {int(broken.int().argmax())} has NaN or infinite activations, which "
                "cannot be measured (leave diverged replicates out, or lower the learning rate)"
            )
        return low, high

    def part(self, start: int, stop: int) -> Layer:
        """The same layer with replicates start..stop-1 alone (views, not copies)."""
        if (start, stop) == (0, self.values.shape[0]):
            return self
        own = {
            name: None if (bound := getattr(self, name)) is None else bound[start:stop]
            for name in REPLICATES_FIRST
        }
        return replace(self, words=self.words[:, start:stop], **own)

    def parts(self, bytes_per_value: int) -> Iterator[Layer]:
        """The layer in runs of replicates, each small enough for `memory_bytes`.

        `bytes_per_value` is what is allocated beyond the input for each of a part's values. One
        replicate is the least that a part holds.
        """
        replicates, samples, units = self.values.shape
        step = max(1, self.memory_bytes // (bytes_per_value * samples * units))
        for start in range(0, replicates, step):
            yield self.part(start, min(start + step, replicates))


def _epsilon(values: Float[Tensor, "..."]) -> float:
    import torch

    return torch.finfo(values.dtype).eps


class States(NamedTuple):
    """The discretized states that an estimator took a layer's samples for.

    `numbers`, int64 (replicate, sample), are equal within a replicate where the states are;
    `entropy_bits`, (replicate,) float64, is H(T discretized), NaN where there are no states.
    """

    numbers: Int64[Tensor, "replicate sample"]
    entropy_bits: Float64[np.ndarray, " replicate"]

    @staticmethod
    def join(parts: Sequence[States]) -> States:
        """Put the replicates of several parts one after the other."""
        if len(parts) == 1:
            return parts[0]
        import torch

        numbers, entropy_bits = zip(*parts, strict=True)
        return States(torch.cat(numbers), np.concatenate(entropy_bits))


@dataclass(frozen=True)
class Information:
    """What an estimator says of a layer: I(X;T) and I(T;Y) in bits, (series, replicate) float64.

    `states` are the discretized states that it counted, of an estimator that has such; `cells`,
    (replicate,) float64, the number of bins of a unit, or of clusters, of one that chooses it by
    the values of the layer. `notes` are lines for whoever reads the numbers: why they are other
    than they look, or why there are none.
    """

    i_xt_bits: Float64[np.ndarray, "series replicate"]
    i_ty_bits: Float64[np.ndarray, "series replicate"]
    states: States | None = None
    notes: tuple[str, ...] = ()
    cells: Float64[np.ndarray, " replicate"] | None = None

    @property
    def bits(self) -> Float64[np.ndarray, "2 series replicate"]:
        """Both, (2: I(X;T), I(T;Y); series, replicate)."""
        return np.stack((self.i_xt_bits, self.i_ty_bits))

    @staticmethod
    def join(parts: Iterable[Information]) -> Information:
        """Put the replicates of several parts one after the other."""
        parts = list(parts)
        i_xt_bits, i_ty_bits = np.concatenate([part.bits for part in parts], axis=2)
        states = [part.states for part in parts if part.states is not None]
        notes = dict.fromkeys(note for part in parts for note in part.notes)
        joined = States.join(states) if states else None
        cells = [part.cells for part in parts if part.cells is not None]
        numbers = np.concatenate(cells) if cells else None
        return Information(i_xt_bits, i_ty_bits, joined, tuple(notes), numbers)


def no_value_lines(name: str, why: Sequence[str | None]) -> Iterator[str]:
    """Notes on replicates that have no value of `name`; `why` is None where one has a value."""
    for reason, count in Counter(filter(None, why)).items():
        where = f" in {count} of {len(why)} replicates" if len(why) > 1 else ""
        yield f"{name}{NO_VALUE}{where}: {reason}"
