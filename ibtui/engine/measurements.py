"""Measurements: what is measured of some replicates at one epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from jaxtyping import Float32, Float64, UInt32

from ibtui.information.readings import Note
from ibtui.recording import Frame, Singles, of_replicates, replicate_axis


@dataclass(frozen=True, kw_only=True)
class Measurements:
    """A frame but for its epoch and time, and what the estimators noted."""

    i_xt_bits: Float64[np.ndarray, "series replicate layer"]
    i_ty_bits: Float64[np.ndarray, "series replicate layer"]
    train_loss_nats: Float64[np.ndarray, " replicate"]
    test_loss_nats: Float64[np.ndarray, " replicate"]
    train_accuracy: Float64[np.ndarray, " replicate"]
    test_accuracy: Float64[np.ndarray, " replicate"]
    activation_min: Float64[np.ndarray, "replicate layer"]
    activation_max: Float64[np.ndarray, "replicate layer"]
    output_loss_bits: Float64[np.ndarray, "series replicate layer"]
    cells: Float64[np.ndarray, "series replicate layer"]
    weight_mean: Float32[np.ndarray, "replicate layer"]
    weight_deviation: Float32[np.ndarray, "replicate layer"]
    bias_mean: Float32[np.ndarray, "replicate layer"]
    bias_deviation: Float32[np.ndarray, "replicate layer"]
    histograms: UInt32[np.ndarray, "drawn layer bin"]
    unit_histograms: UInt32[np.ndarray, "drawn unit label bin"]
    notes: tuple[Note, ...] = ()

    @staticmethod
    def join(parts: Sequence[Measurements]) -> Measurements:
        """Put the replicates of several parts one after the other."""
        arrays: dict[str, Any] = {
            name: np.concatenate([getattr(part, name) for part in parts], replicate_axis(name))
            for name in NAMES
        }
        notes = dict.fromkeys(note for part in parts for note in part.notes)
        return Measurements(**arrays, notes=tuple(notes))

    def of(self, replicates: list[int]) -> Measurements:
        """The columns of some replicates, without notes, which may be of the others."""
        arrays: dict[str, Any] = {
            name: of_replicates(name, getattr(self, name), replicates) for name in NAMES
        }
        return Measurements(**arrays)

    def frame(
        self,
        epoch: int,
        seconds: float,
        replicates: tuple[int, ...] | None = None,
        weights: Mapping[str, Singles] | None = None,
    ) -> Frame:
        """The frame of `epoch`; `replicates` are the columns measured, None for all."""
        arrays: dict[str, Any] = {name: getattr(self, name) for name in NAMES}
        return Frame(epoch=epoch, seconds=seconds, replicates=replicates, weights=weights, **arrays)


NAMES = tuple(field.name for field in fields(Measurements) if field.name != "notes")
