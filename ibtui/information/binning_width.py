"""Binning by width: bins of one given width, as many as the values need."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ibtui.errors import MeasureError
from ibtui.information.discretized import Discretized, Grid
from ibtui.information.layer import Layer

if TYPE_CHECKING:
    from torch import Tensor

MOST_LEVELS = 2**53  # whole numbers beyond are not exact in float64


class BinningWidth(Discretized):
    """The bin of a value t is floor(t / width); there is no bound on their number."""

    source: ClassVar[str] = "Saxe et al., ICLR 2018 (0.07 for tanh, 0.5)"
    cost: ClassVar[str] = "N log N"
    in_name: ClassVar[tuple[str, ...]] = ("width",)

    name: Literal["binning-width"] = "binning-width"
    width: float = Field(0.07, gt=0, description="width of a bin")

    def grid(self, layer: Layer) -> Grid:
        low, high = (bound.double().div(self.width).floor() for bound in layer.extremes)
        most = float((high - low).max())
        if not max(most, float(high.abs().max()), float(low.abs().max())) < MOST_LEVELS:
            raise MeasureError(
                f"{self.series[0]}: activations up to {float(layer.extremes[1].max()):g} have too "
                "many bins of this width (set a greater width)"
            )

        def levels(values: Tensor) -> Tensor:
            # In float64, as the width is: 0.07 has no float32 to divide by.
            return values.double().div_(self.width).floor_().sub_(low[:, None, None])

        return Grid(levels, max(1, int(most).bit_length()))
