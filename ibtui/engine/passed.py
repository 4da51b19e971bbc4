"""Passed: what a measuring pass gives of each layer, whatever backend makes it; without torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

    from ibtui.information.readings import Count


class OutputPass(NamedTuple):
    """How well the network does on every sample, (sample, replicate) each."""

    loss_nats: Tensor | NDArray[np.float64]
    correct: Tensor | NDArray[np.bool_]


class Scores(NamedTuple):
    """Mean loss and accuracy on training and test samples, (replicate,) float64 each."""

    train_loss_nats: NDArray[np.float64]
    test_loss_nats: NDArray[np.float64]
    train_accuracy: NDArray[np.float64]
    test_accuracy: NDArray[np.float64]


class CountedPass(NamedTuple):
    """What a backend has measured of all layers itself, (replicate, layer) each."""

    low: NDArray[np.float32]
    high: NDArray[np.float32]
    counts: Mapping[str, Count]  # by `Estimator.count_key`
    scores: Scores


class LayerPass(NamedTuple):
    """One layer of some replicates over all samples."""

    values: Tensor | NDArray[np.float32]  # (sample, unit, replicate)  what the next layer receives
    words: Tensor | NDArray[np.int64]  # (word, replicate, sample)   its states, packed
    low: Tensor | NDArray[np.float32]  # (replicate,)   least value
    high: Tensor | NDArray[np.float32]  # (replicate,)  greatest value
    output: OutputPass | None = None  # of the last layer, where nobody has scored it
