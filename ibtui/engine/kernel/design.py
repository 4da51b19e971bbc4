"""Design: a dense network, its quantization and its data as numbers that compiled code reads.

All are arguments at run time: one compiled kernel serves every network.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

ACTIVATIONS = ("linear", "tanh", "relu", "leaky-relu", "sigmoid", "gelu", "silu")
LINEAR, TANH, RELU, LEAKY_RELU, SIGMOID, GELU, SILU = range(len(ACTIVATIONS))
RANGES = ("epoch", "batch", "ema")
BY_EPOCH, BY_BATCH, MOVING = range(len(RANGES))


class Design(NamedTuple):
    """L layers of a dense network under its quantization; bits of 0 are full precision."""

    sizes: NDArray[np.int64]  # (L + 1,)  inputs, then the units of every layer
    bits: NDArray[np.int64]  # (L,)
    weight_bits: NDArray[np.int64]  # (L,)
    ranges: NDArray[np.int64]  # (L,)  of RANGES
    activation: int  # of ACTIVATIONS
    slope: np.float32  # of leaky-relu below zero
    sigmoid: bool  # the output is one sigmoid unit, not a softmax
    logits: bool  # the output's sums are quantized, not its probabilities
    uniform: bool  # the grid; else it has a zero point
    dropped: np.int64  # of 2^32 coins; 0: no dropout
    kept: np.float32  # 1 - the share that is dropped
    noise: np.float32  # standard deviation of what is added to hidden layers; 0: none


class Samples(NamedTuple):
    """The data sets, S of N samples one below the other. Inputs are codes or, failing that, values.

    Where all inputs are of at most 256 values they are kept as bytes.
    """

    codes: NDArray[np.uint8]  # (S * N, inputs), or (0, inputs)
    table: NDArray[np.float32]  # (256,)  the value of each code
    values: NDArray[np.float32]  # (S * N, inputs), or (0, inputs)
    labels: NDArray[np.int64]  # (S * N,)
    shuffled_labels: NDArray[np.int64]  # (S * N,)  for epochs below 0
    train: NDArray[np.int64]  # the training samples of each data set
    of_each: int  # N where each replicate has its own data set, 0 where all share one


class Recipe(NamedTuple):
    """How parameters move, and in which order batches come."""

    batch: int
    order: int  # 0 as they lie, 1 each replicate's own, 2 one for all
    shared_seed: np.uint64
    sgd: bool
    momentum: np.float32
    epsilon: np.float32
    epsilon_first: bool  # Adam's epsilon is added before the bias correction
    decay: np.float32  # of weights: an L2 penalty, or beside the step
    decoupled: bool  # beside the step, as AdamW has it


class Arrays(NamedTuple):
    """All that changes in training, of R replicates: the fields of a `TrainState`, transposed."""

    parameters: NDArray[np.float32]  # (R, P)
    first_moment: NDArray[np.float32]  # (R, P)
    second_moment: NDArray[np.float32]  # (R, P)
    steps: NDArray[np.float32]  # (R,)
    low: NDArray[np.float32]  # (R, L)
    high: NDArray[np.float32]  # (R, L)
    seen_low: NDArray[np.float32]  # (R, L)
    seen_high: NDArray[np.float32]  # (R, L)

    def part(self, start: int, stop: int) -> Arrays:
        """Some of the replicates, as views."""
        return Arrays(*(array[start:stop] for array in self))


def frozen(array: NDArray) -> NDArray:
    """A read-only view: to a compiler what may be written is another kind of array."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view
