"""Plug-ins for ibtui, to begin one's own from.

pip install .
ibtui estimators signs
ibtui batch profile.toml network.toml
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from ibtui.data import Dataset, Source
from ibtui.information import Estimator, Information, Layer
from ibtui.networks import Factory

if TYPE_CHECKING:
    from torch import nn


class Signs(Estimator):
    """The information in which units are above a threshold, counted.

    T is replaced by one bit a unit; of these states the probabilities are their shares of the
    samples: I(X;T) = H(T), and I(T;Y) = H(T) + H(Y) - H(T,Y), in bits.
    """

    source: ClassVar[str] = "an example"
    cost: ClassVar[str] = "N log N"

    name: Literal["signs"] = "signs"
    threshold: float = Field(default=0.0, ge=-1e6, le=1e6, description="where a unit is on")

    def measure(self, layer: Layer) -> Information:
        """(series, replicate) of each, from values (replicate, sample, unit)."""
        labels = layer.labels.cpu().numpy()
        y_bits = _entropy_bits(labels[:, None])
        i_xt_bits, i_ty_bits = [], []
        for values in layer.values.cpu().numpy():
            on = values > self.threshold
            t_bits = _entropy_bits(on)
            i_xt_bits.append(t_bits)
            i_ty_bits.append(t_bits + y_bits - _entropy_bits(np.column_stack((on, labels))))
        return Information(np.array([i_xt_bits]), np.array([i_ty_bits]))


class Parity(Source):
    """All words of some bits; the label is whether the number of ones is odd."""

    about: ClassVar[str] = "the parity of a word's bits"
    complete: ClassVar[bool] = True

    name: Literal["parity"] = "parity"
    bits: int = Field(default=8, ge=2, le=16, description="bits of a word")

    def load(self, folder: Path | None) -> Dataset:
        """2^bits samples; inputs -1 and 1."""
        words = np.arange(1 << self.bits)[:, None] >> np.arange(self.bits) & 1
        labels = words.sum(axis=1) % 2
        inputs = np.ascontiguousarray(2 * words - 1, np.float32)
        return self.divided(inputs, labels.astype(np.int64), ("even", "odd"))


class Residual(Factory):
    """A residual network of dense blocks, h + tanh(W h + b), between two linear layers."""

    name: Literal["residual"] = "residual"
    width: int = Field(default=8, ge=1, le=4096, description="units of a block")
    blocks: int = Field(default=2, ge=1, le=100, description="how many blocks")

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """A new module; torch is loaded when a run asks for it, not before."""
        from ibtui_example_modules import ResidualMlp

        return ResidualMlp(shape, classes, self.width, self.blocks)

    def layers(self) -> dict[str, str]:
        """The blocks B1, B2, ... and the logits, which the last module gives."""
        blocks = {f"B{number}": f"blocks.{number - 1}" for number in range(1, self.blocks + 1)}
        return {**blocks, "logits": "head"}


def _entropy_bits(rows: np.ndarray) -> float:
    """H of the rows of an array (sample, column)."""
    counts = np.unique(rows, axis=0, return_counts=True)[1]
    share = counts / len(rows)
    return float(-(share * np.log2(share)).sum())
