"""Recorded: what a run says of itself whose network was somebody else's, and was only measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field, ValidationError

from ibtui.errors import UsageError
from ibtui.information import Estimators
from ibtui.options import MOST_EPOCHS, MOST_REPLICATES, MOST_SAMPLES, Options, Words
from ibtui.problems import explain
from ibtui.profile.measure import Measure
from ibtui.profile.model import validated

MOST_LAYERS = 4096
MOST_INPUTS = 2**40
OfLayers = Annotated[dict[Words, Words], Field(max_length=MOST_LAYERS)]


class Probe(Options):
    """The samples that the layers were measured on, given as arrays."""

    complete: ClassVar[bool] = False  # whether there are no other samples: nobody knows

    name: Words = Field(default="probe set", description="what the samples are")
    samples: int = Field(ge=1, le=MOST_SAMPLES, description="how many")
    inputs: int | None = Field(
        default=None, ge=1, le=MOST_INPUTS, description="width of an input, where given"
    )


class Recorded(Options):
    """The place of a profile in a recorder's run: no network, no training, since none is known.

    `model` is the class of the network, if one was hooked; `layers` are its modules by the names
    of the layers, and `pools` how a sample's channels or tokens became one vector.
    """

    name: str = Field(min_length=1, max_length=200, description="name of the run")
    title: Words = ""
    expect: Words = ""
    replicates: int = Field(default=1, ge=1, le=MOST_REPLICATES)
    model: Words = ""
    layers: OfLayers = Field(default={})
    activations: OfLayers = Field(default={})
    pools: OfLayers = Field(default={})
    epochs: int | None = Field(default=None, ge=0, le=MOST_EPOCHS)  # None: nobody said
    data: Probe
    measure: Measure = Measure()
    estimator: tuple[Estimators, ...] = Field(min_length=1, max_length=100)

    @property
    def series(self) -> tuple[str, ...]:
        """The names of all series."""
        return tuple(name for estimator in self.estimator for name in estimator.series)

    @property
    def nulls(self) -> tuple[bool, ...]:
        """Which series are no estimates: what chance gives, and terms of a decomposition."""
        return tuple(not one for estimator in self.estimator for one in estimator.estimates)


def recorded(values: Mapping[str, Any]) -> Recorded:
    """What a recorder says of its run, from what its caller gave. Raises `UsageError`."""
    try:
        return Recorded.model_validate(values)
    except ValidationError as error:
        raise UsageError("; ".join(explain(error, Recorded))) from None


def validate_recorded(table: Mapping[str, Any], where: str, *, reading: bool = False) -> Recorded:
    """What a recorder's run says of itself, from plain values, see `validate`."""
    return validated(Recorded, table, where, reading=reading)
