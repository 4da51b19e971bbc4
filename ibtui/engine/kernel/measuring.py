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
from ibtui.engine.kernel.counting import pack_floats, pack_levels, words_of
from ibtui.engine.kernel.design import BY_BATCH, Design
from ibtui.engine.kernel.gather import gather
from ibtui.engine.kernel.lanes import borrowed
from ibtui.engine.kernel.layers import places, probabilities, spread, weights
from ibtui.engine.kernel.products import add_bias, sums, sums_at
from ibtui.engine.kernel.quantizer import scale, to_levels, to_values
from ibtui.engine.kernel.tallying import compare_output, count_layer

f32 = np.float32
BLOCK = 256  # samples of wide inputs that are turned at once


class Wanted(NamedTuple):
    """Which samples pass, and what is kept of them."""

    rows: NDArray[np.int64]  # (rows,)  of each data set, the first repeated up to a whole BLOCK
    real: int  # of them, before they repeat
    calibrate: bool  # each layer is quantized over its own range, of these very samples
    counted: NDArray[np.int64]  # places in `rows` of the samples that are counted; none: no counts
    kept: bool  # values and words
    states: bool  # whether a layer's own states are counted
    requantized: NDArray[np.int64]  # (K,)  bits of the requantizations that are counted
    train: NDArray[np.int64]  # places in `rows` of the training samples
    test: NDArray[np.int64]  # and of the test samples
    turned: NDArray[np.float32]  # inputs of `rows`, flat (input, row), of data that all share


class PassResults(NamedTuple):
    """What a pass gives, of R replicates; V = R where values and words are kept, else 0."""

    low: NDArray[np.float32]  # (R, L)  of the activations before they are quantized, if calibrating
    high: NDArray[np.float32]  # (R, L)
    sums: NDArray[np.float64]  # (R, L, 2)  of c log2 c over states, and states with labels
    requantized: NDArray[np.float64]  # (R, L, K, 3)  the same, and states with the output's
    scores: NDArray[np.float64]  # (R, 4)  mean loss on train and test, share correct on both
    values: NDArray[np.float32]  # (V, units, rows)  of all layers
    words: NDArray[np.int64]  # (words, V, real)  of all layers


class PassScratch(NamedTuple):
    """What a pass works on."""

    of_parameters: NDArray[np.int64]  # where the parameters of each layer begin
    of_units: NDArray[np.int64]  # where its units begin, counted from the inputs on
    x: NDArray[np.float32]  # inputs of a block
    block: NDArray[np.int64]  # (BLOCK,)
    z: NDArray[np.float32]  # sums of the output
    steps: NDArray[np.float32]  # its logits, in steps above the least of a sample
    top: NDArray[np.float32]  # (rows,)
    total: NDArray[np.float32]  # (rows,)
    labels: NDArray[np.int64]  # (rows,)
    loss_nats: NDArray[np.float64]  # (real,)
    correct: NDArray[np.bool_]  # (real,)
    some_labels: NDArray[np.int64]  # those that are counted
    on_grid: NDArray[np.float32]  # (P,)  weights on their levels
    words: NDArray[np.int64]  # (words, real)  of one layer
    some_words: NDArray[np.int64]  # those that are counted, where not all are
    requantized: NDArray[np.int64]  # (words, real)  of all layers and requantizations
    both: NDArray[np.int64]  # of one, with those of the output
    one_label: NDArray[np.int64]  # zeros, as many as samples are counted
    values: NDArray[np.float32]  # (1 or 0, units, rows)  where none are kept


