"""Backward: from the loss to the gradient by all parameters of a replicate."""

from __future__ import annotations

import numpy as np

from ibtui.engine.kernel import loss
from ibtui.engine.kernel.cache import exact, summed
from ibtui.engine.kernel.forward import layer_of
from ibtui.engine.kernel.layers import probabilities
from ibtui.engine.kernel.products import back, by_weights

ZERO = np.float32(0)


@exact
def output_gradient(design, scratch, stride, real):
    """The gradient of the mean loss of `real` samples by the output's sums, into `scratch.g`.

    The others are copies, which count 0.
    """
    last, units, d = design.bits.shape[0] - 1, design.sizes[-1], scratch.g
    a, q = layer_of(design, scratch, last, stride)
    low, high = scratch.grids[last]
    top, total, label = scratch.top, scratch.total, scratch.label
    if design.bits[last] and not design.logits:
        loss.gradient_by_probabilities(
            a, q, label, units, stride, real, low, high, design.sigmoid, d
        )
    else:
        p = scratch.g_below if design.bits[last] else q
        probabilities(design, q if design.bits[last] else a, p, stride, top, total)
        loss.gradient_by_sums(a, p, label, units, stride, real, low, high, design.sigmoid, d)
    for u in range(units):
        d[u * stride + real : (u + 1) * stride] = ZERO


@exact
def backward(design, scratch, p, stride):
    """The gradient by all parameters, from that by the output's sums in `scratch.g`."""
    g, below = scratch.g, scratch.g_below
    for index in range(design.bits.shape[0] - 1, -1, -1):
        inputs, units = design.sizes[index], design.sizes[index + 1]
        place, count = scratch.of_parameters[index], inputs * units
        gradient = scratch.gradient[place:]
        h = scratch.passed[scratch.of_units[index] * stride :]
        by_weights(h, inputs, g, units, gradient, stride)
        for u in range(units):
            gradient[count + u] = sum_of(g[u * stride : (u + 1) * stride])
        w = p[place : place + count]
        if design.weight_bits[index]:
            clip(gradient, w, scratch.weight_grids[index])
            w = scratch.on_grid[place : place + count]
        if index:
            back(g, units, w, below, inputs, stride)
            slopes, _ = layer_of(design, scratch, index - 1, stride)
            multiply(below[: inputs * stride], slopes)
            g, below = below, g


@summed
def sum_of(row):
    """The sum of a row."""
    total = ZERO
    for b in range(row.shape[0]):
        total += row[b]
    return total


@exact
def clip(gradient, w, ends):
    """The gradient is 0 where quantization clips a weight."""
    for k in range(w.shape[0]):
        gradient[k] = gradient[k] if (w[k] >= ends[0]) & (w[k] <= ends[1]) else ZERO


@exact
def multiply(one, other):
    """`one` becomes its product with the other."""
    for k in range(one.shape[0]):
        one[k] *= other[k]
