"""Given: samples that somebody else passed through a network, and its layers on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ibtui.information.arrays import labels_of, layer_of, plain, precision_of, samples_of
from ibtui.information.joint import number_rows, with_noise
from ibtui.information.layer import Layer


@dataclass(frozen=True)
class Given:
    """N samples: `labels` (sample,) in 0..classes-1; `inputs` (sample, unit), None: all distinct.

    `of_x` numbers the inputs, equal ones alike; None where none repeats.
    """

    labels: NDArray[np.int64]
    classes: int
    inputs: NDArray | None
    of_x: NDArray[np.int64] | None
    input_precision: float | None = None

    @classmethod
    def of(cls, labels: ArrayLike, inputs: ArrayLike | None = None) -> Given:
        """The samples of these arrays. Raises `DataError` where they do not fit together."""
        numbers, classes = labels_of(plain(labels))
        if inputs is None:
            return cls(numbers, classes, None, None)
        x = samples_of("inputs", inputs, len(numbers), replicates=False)
        return cls(numbers, classes, x, number_rows(x), precision_of(inputs))

    def layer(
        self, name: str, given: ArrayLike, activation: str = "linear", memory_bytes: int = 1 << 30
    ) -> Layer:
        """A layer from (sample, unit) or (replicate, sample, unit), see `layer_of`.

        Raises `DataError`, which names it, where the array is none of this.
        """
        array = samples_of(name, given, len(self.labels), replicates=True)
        made = layer_of(
            array,
            self.labels,
            self.classes,
            self.inputs,
            activation,
            memory_bytes,
            precision_of(given),
            self.input_precision,
        )
        return made if self.of_x is None else with_noise(made, self.of_x)

    @property
    def input_bits(self) -> float:
        """H(X) in bits."""
        if self.of_x is None:
            return float(np.log2(len(self.labels)))
        return _entropy_bits(np.bincount(self.of_x))

    @property
    def label_bits(self) -> float:
        """H(Y) in bits."""
        return _entropy_bits(np.bincount(self.labels))

    @property
    def shared_bits(self) -> float | None:
        """I(X;Y) in bits: H(Y) where inputs determine the label; None where no input repeats."""
        if self.of_x is None:
            return None
        both = _entropy_bits(np.bincount(self.of_x * self.classes + self.labels))
        bits = self.input_bits + self.label_bits - both
        same = np.isclose(bits, self.label_bits, rtol=0, atol=1e-12)
        return self.label_bits if same else bits


def _entropy_bits(counts: NDArray[np.integer]) -> float:
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log2(share)).sum()) + 0.0
