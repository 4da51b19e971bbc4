"""The quantizer of `engine.quantizer` on flat arrays: the same grids, every rounding the same.

A NaN passes through; comparisons are written so that it does.
"""

from __future__ import annotations

import numpy as np

from ibtui.engine.kernel.cache import exact

f32 = np.float32
ZERO, HALF, ONE = f32(0), f32(0.5), f32(1)
TINY = f32(np.finfo(np.float32).tiny)


@exact
def scale(low, high, bits, uniform):
    """low, high, step, inverse, zero, base: as the fields of `engine.quantizer.Scale`."""
    last = f32((1 << bits) - 1)
    step = (high - low) / last
    wide = step >= TINY
    divisor = step if wide else ONE
    inverse = ONE / divisor if wide else ZERO
    if uniform:
        return low, high, step, inverse, ZERO, low
    point = np.floor(-low / divisor + HALF)
    point = ZERO if point < ZERO else point
    point = last if point > last else point
    least = -point * step
    return least, (last - point) * step, step, inverse, np.floor(-least * inverse + HALF), ZERO


@exact
def weight_scale(low, high, bits, uniform):
    """The grid of weights between `low` and `high`, which holds zero where it has a zero point."""
    if not uniform:
        low = ZERO if low > ZERO else low
        high = ZERO if high < ZERO else high
    return scale(low, high, bits, uniform)


@exact
def level(x, grid):
    """The level of one value, a whole number."""
    low, high, _, inverse, zero, _ = grid
    x = low if x < low else x
    x = high if x > high else x
    return np.floor((x - low) * inverse - zero + HALF) + zero


@exact
def quantize(x, on_grid, grid):
    """The values of `x` on their levels, into `on_grid`, other memory."""
    _, _, step, _, zero, base = grid
    for k in range(x.shape[0]):
        on_grid[k] = (level(x[k], grid) - zero) * step + base


@exact
def to_levels(x, grid):
    """`x` becomes its levels."""
    for k in range(x.shape[0]):
        x[k] = level(x[k], grid)


@exact
def to_values(x, grid):
    """Levels become their values."""
    _, _, step, _, zero, base = grid
    for k in range(x.shape[0]):
        x[k] = (x[k] - zero) * step + base
