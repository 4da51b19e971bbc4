"""Thinning: a run with fewer frames, small enough to publish."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ibtui.errors import RunError
from ibtui.files import FileError, read_bytes
from ibtui.store.derived import write_derived
from ibtui.store.reader import Run
from ibtui.store.weights import load_weights
from ibtui.store.writer import PROFILE


def thin(run: Run, frames: int, folder: Path) -> int:
    """Write at most `frames` of a run's frames as a run of its own; return how many.

    The first and the last frame are kept, and between them those nearest to epochs that lie closer
    the earlier they are (the square root of the epoch grows evenly), since networks change fastest
    at first. No value of a kept frame changes, and weights that the run keeps of such a frame stay.
    The new run is compressed, has no checkpoint, and says in its manifest that it is thinned.
    Raises `RunError`.
    """
    if run.status == "running":
        raise RunError(f"{run.folder}: is being written (wait for it or stop it)")
    if not len(run.recording):
        raise RunError(f"{run.folder}: has no frames yet")
    kept = run.recording.take(kept_frames(run.recording.epoch, frames))
    about = run.manifest.model_copy(
        update={
            "status": run.status,  # not "running", whatever a killed writer left behind
            "frames": len(kept),
            "thinned_from": run.manifest.thinned_from or len(run.recording),
        }
    )
    weights = load_weights(run.folder, run.recording.header)
    write_derived(
        folder,
        kept,
        about,
        given_profile(run.folder / PROFILE),
        None if weights is None else weights.at(kept.epoch),
    )
    return len(kept)


def given_profile(path: Path) -> bytes | None:
    """What `profile.toml` holds, if it is there. A copy to publish takes nothing from elsewhere."""
    if path.is_symlink():
        raise RunError(f"{path}: is a link, and nothing is copied through one (delete it)")
    try:
        return read_bytes(path)
    except FileError as error:
        if error.missing:
            return None
        raise RunError(str(error)) from None


def kept_frames(epoch: NDArray[np.int64], frames: int) -> NDArray[np.int64]:
    """Which of the ascending epochs (E,) stay where at most `frames` >= 2 may, as indices."""
    if len(epoch) <= frames:
        return np.arange(len(epoch))
    wanted = epoch[0] + (epoch[-1] - epoch[0]) * np.linspace(0, 1, frames) ** 2
    after = np.searchsorted(epoch, wanted).clip(1, len(epoch) - 1)
    nearer_before = wanted - epoch[after - 1] <= epoch[after] - wanted
    return np.unique(after - nearer_before)
