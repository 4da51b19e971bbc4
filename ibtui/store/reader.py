"""A run read back from its folder, and checked before anything of it is believed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ibtui.errors import RunError
from ibtui.profile import Profile
from ibtui.recording import ARRAYS, OPTIONAL, Header, Recorder, Recording, completed, dtype_of
from ibtui.store import lock, manifest
from ibtui.store.files import read_arrays
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
    profile: Profile
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
    if about.status == "finished" and not (folder / RECORDING).exists():
        raise RunError(f"{folder / RECORDING}: is missing")
    profile = about.resolved_profile(folder)
    return Run(folder, current_status(folder, about), about, profile, recording)


def load_recording(folder: Path, header: Header) -> Recording:
    """Read `recording.npz`, every array of the shape and type that `header` demands.

    A run without that file has no frames yet. Raises `RunError` with one line.
    """
    path = folder / RECORDING
    if not path.exists():
        return Recorder(header).snapshot()
    arrays = read_arrays(path)
    if lacking := [name for name in ARRAYS if name not in (*arrays, *OPTIONAL)]:
        raise RunError(f"{path}: has no array {lacking[0]!r}")
    arrays = completed(header, arrays)
    for name, shape in Recording.shapes(header, arrays["epoch"].size).items():
        found, dtype = arrays[name], dtype_of(name)
        if found.shape != shape or found.dtype != dtype:
            raise RunError(f"{path}: {name} is {found.dtype} {found.shape}, not {dtype} {shape}")
    if (np.diff(arrays["epoch"]) <= 0).any():
        raise RunError(f"{path}: epoch does not ascend")
    return Recording(header, **{name: arrays[name] for name in ARRAYS})


def load_checkpoint(folder: Path) -> dict[str, NDArray] | None:
    """The state from which a run is resumed; None where it must start from its beginning.

    Raises `RunError` where the run is finished, being written, or damaged.
    """
    about = manifest.read(folder)
    if about.thinned_from:
        raise RunError(f"{folder}: is thinned and has no checkpoint: resume the run it was made of")
    if about.status == "finished":
        raise RunError(f"{folder}: is finished: there is nothing to resume")
    if lock.is_held(folder):
        raise RunError(f"{folder}: is being written by another process (wait for it or stop it)")
    checkpoint = read_checkpoint(folder)
    return checkpoint.arrays if checkpoint else None


def read_checkpoint(folder: Path) -> Checkpoint | None:
    """`checkpoint.npz`, if there is one. Raises `RunError` where it is damaged."""
    path = folder / CHECKPOINT
    if not path.exists():
        return None
    try:
        arrays = read_arrays(path)
        frames, epoch = arrays.pop(MARK).tolist()
    except (RunError, KeyError, TypeError, ValueError) as error:
        reason = error if isinstance(error, RunError) else f"{path}: is no checkpoint"
        raise RunError(f"{reason} (delete it to start this run from its beginning)") from None
    return Checkpoint(arrays, frames, epoch)


def current_status(folder: Path, about: Manifest) -> Status:
    """A run's status as it is now: "running" only while a process writes it."""
    if about.status == "running" and not lock.is_held(folder):
        return "interrupted"
    return about.status
