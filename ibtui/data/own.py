"""The user's own samples: arrays in an NPZ file."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from ibtui.data.arrays import (
    INPUTS,
    LABELS,
    arrays_in,
    flat,
    must_have,
    name_of,
    read_inputs,
    read_labels,
)
from ibtui.data.dataset import Dataset, Source
from ibtui.data.folder import find_own
from ibtui.options import Words

MANY = "set data.many_labels = true if they are classes"


class Own(Source):
    """Base of the data sets that are in a file of the user's."""

    many_labels: bool = Field(
        default=False,
        description="allow labels that look like measurements: of more kinds than a tenth of the "
        "samples, or scattered whole numbers",
    )

    @classmethod
    def where(cls, folder: Path | None) -> str:
        return "your file"


class Npz(Own):
    """Your own arrays: inputs (samples, ...) and one label a sample."""

    about: ClassVar[str] = "your own arrays, in an .npz file"

    name: Literal["npz"] = "npz"
    path: Words = Field(min_length=1, description="the .npz file")
    x: Words | None = Field(
        default=None,
        description="name of the inputs: (N, U), or (N, C, H, W) for images "
        f"(default: {', '.join(INPUTS)})",
    )
    y: Words | None = Field(
        default=None,
        description="name of the labels: (N,), whole numbers or text, or one-hot rows "
        f"(default: {', '.join(LABELS)})",
    )

    def load(self, folder: Path | None) -> Dataset:
        path = find_own(self.path, folder)
        with arrays_in(path) as archive:
            x = name_of(archive, self.x, INPUTS, "inputs", "data.x")
            y = name_of(archive, self.y, LABELS, "labels", "data.y")
            x = must_have(archive, x, INPUTS, "inputs", "data.x")
            y = must_have(archive, y, LABELS, "labels", "data.y")
            labels, names = read_labels(archive, y, self.many_labels, MANY)
            values = read_inputs(archive, x, len(labels))
        shape = (1, *values.shape[1:]) if values.ndim == 3 else values.shape[1:] or (1,)
        inputs = np.array(flat(values), np.float32, order="C")
        return self.divided(inputs, labels, names, shape, str(path))
