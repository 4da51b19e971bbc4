"""Tallying: what is counted of a layer in a pass: its states, and those of `requantized`."""

from __future__ import annotations

import numpy as np

from ibtui.engine.kernel.cache import exact
from ibtui.engine.kernel.counting import count, words_of
from ibtui.engine.kernel.requantizing import pack_places, rounding, tells_apart

f32 = np.float32


@exact
def count_layer(
    design, scratch, wanted, found, row, index, values, grid, words, again, classes, sum_log
):
    """Count the states of a layer, requantized too; gives where the next layer's words begin.

    Its requantized words go into `scratch.requantized` from row `again` on.
    """
    counts = wanted.counted.shape[0]
    if counts == 0:
        return again
    units, stride = design.sizes[index + 1], scratch.top.shape[0]
    bits = design.bits[index]
    if index == design.bits.shape[0] - 1 and design.logits:
        bits = 0  # its values are probabilities, on no grid
    low, high = found.low[row, index], found.high[row, index]
    if counts < wanted.real:
        low, high = spread_of(values, units, stride, wanted.counted)
    counted = wanted.states
    if counted:
        tally(scratch, wanted, found.sums[row, index], words, classes, sum_log)
    for which in range(wanted.requantized.shape[0]):
        size = words_of(units, wanted.requantized[which] + 1)
        own, sums = scratch.requantized[again : again + size], found.requantized[row, index, which]
        again += size
        rule = rounding(low, high, wanted.requantized[which])
        if tells_apart(grid, bits, low, high, rule):
            if not counted:
                tally(scratch, wanted, found.sums[row, index], words, classes, sum_log)
                counted = True
            sums[0], sums[1] = found.sums[row, index, 0], found.sums[row, index, 1]
            sums[2] = sums[0]  # the output is a function of these very states
        else:
            pack_places(values, units, stride, rule, wanted.requantized[which] + 1, own)
            tally(scratch, wanted, sums, own, classes, sum_log)
            sums[2] = 0.0 if sums[0] == 0.0 else np.nan  # all differ; or they are to be compared
    return again


@exact
def compare_output(design, scratch, wanted, found, row, output, sum_log):
    """Count requantized states together with those of the output, of words `output`."""
    if wanted.requantized.shape[0] == 0 or wanted.counted.shape[0] == 0:
        return
    again, of_output = 0, output.shape[0]
    for j in range(of_output):
        for k in range(wanted.counted.shape[0]):
            scratch.both[j, k] = output[j, wanted.counted[k]]
    for index in range(design.bits.shape[0]):
        for which in range(wanted.requantized.shape[0]):
            size = words_of(design.sizes[index + 1], wanted.requantized[which] + 1)
            sums = found.requantized[row, index, which]
            if np.isnan(sums[2]):
                for j in range(size):
                    word, both = scratch.requantized[again + j], scratch.both[of_output + j]
                    for k in range(both.shape[0]):
                        both[k] = word[wanted.counted[k]]
                both = scratch.both[: of_output + size]
                sums[2], _ = count(both, scratch.one_label, 1, sum_log)
            again += size


@exact
def tally(scratch, wanted, sums, words, classes, sum_log):
    """Sums over states, and states with labels, into `sums`, at the samples that are counted."""
    own = chosen(wanted, words, scratch.some_words)
    sums[0], sums[1] = count(own, scratch.some_labels, classes, sum_log)


@exact
def chosen(wanted, words, into):
    """Words at the samples that are counted; `into` is memory for them where not all are."""
    counts = wanted.counted.shape[0]
    if counts == wanted.real:
        return words
    own = into[: words.shape[0]]
    for j in range(words.shape[0]):
        for k in range(counts):
            own[j, k] = words[j, wanted.counted[k]]
    return own


@exact
def spread_of(values, units, stride, samples):
    """The least and the greatest of some samples, both NaN where one is."""
    low, high = f32(np.inf), f32(-np.inf)
    for u in range(units):
        for k in range(samples.shape[0]):
            x = values[u * stride + samples[k]]
            low = x if not x >= low else low
            high = x if not x <= high else high
    return low, high
