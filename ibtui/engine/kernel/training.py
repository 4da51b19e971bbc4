"""Training: whole epochs of replicates, one after the other, with no interpreter's lock held."""

from __future__ import annotations

import numpy as np

from ibtui.engine.kernel import loss
from ibtui.engine.kernel.activation import activate, clipped, slopes, slopes_of_sums
from ibtui.engine.kernel.cache import exact, summed
from ibtui.engine.kernel.design import BY_BATCH, GELU, MOVING, SILU
from ibtui.engine.kernel.dropout import drop
from ibtui.engine.kernel.gather import gather
from ibtui.engine.kernel.lanes import PADDING
from ibtui.engine.kernel.layers import EVERYTHING, places, probabilities, spread, weights
from ibtui.engine.kernel.optimizer import adam, sgd, shrink
from ibtui.engine.kernel.products import add_bias, back, by_weights, sums
from ibtui.engine.kernel.quantizer import quantize, scale
from ibtui.engine.kernel.shuffle import FOR_DROPOUT, bit_length, random_raw, shuffle
from ibtui.engine.stage import EMA_DECAY

f32 = np.float32
ZERO = f32(0)
DECAY, REST = f32(EMA_DECAY), f32(1 - EMA_DECAY)


@exact
def train(design, samples, recipe, arrays, seeds, first, epoch, rates):
    """Train every replicate of `arrays` for the epoch after `epoch`.

    `seeds` are uint64, (R,), `first` is the number of the first replicate, `rates` the learning
    rate of every step, float32.
    """
    sizes, layers = design.sizes, design.sizes.shape[0] - 1
    of_parameters, of_units = places(sizes)
    count = samples.train.shape[0]
    batch = min(recipe.batch, count)
    width = padded(batch)
    widest = sizes[1:].max()
    kept = of_units[-1] - sizes[0]
    # Of every layer what it passes on (from the inputs on), and its activations, then slopes.
    passed, active = np.empty(of_units[-1] * width, f32), np.empty(kept * width, f32)
    of_sums = np.empty(kept * width if design.activation in (GELU, SILU) else 0, f32)
    g, g_below = np.empty(widest * width, f32), np.empty(widest * width, f32)
    top, total = np.empty(width, f32), np.empty(width, f32)
    rows, label = np.empty(width, np.int64), np.empty(width, np.int64)
    gradient = np.empty(arrays.parameters.shape[1], f32)
    on_grid = np.empty(arrays.parameters.shape[1], f32)
    grids = np.empty((layers, 2), f32)
    weight_grids = np.empty((layers, 2), f32)
    order, keys = np.arange(count), np.empty(count, np.uint64)
    ends = np.empty(1 + (1 << max(bit_length(count - 1), 1)), np.int32)
    steps = (count + batch - 1) // batch
    coins = np.empty(steps * (layers - 1) if design.dropped else 0, np.uint64)
    labels = samples.shuffled_labels if epoch < 0 else samples.labels
    if recipe.order == 2:
        shuffle(recipe.shared_seed, epoch, keys, ends, order)
    for r in range(arrays.parameters.shape[0]):
        p, low, high = arrays.parameters[r], arrays.low[r], arrays.high[r]
        seen_low, seen_high = arrays.seen_low[r], arrays.seen_high[r]
        if recipe.order == 1:
            shuffle(seeds[r], epoch, keys, ends, order)
        if design.dropped:
            random_raw(seeds[r], FOR_DROPOUT, epoch, coins)
        base = samples.of_each * (first + r)
        for step in range(steps):
            start = step * batch
            real = min(batch, count - start)
            stride = padded(real)
            for b in range(stride):
                rows[b] = base + samples.train[order[start + (b if b < real else 0)]]
                label[b] = labels[rows[b]]
            gather(samples, rows, sizes[0], stride, passed)
            for index in range(layers):
                inputs, units, last = sizes[index], sizes[index + 1], index == layers - 1
                own = p[of_parameters[index] : of_parameters[index + 1]]
                w, grid = weights(design, index, own, on_grid[of_parameters[index] :])
                weight_grids[index, 0], weight_grids[index, 1] = grid[0], grid[1]
                h = passed[of_units[index] * stride :]
                q = passed[of_units[index + 1] * stride : of_units[index + 2] * stride]
                at = (of_units[index + 1] - sizes[0]) * stride
                a = active[at : at + units * stride]
                sums(h, inputs, w, a, units, stride)
                add_bias(a, own[inputs * units :], units, stride)
                bits = design.bits[index]
                if not last:
                    if of_sums.shape[0]:
                        of_sums[at : at + units * stride] = a
                    activate(design.activation, design.slope, a)
                elif bits and not design.logits:
                    probabilities(design, a, q, stride, top, total)
                    a[:] = q
                grid = EVERYTHING
                if bits:
                    lowest, highest = low[index], high[index]
                    rule = design.ranges[index]
                    least, greatest = spread(a)
                    if rule == BY_BATCH:
                        lowest, highest = least, greatest
                    elif rule == MOVING:
                        least = ZERO if least > ZERO else least
                        greatest = ZERO if greatest < ZERO else greatest
                        lowest = lowest * DECAY + least * REST
                        highest = highest * DECAY + greatest * REST
                        low[index], high[index] = lowest, highest
                    else:
                        if not least >= seen_low[index]:
                            seen_low[index] = least
                        if not greatest <= seen_high[index]:
                            seen_high[index] = greatest
                    grid = scale(lowest, highest, bits, design.uniform)
                    quantize(a, q, grid)
                elif not last:
                    q[:] = a
                grids[index, 0], grids[index, 1] = grid[0], grid[1]
                if not last:
                    if of_sums.shape[0]:
                        s = of_sums[at : at + units * stride]
                        slopes_of_sums(design.activation, s)
                        clipped(s, a, grid[0], grid[1])
                        a[:] = s
                    else:
                        slopes(design.activation, design.slope, a, grid[0], grid[1])
                    if design.dropped:
                        key = np.uint32(coins[step * (layers - 1) + index] >> np.uint64(32))
                        drop(q, a, units, stride, real, key, design.dropped, design.kept)
            output(
                design, active, passed, of_units, grids, label, real, stride, top, total, g, g_below
            )
            for index in range(layers - 1, -1, -1):
                inputs, units = sizes[index], sizes[index + 1]
                place, end = of_parameters[index], of_parameters[index + 1]
                h = passed[of_units[index] * stride :]
                by_weights(h, inputs, g, units, gradient[place:], stride)
                of_bias = gradient[place + inputs * units : end]
                for u in range(units):
                    of_bias[u] = sum_of(g[u * stride : (u + 1) * stride])
                w = p[place : place + inputs * units]
                if design.weight_bits[index]:
                    clip_gradient(gradient[place:], w, weight_grids[index])
                    w = on_grid[place : place + inputs * units]
                if index:
                    back(g, units, w, g_below, inputs, stride)
                    at = (of_units[index] - sizes[0]) * stride
                    multiply(g_below[: inputs * stride], active[at : at + inputs * stride])
                    g, g_below = g_below, g
            arrays.steps[r] += f32(1)
            if recipe.decay:
                shrink(p, recipe.decay * rates[step])
            if recipe.sgd:
                sgd(p, arrays.first_moment[r], gradient, rates[step], recipe.momentum)
            else:
                adam(
                    p,
                    arrays.first_moment[r],
                    arrays.second_moment[r],
                    gradient,
                    np.float64(arrays.steps[r]),
                    rates[step],
                    recipe.epsilon,
                    recipe.epsilon_first,
                )
        for index in range(layers):
            if np.isfinite(seen_low[index]):
                low[index] = seen_low[index]
            if np.isfinite(seen_high[index]):
                high[index] = seen_high[index]
            seen_low[index], seen_high[index] = f32(np.inf), f32(-np.inf)


