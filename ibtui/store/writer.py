"""A run written while it trains: its folder made, its frames saved as they come."""

from __future__ import annotations

import errno
import importlib.metadata
import os
import platform
import shutil
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from ibtui.errors import RunError
from ibtui.files import is_folder
from ibtui.plugins import is_foreign
from ibtui.profile import Profile, Recorded, to_table, to_toml
from ibtui.profile.schedule import frame_count
from ibtui.profile.trust import owners
from ibtui.recording import Frame, Recorder, Recording
from ibtui.store import lock, manifest
from ibtui.store.ensemble import Ensemble, Measured
from ibtui.store.files import refused, remove_temporaries, replacing, sync_folder, write_arrays
from ibtui.store.manifest import Manifest, Status
from ibtui.store.reader import CHECKPOINT, MARK, RECORDING, load_recording, read_checkpoint
from ibtui.store.weights import recorded_weights, write_weights
from ibtui.version import VERSION

PROFILE = "profile.toml"
LATE = "shared_bits", "limit", "tolerance_bits"  # of a header; earlier versions had none
SAVE_SECONDS = 2.0
SAVE_SHARE = 0.05  # of the wall clock


def create(
    root: Path,
    profile: Profile | Recorded,
    ensemble: Measured,
    *,
    text: str | None = None,
    overrides: Sequence[str] = (),
) -> Path:
    """Make a new run's folder, `root/NAME-YYYYmmdd-HHMMSS` (of a recorder NAME), and return it.

    `text` is the profile as it was given, kept verbatim. The folder appears with its `run.toml`
    inside, so that even a run killed before its first frame can be resumed. Raises `RunError`.
    """
    now = _now()
    first = Manifest(
        schema_version=manifest.SCHEMA_VERSION,
        kind="recorded" if isinstance(profile, Recorded) else "trained",
        status="running",
        created=now,
        seconds=0.0,
        frames=0,
        overrides=tuple(overrides),
        header=ensemble.header,
        profile=to_table(profile),
        plugins=owners(profile),
        plugin_series={
            str(at): one.series for at, one in enumerate(profile.estimator) if is_foreign(type(one))
        },
        **_session(ensemble),
    )
    hidden = root / f".new-{os.getpid()}-{time.monotonic_ns()}"
    there = is_folder(root)
    try:
        hidden.mkdir(parents=True)
        if isinstance(profile, Profile):
            with replacing(hidden / PROFILE) as handle:
                handle.write((to_toml(profile) if text is None else text).encode())
        manifest.write(hidden, first)
        if isinstance(profile, Recorded):
            folder = settle_as(hidden, root / profile.name)
        else:
            folder = settle(hidden, root, f"{profile.name}-{now.astimezone():%Y%m%d-%H%M%S}")
        # Or a power cut takes the whole run away, however much of it is saved inside.
        for parent in (root, *([] if there else [root.parent])):
            sync_folder(parent)
        return folder
    except OSError as error:
        raise refused(root, error) from None
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def plan_longer(folder: Path, profile: Profile) -> Path:
    """Let a run end at the epoch of `profile`, its own but for that; return its folder.

    It is an interrupted run then, whoever goes on with it. Raises `RunError`.
    """
    with lock.writing(folder):
        about = manifest.read(folder)
        training = profile.training
        changes = {
            "status": "interrupted",
            "overrides": (*about.overrides, f"training.epochs={training.epochs}"),
            "profile": to_table(profile),
            "planned": manifest.Planned(
                first=-training.prefit_epochs, last=training.epochs, frames=frame_count(profile)
            ),
        }
        manifest.write(folder, about.model_copy(update=changes))
    return folder


def record(ensemble: Ensemble, folder: Path) -> Generator[Frame, None, None]:
    """Yield the ensemble's frames and write them into the run's folder as they come."""
    with writing(ensemble, folder) as writer:
        for frame in ensemble.frames():
            writer.add(frame)
            yield frame


@contextmanager
def writing(ensemble: Measured, folder: Path) -> Iterator[Writer]:
    """The one writer of a run's folder, to be given every frame of the ensemble.

    Saves at most every 2 s and for at most 5 % of the time, and always at the end, whatever the end
    is: the last frame, a stop, a consumer that closes the iterator, an error. Only Ctrl-C in the
    midst of a step leaves the files as they were last saved. An ensemble made from the folder's
    checkpoint continues its recording; frames beyond the checkpoint are cut and come again.
    Raises `RunError` where another process writes the run or the disk refuses.
    """
    with lock.writing(folder) as hold:
        remove_temporaries(folder)
        writer = Writer(ensemble, folder, hold)
        try:
            yield writer
        except GeneratorExit:
            writer.close("interrupted")
            raise
        except KeyboardInterrupt:
            with suppress(RunError):
                writer.note("interrupted")
            raise
        except BaseException as error:
            with suppress(RunError):
                writer.fail(error)
            raise
        writer.close("finished" if ensemble.finished else "interrupted")


