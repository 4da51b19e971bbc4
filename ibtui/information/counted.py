"""Counted: what the estimators share that count how often states occur."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from ibtui.information.correction import Correction, count_corrected
from ibtui.information.count import count, one_number
from ibtui.information.estimator import Estimator
from ibtui.information.joint import NOISY
from ibtui.information.layer import Information, Layer, States

if TYPE_CHECKING:
    from jaxtyping import Int64
    from torch import Tensor

    from ibtui.information.counting import CountedBits


NO_TWO = "no state occurs twice: a correction has nothing to go by"


class Counted(Estimator):
    """Base of the estimators that count: entropies are corrected for a small sample if asked.

    I(X;T) is H(T), but where `Layer.of_x` says that T is no function of X: there it is H(X) + H(T)
    - H(X,T).
    """

    correction: Correction | None = Field(
        default=None, description="of the entropies, to those of the source of a small sample"
    )

    @classmethod
    def common_options(cls) -> Collection[str]:
        return Counted.model_fields

    @property
    def counts_plainly(self) -> bool:
        """Whether all replicates are counted, nothing is corrected, and no labels are shuffled."""
        return self.shuffles == 0 and self.replicates is None and self.correction is None

    @property
    def modules(self) -> tuple[str, ...]:
        return ("scipy.special",) if self.correction == "nsb" else ()

    def count(
        self,
        words: Int64[Tensor, "word replicate sample"],
        word_bits: int,
        labels: Int64[Tensor, " sample"],
        classes: int,
    ) -> CountedBits:
        """H(T) and I(T;Y) as `count.count` gives them, of corrected entropies if asked."""
        if self.correction is None:
            return count(words, word_bits, labels, classes)
        states = one_number(words, word_bits).cpu().numpy()
        return count_corrected(states, labels.cpu().numpy(), self.correction)

    def informations(
        self,
        layer: Layer,
        words: Int64[Tensor, "word replicate sample"],
        word_bits: int,
        of_x: Int64[Tensor, " sample"] | None = None,
    ) -> Information:
        """What is counted of a layer in states `words`, which are as `count.count` takes them.

        `of_x` are the cells of the inputs, int64 (sample,) from 0 on, where an estimator has such.
        """
        h_t_bits, i_ty_bits = self.count(words, word_bits, layer.labels, layer.classes)
        i_xt_bits, notes, states = h_t_bits, (), None
        if self.correction is not None:
            h_t_bits = count(words, word_bits, layer.labels, layer.classes)[0]
            if (h_t_bits >= np.log2(len(layer.labels)) - 1e-9).any():
                notes = (NO_TWO,)
        if of_x is None and layer.of_x is not None:
            of_x, notes = layer.of_x, (NOISY, *notes)
        if of_x is not None:
            i_xt_bits = self.count(words, word_bits, of_x, int(of_x.max()) + 1)[1]
        if self.discretizes:
            states = States(one_number(words, word_bits), h_t_bits)
        return Information(i_xt_bits[None], i_ty_bits[None], states, notes)

    def _options_in_name(self) -> list[str]:
        correction = [] if self.correction is None else [self.correction]
        return [*super()._options_in_name(), *correction]
