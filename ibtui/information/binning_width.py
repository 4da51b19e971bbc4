"""Binning by width: bins of one given width, as many as the values need."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ibtui.errors import MeasureError
from ibtui.information.discretized import Discretized, Grid
from ibtui.information.layer import Layer
from ibtui.information.uniform import ROUNDING, WIDEST, kind_of

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor

MOST_LEVELS = 2**53  # whole numbers beyond are not exact in float64
MOST_FLOAT32 = 2**17  # bins beyond are narrower than what float32 is off by


class BinningWidth(Discretized):
    """The bin of a value t is floor(t / width); there is no bound on their number.

    k times the width, up to the rounding of the values' dtype, is in bin k.
    """

    source: ClassVar[str] = "Saxe et al., ICLR 2018 (0.07 for tanh, 0.5)"
    cost: ClassVar[str] = "N log N"
    in_name: ClassVar[tuple[str, ...]] = ("width",)

    name: Literal["binning-width"] = "binning-width"
    width: float = Field(0.07, gt=0, le=1e6, description="width of a bin")

    def grid(self, layer: Layer) -> Grid:
        import torch

        reach = max(float(bound.abs().max()) for bound in layer.extremes) / self.width
        if not reach < MOST_LEVELS:
            raise MeasureError(
                f"{self.series[0]}: activations up to {reach * self.width:g} have too many bins of "
                "this width (set a greater width)"
            )
        slack = min(ROUNDING * layer.epsilon, WIDEST / max(reach, 1))
        kind = layer.values.dtype if reach < MOST_FLOAT32 else torch.float64

        def bins(values: Float[Tensor, "*place"]) -> Float[Tensor, "*place"]:
            place = values.to(kind) / self.width
            return place.add_(place.abs(), alpha=slack).floor_()

        low, high = map(bins, layer.extremes)
        first, most = low[:, None, None], int((high - low).max())
        whole = kind_of(most)
        levels = lambda values: bins(values).sub_(first).to(whole)  # noqa: E731
        return Grid(levels, max(1, most.bit_length()), (high - low).double().add_(1))
