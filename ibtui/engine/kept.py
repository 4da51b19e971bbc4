"""Kept: a network's weights and ranges as a run's folder keeps them, by layer and replicate."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ibtui.engine.backend import TrainState
from ibtui.engine.network import Network
from ibtui.profile.geometry import parameter_shapes
from ibtui.recording import Singles

RANGES = {"range_min": "low", "range_max": "high"}  # by their names in a train state


def kept(
    network: Network, state: TrainState, replicates: Sequence[int] | None = None
) -> dict[str, Singles]:
    """What a forward pass needs of some replicates, or all: a copy.

    `T1_weights` is (replicate, input, unit), of a convolution (replicate, channel, channel below,
    row, column), `T1_biases` (replicate, unit), and so on, at full precision; `range_min` and
    `range_max` are the ranges in force of each layer's quantizer, (replicate, layer).
    """
    arrays = state.arrays()
    found = {name: arrays[own].T for name, own in RANGES.items()}
    start = 0
    for name, shape in _shapes(network):
        stop = start + math.prod(shape)
        found[name] = arrays["parameters"][start:stop].T.reshape(-1, *shape)
        start = stop
    some = slice(None) if replicates is None else list(replicates)
    return {name: np.ascontiguousarray(array[some]) for name, array in found.items()}


def load(network: Network, state: TrainState, weights: Mapping[str, NDArray]) -> None:
    """Give a state the weights and ranges that were kept of all its replicates.

    Raises `KeyError` or `ValueError` where they are not this network's.
    """
    arrays = state.arrays()
    columns = []
    for name, shape in _shapes(network):
        if weights[name].shape[1:] != shape:
            raise ValueError(f"{name} is {weights[name].shape[1:]}, not {shape}")
        columns.append(weights[name].reshape(-1, math.prod(shape)).T)
    arrays["parameters"] = np.concatenate(columns)
    arrays |= {own: weights[name].T for name, own in RANGES.items()}
    state.load(arrays)


def _shapes(network: Network) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The arrays of one replicate's parameters by name, in the order in which they are stored."""
    for name, layer in zip(network.names, network.layers, strict=True):
        kinds = (f"{name}_weights", f"{name}_biases")
        yield from zip(kinds, parameter_shapes(layer), strict=False)
