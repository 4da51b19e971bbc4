"""Readings: the one loop of estimators over the layers of a network, trained here or not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ibtui.errors import MeasureError
from ibtui.information.count import one_number
from ibtui.information.diagnostics import output_loss_bits
from ibtui.information.estimator import Estimator
from ibtui.information.guarded import measured as measured_by
from ibtui.information.layer import Information, Layer, States

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64, Int64
    from torch import Tensor

ARRAYS = "i_xt_bits", "i_ty_bits", "output_loss_bits", "cells"
Part = tuple[Layer, Sequence[int]]  # some replicates of a layer, and their numbers in the run


class Note(NamedTuple):
    """A line that an estimator gave with its numbers, see `Information.notes`."""

    series: str
    layer: str
    line: str


class Count(NamedTuple):
    """What was counted by whoever made the states, in bits, (replicate, layer) each.

    H(T), I(T;Y), and of a discretization H(output | T discretized).
    """

    h_t_bits: Float64[np.ndarray, "replicate layer"]
    i_ty_bits: Float64[np.ndarray, "replicate layer"]
    output_loss_bits: Float64[np.ndarray, "replicate layer"] | None = None


class Readings:
    """What estimators say of the layers of some replicates, in bits, (series, replicate, layer).

    `i_xt_bits`, `i_ty_bits` and `output_loss_bits` (H(output | T discretized)) are NaN where
    nothing was measured: the estimator was not due, or the replicate was not among those taken.
    `cells`, of the same shape, are numbers of bins or clusters, see `Information.cells`.
    """

    def __init__(
        self,
        estimators: Sequence[Estimator],
        replicates: Sequence[int],
        layers: Sequence[str],
        due: Sequence[bool] | None = None,
        keys: Sequence[str] | None = None,
    ) -> None:
        """`replicates` are the numbers in the run, `layers` the names; all are due if not said.

        `keys` are the estimators' places in a profile, if they stand in one, for error lines.
        """
        self._estimators, self._replicates, self._layers = estimators, replicates, layers
        self._keys = keys
        self._due = [True] * len(estimators) if due is None else due
        self._first = np.cumsum([0, *(len(one.series) for one in estimators)])
        shape = (int(self._first[-1]), len(replicates), len(layers))
        empty = np.full((len(ARRAYS), *shape), np.nan)
        self.i_xt_bits, self.i_ty_bits, self.output_loss_bits, self.cells = empty
        self.notes: list[Note] = []
        self._discretized: list[tuple[int, int, list[int], States]] = []

    def put(self, counts: Mapping[str, Count], alive: Bool[np.ndarray, "replicate layer"]) -> None:
        """Give the estimators that are due what somebody has counted already, by `count_key`.

        Only what is `alive` gets a number.
        """
        for which, one in enumerate(self._estimators):
            count = counts.get(one.count_key or "")
            if not self._due[which] or count is None:
                continue
            row = self._first[which]
            self.i_xt_bits[row] = np.where(alive, count.h_t_bits, np.nan)
            self.i_ty_bits[row] = np.where(alive, count.i_ty_bits, np.nan)
            if count.output_loss_bits is not None:
                self.output_loss_bits[row] = np.where(alive, count.output_loss_bits, np.nan)

    def take(self, layer: int, parts: Sequence[Part], counted: Collection[str] = ()) -> None:
        """Measure a layer by every estimator that is due, but not by those of keys `counted`.

        `parts` are its replicates, those that share their inputs and labels together. Raises
        `MeasureError`, which names the layer, where one cannot be measured.
        """
        places = [self._replicates.index(number) for _, numbers in parts for number in numbers]
        for which, one in enumerate(self._estimators):
            if not self._due[which] or not places or one.count_key in counted:
                continue
            try:
                measured = Information.join(measured_by(one, *part) for part in parts)
            except MeasureError as error:
                key = f"{self._keys[which]} on layer " if self._keys else ""
                raise MeasureError(f"{key}{self._layers[layer]}: {error}") from None
            rows = slice(self._first[which], self._first[which + 1])
            self.i_xt_bits[rows, places, layer] = measured.i_xt_bits
            self.i_ty_bits[rows, places, layer] = measured.i_ty_bits
            if measured.cells is not None:
                own = self._own_rows(which)
                self.cells[own, places[: len(measured.cells)], layer] = measured.cells
            self._note(one.series, layer, measured.notes)
            if measured.states is not None:
                some = places[: len(measured.states.numbers)]
                self._discretized.append((which, layer, some, measured.states))

    def compare_output(self, words: Int64[Tensor, "word replicate sample"], word_bits: int) -> None:
        """See what each discretization loses of the network's output, once all layers are taken.

        `words`, (word, replicate, sample), are the states of the output layer of all replicates.
        """
        if not self._discretized:
            return
        output = one_number(words, word_bits)
        for which, layer, places, states in self._discretized:
            lost = output_loss_bits(states, output[places])
            self.output_loss_bits[self._own_rows(which), places, layer] = lost

    def arrays(self) -> dict[str, Float64[np.ndarray, "series replicate layer"]]:
        """All readings by their names in a recording."""
        return {name: getattr(self, name) for name in ARRAYS}

    def _own_rows(self, which: int) -> slice:
        """The series of an estimator without the terms of a decomposition, which have no states."""
        first = self._first[which]
        return slice(first, first + len(self._estimators[which].suffixes))

    def _note(self, series: Iterable[str], layer: int, lines: Iterable[str]) -> None:
        name = self._layers[layer]
        self.notes += [Note(one, name, line) for one in series for line in lines]
