"""The user's own activations in an NPZ file: which arrays are layers, inputs and labels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from numpy.typing import NDArray

from ibtui.data.arrays import (
    INPUTS,
    LABELS,
    arrays_in,
    flat,
    must_be_finite,
    must_have,
    name_of,
    read_inputs,
    read_labels,
)
from ibtui.data.labels import Numbers, counted
from ibtui.errors import DataError, UsageError
from ibtui.npz import Archive, Stored
from ibtui.problems import did_you_mean

MANY = "--many-labels allows them if they are classes"

Axes = Literal["replicates", "tokens"]


@dataclass(frozen=True)
class Reading:
    """How a file of activations is to be read; what is not said is told from names and shapes.

    `only` and `skip` choose the layers among the arrays. `axes` says what the second axis of arrays
    with the samples first is: "replicates", or "tokens" (or positions) that are one state together.
    """

    labels: str | None = None
    inputs: str | None = None
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    axes: Axes | None = None
    many_labels: bool = False


@dataclass(frozen=True)
class Activations:
    """N samples: `layers` (N, U) or (R, N, U) by name, `labels` (N,), and `inputs` (N, V) if any.

    `left_out` says which other arrays the file holds, and why they are no layers.
    """

    path: Path
    layers: dict[str, NDArray]
    labels: Numbers
    label_names: tuple[str, ...]
    inputs: NDArray | None
    left_out: tuple[str, ...]

    def found(self) -> str:
        """`150 samples, 4 inputs, 3 labels: …; layers T1, T2`, and what was left out."""
        inputs = "no inputs" if self.inputs is None else f"{self.inputs.shape[1]} inputs"
        labels = counted(self.labels, self.label_names)
        left_out = f" (left out: {', '.join(self.left_out)})" if self.left_out else ""
        layers = ", ".join(self.layers)
        return f"{len(self.labels)} samples, {inputs}, {labels}; layers {layers}{left_out}"


def read_activations(path: Path, reading: Reading | None = None) -> Activations:
    """The activations in an NPZ file, its layers in the order of the file.

    Raises `DataError` where the file, or an array that is needed, cannot be read or does not fit,
    `UsageError` where an array is asked for that is not there.
    """
    reading = reading or Reading()
    with arrays_in(path) as archive:
        _must_be_there(archive, (*reading.only, *reading.skip))
        known = [name for name in LABELS if name not in reading.skip]
        y = name_of(archive, reading.labels, known, "labels", "--labels")
        y = must_have(archive, y, LABELS, "labels", "--labels")
        known = [name for name in INPUTS if name not in (*reading.skip, *reading.only)]
        x = name_of(archive, reading.inputs, known, "inputs", "--inputs")
        labels, names = read_labels(archive, y, reading.many_labels, MANY)
        inputs = None if x is None else flat(read_inputs(archive, x, len(labels)))
        layers, left_out = {}, []
        taken = {y, x, *reading.skip}
        for name in reading.only or [*archive.stored, *archive.damaged]:
            if name in taken:
                continue
            problem = _problem(archive, name, len(labels))
            if problem is None:
                layers[name] = _layer(archive, name, len(labels), reading.axes)
            elif name in reading.only:
                raise DataError(f"{path}: {name}: {problem}")
            else:
                left_out.append(f"{name}: {problem}")
    if not layers:
        rest = f" ({'; '.join(left_out)})" if left_out else ""
        raise DataError(f"{path}: has no array that is a layer of {len(labels)} samples{rest}")
    return Activations(path, layers, labels, names, inputs, tuple(left_out))


def _must_be_there(archive: Archive, names: Sequence[str]) -> None:
    there = [*archive.stored, *archive.damaged]
    for name in names:
        if name not in there:
            raise UsageError(f"{archive.path}: holds no array {name!r}{did_you_mean(name, there)}")


def _problem(archive: Archive, name: str, samples: int) -> str | None:
    """Why an array can be no layer, if it cannot."""
    if name in archive.damaged:
        return archive.damaged[name]
    stored = archive.stored[name]
    if stored.dtype.kind not in "biuf":
        return f"holds {stored.dtype}, not numbers"
    if len(stored.shape) < 2 or 0 in stored.shape:
        return f"has shape {stored.shape}, not (sample, unit)"
    if samples not in stored.shape[: 1 if len(stored.shape) == 2 else 2]:
        return f"has shape {stored.shape}, but there are {samples} labels"
    return None


def _layer(archive: Archive, name: str, samples: int, axes: Axes | None) -> NDArray:
    """An array as (N, U) or (R, N, U); further axes of a sample are one state together."""
    stored = archive.stored[name]
    where = f"{archive.path}: {name}"
    first = _is_first(stored, samples, axes, where)
    values = archive.read(name)
    must_be_finite(values, where)
    if not first:
        return values.reshape(*values.shape[:2], math.prod(values.shape[2:]))
    if axes == "replicates" and values.ndim > 2:
        moved = values.swapaxes(0, 1)
        return moved.reshape(*moved.shape[:2], math.prod(moved.shape[2:]))
    return flat(values)


def _is_first(stored: Stored, samples: int, axes: Axes | None, where: str) -> bool:
    """Whether the samples are the first axis. Raises `DataError` where that has to be asked."""
    shape = stored.shape
    if len(shape) == 2:
        return True
    first, second = shape[0] == samples, shape[1] == samples
    if first and second and axes is None:
        raise DataError(
            f"{where}: has shape {shape}, which may be (replicate, sample, unit) or "
            "(sample, token, unit): say --axes replicates or --axes tokens"
        )
    if first and second:
        return axes == "tokens"
    if first and len(shape) == 3 and axes is None:
        raise DataError(
            f"{where}: has shape {shape}, samples first: say --axes tokens if a sample's "
            f"{shape[1]} rows are one state together, --axes replicates if they are replicates"
        )
    return first
