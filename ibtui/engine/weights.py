"""Weights: how large they and the biases of every layer have become, in a few numbers."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float, Float32
from torch import Tensor

from ibtui.engine.network import Network
from ibtui.profile.geometry import parameter_shapes


def layer_weights(
    network: Network, parameters: Float[Tensor, "parameter replicate"]
) -> Float32[np.ndarray, "4 replicate layer"]:
    """Mean and standard deviation of each layer's weights, then of its biases: (4, R, L).

    `parameters` are (parameter, replicate), at full precision: what the optimizer moves, from which
    quantization takes the weights that the network computes with. The deviation is that of these
    very numbers (over n, not n - 1), so that mean^2 + deviation^2 is their mean square, and one
    weight alone is its mean. NaN for pooling, which has none, and where one is not finite.
    """
    # Row by row in float64: no sum depends on how many replicates there are.
    columns = np.ascontiguousarray(parameters.detach().cpu().numpy().T, np.float64)
    columns[~np.isfinite(columns)] = np.nan
    found = np.full((4, len(columns), len(network.layers)), np.nan, np.float32)
    start = 0
    for index, layer in enumerate(network.layers):
        for row, shape in zip((0, 2), parameter_shapes(layer), strict=False):
            stop = start + math.prod(shape)
            part = columns[:, start:stop]
            found[row, :, index], found[row + 1, :, index] = part.mean(1), part.std(1)
            start = stop
    return found
