"""Distances: where a matrix product gives those of points, and where it rounds too much away."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

ROUNDING = 1e-7  # of a unit that squared distances may be off by


def products_suffice(squares: Tensor, unit: Tensor | float = 1.0) -> bool:
    """Whether |a|^2 + |b|^2 - 2ab is exact enough for squared distances measured in `unit`.

    `squares` are |a|^2 of the points, float64; where they are far above the unit they cancel.
    """
    import torch

    return bool(squares.max() * torch.finfo(squares.dtype).eps <= ROUNDING * unit)


def direct_distances(points: Tensor, others: Tensor) -> Tensor:
    """|a - b| of points (sample, unit) and others, pair by pair: slow, and nothing cancels."""
    import torch

    return torch.cdist(points, others, compute_mode="donot_use_mm_for_euclid_dist")
