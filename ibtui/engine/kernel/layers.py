"""One layer forward, as training and measuring both use it."""

from __future__ import annotations

import numpy as np

from ibtui.engine.kernel import loss
from ibtui.engine.kernel.cache import exact
from ibtui.engine.kernel.lanes import bounds
from ibtui.engine.kernel.quantizer import quantize, weight_scale

f32 = np.float32
INFINITE = f32(np.inf)
EVERYTHING = (-INFINITE, INFINITE, f32(0), f32(0), f32(0), f32(0))  # no grid: nothing clips


@exact
def places(sizes):
    """Where the parameters and the units of every layer begin, units counted from the inputs on.

    Both int64: (L + 1,) and (L + 2,).
    """
    layers = sizes.shape[0] - 1
    of_parameters, of_units = np.zeros(layers + 1, np.int64), np.zeros(layers + 2, np.int64)
    of_units[1] = sizes[0]
    for index in range(layers):
        of_units[index + 2] = of_units[index + 1] + sizes[index + 1]
        of_parameters[index + 1] = of_parameters[index] + (sizes[index] + 1) * sizes[index + 1]
    return of_parameters, of_units


@exact
def weights(design, index, own, on_grid):
    """The weights that layer `index` computes with, and their grid.

    `own` are its parameters; `on_grid` is scratch for as many weights.
    """
    count = design.sizes[index] * design.sizes[index + 1]
    w, bits = own[:count], design.weight_bits[index]
    if bits == 0:
        return w, EVERYTHING
    low, high = w[0], w[0]
    for k in range(count):
        low = w[k] if not w[k] >= low else low  # so that a NaN stays
        high = w[k] if not w[k] <= high else high
    grid = weight_scale(low, high, bits, design.uniform)
    quantize(w, on_grid[:count], grid)
    return on_grid[:count], grid


@exact
def probabilities(design, z, p, stride, top, total):
    """Probabilities of the output's sums, into `p`, other memory."""
    if design.sigmoid:
        loss.sigmoid(z, p, stride)
    else:
        loss.softmax(z, p, design.sizes[-1], stride, top, total)


@exact
def spread(a):
    """The least and the greatest of an array, both NaN where one is."""
    return bounds(a, 0, a.shape[0])
