"""Measuring: one pass of samples through each replicate, layer by layer.

Sums go in the order of the inputs for every sample alike, so equal states below give equal states
above, and the data processing inequality holds by construction.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ibtui.engine.kernel import loss
from ibtui.engine.kernel.activation import activate
from ibtui.engine.kernel.cache import exact
from ibtui.engine.kernel.counting import count, pack_floats, pack_levels, words_of
from ibtui.engine.kernel.design import BY_BATCH
from ibtui.engine.kernel.gather import gather
from ibtui.engine.kernel.layers import places, probabilities, spread, weights
from ibtui.engine.kernel.products import add_bias, sums, sums_at
from ibtui.engine.kernel.quantizer import scale, to_levels, to_values

f32 = np.float32
BLOCK = 256  # samples of wide inputs that are turned at once


class Wanted(NamedTuple):
    """Which samples pass, and what is kept of them."""

    rows: NDArray[np.int64]  # (rows,)  of each data set, the first repeated up to a whole BLOCK
    real: int  # of them, before they repeat
    calibrate: bool  # each layer is quantized over its own range, of these very samples
    counted: NDArray[np.int64]  # places in `rows` of the samples that are counted; none: no counts
    kept: bool  # values and words


class Found(NamedTuple):
    """What a pass gives, of R replicates; V = R where values and words are kept, else 0."""

    low: NDArray[np.float32]  # (R, L)  of the activations before they are quantized, if calibrating
    high: NDArray[np.float32]  # (R, L)
    sums: NDArray[np.float64]  # (R, L, 2)  of c log2 c over states, and states with labels
    loss_nats: NDArray[np.float64]  # (R, real)
    correct: NDArray[np.bool_]  # (R, real)
    values: NDArray[np.float32]  # (V, units, rows)  of all layers
    words: NDArray[np.int64]  # (words, V, real)  of all layers


@exact
def measure(design, samples, arrays, wanted, found, place, first, classes, sum_log):
    """Pass samples through every replicate of `arrays`.

    `first` is the first one's number, `place` where it stands in what is `found`; `classes` and
    `sum_log` as `counting.count` takes them.
    """
    sizes, layers = design.sizes, design.sizes.shape[0] - 1
    of_parameters, of_units = places(sizes)
    stride, real = wanted.rows.shape[0], wanted.real
    outputs = sizes[-1]
    x, rows = np.empty(sizes[0] * BLOCK, f32), np.empty(BLOCK, np.int64)
    z_of_output, steps = np.empty(outputs * stride, f32), np.empty(outputs * stride, f32)
    top, total = np.empty(stride, f32), np.empty(stride, f32)
    labels = np.empty(stride, np.int64)
    on_grid = np.empty(arrays.parameters.shape[1], f32)
    counts, everything = wanted.counted.shape[0], wanted.counted.shape[0] == real
    most = most_words(design)
    some_labels = labels[:real]
    words = np.empty((0 if wanted.calibrate else most, real), np.int64)
    some = np.empty((0 if everything else most, counts), np.int64)
    kept = np.empty((1 if not wanted.kept else 0, of_units[-1] - sizes[0], stride), f32)
    for r in range(arrays.parameters.shape[0]):
        row = place + r
        base = samples.of_each * (first + r)
        for k in range(stride):
            labels[k] = samples.labels[base + wanted.rows[k]]
        if not everything:
            some_labels = labels[wanted.counted]
        passed = found.values[row] if wanted.kept else kept[0]
        word = 0
        h = x
        for index in range(layers):
            inputs, units, last = sizes[index], sizes[index + 1], index == layers - 1
            own = arrays.parameters[r, of_parameters[index] : of_parameters[index + 1]]
            w, _ = weights(design, index, own, on_grid)
            at = of_units[index + 1] - sizes[0]
            v = passed[at : at + units].reshape(-1)
            z = z_of_output if last else v
            if index == 0:
                for start in range(0, stride, BLOCK):
                    for b in range(BLOCK):
                        rows[b] = base + wanted.rows[start + b]
                    gather(samples, rows, inputs, BLOCK, x)
                    sums_at(x, inputs, BLOCK, w, z, start, units, stride)
            else:
                sums(h, inputs, w, z, units, stride)
            add_bias(z, own[inputs * units :], units, stride)
            bits, on_logits = design.bits[index], last and design.logits and design.bits[index] > 0
            if not last:
                activate(design.activation, design.slope, z)
            elif not on_logits:
                probabilities(design, z, v, stride, top, total)
            t = z if on_logits else v
            least, greatest = spread(t)
            if wanted.calibrate:
                found.low[row, index], found.high[row, index] = least, greatest
            if bits:
                if not wanted.calibrate and design.ranges[index] != BY_BATCH:
                    least, greatest = arrays.low[r, index], arrays.high[r, index]
                grid = scale(least, greatest, bits, design.uniform)
                to_levels(t, grid)
                states = t
                if on_logits and not design.sigmoid:
                    steps_above_least(t, steps, units, stride, top)
                    states = steps
                if not wanted.calibrate:
                    pack_levels(states, units, stride, bits, words)
                to_values(t, grid)
            elif not wanted.calibrate:
                pack_floats(t, units, stride, words)
            if last:
                if on_logits:
                    probabilities(design, z, v, stride, top, total)
                logs = bits == 0 or on_logits
                loss.losses(
                    z, v, top, total, labels, stride, logs, design.sigmoid, found.loss_nats[row]
                )
                if on_logits and not design.sigmoid:
                    to_logits(steps, grid[2])
                    probabilities(design, steps, v, stride, top, total)
                loss.judge(v, labels, units, stride, design.sigmoid, found.correct[row])
            if not wanted.calibrate:
                found.low[row, index], found.high[row, index] = spread(v)
            own_words = words_of(units, bits)
            if counts:
                if not everything:
                    for j in range(own_words):
                        for k in range(counts):
                            some[j, k] = words[j, wanted.counted[k]]
                of_states, joint = count(
                    (words if everything else some)[:own_words], some_labels, classes, sum_log
                )
                found.sums[row, index, 0], found.sums[row, index, 1] = of_states, joint
            if wanted.kept:
                for j in range(own_words):
                    found.words[word + j, row] = words[j]
            word += own_words
            h = v


@exact
def most_words(design):
    """How many words the layer takes that takes the most."""
    most = 0
    for index in range(design.bits.shape[0]):
        most = max(most, words_of(design.sizes[index + 1], design.bits[index]))
    return most


@exact
def steps_above_least(levels, steps, units, stride, least):
    """By how many steps each logit lies above the least of its sample: the output's states."""
    least[:] = levels[:stride]
    for u in range(1, units):
        row = levels[u * stride : (u + 1) * stride]
        for b in range(stride):
            least[b] = row[b] if row[b] < least[b] else least[b]
    for u in range(units):
        row, out = levels[u * stride : (u + 1) * stride], steps[u * stride : (u + 1) * stride]
        for b in range(stride):
            out[b] = row[b] - least[b]


@exact
def to_logits(steps, step):
    """Steps become logits."""
    for k in range(steps.shape[0]):
        steps[k] *= step
