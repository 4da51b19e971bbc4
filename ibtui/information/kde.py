"""KDE: bounds on the information of a layer with Gaussian noise added, from pairwise distances."""

from __future__ import annotations

from collections.abc import Callable
from math import isqrt
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ibtui.information.distances import direct_distances, products_suffice
from ibtui.information.estimator import Estimator
from ibtui.information.layer import Information, Layer

if TYPE_CHECKING:
    from jaxtyping import Float64
    from torch import Tensor

BYTES_PER_PAIR = 16  # an exponent in float64, its kernel in float32, and what summing takes
CACHED_PAIRS = 1 << 18  # on the CPU a tile of pairs stays in a core's cache


class Kde(Estimator):
    """Upper (KL) and lower (Bhattacharyya) bound on I(X; T + noise), noise N(0, variance).

    I(X;T) = -mean_i log2(1/N sum_j exp(-d_ij^2 / (c variance))), with c = 2 for the upper and c = 8
    for the lower bound; I(T;Y) is that minus the same within each label, weighted by the labels'
    shares, and so no bound. Scale "layer" multiplies the variance by the layer's own (the mean of
    its units' variances), without which an unbounded activation outgrows any noise.
    """

    source: ClassVar[str] = "Kolchinsky & Tracey 2017; thesis eq. 2.44-2.50; Saxe et al. (0.001)"
    cost: ClassVar[str] = "N^2 U"
    tolerance_bits: ClassVar[float] = 1e-5  # float32 kernels to the fourth, and sums of them
    costly: ClassVar[bool] = True
    suffixes: ClassVar[tuple[str, ...]] = ("-upper", "-lower")

    name: Literal["kde"] = "kde"
    variance: float = Field(0.1, gt=0, le=1e12, description="variance of the noise")
    scale: Literal["fixed", "layer"] = Field("fixed", description="unit of the variance")

    def measure(self, layer: Layer) -> Information:
        import torch

        _ = layer.extremes  # raises where a value is not finite
        order = layer.labels.argsort(stable=True)
        sizes = layer.labels.bincount().tolist()
        measured = []
        for values in layer.values:
            points = self._scaled(values[order].double())
            measured.append(_bits(points, sizes, layer.memory_bytes))
        i_xt_bits, i_ty_bits = torch.stack(measured, dim=-1).cpu().numpy()
        return Information(i_xt_bits, i_ty_bits)

    def _scaled(self, points: Float64[Tensor, "sample unit"]) -> Float64[Tensor, "sample unit"]:
        """Points whose squared distances are the lower bound's exponents, d^2 / (8 variance)."""
        points = points - points.mean(0)
        unit = points.square().mean().sqrt() if self.scale == "layer" else points.new_ones(())
        return points / unit.where(unit > 0, 1.0) / (8 * self.variance) ** 0.5


def _bits(
    points: Float64[Tensor, "sample unit"], sizes: list[int], memory_bytes: int
) -> Float64[Tensor, "2 2"]:
    """I(X;T) and I(T;Y), each upper and lower, (2, 2) float64, of points ordered by label.

    `points` are (sample, unit), `sizes` the number of points of each label.
    """
    import torch

    among_all, among_own = _kernel_sums(points, sizes, memory_bytes)
    own_size = torch.cat([points.new_full((size,), size) for size in sizes])
    entropy = -(among_all / len(points)).log2().mean(1)
    conditional = -(among_own / own_size).log2().mean(1)
    return torch.stack((entropy, entropy - conditional))


def _kernel_sums(
    points: Float64[Tensor, "sample unit"], sizes: list[int], memory_bytes: int
) -> tuple[Float64[Tensor, "2 sample"], Float64[Tensor, "2 sample"]]:
    """Sums of exp(-4 d^2) and exp(-d^2) over all points and over its label's, for each point.

    (2: upper and lower, sample) float64 each. The pairs are made tile by tile, never all at once,
    and once for both of their points.
    """
    exponents = _exponents(points)
    pairs = memory_bytes // BYTES_PER_PAIR
    if points.device.type == "cpu":
        pairs = min(pairs, CACHED_PAIRS)
    tiles = _tiles(sizes, max(1, isqrt(pairs)))
    among_all, among_own = points.new_zeros(2, 2, len(points))
    for at, (label, rows) in enumerate(tiles):
        for other_label, columns in tiles[at:]:
            kernel = exponents(rows, columns).float().exp_()
            for bound in (1, 0):
                targets = [among_all[bound], among_own[bound]][: 1 + (label == other_label)]
                for target in targets:
                    target[rows] += kernel.sum(1)
                    if rows != columns:
                        target[columns] += kernel.sum(0)
                if bound:
                    kernel.square_().square_()  # to the fourth: the upper bound's kernel
    return among_all, among_own


def _exponents(points: Float64[Tensor, "sample unit"]) -> Callable[[slice, slice], Tensor]:
    """-d^2 of the pairs of some points (sample, unit) with some, float64."""
    import torch

    squares = points.square().sum(1, keepdim=True)
    if not products_suffice(squares):
        return lambda rows, columns: (
            direct_distances(points[rows], points[columns]).square_().neg_()
        )
    ones = torch.ones_like(squares)
    # In float64: in float32 a small variance would magnify what cancels in |a|^2 + |b|^2 - 2ab.
    left = torch.cat((2 * points, -squares, ones), dim=1)
    right = torch.cat((points, ones, -squares), dim=1)
    return lambda rows, columns: left[rows] @ right[columns].T


def _tiles(sizes: list[int], side: int) -> list[tuple[int, slice]]:
    """The samples in runs of at most `side` that lie within one label: (label, where)."""
    tiles, start = [], 0
    for label, size in enumerate(sizes):
        stop = start + size
        tiles += [
            (label, slice(first, min(first + side, stop))) for first in range(start, stop, side)
        ]
        start = stop
    return tiles
