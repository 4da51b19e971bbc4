"""The probe set beside a recorder's run, so that it can be gone on with: `probe.npz`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ibtui.information.arrays import plain
from ibtui.store.files import read_arrays, write_arrays

NAME = "probe.npz"
MOST_BYTES = 32 << 20  # of the inputs: whoever has more has them on the disk already


def save(folder: Path, labels: NDArray, x: Any) -> None:
    """Keep the labels, and the inputs if they are one array that is not too large."""
    arrays = {"y": labels}
    if x is not None and not isinstance(x, (tuple, dict)):
        inputs = plain(x)
        if inputs.nbytes <= MOST_BYTES and inputs.dtype.kind in "biuf":
            arrays["x"] = np.ascontiguousarray(inputs)
    write_arrays(folder / NAME, arrays)


def load(folder: Path) -> dict[str, NDArray]:
    """What was kept. Raises `RunError` where it is damaged."""
    path = folder / NAME
    return read_arrays(path) if os.path.lexists(path) else {}
