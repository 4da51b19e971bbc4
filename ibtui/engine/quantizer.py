"""The quantizer: grids of levels, the straight-through estimator, and ranges.

Two grids of 2^bits levels. *uniform* (Lorenzen et al. 2022, section 3.2, as written): level k of
0..2^b-1 lies at min + k s, s = (max - min)/(2^b - 1). *zero-point* (the published code, after Jacob
et al. 2018): the range is nudged to [-z s, (2^b - 1 - z) s], z = clip(floor(-min/s + 1/2), 0,
2^b - 1), so that zero is a level; the value of a level is (k - z) s. Outside the range values
clip to it. A range of one point has one level: that point (uniform) or zero (zero-point).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from ibtui.engine.plan import GridKind


class Scale(NamedTuple):
    """A grid of levels, per replicate: every field is (replicate,) float32.

    A value x is clipped to [low, high]; its level is k = floor((x - low) inverse - zero + 1/2) +
    zero in 0..2^bits-1; the value of level k is (k - zero) step + base.
    """

    low: Tensor
    high: Tensor
    step: Tensor
    inverse: Tensor
    zero: Tensor
    base: Tensor


def scale(
    low: Float[Tensor, " replicate"], high: Float[Tensor, " replicate"], bits: int, grid: GridKind
) -> Scale:
    """The grid of 2^bits levels between `low` and `high`, (replicate,) each."""
    last = float(2**bits - 1)
    step = (high - low) / last
    wide = step >= torch.finfo(step.dtype).tiny  # the reciprocal of a smaller one overflows
    divisor = torch.where(wide, step, 1.0)
    inverse = torch.where(wide, 1 / divisor, 0.0)
    if grid == "uniform":
        return Scale(low, high, step, inverse, torch.zeros_like(low), low.clone())
    # Divided, as the published kernel does: in a symmetric range this is half way between levels.
    point = torch.floor(-low / divisor + 0.5).clamp(0.0, last)
    nudged_low = -point * step
    nudged_high = (last - point) * step
    zero = torch.floor(-nudged_low * inverse + 0.5)
    low, high = nudged_low, nudged_high
    return Scale(low, high, step, inverse, zero, torch.zeros_like(low))


def levels(x: Float[Tensor, "*place replicate"], grid: Scale) -> Float[Tensor, "*place replicate"]:
    """The level of every value, whole numbers in float32: `x` is (..., replicate)."""
    clipped = torch.minimum(torch.maximum(x, grid.low), grid.high)
    return torch.floor((clipped - grid.low) * grid.inverse - grid.zero + 0.5) + grid.zero


def values(
    level: Float[Tensor, "*place replicate"], grid: Scale
) -> Float[Tensor, "*place replicate"]:
    """The values of levels: `level` is (..., replicate)."""
    return (level - grid.zero) * grid.step + grid.base


class _StraightThrough(torch.autograd.Function):
    """Rounds forward; backward the gradient is 1 inside the range, both ends too, else 0."""

    @staticmethod
    def forward(
        x: Tensor,
        low: Tensor,
        high: Tensor,
        step: Tensor,
        inverse: Tensor,
        zero: Tensor,
        base: Tensor,
    ) -> Tensor:
        grid = Scale(low, high, step, inverse, zero, base)
        return values(levels(x, grid), grid)

    @staticmethod
    def setup_context(ctx, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        x, low, high, *_ = inputs
        ctx.save_for_backward(x, low, high)

    @staticmethod
    def backward(ctx, gradient: Tensor):  # type: ignore[override]
        x, low, high = ctx.saved_tensors
        inside = (x >= low) & (x <= high)
        return torch.where(inside, gradient, 0.0), None, None, None, None, None, None


def quantize(
    x: Float[Tensor, "*place replicate"], grid: Scale
) -> Float[Tensor, "*place replicate"]:
    """Values on their levels, with straight-through gradients: `x` is (..., replicate)."""
    return _StraightThrough.apply(x, *grid)  # type: ignore[return-value]


def extremes(
    x: Float[Tensor, "*place replicate"],
) -> tuple[Float[Tensor, " replicate"], Float[Tensor, " replicate"]]:
    """Least and greatest value of each replicate: `x` is (..., replicate), gradients stop here."""
    held = x.detach()
    others = tuple(range(held.dim() - 1))
    return held.amin(others), held.amax(others)


def weight_scale(weights: Float[Tensor, "*place replicate"], bits: int, grid: GridKind) -> Scale:
    """The grid of a weight tensor over its own range, which holds zero on a zero-point grid."""
    low, high = extremes(weights)
    if grid == "zero-point":
        low, high = low.clamp(max=0.0), high.clamp(min=0.0)
    return scale(low, high, bits, grid)