@exact
def padded(count):
    """So many samples filled up to a whole number of vectors."""
    return (count + PADDING - 1) // PADDING * PADDING


@exact
def output(design, active, passed, of_units, grids, label, real, stride, top, total, d, below):
    """The gradient of the mean loss by the output's sums, into `d`; copies of samples count 0.

    `below` is scratch as large.
    """
    units, last = design.sizes[-1], design.sizes.shape[0] - 2
    at = (of_units[last + 1] - design.sizes[0]) * stride
    a = active[at : at + units * stride]
    q = passed[of_units[last + 1] * stride : of_units[last + 2] * stride]
    low, high = grids[last]
    if design.bits[last] and not design.logits:
        loss.gradient_by_probabilities(
            a, q, label, units, stride, real, low, high, design.sigmoid, d
        )
    else:
        p = below if design.bits[last] else q
        probabilities(design, q if design.bits[last] else a, p, stride, top, total)
        loss.gradient_by_sums(a, p, label, units, stride, real, low, high, design.sigmoid, d)
    for u in range(units):
        d[u * stride + real : (u + 1) * stride] = ZERO


@summed
def sum_of(row):
    """The sum of a row."""
    total = ZERO
    for b in range(row.shape[0]):
        total += row[b]
    return total


@exact
def clip_gradient(gradient, w, ends):
    """The gradient is 0 where quantization clips a weight."""
    for k in range(w.shape[0]):
        gradient[k] = gradient[k] if (w[k] >= ends[0]) & (w[k] <= ends[1]) else ZERO


@exact
def multiply(one, other):
    """`one` becomes its product with the other."""
    for k in range(one.shape[0]):
        one[k] *= other[k]
