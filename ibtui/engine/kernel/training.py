"""Training: whole epochs of replicates, one after the other, with no interpreter's lock held."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ibtui.engine.kernel.backward import backward, output_gradient
from ibtui.engine.kernel.cache import exact
from ibtui.engine.kernel.design import GELU, SILU, Design
from ibtui.engine.kernel.dropout import drop
from ibtui.engine.kernel.forward import forward, layer_of
from ibtui.engine.kernel.gather import gather
from ibtui.engine.kernel.lanes import PADDING, borrowed
from ibtui.engine.kernel.layers import places
from ibtui.engine.kernel.noise import add
from ibtui.engine.kernel.optimizer import update
from ibtui.engine.kernel.shuffle import FOR_DROPOUT, FOR_NOISE, bit_length, random_raw, shuffle

f32 = np.float32
ONE_FOR_ALL, OF_EACH = 2, 1  # `Recipe.order`
UPPER = np.uint64(32)  # bits of a raw number that are a key


class TrainScratch(NamedTuple):
    """What a step works on; U units of all layers, the inputs first, W samples of a batch."""

    of_parameters: NDArray[np.int64]  # where the parameters of each layer begin
    of_units: NDArray[np.int64]  # where its units begin
    passed: NDArray[np.float32]  # (U * W,)  what each layer passes on
    active: NDArray[np.float32]  # without the inputs: activations, then their slopes
    of_sums: NDArray[np.float32]  # slopes, where activations do not tell them
    g: NDArray[np.float32]  # gradients by a layer's sums
    g_below: NDArray[np.float32]
    top: NDArray[np.float32]  # (W,)
    total: NDArray[np.float32]  # (W,)
    rows: NDArray[np.int64]  # (W,)
    label: NDArray[np.int64]  # (W,)
    gradient: NDArray[np.float32]  # (P,)
    on_grid: NDArray[np.float32]  # (P,)  weights on their levels
    grids: NDArray[np.float32]  # (L, 2)  least and greatest level of activations
    weight_grids: NDArray[np.float32]  # (L, 2)  and of weights


def scratch_of(design: Design, samples: int) -> TrainScratch:
    """Memory for steps of so many samples."""
    sizes, layers = design.sizes, len(design.bits)
    of_parameters, of_units = places(sizes)
    parameters, width = int(of_parameters[-1]), padded(samples)
    inner, widest = int(of_units[-1] - sizes[0]), int(sizes[1:].max())
    told_by_sums = design.activation in (GELU, SILU)
    return TrainScratch(
        of_parameters=of_parameters,
        of_units=of_units,
        passed=np.empty(int(of_units[-1]) * width, f32),
        active=np.empty(inner * width, f32),
        of_sums=np.empty(inner * width if told_by_sums else 0, f32),
        g=np.empty(widest * width, f32),
        g_below=np.empty(widest * width, f32),
        top=np.empty(width, f32),
        total=np.empty(width, f32),
        rows=np.empty(width, np.int64),
        label=np.empty(width, np.int64),
        gradient=np.empty(parameters, f32),
        on_grid=np.empty(parameters, f32),
        grids=np.empty((layers, 2), f32),
        weight_grids=np.empty((layers, 2), f32),
    )


@exact
def padded(count):
    """So many samples filled up to a whole number of vectors."""
    return (count + PADDING - 1) // PADDING * PADDING


@exact
def train(design, samples, recipe, scratch, arrays, seeds, first, epoch, rates):
    """Train every replicate of `arrays` for the epochs after `epoch`, as many as `rates`.

    `seeds` are uint64, (R,), `first` is the number of the first replicate, `rates` the learning
    rates, float32.
    """
    design, samples = borrowed(design), borrowed(samples)
    scratch, arrays = borrowed(scratch), borrowed(arrays)
    count, hidden = samples.train.shape[0], design.sizes.shape[0] - 2
    order, keys = np.arange(count), np.empty(count, np.uint64)
    ends = np.empty(1 + (1 << max(bit_length(count - 1), 1)), np.int32)
    steps = (count + recipe.batch - 1) // recipe.batch
    masks = np.empty((steps, hidden if design.dropped else 0), np.uint64)
    noises = np.empty((steps, hidden if design.noise else 0), np.uint64)
    epochs, replicates = rates.shape[0], arrays.parameters.shape[0]
    for turn in range(epochs * replicates):
        # An order for all is made once an epoch; else a replicate stays in the cache.
        if recipe.order == ONE_FOR_ALL:
            done, r = turn // replicates, turn % replicates
            if r == 0:
                shuffle(recipe.shared_seed, epoch + done, keys, ends, order)
        else:
            done, r = turn % epochs, turn // epochs
            if recipe.order == OF_EACH:
                shuffle(seeds[r], epoch + done, keys, ends, order)
        labels = samples.shuffled_labels if epoch + done < 0 else samples.labels
        random_raw(seeds[r], FOR_DROPOUT, epoch + done, masks.reshape(-1))
        random_raw(seeds[r], FOR_NOISE, epoch + done, noises.reshape(-1))
        base = samples.of_each * (first + r)
        for step in range(steps):
            start = step * recipe.batch
            real = min(recipe.batch, count - start)
            stride = padded(real)
            for b in range(stride):
                row = base + samples.train[order[start + (b if b < real else 0)]]
                scratch.rows[b], scratch.label[b] = row, labels[row]
            gather(samples, scratch.rows, design.sizes[0], stride, scratch.passed)
            for index in range(hidden + 1):
                forward(design, scratch, arrays, r, index, stride)
                if index < hidden:
                    disturb(design, scratch, index, stride, real, masks[step], noises[step])
            output_gradient(design, scratch, stride, real)
            backward(design, scratch, arrays.parameters[r], stride)
            update(recipe, arrays, r, scratch.gradient, rates[done])
        end_epoch(arrays, r)


@exact
def disturb(design, scratch, index, stride, real, masks, noises):
    """Noise and dropout on what a hidden layer passes on, by the keys of a step."""
    slopes, h = layer_of(design, scratch, index, stride)
    units = design.sizes[index + 1]
    if noises.shape[0]:
        add(h, units, stride, real, np.uint32(noises[index] >> UPPER), design.noise)
    if masks.shape[0]:
        key = np.uint32(masks[index] >> UPPER)
        drop(h, slopes, units, stride, real, key, design.dropped, design.kept)


@exact
def end_epoch(arrays, r):
    """What was seen in the epoch just ended becomes the range in force."""
    for ruling, seen, nothing in (
        (arrays.low[r], arrays.seen_low[r], np.inf),
        (arrays.high[r], arrays.seen_high[r], -np.inf),
    ):
        for index in range(ruling.shape[0]):
            if np.isfinite(seen[index]):
                ruling[index] = seen[index]
            seen[index] = f32(nothing)
