"""Dataset: inputs, labels and a split; Source: an option table that can load one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ibtui.data.folder import Published
from ibtui.data.frequencies import entropy_bits, row_counts
from ibtui.data.labels import counted
from ibtui.data.split import Indices, stratified_split
from ibtui.errors import DataError
from ibtui.options import Options, Seed


@dataclass(frozen=True, eq=False)
class Dataset:
    """N samples: `inputs` float32 (N, U), finite; `labels` int64 (N,) in 0..K-1, 2 or more present.

    `shape` is a sample's shape for convolutions, channel first (its product is U); `train` and
    `test` are sorted int64 indices that partition the samples (`test` may be empty). `origin` says
    where the data came from and begins every message; `left_out` says what of it is not used.
    Inputs of -0.0 are stored as 0.0, in place, since they are the same number to a network but not
    the same bytes.

    `own` is None where all replicates share these samples. Where each has its own it gives, for a
    replicate's seed, that replicate's data set: other samples, as many, with equal `train` and
    `test`, and without an `own`.

    Raises `DataError` where any of this does not hold.
    """

    name: str
    inputs: NDArray[np.float32]
    labels: NDArray[np.int64]
    label_names: tuple[str, ...]
    shape: tuple[int, ...]
    train: NDArray[np.int64]
    test: NDArray[np.int64]
    origin: str = ""
    left_out: tuple[str, ...] = ()
    own: Callable[[int], Dataset] | None = None

    def __post_init__(self) -> None:
        problem = self._problem()
        if problem:
            raise DataError(f"{self.origin or self.name}: {problem}")
        np.add(self.inputs, np.float32(0), out=self.inputs)

    def found(self) -> str:
        """`150 samples, 4 inputs, 3 labels: a 50, b 50, c 50`, and what was left out."""
        left_out = f" (left out: {', '.join(self.left_out)})" if self.left_out else ""
        samples, inputs = self.inputs.shape
        labels = counted(self.labels, self.label_names)
        return f"{samples} samples, {inputs} inputs, {labels}{left_out}"

    def input_bits(self, index: Indices | None = None) -> float:
        """H(X) in bits over the samples in `index` (default: all); equal inputs are one."""
        rows = self.inputs if index is None else self.inputs[index]
        return entropy_bits(row_counts(rows))

    def label_bits(self, index: Indices | None = None) -> float:
        """H(Y) in bits over the samples in `index` (default: all)."""
        return entropy_bits(np.bincount(self.labels if index is None else self.labels[index]))

    def _problem(self) -> str | None:
        """What is wrong with the data and what to do about it, or None."""
        inputs, labels, names = self.inputs, self.labels, self.label_names
        if inputs.dtype != np.float32 or labels.dtype != np.int64:
            return f"inputs are {inputs.dtype} and labels {labels.dtype}, not float32 and int64"
        if inputs.ndim != 2 or inputs.shape[1] == 0 or not inputs.flags.c_contiguous:
            return f"inputs have the shape {inputs.shape}, not (samples, 1 or more inputs)"
        if labels.shape != inputs.shape[:1]:
            return f"{len(inputs)} inputs but {len(labels)} labels (give one label a sample)"
        if len(labels) < 2:
            return f"{len(labels)} samples are too few to learn from (give 2 or more)"
        if math.prod(self.shape) != inputs.shape[1]:
            return f"the shape {self.shape} does not hold {inputs.shape[1]} inputs"
        if labels.min() < 0 or labels.max() >= len(names):
            return f"label {labels.min()} or {labels.max()} is outside 0..{len(names) - 1}"
        if (labels == labels[0]).all():
            return f"every label is {names[labels[0]]!r} (two or more different labels are needed)"
        where = first_not_finite(inputs)
        if where is not None:
            return (
                f"row {where[0]}, column {where[1]} of the inputs (from 0) is {inputs[where]}, no "
                "finite 32-bit number (mend the value or drop the row)"
            )
        if len(self.train) == 0:
            return f"no sample of {len(labels)} is left for training (lower test_fraction)"
        both = np.concatenate([self.train, self.test])
        if not np.array_equal(np.sort(both), np.arange(len(labels))):
            return "train and test do not partition the samples"
        return None


def first_not_finite(values: NDArray[np.float32]) -> tuple[int, int] | None:
    """Row and column of the first NaN or infinity in `values` (N, U); None where all are finite."""
    # Both extremes are finite only if all is: no boolean copy of a large array is made for that.
    if np.isfinite(values.min()) and np.isfinite(values.max()):
        return None
    row, column = np.unravel_index(np.flatnonzero(~np.isfinite(values))[0], values.shape)
    return int(row), int(column)


class Source(Options):
    """Base of all data sets: `name` picks one, the other fields are its options.

    A data set is one subclass: `name: Literal[...]` with a default, option fields with
    descriptions, `about` and `size` (samples, inputs, labels; None: as the file has it) for
    `ibtui data list`, and `load`. One that can be fetched names its `published` files and the
    base URLs that offer them. `complete` says that its samples are all there are, and not drawn
    from more.
    """

    about: ClassVar[str] = ""
    citation: ClassVar[str] = ""
    size: ClassVar[tuple[int | None, int | None, int | None]] = (None, None, None)
    complete: ClassVar[bool] = False
    published: ClassVar[tuple[Published, ...]] = ()
    mirrors: ClassVar[tuple[str, ...]] = ()

    name: str
    test_fraction: float = Field(
        default=0.2, ge=0, lt=1, description="share of samples held out, stratified by label"
    )
    split_seed: Seed = Field(
        default=0, description="seed of the split, the same for all replicates"
    )

    def load(self, folder: Path | None) -> Dataset:
        """Load the data; `folder` is the data folder asked for on the command line, if any.

        Raises `DataError` with one clear line where that cannot be done.
        """
        raise NotImplementedError

    @classmethod
    def where(cls, folder: Path | None) -> str:
        """Where its files are, or how to get them, for `ibtui data list`."""
        return "from its rule"

    def divided(
        self,
        inputs: NDArray[np.float32],
        labels: Indices,
        label_names: tuple[str, ...],
        shape: tuple[int, ...] | None = None,
        origin: str = "",
        left_out: tuple[str, ...] = (),
    ) -> Dataset:
        """The data set of these samples, split by `test_fraction` and `split_seed`."""
        train, test = stratified_split(labels, self.test_fraction, self.split_seed)
        shape = shape or inputs.shape[1:]
        return Dataset(self.name, inputs, labels, label_names, shape, train, test, origin, left_out)
