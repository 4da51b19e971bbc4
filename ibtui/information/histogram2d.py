"""2-D histogram: scalar input, scalar layer."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from ibtui.errors import MeasureError
from ibtui.information.decomposed import Decomposed
from ibtui.information.layer import Information, Layer
from ibtui.information.states import pack
from ibtui.information.uniform import Edges


class Histogram2d(Decomposed):
    """I(X;T) and I(T;Y) of X and T each in uniform bins from its minimum to its maximum.

    For one input and one unit: I(X;T) = H(X) + H(T) - H(X,T) of the bins. (The thesis' eq. 3.3 has
    the signs of the entropies wrong, and its frequencies are counts over N, not N^2.)
    """

    source: ClassVar[str] = "thesis 3.1, eq. 3.3, corrected"
    cost: ClassVar[str] = "N log N"
    in_name: ClassVar[tuple[str, ...]] = ("bins",)

    name: Literal["histogram2d"] = "histogram2d"
    bins: int = Field(30, ge=1, le=65536, description="bins of each of the two")

    @property
    def needs_inputs(self) -> bool:
        return True

    def check_layer(self, activation: str, units: int, inputs: int) -> None:
        if units != 1 or inputs != 1:
            raise MeasureError(
                f"{self.series[0]}: needs one input and one unit, not {inputs} and {units} "
                "(use another estimator, binning for example)"
            )

    def measure(self, layer: Layer) -> Information:
        self.check_layer(layer.activation, layer.values.shape[2], layer.inputs.shape[1])
        low, high = layer.extremes
        levels = Edges.between(low, high, self.bins, layer.epsilon).levels(layer.values)
        x = layer.inputs[None]
        bounds = x.amin((1, 2)), x.amax((1, 2))
        of_x = Edges.between(*bounds, self.bins, layer.input_epsilon).levels(x)
        of_inputs = of_x[0, :, 0].long()
        bits = max(1, (self.bins - 1).bit_length())
        return self.informations(layer, pack(levels, bits), bits, of_inputs)