def scratch_of(design: Design, wanted: Wanted) -> PassScratch:
    """Memory for a pass."""
    of_parameters, of_units = places(design.sizes)
    outputs, rows, counts = int(design.sizes[-1]), len(wanted.rows), len(wanted.counted)
    layers = zip(design.sizes[1:].tolist(), design.bits.tolist(), strict=True)
    words = 0 if wanted.calibrate else max(words_of(*layer) for layer in layers)
    units = int(of_units[-1] - design.sizes[0])
    again = [
        words_of(width, int(bits) + 1)
        for bits in wanted.requantized
        for width in design.sizes[1:].tolist()
    ]
    of_output = words_of(outputs, int(design.bits[-1])) if again else 0
    return PassScratch(
        of_parameters=of_parameters,
        of_units=of_units,
        x=np.empty(int(design.sizes[0]) * BLOCK, f32),
        block=np.empty(BLOCK, np.int64),
        z=np.empty(outputs * rows, f32),
        steps=np.empty(outputs * rows, f32),
        top=np.empty(rows, f32),
        total=np.empty(rows, f32),
        labels=np.empty(rows, np.int64),
        loss_nats=np.empty(wanted.real),
        correct=np.empty(wanted.real, np.bool_),
        some_labels=np.empty(counts, np.int64),
        on_grid=np.empty(int(of_parameters[-1]), f32),
        words=np.empty((words, wanted.real), np.int64),
        some_words=np.empty((0 if counts == wanted.real else words, counts), np.int64),
        requantized=np.empty((sum(again), wanted.real), np.int64),
        both=np.empty((max(again, default=0) + of_output, counts), np.int64),
        one_label=np.zeros(counts, np.int64),
        values=np.empty((0 if wanted.kept else 1, units, rows), f32),
    )


@exact
def measure(design, samples, scratch, arrays, wanted, found, place, first, classes, sum_log):
    """Pass samples through every replicate of `arrays`.

    `first` is the first one's number, `place` where it stands in what is `found`; `classes` and
    `sum_log` as `counting.count` takes them.
    """
    design, samples, scratch = borrowed(design), borrowed(samples), borrowed(scratch)
    arrays, wanted, found = borrowed(arrays), borrowed(wanted), borrowed(found)
    for r in range(arrays.parameters.shape[0]):
        row, base = place + r, samples.of_each * (first + r)
        for k in range(scratch.labels.shape[0]):
            scratch.labels[k] = samples.labels[base + wanted.rows[k]]
        for k in range(scratch.some_labels.shape[0]):
            scratch.some_labels[k] = scratch.labels[wanted.counted[k]]
        values = found.values[row] if wanted.kept else scratch.values[0]
        word, again, below, words = 0, 0, scratch.x, scratch.words
        for index in range(design.bits.shape[0]):
            at = scratch.of_units[index + 1] - design.sizes[0]
            v = values[at : at + design.sizes[index + 1]].reshape(-1)
            if index == design.bits.shape[0] - 1:
                linear(design, samples, scratch, wanted, arrays, r, index, base, below, scratch.z)
                grid = quantized_output(design, scratch, wanted, arrays, found, r, row, v)
                judge(design, scratch, grid[2], v)
                score(scratch, wanted, found.scores[row])
            else:
                linear(design, samples, scratch, wanted, arrays, r, index, base, below, v)
                activate(design.activation, design.slope, v)
                grid = quantized(design, scratch, wanted, arrays, found, r, row, index, v)
            if not wanted.calibrate:
                found.low[row, index], found.high[row, index] = spread(v)
            words = scratch.words[: words_of(design.sizes[index + 1], design.bits[index])]
            again = count_layer(
                design, scratch, wanted, found, row, index, v, grid, words, again, classes, sum_log
            )
            if wanted.kept:
                for j in range(words.shape[0]):
                    found.words[word + j, row] = words[j]
            word, below = word + words.shape[0], v
        compare_output(design, scratch, wanted, found, row, words, sum_log)


@exact
def linear(design, samples, scratch, wanted, arrays, r, index, base, below, z):
    """The sums of a layer with its biases, into `z`; the first one gathers its inputs."""
    inputs, units, stride = design.sizes[index], design.sizes[index + 1], wanted.rows.shape[0]
    own = arrays.parameters[r, scratch.of_parameters[index] : scratch.of_parameters[index + 1]]
    w, _ = weights(design, index, own, scratch.on_grid)
    if index:
        sums(below, inputs, w, z, units, stride)
    elif wanted.turned.shape[0]:
        sums(wanted.turned, inputs, w, z, units, stride)
    else:
        for start in range(0, stride, BLOCK):
            for b in range(BLOCK):
                scratch.block[b] = base + wanted.rows[start + b]
            gather(samples, scratch.block, inputs, BLOCK, scratch.x)
            sums_at(scratch.x, inputs, BLOCK, w, z, start, units, stride)
    add_bias(z, own[inputs * units :], units, stride)


