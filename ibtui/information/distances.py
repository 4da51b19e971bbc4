"""Distances: where a matrix product gives those of points, and where it rounds too much away."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jaxtyping import Float64
    from torch import Tensor

ROUNDING = 1e-7  # of a unit that squared distances may be off by


def products_suffice(
    squares: Float64[Tensor, "..."], unit: Float64[Tensor, ""] | float = 1.0
) -> bool:
    """Whether |a|^2 + |b|^2 - 2ab is exact enough for squared distances measured in `unit`.

    `squares` are |a|^2 of the points, float64; where they are far above the unit they cancel.
    """
    import torch

    return bool(squares.max() * torch.finfo(squares.dtype).eps <= ROUNDING * unit)


def direct_distances(
    points: Float64[Tensor, "sample unit"], others: Float64[Tensor, "other unit"]
) -> Float64[Tensor, "sample other"]:
    """|a - b| of points (sample, unit) and others, pair by pair: slow, and nothing cancels."""
    import torch

    return torch.cdist(points, others, compute_mode="donot_use_mm_for_euclid_dist")
