"""One normal number and its sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from ibtui.data.dataset import Dataset, Source
from ibtui.options import MOST_SAMPLES, Seed


class Gaussian(Source):
    """x ~ N(0, 1) and y = 1 where x > 0.

    With `per_replicate` a replicate's numbers depend on `seed` and on the seed it begins with: it
    has the same ones whatever runs beside it, and keeps them where it starts again.
    """

    about: ClassVar[str] = "one normal number, labelled by its sign"
    citation: ClassVar[str] = "thesis on the information bottleneck for DNNs, section 3.1"
    size: ClassVar[tuple[int, int, int]] = (4096, 1, 2)

    name: Literal["gaussian"] = "gaussian"
    samples: int = Field(
        default=4096, ge=2, le=MOST_SAMPLES, description="how many numbers are drawn"
    )
    seed: Seed = Field(default=0, description="seed of the numbers")
    per_replicate: bool = Field(
        default=False,
        description="each replicate draws numbers of its own (default: all share the same)",
    )

    def load(self, folder: Path | None) -> Dataset:
        shared = self._drawn(self.seed)
        return replace(shared, own=self._own) if self.per_replicate else shared

    def _own(self, replicate_seed: int) -> Dataset:
        """The sample of one replicate, what it trains on first: the split is the same for all."""
        drawn = self._drawn([self.seed, replicate_seed])
        order, train = np.concatenate((drawn.train, drawn.test)), len(drawn.train)
        return replace(
            drawn,
            inputs=drawn.inputs[order],
            labels=drawn.labels[order],
            train=np.arange(train),
            test=np.arange(train, len(order)),
        )

    def _drawn(self, seed: int | Sequence[int]) -> Dataset:
        normal = np.random.default_rng(seed).standard_normal((self.samples, 1))
        inputs = normal.astype(np.float32)
        return self.divided(inputs, (inputs[:, 0] > 0).astype(np.int64), ("x <= 0", "x > 0"))