@exact
def grid_of(design, wanted, arrays, found, r, row, index, t):
    """The grid of what a layer quantizes, `t`; its range is noted where that is asked for."""
    low, high = arrays.low[r, index], arrays.high[r, index]
    if wanted.calibrate:
        low, high = spread(t)
        found.low[row, index], found.high[row, index] = low, high
    elif design.ranges[index] == BY_BATCH:
        low, high = spread(t)
    return scale(low, high, design.bits[index], design.uniform)


@exact
def quantized(design, scratch, wanted, arrays, found, r, row, index, t):
    """What a layer quantizes, `t`, on its levels, and its states as words; gives the grid."""
    units, bits, stride = design.sizes[index + 1], design.bits[index], wanted.rows.shape[0]
    grid = grid_of(design, wanted, arrays, found, r, row, index, t)
    if bits == 0:
        if not wanted.calibrate:
            pack_floats(t, units, stride, scratch.words)
        return grid
    to_levels(t, grid)
    states = t
    if index == design.bits.shape[0] - 1 and design.logits and not design.sigmoid:
        steps_above_least(t, scratch.steps, units, stride, scratch.top)
        states = scratch.steps
    if not wanted.calibrate:
        pack_levels(states, units, stride, bits, scratch.words)
    to_values(t, grid)
    return grid


@exact
def quantized_output(design, scratch, wanted, arrays, found, r, row, p):
    """The output quantized: its sums, or their probabilities, which go into `p`; gives the grid."""
    last = design.bits.shape[0] - 1
    if design.logits:
        return quantized(design, scratch, wanted, arrays, found, r, row, last, scratch.z)
    probabilities(design, scratch.z, p, scratch.top.shape[0], scratch.top, scratch.total)
    return quantized(design, scratch, wanted, arrays, found, r, row, last, p)


@exact
def judge(design, scratch, step, p):
    """Loss and correctness of every sample; of quantized logits the probabilities, into `p`."""
    z, stride = scratch.z, scratch.top.shape[0]
    top, total, labels, units = scratch.top, scratch.total, scratch.labels, design.sizes[-1]
    if design.logits:
        probabilities(design, z, p, stride, top, total)
    of_sums = design.logits or design.bits[-1] == 0
    loss.losses(z, p, top, total, labels, stride, of_sums, design.sigmoid, scratch.loss_nats)
    if design.logits and not design.sigmoid:
        for k in range(scratch.steps.shape[0]):
            scratch.steps[k] *= step
        probabilities(design, scratch.steps, p, stride, top, total)
    loss.judge(p, labels, units, stride, design.sigmoid, scratch.correct)


@exact
def score(scratch, wanted, out):
    """Mean loss and share correct on training and test samples; NaN over none."""
    for which, samples in enumerate((wanted.train, wanted.test)):
        loss_nats, correct = 0.0, 0
        for k in range(samples.shape[0]):
            loss_nats += scratch.loss_nats[samples[k]]
            correct += scratch.correct[samples[k]]
        out[which], out[2 + which] = loss_nats / samples.shape[0], correct / samples.shape[0]


@exact
def steps_above_least(levels, steps, units, stride, least):
    """The steps of each logit above the least of its sample: the output's states."""
    least[:] = levels[:stride]
    for u in range(1, units):
        row = levels[u * stride : (u + 1) * stride]
        for b in range(stride):
            least[b] = row[b] if row[b] < least[b] else least[b]
    for u in range(units):
        row, out = levels[u * stride : (u + 1) * stride], steps[u * stride : (u + 1) * stride]
        for b in range(stride):
            out[b] = row[b] - least[b]
