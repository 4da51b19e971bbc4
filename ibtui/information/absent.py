"""Absent: an estimator of a run whose code is a plug-in's, and not loaded for a look at the run."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from ibtui.information.estimator import Estimator
from ibtui.information.layer import Information, Layer


class Absent(Estimator):
    """What a run says of an estimator that some plug-in has; whatever its options are.

    `gives` are the names of its series, which the run has kept.
    """

    model_config = ConfigDict(extra="allow")

    name: str
    gives: tuple[str, ...] = Field(default=(), exclude=True)

    @property
    def series(self) -> tuple[str, ...]:
        """The names of the series."""
        return self.gives or super().series

    def measure(self, layer: Layer) -> Information:
        """It cannot: see `Plugins`."""
        raise NotImplementedError
