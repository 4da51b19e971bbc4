"""Recorded: what a run says of itself whose network was somebody else's, and was only measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from ibtui.information import Estimators
from ibtui.options import Options
from ibtui.profile.measure import Measure
from ibtui.profile.model import validated


class Probe(Options):
    """The samples that the layers were measured on, given as arrays."""

    complete: ClassVar[bool] = False  # whether there are no other samples: nobody knows

    name: str = Field(default="probe set", description="what the samples are")
    samples: int = Field(ge=1, description="how many")
    inputs: int | None = Field(default=None, ge=1, description="width of an input, where given")


class Recorded(Options):
    """The place of a profile in a recorder's run: no network, no training, since none is known.

    `model` is the class of the network, if one was hooked; `layers` are its modules by the names
    of the layers, and `pools` how a sample's channels or tokens became one vector.
    """

    name: str = Field(min_length=1, max_length=200, description="name of the run")
    title: str = ""
    expect: str = ""
    replicates: int = Field(default=1, ge=1, le=65536)
    model: str = ""
    layers: dict[str, str] = Field(default={})
    activations: dict[str, str] = Field(default={})
    pools: dict[str, str] = Field(default={})
    epochs: int | None = Field(default=None, ge=0)  # None: nobody said
    data: Probe
    measure: Measure = Measure()
    estimator: tuple[Estimators, ...] = Field(min_length=1)

    @property
    def series(self) -> tuple[str, ...]:
        """The names of all series."""
        return tuple(name for estimator in self.estimator for name in estimator.series)

    @property
    def nulls(self) -> tuple[bool, ...]:
        """Which series are no estimates: what chance gives, and terms of a decomposition."""
        return tuple(not one for estimator in self.estimator for one in estimator.estimates)


def validate_recorded(table: Mapping[str, Any], where: str, *, reading: bool = False) -> Recorded:
    """What a recorder's run says of itself, from plain values, see `validate`."""
    return validated(Recorded, table, where, reading=reading)
