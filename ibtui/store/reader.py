"""A run read back from its folder, and checked before anything of it is believed."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ibtui.errors import RunError
from ibtui.npz import Stored, memory_bytes
from ibtui.profile import Profile, Recorded
from ibtui.recording import (
    ARRAYS,
    FRAMES_AT_FIRST,
    OPTIONAL,
    PER_SERIES,
    Header,
    Recording,
    completed,
    dtype_of,
    without_values,
)
from ibtui.store import lock, manifest
from ibtui.store.files import archive, read_arrays
from ibtui.store.manifest import Manifest, Status

RECORDING, CHECKPOINT = "recording.npz", "checkpoint.npz"
MARK = "store_mark"  # in checkpoint.npz: the frames recorded and the epochs completed by then


@dataclass(frozen=True)
class Run:
    """A run as it lies on the disk.

    `status` is the manifest's, but "interrupted" where it says "running" and no process writes.
    """

    folder: Path
    status: Status
    manifest: Manifest
    profile: Profile | Recorded
    recording: Recording


class Checkpoint(NamedTuple):
    """The ensemble's state, and how many frames and epochs the run had when it was taken."""

    arrays: dict[str, NDArray]
    frames: int
    epoch: int


def load(folder: Path) -> Run:
    """Read a run and check it. Raises `RunError` or `ProfileError`, one line a problem."""
    about = manifest.read(folder)
    recording = load_recording(folder, about.header)
    if about.status == "finished" and not os.path.lexists(folder / RECORDING):
        raise RunError(f"{folder / RECORDING}: is missing")
    profile = about.resolved_profile(folder)
    return Run(folder, current_status(folder, about), about, profile, recording)


def load_recording(folder: Path, header: Header) -> Recording:
    """Read `recording.npz`, every array of the shape and type that `header` demands.

    Shapes are compared before anything is unpacked. A run without that file has no frames yet.
    Series beyond those of `header` are left out: whoever adds series to a run writes them before
    its manifest, and may be killed in between. Raises `RunError` with one line.
    """
    path = folder / RECORDING
    if not os.path.lexists(path):
        _must_fit(folder, header, 0)
        shapes = Recording.shapes(header, 0)
        return Recording(header, **{name: without_values(name, shapes[name]) for name in ARRAYS})
    with archive(path) as found:
        for name in ARRAYS:
            if name in found.damaged:
                found.read(name)
            if name not in found.stored and name not in OPTIONAL:
                raise RunError(f"{path}: has no array {name!r}")
        epochs = math.prod(found.stored["epoch"].shape)
        for name, shape in Recording.shapes(header, epochs).items():
            if name in found.stored:
                _must_be(path, name, found.stored[name], shape)
        _must_fit(folder, header, epochs)
        found.must_fit(ARRAYS)
        arrays = {name: found.read(name) for name in ARRAYS if name in found.stored}
    for name in PER_SERIES:
        if name in arrays:
            arrays[name] = arrays[name][:, : len(header.series)]
    if (np.diff(arrays["epoch"]) <= 0).any():
        raise RunError(f"{path}: epoch does not ascend")
    arrays = completed(header, arrays)
    return Recording(header, **{name: arrays[name] for name in ARRAYS})


def _must_be(path: Path, name: str, found: Stored, shape: tuple[int, ...]) -> None:
    dtype, native = dtype_of(name), found.dtype.newbyteorder("=")
    fits = found.shape == shape
    if name in PER_SERIES and len(found.shape) == len(shape) and found.shape[1] > shape[1]:
        fits = (found.shape[0], *found.shape[2:]) == (shape[0], *shape[2:])
    if not fits or native != dtype:
        raise RunError(f"{path}: {name} is {native} {found.shape}, not {dtype} {shape}")


def _must_fit(folder: Path, header: Header, epochs: int) -> None:
    """Raise `RunError` where a recording of so many frames is larger than the memory."""
    wanted = sum(Recording.bytes_of(header, max(epochs, FRAMES_AT_FIRST)).values())
    if wanted > memory_bytes():
        raise RunError(
            f"{folder}: a recording of {header.replicates} replicates, {len(header.series)} series "
            f"and {len(header.layers)} layers does not fit into memory ({wanted / 2**30:.0f} GiB)"
        )


def load_checkpoint(folder: Path, *, longer: bool = False) -> dict[str, NDArray] | None:
    """The state from which a run is resumed; None where it must start from its beginning.

    A finished run has one too, from which it goes on where it is to become `longer`. Raises
    `RunError` where the run is finished otherwise, being written, or damaged.
    """
    about = manifest.read(folder)
    about.trained_profile(folder)
    if about.gathered:
        raise RunError(f"{folder}: is gathered of others: resume those, and gather them again")
    if about.thinned_from:
        raise RunError(f"{folder}: is thinned and has no checkpoint: resume the run it was made of")
    finished = about.status == "finished"
    if finished and not longer:
        raise RunError(f"{folder}: is finished: there is nothing to resume (--epochs N goes on)")
    if finished and not os.path.lexists(folder / CHECKPOINT):
        raise RunError(
            f"{folder}: is finished and has no {CHECKPOINT}, which earlier versions did not keep: "
            "it cannot go on (train anew with --set training.epochs=N)"
        )
    if lock.is_held(folder):
        raise RunError(f"{folder}: is being written by another process (wait for it or stop it)")
    checkpoint = read_checkpoint(folder)
    return checkpoint.arrays if checkpoint else None


def read_checkpoint(folder: Path, names: Sequence[str] = ()) -> Checkpoint | None:
    """`checkpoint.npz`, if there is one; of its arrays those named, `MARK` among them, or all.

    Raises `RunError` where it is damaged.
    """
    path = folder / CHECKPOINT
    if not os.path.lexists(path):
        return None
    try:
        arrays = read_arrays(path, names)
        mark = arrays.pop(MARK, np.empty(0))
        if mark.shape != (2,) or mark.dtype.kind not in "iu" or mark[0] < 0:
            raise RunError(f"{path}: is no checkpoint")
    except RunError as error:
        raise RunError(f"{error} (delete it to start this run from its beginning)") from None
    frames, epoch = mark.tolist()
    return Checkpoint(arrays, frames, epoch)


def current_status(folder: Path, about: Manifest) -> Status:
    """A run's status as it is now: "running" only while a process writes it."""
    if about.status == "running" and not lock.is_held(folder):
        return "interrupted"
    return about.status
