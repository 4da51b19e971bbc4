"""Weights: how large they and the biases of every layer have become, in a few numbers."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float32

from ibtui.engine.network import Network
from ibtui.profile.geometry import parameter_shapes


def layer_weights(
    network: Network, parameters: Float32[np.ndarray, "replicate parameter"]
) -> Float32[np.ndarray, "4 replicate layer"]:
    """Mean and standard deviation of each layer's weights, then of its biases: (4, R, L).

    `parameters` are (replicate, parameter), at full precision: what the optimizer moves, from which
    quantization takes the weights that the network computes with. The deviation is that of these
    very numbers (over n, not n - 1), so that mean^2 + deviation^2 is their mean square, and one
    weight alone is its mean. NaN for pooling, which has none, and where one is not finite.
    """
    # Row by row in float64: no sum depends on how many replicates there are.
    rows = np.array(parameters, np.float64, order="C")
    rows[~np.isfinite(rows)] = np.nan
    trained = [index for index, layer in enumerate(network.layers) if parameter_shapes(layer)]
    sizes = np.array([math.prod(shape) for shape in network.parameter_shapes])
    starts = np.cumsum(sizes) - sizes
    means = np.add.reduceat(rows, starts, axis=1) / sizes
    apart = rows - np.repeat(means, sizes, axis=1)
    deviations = np.sqrt(np.add.reduceat(apart * apart, starts, axis=1) / sizes)
    found = np.full((4, len(rows), len(network.layers)), np.nan, np.float32)
    for first, of_all in ((0, means), (1, deviations)):
        found[first][:, trained], found[first + 2][:, trained] = of_all[:, 0::2], of_all[:, 1::2]
    return found
