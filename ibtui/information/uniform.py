"""Uniform: bins of one width, in which values that lie on edges fall as integers do.

Quantized layers are uniform grids and lie on edges all the time. A value on an edge belongs to the
bin above it, the upper bound to the last bin. A value is on an edge if it is within the rounding
error of the data's own dtype, of numbers as large as the bounds: what a grid from bound to bound is
off by when it is computed in that dtype. No value below zero is on an edge at zero, which has no
rounding error. One operation after the other in one dtype, the same on every device.

So the values of quantized layers are binned as their levels are by integers: between its ends,
level k of 0..s falls into bin floor(k m / s) of m. That holds while the levels beside an edge are
further from it than what rounds: 10 eps max(|low|, |high|) < (high - low) gcd(m, s) / (m s), for
example for a 12-bit grid from -1 to 1 in up to 400 bins, for 8 bits in up to 6500.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jaxtyping import Float, Int, Shaped
    from torch import Tensor, dtype

ROUNDING = 6  # units of the last place that a value may be off its edge; arithmetic takes up to 4
WIDEST = 0.25  # of a bin, whatever the rounding: bounds may be few units apart


@dataclass(frozen=True)
class Edges:
    """Uniform bins of every replicate; fields are (replicate, 1, 1), of the values' dtype.

    The bin of a value is the whole part of (t - origin) scale + slack, and `before` more: the
    origin is the lower bound, or zero where an edge lies at it. `guarded` says whether one does.
    """

    low: Float[Tensor, "replicate 1 1"]
    high: Float[Tensor, "replicate 1 1"]
    origin: Float[Tensor, "replicate 1 1"]
    before: Float[Tensor, "replicate 1 1"]
    scale: Float[Tensor, "replicate 1 1"]
    slack: Float[Tensor, "replicate 1 1"]
    last: Float[Tensor, "replicate 1 1"]
    guarded: bool

    @staticmethod
    def between(
        low: Float[Tensor, " replicate"],
        high: Float[Tensor, " replicate"],
        bins: int | Shaped[Tensor, " replicate"],
        epsilon: float,
    ) -> Edges:
        """The edges from `low` to `high`, (replicate,) of the values' dtype.

        `bins` is one number or (replicate,); `epsilon` as `Layer.epsilon`. Where low = high there
        is one bin.
        """
        import torch

        kind = low.dtype
        low, high = low.double()[:, None, None], high.double()[:, None, None]
        count = torch.as_tensor(bins, dtype=torch.float64, device=low.device).view(-1, 1, 1)
        wide = high > low
        scale = torch.where(wide, count / torch.where(wide, high - low, 1.0), 0.0)
        off = ROUNDING * epsilon * torch.maximum(low.abs(), high.abs())
        slack = (off * scale).clamp(max=WIDEST)
        below = (-low * scale).round()  # bins below zero
        at_zero = (low < 0) & (high > 0) & ((count - below) * low + below * high == 0)
        origin, before = low.where(~at_zero, 0.0), below.where(at_zero, 0.0)
        fields = low, high, origin, before, scale, slack, (count - 1).expand(low.shape)
        return Edges(*(field.to(kind) for field in fields), guarded=bool(at_zero.any()))

    def levels(
        self, values: Float[Tensor, "replicate sample unit"]
    ) -> Int[Tensor, "replicate sample unit"]:
        """The bin of every value (replicate, sample, unit) between the bounds, as an integer."""
        import torch

        place = (values - self.origin).mul_(self.scale)
        if self.guarded:
            # At most half of what a value is away from zero, so that none is moved across it.
            least, most = float(self.slack.min()), float(self.slack.max())
            near = place.clamp(-2 * most, 2 * most) if least == most else self._near_origin(place)
            place.add_(near.abs_().mul_(0.5)).floor_().add_(self.before)
        else:
            place.add_(self.slack)
        least, most = float(self.last.min()), float(self.last.max())
        if least == most:
            place.clamp_(0, most)  # one pass, where a tensor of bounds takes three
        else:
            torch.minimum(place, self.last, out=place)
        return place.to(kind_of(most + 2))

    def _near_origin(
        self, place: Float[Tensor, "replicate sample unit"]
    ) -> Float[Tensor, "replicate sample unit"]:
        return place.clamp(-2 * self.slack, 2 * self.slack)

    def levels_and_sides(
        self, values: Float[Tensor, "replicate sample unit"]
    ) -> Int[Tensor, "replicate sample unit"]:
        """The same of any values: one level more for what is below the bounds, two for above.

        So nothing outside the bounds is taken for what is inside.
        """
        reach = self.slack.div(self.scale).where(self.scale > 0, 0.0)
        below = values < self.low - reach.where(self.low != 0, 0.0)
        above = values > self.high + reach.where(self.high != 0, 0.0)
        levels = self.levels(values)
        last = self.last.to(levels.dtype)
        return levels.where(~below, last + 1).where(~above, last + 2)


def round_levels(
    values: Float[Tensor, "replicate sample unit"],
    low: Float[Tensor, " replicate"],
    high: Float[Tensor, " replicate"],
    steps: int,
    epsilon: float,
) -> Int[Tensor, "replicate sample unit"]:
    """The nearest of steps + 1 uniform levels from `low` to `high`, half way to the upper one.

    `values` are (replicate, sample, unit) within `low` and `high`, (replicate,), and "half way" is
    within the rounding error of their dtype; where low = high all of them get level 0.
    """
    edges = Edges.between(low, high, steps, epsilon)
    place = (values - edges.low).mul_(edges.scale).add_(0.5 + edges.slack)
    return place.clamp_(0, steps).to(kind_of(steps))


def kind_of(most: float) -> dtype:
    """The dtype of whole numbers up to `most`: into these a CPU converts floats the fastest."""
    import torch

    return torch.int16 if most < 1 << 15 else torch.int32 if most < 1 << 31 else torch.int64
