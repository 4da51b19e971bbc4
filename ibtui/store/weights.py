"""Weights: what a run's folder keeps of its networks, so that they can be measured anew."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ibtui.errors import RunError
from ibtui.npz import Archive
from ibtui.profile import Profile, Recorded
from ibtui.profile.schedule import kept_epochs
from ibtui.recording import Header, Recording, Singles
from ibtui.store.files import archive, write_arrays

WEIGHTS = "weights.npz"
RANGES = ("range_min", "range_max")
OF_LAYER = re.compile(r"T([1-9]\d{0,3})_(weights|biases)")
MOST_AXES = 6  # of a convolution: frame, replicate, channel, channel below, row, column
REMEDY = f"delete {WEIGHTS}, and the run stands without it"


@dataclass(frozen=True)
class Weights:
    """Weights, biases and ranges by name, (F, R, ...) float32, of frames with these epochs (F,).

    The names and shapes are those of `ibtui.engine.kept`, one axis more in front.
    """

    epoch: NDArray[np.int64]
    arrays: dict[str, Singles]

    def __len__(self) -> int:
        return len(self.epoch)

    def at(self, epochs: NDArray[np.int64]) -> Weights:
        """The frames of those of `epochs` that are there."""
        found = np.flatnonzero(np.isin(self.epoch, epochs))
        return Weights(self.epoch[found], {name: a[found] for name, a in self.arrays.items()})

    def frames(self) -> Iterator[tuple[int, dict[str, Singles]]]:
        """Each epoch with the weights of all replicates."""
        for at, epoch in enumerate(self.epoch.tolist()):
            yield epoch, {name: array[at] for name, array in self.arrays.items()}


class WeightsRecorder:
    """Takes the weights of frames whose epochs are known beforehand, in memory taken once."""

    def __init__(self, epochs: NDArray[np.int64], start: Weights | None = None) -> None:
        self._epochs, self._count = epochs, 0
        self._memory: dict[str, Singles] = {}
        self.changed = False  # since it was last asked for all
        for epoch, arrays in start.frames() if start is not None else ():
            self.add(epoch, arrays)
        self.changed = False

    def add(
        self, epoch: int, arrays: Mapping[str, Singles], replicates: tuple[int, ...] | None = None
    ) -> None:
        """Take the weights of a frame; of `replicates` alone where they are given."""
        at = int(np.searchsorted(self._epochs, epoch))
        for name, array in arrays.items():
            if name not in self._memory:
                self._memory[name] = np.empty((len(self._epochs), *array.shape), array.dtype)
            self._memory[name][at, slice(None) if replicates is None else list(replicates)] = array
        self._count = max(self._count, at + 1)
        self.changed = True

    def rewind(self, epoch: int) -> None:
        """Drop the frames from `epoch` on: they come again."""
        self._count = min(self._count, int(np.searchsorted(self._epochs, epoch)))

    def snapshot(self) -> Weights:
        """All that was taken: views, not copies."""
        self.changed = False
        arrays = {name: array[: self._count] for name, array in self._memory.items()}
        return Weights(self._epochs[: self._count], arrays)


def write_weights(folder: Path, weights: Weights) -> None:
    """Write `weights.npz`, atomically. Raises `RunError` where the disk refuses."""
    write_arrays(folder / WEIGHTS, {"epoch": weights.epoch, **weights.arrays})


def load_weights(folder: Path, header: Header) -> Weights | None:
    """Read `weights.npz`, every array as `header` demands it; None where there is none.

    Raises `RunError`, before anything is unpacked that does not fit.
    """
    path = folder / WEIGHTS
    if not os.path.lexists(path):
        return None
    try:
        with archive(path) as found:
            epoch = _checked_epochs(path, found)
            names = [name for name in found.stored if name != "epoch"]
            _must_be(path, found, names, (len(epoch), header.replicates), len(header.layers))
            found.must_fit(names)
            return Weights(epoch, {name: found.read(name) for name in names})
    except RunError as error:
        raise RunError(f"{error} ({REMEDY})") from None


def weights_of(folder: Path) -> tuple[NDArray[np.int64], int] | None:
    """The epochs of which weights are kept, and the size of the file in bytes; None without one.

    Raises `RunError` where it is damaged.
    """
    path = folder / WEIGHTS
    if not os.path.lexists(path):
        return None
    with archive(path) as found:
        return _checked_epochs(path, found), path.stat().st_size


def recorded_weights(
    folder: Path, profile: Profile | Recorded, recording: Recording | None, header: Header
) -> WeightsRecorder:
    """A recorder that goes on with what a run has kept, up to the last frame of `recording`.

    Raises `RunError` where of some of its frames the weights should be there, and are not.
    """
    epochs = kept_epochs(profile) if isinstance(profile, Profile) else np.empty(0, np.int64)
    wanted = np.intersect1d(epochs, recording.epoch) if recording is not None else epochs[:0]
    if not len(wanted):
        return WeightsRecorder(epochs)
    weights = load_weights(folder, header)
    if weights is None or len(weights := weights.at(wanted)) < len(wanted):
        raise RunError(
            f"{folder / WEIGHTS}: lacks frames that the run has recorded: it cannot be continued "
            "(delete checkpoint.npz to start this run from its beginning)"
        )
    return WeightsRecorder(epochs, weights)


def _checked_epochs(path: Path, found: Archive) -> NDArray[np.int64]:
    if "epoch" not in found.stored:
        found.read("epoch")
    epochs = found.stored["epoch"]
    if len(epochs.shape) != 1 or epochs.dtype.newbyteorder("=") != np.int64:
        raise RunError(f"{path}: epoch is {epochs.dtype} {epochs.shape}, not int64 (frames,)")
    epoch = found.read("epoch")
    if (np.diff(epoch) <= 0).any():
        raise RunError(f"{path}: epoch does not ascend")
    return epoch


def _must_be(
    path: Path, found: Archive, names: list[str], leading: tuple[int, int], layers: int
) -> None:
    """Every array a layer's or a range, float32, and of as many frames, replicates and layers."""
    for name in (*found.damaged, *RANGES):
        if name not in names:
            found.read(name)  # says why it cannot
    for name in names:
        stored, layer = found.stored[name], OF_LAYER.fullmatch(name)
        if name not in RANGES and (layer is None or int(layer[1]) > layers):
            raise RunError(f"{path}: {name!r} is no array of this run's {layers} layers")
        wanted = (*leading, layers) if name in RANGES else leading
        shape = stored.shape if name in RANGES else stored.shape[: len(wanted)]
        if stored.dtype.newbyteorder("=") != np.float32 or len(stored.shape) > MOST_AXES:
            raise RunError(f"{path}: {name} is {stored.dtype} {stored.shape}, not float32")
        if shape != wanted:
            raise RunError(f"{path}: {name} is {stored.shape}, not {(*wanted, '...')}")
