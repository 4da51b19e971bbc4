"""Binning: uniform bins over bounds that one chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ibtui.errors import MeasureError
from ibtui.information.discretized import Discretized, Grid
from ibtui.information.layer import Layer
from ibtui.information.uniform import Edges

if TYPE_CHECKING:
    from jaxtyping import Float, Int64
    from torch import Tensor

OF_RUN = "run", "network"
BOUNDED = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0)}


class Binning(Discretized):
    """Uniform bins from the lower to the upper bound, the upper edge inclusive.

    The bounds are those of the activation function, or the layer's extremes: of this epoch
    ("layer"), of all measured epochs so far ("running"), or of the whole run ("run", found by a
    first pass with the same seeds). "network" is as "run", with one grid for all layers, from the
    least to the greatest activation of any of them: what the published code of Lorenzen et al.
    calls global. What lies outside the bounds is counted as two states of its own, one below and
    one above.
    """

    source: ClassVar[str] = (
        "Shwartz-Ziv & Tishby 2017; bounds: Saxe et al., ICLR 2018, and Lorenzen et al., ICLR 2022"
    )
    cost: ClassVar[str] = "N log N"
    in_name: ClassVar[tuple[str, ...]] = ("bins",)

    name: Literal["binning"] = "binning"
    bins: int = Field(30, ge=1, le=65536, description="number of bins")
    bounds: Literal["activation", "layer", "running", "run", "network"] = Field(
        "activation", description="what the bins span"
    )

    @property
    def needs_run_range(self) -> bool:
        return self.bounds in OF_RUN

    @property
    def needs_running_range(self) -> bool:
        return self.bounds == "running"

    def check_layer(self, activation: str, units: int, inputs: int) -> None:
        if self.bounds == "activation" and activation not in BOUNDED:
            raise MeasureError(
                f"{self.series[0]}: {activation} activations have no bounds of their own "
                "(set bounds = 'layer', 'running' or 'run'; of own activations say by --activation "
                "what they are)"
            )

    def grid(self, layer: Layer) -> Grid:
        low, high = self._bounds(layer)
        least, greatest = layer.extremes
        inside = not ((least < low) | (greatest > high)).any()
        edges = Edges.between(low, high, self.bins, layer.epsilon)
        levels = edges.levels if inside else edges.levels_and_sides
        return Grid(levels, (self.bins + 1).bit_length())

    def cells_of_inputs(self, layer: Layer) -> Int64[Tensor, " sample"]:
        if self.bounds == "activation":  # inputs have none
            return self.model_copy(update={"bounds": "layer"}).cells_of_inputs(layer)
        return super().cells_of_inputs(layer)

    def _bounds(
        self, layer: Layer
    ) -> tuple[Float[Tensor, " replicate"], Float[Tensor, " replicate"]]:
        """The lower and upper bound of every replicate."""
        low, high = layer.extremes
        match self.bounds:
            case "layer":
                return low, high
            case "running":
                return layer.running_min, layer.running_max
            case "run":
                return self._of_run(layer.run_min, layer.run_max)
            case "network":
                return self._of_run(layer.network_min, layer.network_max)
        self.check_layer(layer.activation, layer.values.shape[2], layer.inputs.shape[1])
        import torch

        lower, upper = BOUNDED[layer.activation]
        return torch.full_like(low, lower), torch.full_like(high, upper)

    def _of_run(
        self, low: Float[Tensor, " replicate"] | None, high: Float[Tensor, " replicate"] | None
    ) -> tuple[Float[Tensor, " replicate"], Float[Tensor, " replicate"]]:
        """Bounds that a first pass has found. Raises `MeasureError` without such a pass."""
        if low is None or high is None:
            raise MeasureError(
                f"{self.series[0]}: bounds = {self.bounds!r} needs the range of the whole run, "
                "which no first pass has found here (use bounds = 'running' or 'layer')"
            )
        return low, high