class Writer:
    """Writes one session of a run: what it is given goes to the disk at a bounded cost.

    `recorder` holds all frames of the run, those of earlier sessions too.
    """

    def __init__(self, ensemble: Measured, folder: Path, hold: lock.Hold) -> None:
        self._ensemble, self._folder, self._hold = ensemble, folder, hold
        self._about = manifest.read(folder)
        if self._about.status == "finished" and self._about.kind == "trained":
            raise RunError(f"{folder}: is finished: it is not written again")
        # Series may have had other names when the run began, and its header may lack what it holds
        # of late.
        profile, now = self._about.resolved_profile(folder), ensemble.header
        then = self._about.header
        late = {name: getattr(then, name) or getattr(now, name) for name in LATE}
        if now not in (replace(then, **late), replace(then, series=profile.series, **late)):
            raise RunError(f"{folder}: is the run of another experiment")
        start = _recorded(folder, self._about, ensemble)
        self.recorder = Recorder(now, start)
        self._weights = recorded_weights(folder, profile, start, now)
        self._due = 0.0
        self.note("running")

    def add(self, frame: Frame) -> bool:
        """Record a frame; save where enough time has passed, and say whether that was so."""
        self.recorder.add(frame)
        if frame.weights is not None:
            self._weights.add(frame.epoch, frame.weights, frame.replicates)
        began = time.monotonic()
        if began < self._due:
            return False
        self._save("running")
        ended = time.monotonic()
        self._due = ended + max(SAVE_SECONDS, (ended - began) / SAVE_SHARE)
        return True

    def rewind(self, epoch: int) -> None:
        """Drop the frames from `epoch` on: they come again."""
        kept = self.recorder.snapshot().until(epoch - 1)
        self.recorder = Recorder(self.recorder.header, kept)
        self._weights.rewind(epoch)

    def close(self, status: Status) -> None:
        """Save everything; a finished run keeps its checkpoint, to go on for more epochs."""
        self._save(status)

    def fail(self, error: BaseException) -> None:
        """Save the recording alone: the ensemble's state after an error is no checkpoint."""
        self.note("failed", error=f"{error}" or type(error).__name__)
        write_arrays(self._folder / RECORDING, self.recorder.snapshot().named())

    def note(self, status: Status, error: str = "") -> None:
        """Write `run.toml`."""
        self._hold.check()
        recording = self.recorder.snapshot()
        changes = {
            **_session(self._ensemble),
            "header": self._ensemble.header,
            "status": status,
            "error": error,
            "finished": None if status == "running" else _now(),
            "seconds": float(recording.seconds[-1]) if len(recording) else 0.0,
            "frames": len(recording),
            "results": manifest.results(recording),
        }
        self._about = self._about.model_copy(update=changes)
        manifest.write(self._folder, self._about)

    def _save(self, status: Status) -> None:
        self._hold.check()
        recording = self.recorder.snapshot()
        write_arrays(self._folder / RECORDING, recording.named())
        if self._weights.changed:
            write_weights(self._folder, self._weights.snapshot())
        state = self._ensemble.checkpoint()
        if state is not None:
            mark = np.array([len(recording), self._ensemble.epoch])
            write_arrays(self._folder / CHECKPOINT, {**state, MARK: mark})
        self.note(status)


def _recorded(folder: Path, about: Manifest, ensemble: Measured) -> Recording | None:
    """What the ensemble's checkpoint had recorded; frames beyond it will come again."""
    if about.kind == "recorded":
        return load_recording(folder, ensemble.header)
    checkpoint = read_checkpoint(folder, (MARK,))
    if checkpoint is None:
        return None
    if checkpoint.epoch != ensemble.epoch:
        raise RunError(
            f"{folder}: is at epoch {checkpoint.epoch}, not {ensemble.epoch}: "
            "another process continued it meanwhile"
        )
    whole = load_recording(folder, ensemble.header)
    if len(whole) < checkpoint.frames:
        raise RunError(f"{folder / RECORDING}: ends before {CHECKPOINT} and cannot be continued")
    return whole.take(slice(checkpoint.frames))


def _session(ensemble: Measured) -> dict[str, Any]:
    """What the manifest holds of the ensemble and of the process that trains it."""
    return {
        "planned": manifest.Planned(
            first=int(ensemble.planned[0]),
            last=int(ensemble.planned[-1]),
            frames=len(ensemble.planned),
        ),
        "epoch": ensemble.epoch,
        "backend": ensemble.backend,
        "device": ensemble.device,
        "threads": ensemble.threads,
        "compiled": ensemble.compiled,
        "compile_seconds": ensemble.compile_seconds,
        "seeds": tuple(ensemble.seeds),
        "restarts": tuple(ensemble.restarts),
        "diverged": dict(ensemble.diverged),
        "remarks": tuple(ensemble.remarks),
        "versions": {
            "ibtui": VERSION,
            "python": platform.python_version(),
            "torch": importlib.metadata.version("torch"),
            "numpy": np.__version__,
        },
    }


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0)


def settle_as(hidden: Path, folder: Path) -> Path:
    """Move the new folder to its name. Raises `RunError` where something is there already."""
    if not os.path.lexists(folder):
        return hidden.rename(folder)
    raise RunError(f"{folder}: exists already (choose another name)")


def settle(hidden: Path, root: Path, name: str) -> Path:
    """Move the new folder to its name, or the first of name-2, name-3, ... that is free."""
    for suffix in ("", *(f"-{n}" for n in range(2, 1000))):
        folder = root / f"{name}{suffix}"
        if os.path.lexists(folder):
            continue
        try:
            return hidden.rename(folder)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
    raise RunError(f"{root / name}: a thousand runs have this name (choose another)")
