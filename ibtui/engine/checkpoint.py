"""Checkpoint: whether arrays from a file are the state of this ensemble, told before any counts.

A folder may come from anybody, so that its checkpoint may be damaged, made up, or another run's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from ibtui.errors import CheckpointError

NAMES = ("torch", "kernel")  # of backends; a checkpoint holds the place
LATE = ("backend", "remarks")  # runs of earlier versions have none
GROWING = ("restarts", "diverged", "remarks")  # along their first axis
MOST_SECONDS = 1e11  # three thousand years


def backend_of(arrays: Mapping[str, NDArray], wanted: str) -> str:
    """The backend that made a checkpoint; `wanted` is what its profile asks for.

    Raises `CheckpointError` where it is none, or not the one that the profile names.
    """
    place = arrays.get("backend", np.array(0))  # earlier versions had torch alone
    if place.shape or place.dtype.kind not in "iu" or not 0 <= place < len(NAMES):
        raise foreign("backend is none that there is")
    name = NAMES[int(place)]
    if wanted not in ("auto", name):
        raise foreign(f"it is of the {name} backend, and training.backend is {wanted}")
    return name


def must_be_like(
    arrays: Mapping[str, NDArray], fresh: Mapping[str, NDArray], first: int, last: int
) -> None:
    """Raise `CheckpointError` where `arrays` are no later state of what began as `fresh`.

    `fresh` is the ensemble's own checkpoint before its first frame; epochs lie from `first` to
    `last`.
    """
    for wrong in _wrong(arrays, fresh, first, last):
        raise foreign(wrong)


def foreign(why: str) -> CheckpointError:
    """The line for a checkpoint of something else."""
    return CheckpointError(
        f"the checkpoint does not belong to this profile: {why} "
        "(delete it to start this run from its beginning)"
    )


def _wrong(
    arrays: Mapping[str, NDArray], fresh: Mapping[str, NDArray], first: int, last: int
) -> Iterator[str]:
    """What is wrong with the arrays, of which the first counts: the rest relies on it."""
    replicates, layers = fresh["running_min"].shape[1], fresh["running_min"].shape[0]
    bounds = np.empty((layers, replicates), np.float32)
    later = {"accuracy": np.empty(replicates), "run_min": bounds, "run_max": bounds}
    known = {**fresh, **later}
    for name in fresh:
        if name not in arrays and name not in LATE:
            yield f"{name} is missing"
    for name, array in arrays.items():
        if name not in known:
            yield f"{name} is no part of it"
            continue
        own = known[name]
        start = 1 if name in GROWING else 0
        shapes = array.shape[start:], own.shape[start:]
        if array.dtype != own.dtype or array.ndim != own.ndim or shapes[0] != shapes[1]:
            yield f"{name} is {array.dtype} {array.shape}, not {own.dtype} {own.shape}"
    if ("run_min" in arrays) != ("run_max" in arrays):
        yield "run_min and run_max go together"
    yield from _wrong_values(arrays, replicates, first, last)


def _wrong_values(
    arrays: Mapping[str, NDArray], replicates: int, first: int, last: int
) -> Iterator[str]:
    epoch, seconds, seeds = int(arrays["epoch"]), float(arrays["seconds"]), arrays["seeds"]
    if not first <= epoch <= last:
        yield f"it is at epoch {epoch}, and the run has {first} to {last}"
    if not 0 <= seconds <= MOST_SECONDS:
        yield f"it has taken {seconds} seconds"
    if seeds.min() < 0 or len(np.unique(seeds)) < len(seeds):
        yield "seeds are negative, or there twice"
    if arrays["attempts"].min() < 0:
        yield "attempts are negative"
    if not (np.isfinite(arrays["steps"]) & (arrays["steps"] >= 0)).all():
        yield "steps are no numbers of steps"
    if "accuracy" in arrays and (np.abs(arrays["accuracy"] - 0.5) > 0.5).any():
        yield "accuracy is not from 0 to 1"
    for name in ("restarts", "diverged"):
        rows = arrays[name]
        if not len(rows):
            continue
        who, when = rows[:, 0], rows[:, 1]
        if who.min() < 0 or who.max() >= replicates or when.min() < first or when.max() > epoch:
            yield f"{name} names a replicate or an epoch that there is not"
        if rows.min(axis=0)[2:].min(initial=0) < 0:
            yield f"{name} has a negative seed"
