"""Requantizing: the states of `information.requantized`, made of a layer's values in a pass."""

from __future__ import annotations

import numpy as np

from ibtui.engine.kernel.cache import exact
from ibtui.engine.kernel.counting import WORD, i32, words_of
from ibtui.information.uniform import ROUNDING, WIDEST

f32, f64 = np.float32, np.float64
ZERO, HALF = f32(0), f32(0.5)
ROUNDED = ROUNDING * float(np.finfo(f32).eps)
MOST_BITS = 12  # of a layer whose levels are looked at one by one


@exact
def rounding(low, high, bits):
    """Low, scale, shift and last level, by which `place` maps values from `low` to `high`."""
    below, above, steps = f64(low), f64(high), f64(1 << bits)
    scale = steps / (above - below) if above > below else 0.0
    slack = ROUNDED * max(abs(below), abs(above)) * scale
    slack = WIDEST if slack > WIDEST else slack
    return low, f32(scale), HALF + f32(slack), f32(steps)


@exact
def place(x, rule):
    """The level of a value, and a part of one more."""
    low, scale, shift, last = rule
    x = (x - low) * scale + shift
    x = ZERO if x < ZERO else x
    return last if x > last else x


@exact
def tells_apart(grid, bits, low, high, rule):
    """Whether the values of a grid from `low` to `high` fall into different levels.

    Then the states are those that the grid itself makes.
    """
    if bits == 0 or bits > MOST_BITS:
        return False
    _, _, step, _, zero, base = grid
    before = i32(-1)
    for k in range(1 << bits):
        x = (f32(k) - zero) * step + base
        if (x >= low) & (x <= high):
            level = i32(place(x, rule))
            if level == before:
                return False
            before = level
    return True


@exact
def pack_places(values, units, stride, rule, bits, words):
    """Words of the levels, `bits` each, of a layer's values (unit, sample), into `words`."""
    in_word = min(units, WORD // bits)
    for j in range(words_of(units, bits)):
        first, word = j * in_word, words[j]
        word[:] = 0
        for u in range(first, min(units, first + in_word)):
            row, shift = values[u * stride : (u + 1) * stride], np.int64(bits * (u - first))
            for k in range(word.shape[0]):
                word[k] |= np.int64(i32(place(row[k], rule))) << shift
