"""Measuring: one frame of given activations, by every estimator that is due."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ibtui.errors import MeasureError, UsageError
from ibtui.estimation import must_suit
from ibtui.information import Estimator, Layer
from ibtui.information.arrays import plain
from ibtui.information.given import Given
from ibtui.information.guarded import failures
from ibtui.information.readings import Note, Readings
from ibtui.information.said_of_given import notes_of_given, notes_of_levels
from ibtui.plugins import is_foreign
from ibtui.recording import Frame, Header, Recording, without_values

Arrays = Mapping[str, Any]  # (sample, unit) or (replicate, sample, unit) by layer: ArrayLike


class Measuring:
    """Measures frames of one header; keeps each layer's extremes over all of them.

    An estimator that fails on the first frame raises; on a later one it warns and its series has no
    value there, so that it ends nobody's training. One of a plug-in warns at any. `notes` are lines
    on the newest frame.
    """

    def __init__(
        self,
        header: Header,
        given: Given,
        estimators: Sequence[Estimator],
        functions: Mapping[str, str],
        memory_bytes: int,
        recorded: Recording,
    ) -> None:
        self.header = header
        self._given, self._estimators, self._functions = given, estimators, functions
        self._memory_bytes = memory_bytes
        self._frames = len(recorded)
        self.notes: list[Note] = []  # of the newest frame
        self._warned: set[str] = set()
        low, high = recorded.activation_min, recorded.activation_max
        self._low = np.fmin.reduce(low, axis=0, initial=np.inf)  # (replicate, layer)
        self._high = np.fmax.reduce(high, axis=0, initial=-np.inf)

    def frame(self, epoch: int, arrays: Arrays, scores: Mapping[str, Any], last: bool) -> Frame:
        """Measure the layers; `scores` are losses and accuracies by their names in a frame.

        A replicate with a value that is not finite has no information. Raises `UsageError` where
        the arrays are not those of the header, `DataError` and `MeasureError`.
        """
        self._must_fit(arrays)
        self.notes = []
        broken = np.zeros(self.header.replicates, bool)
        for array in arrays.values():
            broken |= _broken(plain(array))
        alive = np.flatnonzero(~broken).tolist()
        values: dict[str, Any] = _empty(self.header) | _scores(scores, self.header.replicates)
        if alive:
            parts = arrays
            if len(alive) < self.header.replicates:
                parts = {name: array[alive] for name, array in arrays.items()}
            layers = self._layers(parts, alive)
            for n, layer in enumerate(layers.values()):
                low, high = (bound.double().cpu().numpy() for bound in layer.extremes)
                values["activation_min"][alive, n] = low
                values["activation_max"][alive, n] = high
            self._measure(values, layers, alive, last)
            self.notes += notes_of_given(self._estimators, parts, layers)
            self.notes += notes_of_levels(self._estimators, parts)
        self._frames += 1
        return Frame(epoch=epoch, seconds=0.0, **values)

    def _must_fit(self, arrays: Arrays) -> None:
        header, one = self.header, header_axes(arrays)
        if one != (header.layers, header.units, header.replicates):
            raise UsageError(
                f"activations: are of {_axes(*one)}, but the run is of "
                f"{_axes(header.layers, header.units, header.replicates)}"
            )

    def _layers(self, arrays: Arrays, alive: list[int]) -> dict[str, Layer]:
        import torch

        made = {}
        for n, (name, array) in enumerate(arrays.items()):
            function = self._functions.get(name, "linear")
            layer = self._given.layer(name, array, function, self._memory_bytes)
            low, high = (bound.double().cpu().numpy() for bound in layer.extremes)
            self._low[alive, n] = np.fmin(self._low[alive, n], low)
            self._high[alive, n] = np.fmax(self._high[alive, n], high)
            bounds = (self._low[alive, n], self._high[alive, n])
            running = [torch.from_numpy(one).to(layer.values.dtype) for one in bounds]
            least, greatest = layer.extremes  # or the copy would look for them again
            made[name] = replace(
                layer, running_min=running[0], running_max=running[1], low=least, high=greatest
            )
        return made

    def _measure(
        self, values: dict[str, NDArray], layers: dict[str, Layer], alive: list[int], last: bool
    ) -> None:
        output = list(layers.values())[-1]
        row = 0
        for one in self._estimators:
            rows = slice(row, row := row + len(one.series))
            if not one.due(self._frames, last):
                continue
            readings = Readings([one], alive, tuple(layers))
            try:
                for index, (name, layer) in enumerate(layers.items()):
                    must_suit(one, name, layer, self._given.inputs)
                    readings.take(index, [(layer, alive)])
                readings.compare_output(output.words, output.word_bits)
            except MeasureError as error:
                if not self._frames and not is_foreign(type(one)):
                    raise
                self._warn(one.series, str(error))
                continue
            for series, line in failures(readings.notes):
                self._warn([series], line)
            self.notes += readings.notes
            for name, found in readings.arrays().items():
                values[name][rows, alive] = found

    def _warn(self, series: Sequence[str], reason: str) -> None:
        """Say once of some series, and why, that a frame has no value of it."""
        line = f"ibtui: {reason} (a frame has no value of {', '.join(series)})"
        if line not in self._warned:
            self._warned.add(line)
            warnings.warn(line, stacklevel=5)


def header_axes(arrays: Arrays) -> tuple[tuple[str, ...], tuple[int, ...], int]:
    """Names of layers, their units, and replicates. Raises `UsageError`."""
    if not arrays:
        raise UsageError("activations: there are none (give at least one layer)")
    shapes = {name: _shape(name, array) for name, array in arrays.items()}
    counts = {shape[0] if len(shape) == 3 else 1 for shape in shapes.values()}
    if len(counts) > 1:
        raise UsageError(f"activations: differ in their number of replicates ({shapes})")
    return tuple(shapes), tuple(shape[-1] for shape in shapes.values()), counts.pop()


def _shape(name: str, array: Any) -> tuple[int, ...]:
    shape = tuple(array.shape) if hasattr(array, "shape") else np.shape(array)
    if len(shape) not in (2, 3):
        raise UsageError(
            f"{name}: has shape {shape}, not (sample, unit) or (replicate, sample, unit)"
        )
    return shape


def _axes(layers: Sequence[str], units: Sequence[int], replicates: int) -> str:
    named = ", ".join(f"{name} {width}" for name, width in zip(layers, units, strict=True))
    return f"layers {named} and {replicates} replicates"


def _broken(array: NDArray) -> NDArray[np.bool_]:
    """Which replicates hold what no float32 is, (replicate,)."""
    of_replicates = array.reshape(1 if array.ndim == 2 else len(array), -1)
    if array.dtype.kind != "f":
        return np.zeros(len(of_replicates), bool)
    most = np.finfo(np.float32).max / 2
    low, high = of_replicates.min(axis=1), of_replicates.max(axis=1)  # NaN if one is
    return ~((low >= -most) & (high <= most))


def _empty(header: Header) -> dict[str, NDArray]:
    """A frame's arrays without a value."""
    shapes = Recording.shapes(header, 1)
    shapes = {name: shape for name, shape in shapes.items() if name not in ("epoch", "seconds")}
    return {name: without_values(name, shape[1:]) for name, shape in shapes.items()}


def _scores(scores: Mapping[str, Any], replicates: int) -> dict[str, NDArray]:
    made = {}
    for name, value in scores.items():
        array = np.asarray(plain(value), np.float64)
        if array.shape not in ((), (replicates,)):
            raise UsageError(f"{name}: has shape {array.shape}, not one number a replicate")
        made[name] = np.broadcast_to(array, (replicates,))
    return made
