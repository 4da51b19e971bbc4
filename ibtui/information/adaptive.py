"""Scott, Sturges, Doane: uniform bins whose number follows from the layer's distribution.

The number of bins is that of `numpy.histogram_bin_edges` on all values of the layer together: its
range over the rule's width, rounded up. (The thesis prints Sturges' and Doane's numbers of bins as
widths, eq. 2.34 and 2.35; they are numbers.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from ibtui.information.blocks import CACHED, blocks
from ibtui.information.discretized import Discretized, Grid
from ibtui.information.layer import Layer
from ibtui.information.uniform import Edges

if TYPE_CHECKING:
    from jaxtyping import Float, Float64
    from torch import Tensor

SUMMED = 1 << 17  # values of a replicate whose powers are summed at once


class Adaptive(Discretized):
    """Base of the rules: bins from the layer's minimum to its maximum, the upper edge inclusive."""

    cost: ClassVar[str] = "N log N"

    def bins(self, layer: Layer) -> Float64[Tensor, " replicate"]:
        """The number of bins before rounding up, (replicate,) float64; NaN for constant layers."""
        raise NotImplementedError

    def grid(self, layer: Layer) -> Grid:
        low, high = layer.extremes
        bins = self.bins(layer).where(high > low, 1).ceil()
        bits = max(1, (int(bins.max()) - 1).bit_length())
        return Grid(Edges.between(low, high, bins, layer.epsilon).levels, bits, bins)


class Scott(Adaptive):
    """Bins of width (24 sqrt(pi) / n)^(1/3) sigma for n pooled values."""

    source: ClassVar[str] = "Scott 1979; thesis eq. 2.33"
    name: Literal["scott"] = "scott"

    def bins(self, layer: Layer) -> Float64[Tensor, " replicate"]:
        (variance,) = _moments(layer, 2)
        size = layer.values[0].numel()
        return _spans(layer) / ((24 * np.pi**0.5 / size) ** (1 / 3) * variance.sqrt())


class Sturges(Adaptive):
    """log2(n) + 1 bins for n pooled values."""

    source: ClassVar[str] = "Sturges 1926; thesis eq. 2.34, corrected"
    name: Literal["sturges"] = "sturges"

    def bins(self, layer: Layer) -> Float64[Tensor, " replicate"]:
        return (_spans(layer) * 0).add_(np.log2(layer.values[0].numel()) + 1)


class Doane(Adaptive):
    """1 + log2(n) + log2(1 + |g| / sigma_g) bins for n pooled values of skewness g."""

    source: ClassVar[str] = "Doane 1976; thesis eq. 2.35, corrected"
    name: Literal["doane"] = "doane"

    def bins(self, layer: Layer) -> Float64[Tensor, " replicate"]:
        size = layer.values[0].numel()
        if size < 3:
            return _spans(layer) * 0 + 1
        variance, third = _moments(layer, 3)
        skewness = third / variance**1.5
        deviation = np.sqrt(6 * (size - 2) / ((size + 1) * (size + 3)))
        return 1 + np.log2(size) + (1 + skewness.abs() / deviation).log2()


def _spans(layer: Layer) -> Float64[Tensor, " replicate"]:
    low, high = layer.extremes
    return high.double() - low.double()


def _moments(layer: Layer, most: int) -> list[Float64[Tensor, " replicate"]]:
    """The central moments, second to `most` (2 or 3), of a replicate's values.

    (replicate,) float64 each.
    """
    replicates, samples, units = layer.values.shape
    low, high = layer.extremes
    centre = (low.double() + high.double()) / 2  # what it leaves is taken off below
    # Blocks of one size however many replicates there are: sums are to the last bit the same.
    sums = centre.new_zeros((most, replicates))
    together = max(1, CACHED // (samples * units))
    some = layer.values.split(together), centre.split(together), sums.split(together, dim=1)
    for part, own, total in zip(*some, strict=True):
        for _, block in blocks(part, max(1, SUMMED // units)):
            _add_powers(block, own, total)
    first, second, *rest = sums / (samples * units)
    return [second - first**2, *(third - 3 * first * second + 2 * first**3 for third in rest)]


def _add_powers(
    values: Float[Tensor, "replicate sample unit"],
    centre: Float64[Tensor, " replicate"],
    total: Float64[Tensor, "power replicate"],
) -> None:
    """Add the sums of a replicate's (t - centre)^1, 2 and so on to `total` (power, replicate)."""
    apart = values.contiguous().flatten(1).double() - centre[:, None]
    power = apart
    total[0] += power.sum(1)
    for sum_ in total[1:]:
        power = power * apart
        sum_ += power.sum(1)
