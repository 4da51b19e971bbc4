"""Estimator: an option table that can measure a layer. One interface for all families."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
from pydantic import Field, model_validator

from ibtui.errors import MeasureError
from ibtui.information.extras import extra
from ibtui.information.layer import Information, Layer
from ibtui.options import Options


class Estimator(Options):
    """Base of all estimators: `name` picks the family, the other fields are its options.

    A family is one file with a subclass: a `name: Literal[...]` field with default, option fields
    with descriptions, `source` and `cost` for the table of `ibtui estimators`, and `measure`.
    `tolerance_bits` is what rounding may make of two equal values, as its arithmetic has it.
    `costly` marks one whose time outgrows N log N: a quick run measures less by it. One that puts
    the values of a layer into discrete states, fewer than there are, sets `discretizes` and gives
    them in `Information.states`. `suffixes` tells its series apart where it has
    several; `in_name` are the options that the names of its series always show (others only where
    they differ from the default). The first option shows as its value alone, so it should be the
    one that is varied most; numbers of the others come with their option's name.
    """

    source: ClassVar[str] = ""
    cost: ClassVar[str] = ""
    tolerance_bits: ClassVar[float] = 1e-9  # sums of at most 2^17 float64 terms, counts among them
    costly: ClassVar[bool] = False
    discretizes: ClassVar[bool] = False
    suffixes: ClassVar[tuple[str, ...]] = ("",)
    in_name: ClassVar[tuple[str, ...]] = ()

    name: str
    label: str | None = Field(
        default=None, min_length=1, max_length=100, description="name of the series"
    )
    every: int = Field(
        default=1, ge=1, le=10**6, description="measure in every n-th frame and the last"
    )
    replicates: int | None = Field(
        default=None, ge=1, le=65536, description="measure the first n alone"
    )
    shuffles: int = Field(
        default=0,
        ge=0,
        le=10_000,
        description="shuffle the labels n times: the mean I(T;Y) that chance alone gives",
    )
    subtract_null: bool = Field(
        default=False, description="take that mean from I(T;Y), a series of its own"
    )

    @model_validator(mode="after")
    def _null_is_there(self) -> Estimator:
        if self.subtract_null and not self.shuffles:
            raise ValueError("subtract_null needs shuffles (for example shuffles=20)")
        return self

    @property
    def series(self) -> tuple[str, ...]:
        """The names of the series that `measure` returns, in order."""
        name = self.name.rpartition(":")[2]  # of a file at hand the class alone
        stem = self.label or "-".join((name, *self._options_in_name()))
        null = ""
        if self.shuffles and not self.label:
            null = "-less-null" if self.subtract_null else "-null"
        return tuple(f"{stem}{suffix}{null}" for suffix in self.suffixes)

    @property
    def is_null(self) -> bool:
        """Whether its series are what chance gives, and no estimates."""
        return self.shuffles > 0 and not self.subtract_null

    @property
    def estimates(self) -> tuple[bool, ...]:
        """Of each of its series, whether it estimates what the plane shows."""
        return (not self.is_null,) * len(self.suffixes)

    @classmethod
    def common_options(cls) -> Collection[str]:
        """The options, `name` among them, that a family shares with others."""
        return Estimator.model_fields

    @property
    def count_key(self) -> str | None:
        """What `apply` counts, where that is all it does: whoever makes the states may count them.

        Estimators of one key give equal numbers. See `readings.Count`.
        """
        return None

    @property
    def modules(self) -> tuple[str, ...]:
        """What `measure` imports beyond numpy and torch, see `extras`."""
        return ()

    def check_modules(self) -> None:
        """Raises `MeasureError` where a library that `measure` needs is not installed."""
        for module in self.modules:
            extra(module, self.series[0])

    def check_layer(self, activation: str, units: int, inputs: int) -> None:
        """Raises `MeasureError` where layers of this kind cannot be measured, whatever they hold.

        `activation` is as in `Layer`, `units` is the layer's width and `inputs` that of the inputs.
        So it is known of a network before it is trained.
        """

    @property
    def needs_run_range(self) -> bool:
        """Whether `measure` needs `Layer.run_min` and `run_max`: only a first pass finds them."""
        return False

    @property
    def needs_running_range(self) -> bool:
        """Whether `measure` needs the extremes of earlier frames: `Layer.running_min` and _max."""
        return False

    def due(self, frame: int, last: bool = False) -> bool:
        """Whether this estimator measures in frame number `frame` (0, 1, ...), by `every`."""
        return frame % self.every == 0 or last

    @property
    def needs_inputs(self) -> bool:
        """Whether `measure` looks at `Layer.inputs`."""
        return False

    def measure(self, layer: Layer) -> Information:
        """Measure I(X;T) and I(T;Y), in bits, of every replicate of `layer`.

        Raises `MeasureError` with one clear line where the layer cannot be measured.
        """
        raise NotImplementedError

    def apply(self, layer: Layer, numbers: Sequence[int] | None = None) -> Information:
        """`measure` as the options `replicates` and `shuffles` ask for it.

        `numbers` are those of the layer's replicates in the run, ascending (0, 1, ... if not
        given); from number `replicates` on the information is NaN, and there are no states. Under
        `shuffles` I(T;Y) is the mean over random permutations of the labels, the same ones at every
        call; under `subtract_null` that mean is subtracted.
        """
        total = layer.values.shape[0]
        numbers = range(total) if numbers is None else numbers
        wanted = total if self.replicates is None else sum(n < self.replicates for n in numbers)
        i_xt_bits, i_ty_bits = np.full((2, len(self.series), total), np.nan)
        if not wanted:
            return Information(i_xt_bits, i_ty_bits)
        layer = layer.part(0, wanted)
        measured = self._shuffled(layer) if self.is_null else self.measure(layer)
        if measured.bits.shape != (2, len(self.series), wanted):
            raise MeasureError(
                f"{self.name}: gives {measured.bits.shape[1:]} numbers, not one of each of "
                f"{len(self.series)} series and {wanted} replicates"
            )
        if measured.cells is not None and measured.cells.shape != (wanted,):
            raise MeasureError(
                f"{self.name}: gives {measured.cells.shape} numbers of cells, not one of each of "
                f"{wanted} replicates"
            )
        if self.subtract_null:
            above = measured.i_ty_bits - self._shuffled(layer).i_ty_bits
            measured = replace(measured, i_ty_bits=above)
        i_xt_bits[:, :wanted], i_ty_bits[:, :wanted] = measured.bits
        return replace(measured, i_xt_bits=i_xt_bits, i_ty_bits=i_ty_bits)

    def _shuffled(self, layer: Layer) -> Information:
        import torch

        generator = torch.Generator().manual_seed(0)
        shuffled = [
            self.measure(replace(layer, labels=layer.labels[order.to(layer.labels.device)]))
            for order in (
                torch.randperm(len(layer.labels), generator=generator) for _ in range(self.shuffles)
            )
        ]
        i_ty_bits = sum((one.i_ty_bits for one in shuffled), np.zeros(1)) / self.shuffles
        return replace(shuffled[0], i_ty_bits=i_ty_bits)

    def _options_in_name(self) -> list[str]:
        fields = type(self).model_fields
        own = [option for option in fields if option not in self.common_options()]
        return [
            _short(option, getattr(self, option), alone=option == own[0])
            for option in own
            if option in self.in_name or getattr(self, option) != fields[option].default
        ]


def _short(option: str, value: object, *, alone: bool) -> str:
    """An option as a part of a name: 30, seed-7, layer; a switch by its own name."""
    option = option.replace("_", "-")
    if isinstance(value, bool):
        return option if value else f"no-{option}"
    text = f"{value:g}" if isinstance(value, float) and math.isfinite(value) else str(value)
    return text if alone or isinstance(value, str) else f"{option}-{text}"
