"""Inputs: the samples on the grid of `engine.quantizer`, by numpy: every rounding the same."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from ibtui.engine.plan import GridKind

f32 = np.float32
HALF = f32(0.5)


def quantize_inputs(
    inputs: Float32[np.ndarray, "sample input"], bits: int, grid: GridKind
) -> Float32[np.ndarray, "sample input"]:
    """All inputs on one grid over all their values: (sample, input)."""
    low, high = inputs.min(), inputs.max()
    if grid == "zero-point":
        low, high = min(low, f32(0)), max(high, f32(0))
    last = f32(2**bits - 1)
    step = (high - low) / last
    wide = step >= np.finfo(f32).tiny
    divisor = step if wide else f32(1)
    inverse, zero, base = (f32(1) / divisor if wide else f32(0)), f32(0), low
    if grid == "zero-point":
        point = np.clip(np.floor(-low / divisor + HALF), f32(0), last)
        low, high = -point * step, (last - point) * step
        zero, base = np.floor(-low * inverse + HALF), f32(0)
    found = np.clip(inputs, low, high)
    found -= low
    found *= inverse
    found -= zero
    found += HALF
    np.floor(found, out=found)
    found *= step  # levels count `zero` more, and their values that much less: nothing rounds
    found += base
    return found
