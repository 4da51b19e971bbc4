"""Measurements: what is measured of some replicates at one epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ibtui.recording import Counts, Floats, Frame, Singles, of_replicates, replicate_axis


@dataclass(frozen=True, kw_only=True)
class Measurements:
    """A frame but for its epoch and time; axes as in `recording.Frame`."""

    i_xt_bits: Floats
    i_ty_bits: Floats
    train_loss_nats: Floats
    test_loss_nats: Floats
    train_accuracy: Floats
    test_accuracy: Floats
    activation_min: Floats
    activation_max: Floats
    output_loss_bits: Floats
    weight_mean: Singles
    weight_deviation: Singles
    bias_mean: Singles
    bias_deviation: Singles
    histograms: Counts

    @staticmethod
    def join(parts: Sequence[Measurements]) -> Measurements:
        """Put the replicates of several parts one after the other."""
        return Measurements(
            **{
                name: np.concatenate([getattr(part, name) for part in parts], replicate_axis(name))
                for name in NAMES
            }
        )

    def of(self, replicates: list[int]) -> Measurements:
        """The columns of some replicates."""
        return Measurements(
            **{name: of_replicates(name, getattr(self, name), replicates) for name in NAMES}
        )

    def frame(self, epoch: int, seconds: float, replicates: tuple[int, ...] | None = None) -> Frame:
        """The frame of `epoch`; `replicates` are the columns measured, None for all."""
        return Frame(epoch=epoch, seconds=seconds, replicates=replicates, **self._arrays())

    def _arrays(self) -> dict[str, NDArray]:
        return {name: getattr(self, name) for name in NAMES}


NAMES = tuple(field.name for field in fields(Measurements))
