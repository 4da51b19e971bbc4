"""Gathering: several runs of one experiment as one run, their networks as its replicates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ibtui.errors import RunError, UsageError
from ibtui.profile import to_table
from ibtui.recording import ARRAYS, HISTOGRAMS, Recording, Restart, replicate_axis
from ibtui.store import manifest
from ibtui.store.derived import write_derived
from ibtui.store.manifest import Manifest, Planned
from ibtui.store.reader import Run
from ibtui.store.weights import Weights, load_weights

# What two runs of one experiment may differ in: the draw, and where it was computed.
OF_A_RUN = ("name", "title", "expect", "seed", "replicates", "epochs")
OF_ITS_FOLDER = ("weights",)
OF_A_MACHINE = ("device", "backend", "compile", "threads")


def gather(runs: Sequence[Run], folder: Path) -> int:
    """Write the replicates of `runs` as one run, in this order; return its number of frames.

    The runs are of the same profile but for seed and replicates, or of the same layers where they
    were recorded. Kept are the epochs that all of them have measured, with the weights that all of
    them keep. It is finished where all are.
    Raises `UsageError` where they are not of one experiment, `RunError` where one cannot be taken.
    """
    if len(runs) < 2:
        raise UsageError("there is nothing to gather (give two runs or more)")
    _must_be_alike(runs)
    _must_be_different(runs)
    recording = pooled(runs)
    if not len(recording):
        raise UsageError(f"no epoch is measured in all of {', '.join(r.folder.name for r in runs)}")
    about = _manifest(runs, recording, folder.name)
    write_derived(folder, recording, about, weights=_joined_weights(runs, recording))
    return len(recording)


def _must_be_alike(runs: Sequence[Run]) -> None:
    first = runs[0]
    for run in runs[1:]:
        both = f"{run.folder} and {first.folder}"
        here, there = (experiment_of(to_table(one.profile)) for one in (run, first))
        if key := _difference(here, there):
            raise UsageError(f"{both}: are of different experiments: {key} differs")
        header, known = run.recording.header, first.recording.header
        for name in ("series", "layers", "units", "samples", "histogram_bins", "histogram_labels"):
            if getattr(header, name) != getattr(known, name):
                raise UsageError(f"{both}: differ in their {name}")


def _must_be_different(runs: Sequence[Run]) -> None:
    """No network twice: a seed that two runs share is one network, and no second replicate."""
    owner: dict[int | Path, Path] = {}
    for run in runs:
        if run.status == "running":
            raise RunError(f"{run.folder}: is being written (wait for it or stop it)")
        for key in (*run.manifest.seeds, run.folder.resolve()):
            if key in owner:
                what = "are one run" if isinstance(key, Path) else f"both have the seed {key}"
                raise UsageError(f"{owner[key]} and {run.folder}: {what}")
            owner[key] = run.folder


def experiment_of(profile: Mapping[str, Any]) -> dict[str, Any]:
    """What makes the experiment, of a profile's table: all but the draw and the machine."""
    table = {key: value for key, value in profile.items() if key not in OF_A_RUN}
    for name, others in (("training", OF_A_MACHINE), ("measure", OF_ITS_FOLDER)):
        if isinstance(part := table.get(name), Mapping):
            table[name] = {key: value for key, value in part.items() if key not in others}
    return table


def _difference(one: Any, other: Any, path: str = "") -> str:
    """The first key in which two tables differ; "" where they are equal."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in dict.fromkeys((*one, *other)):
            inner = f"{path}.{key}" if path else str(key)
            if found := _difference(one.get(key), other.get(key), inner):
                return found
        return ""
    return "" if one == other else path


def pooled(runs: Sequence[Run]) -> Recording:
    """The recordings of runs of one experiment side by side, at the epochs that all have."""
    epoch = runs[0].recording.epoch
    for run in runs[1:]:
        epoch = np.intersect1d(epoch, run.recording.epoch)
    parts = [
        run.recording.take(np.searchsorted(run.recording.epoch, epoch)).arrays() for run in runs
    ]
    arrays = {}
    for name in ARRAYS:
        of_each = [part[name] for part in parts]
        if name == "epoch":
            arrays[name] = epoch
        elif name == "seconds":
            arrays[name] = np.max(of_each, axis=0)  # as if they had run beside each other
        elif name in HISTOGRAMS:
            arrays[name] = of_each[0]  # of the first replicates alone
        else:
            arrays[name] = np.concatenate(of_each, axis=replicate_axis(name) + 1)
    headers = [run.recording.header for run in runs]
    counts = [header.replicates for header in headers]
    header = replace(
        headers[0],
        replicates=sum(counts),
        # Of data sets of their own, H(X) and H(Y) are means over the replicates.
        input_bits=float(np.average([one.input_bits for one in headers], weights=counts)),
        label_bits=float(np.average([one.label_bits for one in headers], weights=counts)),
    )
    return Recording(header, **arrays)


def _joined_weights(runs: Sequence[Run], recording: Recording) -> Weights | None:
    """The weights side by side, of the frames of which all runs keep them."""
    found = [load_weights(run.folder, run.recording.header) for run in runs]
    parts = [one for one in found if one is not None]
    if len(parts) < len(runs):
        return None
    epoch = recording.epoch
    for part in parts:
        epoch = np.intersect1d(epoch, part.epoch)
    parts = [part.at(epoch) for part in parts]
    names = set.intersection(*(set(part.arrays) for part in parts))
    return Weights(
        epoch, {name: np.concatenate([p.arrays[name] for p in parts], 1) for name in sorted(names)}
    )


def _manifest(runs: Sequence[Run], recording: Recording, name: str) -> Manifest:
    first = runs[0]
    starts = np.cumsum([0, *(run.recording.header.replicates for run in runs)]).tolist()
    restarts = [
        Restart(start + one.replicate, one.epoch, one.seed)
        for start, run in zip(starts, runs, strict=False)
        for one in run.manifest.restarts
    ]
    diverged = {
        start + replicate: epoch
        for start, run in zip(starts, runs, strict=False)
        for replicate, epoch in run.manifest.diverged.items()
    }
    planned = [run.manifest.planned for run in runs]
    changes: dict[str, Any] = {"replicates": recording.header.replicates}
    if first.manifest.kind == "recorded":
        changes["name"] = name
    thinned = [run.manifest.thinned_from for run in runs]
    return first.manifest.model_copy(
        update={
            "status": "finished" if all(r.status == "finished" for r in runs) else "interrupted",
            "error": "",
            "created": min(run.manifest.created for run in runs),
            "finished": max(
                (r.manifest.finished for r in runs if r.manifest.finished), default=None
            ),
            "seconds": float(recording.seconds[-1]),
            "epoch": int(recording.epoch[-1]),
            "frames": len(recording),
            "gathered": tuple(run.folder.name for run in runs),
            "thinned_from": max(thinned),
            "backend": ", ".join(dict.fromkeys(run.manifest.backend for run in runs)),
            "device": ", ".join(dict.fromkeys(run.manifest.device for run in runs)),
            "seeds": tuple(seed for run in runs for seed in run.manifest.seeds),
            "restarts": tuple(restarts),
            "diverged": diverged,
            "remarks": tuple(dict.fromkeys(one for run in runs for one in run.manifest.remarks)),
            "header": recording.header,
            "planned": Planned(
                first=min(one.first for one in planned),
                last=max(one.last for one in planned),
                frames=max(one.frames for one in planned),
            ),
            "results": manifest.results(recording),
            "profile": to_table(first.profile.model_copy(update=changes)),
        }
    )
