"""Forward: one layer of a batch, its quantization, and the slopes of what it passes on."""

from __future__ import annotations

import numpy as np

from ibtui.engine.kernel.activation import activate, clipped, slopes, slopes_of_sums
from ibtui.engine.kernel.cache import exact
from ibtui.engine.kernel.design import BY_BATCH, MOVING
from ibtui.engine.kernel.layers import EVERYTHING, probabilities, spread, weights
from ibtui.engine.kernel.products import add_bias, sums
from ibtui.engine.kernel.quantizer import quantize, scale
from ibtui.engine.plan import EMA_DECAY

f32 = np.float32
ZERO = f32(0)
DECAY, REST = f32(EMA_DECAY), f32(1 - EMA_DECAY)


@exact
def forward(design, scratch, arrays, r, index, stride):
    """Layer `index` of replicate `r`: from what is passed on below it to what it passes on.

    A hidden layer leaves the slopes of its activations by its sums, 0 where its grid clips.
    """
    a, q = layer_of(design, scratch, index, stride)
    linear(design, scratch, arrays.parameters[r], index, a, stride)
    last = index == design.bits.shape[0] - 1
    if not last:
        if scratch.of_sums.shape[0]:
            of_sums = sums_of(design, scratch, index, stride)
            of_sums[:] = a
            slopes_of_sums(design.activation, of_sums)
        activate(design.activation, design.slope, a)
    elif design.bits[index] and not design.logits:
        probabilities(design, a, q, stride, scratch.top, scratch.total)
        a[:] = q
    grid = EVERYTHING
    if design.bits[index]:
        low, high = next_range(design, arrays, r, index, a)
        grid = scale(low, high, design.bits[index], design.uniform)
        quantize(a, q, grid)
    elif not last:
        q[:] = a
    scratch.grids[index, 0], scratch.grids[index, 1] = grid[0], grid[1]
    if not last and scratch.of_sums.shape[0]:
        of_sums = sums_of(design, scratch, index, stride)
        clipped(of_sums, a, grid[0], grid[1])
        a[:] = of_sums
    elif not last:
        slopes(design.activation, design.slope, a, grid[0], grid[1])


@exact
def layer_of(design, scratch, index, stride):
    """Where the activations of a layer are, and what it passes on."""
    units, at = scratch.of_units, scratch.of_units[index + 1] - design.sizes[0]
    count = design.sizes[index + 1]
    a = scratch.active[at * stride : (at + count) * stride]
    return a, scratch.passed[units[index + 1] * stride : units[index + 2] * stride]


@exact
def sums_of(design, scratch, index, stride):
    """Where the slopes at a layer's sums are."""
    at = scratch.of_units[index + 1] - design.sizes[0]
    return scratch.of_sums[at * stride : (at + design.sizes[index + 1]) * stride]


@exact
def linear(design, scratch, p, index, z, stride):
    """The sums of a layer with its biases, into `z`."""
    inputs, units = design.sizes[index], design.sizes[index + 1]
    place = scratch.of_parameters[index]
    own = p[place : scratch.of_parameters[index + 1]]
    w, grid = weights(design, index, own, scratch.on_grid[place:])
    scratch.weight_grids[index, 0], scratch.weight_grids[index, 1] = grid[0], grid[1]
    sums(scratch.passed[scratch.of_units[index] * stride :], inputs, w, z, units, stride)
    add_bias(z, own[inputs * units :], units, stride)


@exact
def next_range(design, arrays, r, index, a):
    """The range that quantizes the activations `a` in training."""
    rule = design.ranges[index]
    least, greatest = spread(a)
    if rule == BY_BATCH:
        return least, greatest
    low, high = arrays.low[r, index], arrays.high[r, index]
    if rule == MOVING:
        least = ZERO if least > ZERO else least
        greatest = ZERO if greatest < ZERO else greatest
        low, high = low * DECAY + least * REST, high * DECAY + greatest * REST
        arrays.low[r, index], arrays.high[r, index] = low, high
    else:  # comparisons that let a NaN stay
        if not least >= arrays.seen_low[r, index]:
            arrays.seen_low[r, index] = least
        if not greatest <= arrays.seen_high[r, index]:
            arrays.seen_high[r, index] = greatest
    return low, high
