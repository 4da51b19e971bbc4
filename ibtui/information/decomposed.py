"""Decomposed: the true I(X;T) in four terms by what a discretization keeps of X and of T."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field, field_validator, model_validator

from ibtui.information.count import count
from ibtui.information.counted import Counted
from ibtui.information.layer import Information, Layer

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64
    from torch import Tensor

TERMS = ("shared", "lost-in-x", "lost-in-t", "lost-in-both")


class Decomposed(Counted):
    """Base of the estimators that discretize; they can say where the true I(X;T) goes.

    With X' and T' the discretized X and T, the chain rule gives (thesis, eq. 6.2)

        I(X;T) = I(X';T') + I(X;T'|X') + I(X';T|T') + I(X;T|X',T').

    The states of a network are discrete, so all four are counts: with I(X;.) = H(.) where T is a
    function of X they follow from I(T;X'), I(T';X'), I(T;X) and I(T';X). Under `decompose` they are
    four series more, which sum to `exact`; they have no I(T;Y). X' are the inputs, discretized in
    the same way between their own extremes.
    """

    discretizes: ClassVar[bool] = True

    # None where it is not wanted, so that profiles of earlier runs stay equal to theirs.
    decompose: bool | None = Field(
        default=None, description="four series more: the terms of the true I(X;T) (thesis 6.2)"
    )

    @field_validator("decompose")
    @classmethod
    def _none_is_the_default(cls, value: bool | None) -> bool | None:
        return value or None

    @model_validator(mode="after")
    def _counts_are_plain(self) -> Decomposed:
        if self.decompose and (self.shuffles or self.correction is not None):
            raise ValueError("decompose goes with plain counts (leave out shuffles and correction)")
        return self

    @classmethod
    def common_options(cls) -> Collection[str]:
        return Decomposed.model_fields

    @property
    def series(self) -> tuple[str, ...]:
        own = super().series
        return (*own, *(f"{own[0]}-{term}" for term in TERMS)) if self.decompose else own

    @property
    def estimates(self) -> tuple[bool, ...]:
        own = super().estimates
        return (*own[:1], *(False for _ in TERMS)) if self.decompose else own

    @property
    def counts_plainly(self) -> bool:
        return super().counts_plainly and not self.decompose

    def cells_of_inputs(self, layer: Layer) -> Int64[Tensor, " sample"] | None:
        """The cell of each input, numbered from 0 on; None where there are no cells."""
        raise NotImplementedError

    def informations(
        self,
        layer: Layer,
        words: Int64[Tensor, "word replicate sample"],
        word_bits: int,
        of_x: Int64[Tensor, " sample"] | None = None,
    ) -> Information:
        found = super().informations(layer, words, word_bits, of_x)
        if not self.decompose:
            return found
        cells = self.cells_of_inputs(layer) if of_x is None else of_x
        terms = np.full((len(TERMS), found.i_xt_bits.shape[1]), np.nan)
        if cells is not None:
            terms = _terms(layer, words, word_bits, cells)
        return replace(
            found,
            i_xt_bits=np.concatenate((found.i_xt_bits, terms)),
            i_ty_bits=np.concatenate((found.i_ty_bits, np.full_like(terms, np.nan))),
        )


def _terms(
    layer: Layer,
    words: Int64[Tensor, "word replicate sample"],
    word_bits: int,
    cells: Int64[Tensor, " sample"],
) -> Float64[np.ndarray, "4 replicate"]:
    """The terms in bits, in the order of `TERMS`, of a layer whose T' are `words`."""
    of_cells = cells, int(cells.max()) + 1
    h_t, i_t_cells = count(layer.words, layer.word_bits, *of_cells)
    h_binned, i_binned_cells = count(words, word_bits, *of_cells)
    i_xt, i_x_binned = h_t, h_binned
    if layer.of_x is not None:  # T is no function of X
        of_x = layer.of_x, int(layer.of_x.max()) + 1
        i_xt = count(layer.words, layer.word_bits, *of_x)[1]
        i_x_binned = count(words, word_bits, *of_x)[1]
    in_x, in_t = i_x_binned - i_binned_cells, i_t_cells - i_binned_cells
    return np.stack((i_binned_cells, in_x, in_t, i_xt - i_t_cells - in_x))
