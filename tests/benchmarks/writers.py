"""Writers: what writes runs, and what must be true of the folder after it was cut short."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch

from ibtui import store
from ibtui.profile import load_profile
from ibtui.recorder import Recorder
from ibtui.recording import Recording
from ibtui.store import index
from ibtui.tui.feeds import queue
from tests.scripted_engine import ScriptedEnsemble
from tests.store.scripted_runs import (
    KEEPING,
    PROFILE,
    assert_same,
    assert_same_weights,
    new,
    reference,
    reference_weights,
    resume,
    scripted,
)

torch.set_num_threads(1)  # threads do not come along into a fork
OF_A_RUN = ("run.toml", "profile.toml", "recording.npz", "weights.npz", "checkpoint.npz")
X = np.random.default_rng(0).normal(size=(24, 3))
Y = np.arange(24) % 2
EPOCHS = range(5)
Tell = Callable[[int], object]


@dataclass(frozen=True)
class Writer:
    """What writes: `act` tells how many frames are safe.

    `prepare` makes what is there before, `afterwards` says what is wrong.
    """

    prepare: Callable[[Path], object]
    act: Callable[[Path, Tell], object]
    afterwards: Callable[[Path, int], str]


def _nothing(root: Path) -> None: ...


def _folder(root: Path) -> None:
    root.mkdir()


def _train(root: Path, tell: Tell) -> None:
    ensemble = scripted(KEEPING)
    with store.writing(ensemble, new(root, ensemble)) as writing:
        for frame in ensemble.frames():
            writing.add(frame)
            tell(len(writing.recorder.snapshot()))


def _trained(root: Path, frames: int) -> str:
    entries = store.list_runs(root)
    broken = [entry.error for entry in entries if entry.status == "broken"]
    if broken or (frames and len(entries) != 1):
        return f"{len(entries)} runs, {broken} broken, after {frames} saved frames"
    for entry in entries:
        found = store.load(entry.folder)
        if len(found.recording) < frames:
            return f"{len(found.recording)} frames, of {frames} that were saved"
        again = found.recording if found.status == "finished" else resume(entry.folder, KEEPING)
        assert_same(again, reference())
        assert_same_weights(entry.folder, reference_weights())
        left = {path.name for path in entry.folder.iterdir()}
        if found.status != "finished" and left != {*OF_A_RUN}:
            return f"left behind: {sorted(left - {*OF_A_RUN})}"
    return ""


def _layers(epoch: int) -> dict[str, np.ndarray]:
    return {"T1": np.tanh((epoch + 1) * X), "T2": np.round(np.tanh(X[:, :1]) * epoch)}


def _record(root: Path, tell: Tell) -> None:
    _go_on(Recorder(root / "mine", x=X, y=Y, estimators=["exact", "binning:bounds=running"]), tell)


def _go_on(recorder: Recorder, tell: Tell = lambda frames: None) -> None:
    with recorder as record:
        for epoch in EPOCHS[record.epoch or 0 :]:
            record(epoch, activations=_layers(epoch), loss=1 / (epoch + 1))
            tell(epoch + 1)


@cache
def _recorded_whole() -> Recording:
    root = Path("/dev/shm" if Path("/dev/shm").is_dir() else "/tmp") / f"whole-{random.random()}"
    root.mkdir()
    _record(root, lambda frames: None)
    found = store.load(root / "mine").recording
    shutil.rmtree(root)
    return found


def _recorded(root: Path, frames: int) -> str:
    entries = store.list_runs(root)
    broken = [entry.error for entry in entries if entry.status == "broken"]
    if broken or (frames and len(entries) != 1):
        return f"{len(entries)} runs, {broken} broken, after {frames} saved frames"
    if not entries:
        _record(root, lambda frames: None)
    found = store.load(root / "mine")
    if len(found.recording) < frames:
        return f"{len(found.recording)} frames, of {frames} that were saved"
    if found.status != "finished":
        _go_on(Recorder.resume(root / "mine", x=X, y=Y))
    again, whole = store.load(root / "mine").recording, _recorded_whole()
    for name, array in whole.arrays().items():
        if name != "seconds":
            np.testing.assert_array_equal(getattr(again, name), array, name)
    return ""


def _two_runs(root: Path) -> None:
    """Two finished runs of one experiment, with seeds of their own."""
    if not _TWO:
        made = Path(root.parent / "two")
        for seed in (1000, 2000):
            profile = PROFILE.model_copy(update={"seed": seed})
            ensemble = ScriptedEnsemble(profile)
            folder = store.create(made, profile, ensemble, text="name = 'walk'")
            list(store.record(ensemble, folder))
        for name, folder in zip("ab", sorted(made.iterdir()), strict=True):
            files = {path.name: path.read_bytes() for path in folder.iterdir()}
            _TWO[name] = files
    for name, files in _TWO.items():
        (root / name).mkdir(parents=True)
        for file, content in files.items():
            (root / name / file).write_bytes(content)


_TWO: dict[str, dict[str, bytes]] = {}


def _thin(root: Path, tell: Tell) -> None:
    store.thin(store.load(root / "a"), 3, root / "made")
    tell(3)


def _gather(root: Path, tell: Tell) -> None:
    store.gather([store.load(root / name) for name in "ab"], root / "made")
    tell(6)


def _derived(root: Path, frames: int) -> str:
    """The sources are as they were; what was made is there if it was said, and whole."""
    for name, files in _TWO.items():
        if {path.name: path.read_bytes() for path in (root / name).iterdir()} != files:
            return f"{name} was changed"
    names = {entry.folder.name: entry for entry in store.list_runs(root)}
    if frames and "made" not in names:
        return "what was made is gone"
    if "made" in names and len(store.load(root / "made").recording) not in (3, 6):
        return "what was made is not whole"
    given = root / "made" / "profile.toml"
    if given.exists() and given.read_bytes() != _TWO["a"]["profile.toml"]:
        return "its profile.toml is cut short"
    return ""


def _detach(root: Path, tell: Tell) -> None:
    """The queue goes to the background, by a program that notes what it was called with."""
    cache, started = root / "cache", root / "started"
    queue.platformdirs.user_cache_path = lambda _: cache
    subprocess.Popen = lambda words, **_: started.write_text(words[-1])  # type: ignore[misc]
    queue.detach(None, [PROFILE, PROFILE.model_copy(update={"name": "other"})], root, None)


def _detached(root: Path, frames: int) -> str:
    """Where something was started, its profiles are whole."""
    if not (root / "started").exists():
        return ""
    paths = sorted((root / "cache").glob("background/*/*.toml"))
    found = [load_profile(path).name for path in paths]
    return "" if found == ["walk", "other"] else f"started with {found}"


WRITERS = {
    "run": Writer(_nothing, _train, _trained),
    "recorder": Writer(_folder, _record, _recorded),
    "thin": Writer(_two_runs, _thin, _derived),
    "gather": Writer(_two_runs, _gather, _derived),
    "queue": Writer(_folder, _detach, _detached),
}


def write_index(root: Path) -> None:
    """Lists again and again while runs change."""
    for number in range(20):
        store.rows(root)
        path = root / "ab"[number % 2] / "run.toml"
        path.write_text(path.read_text().replace("seconds = ", "seconds = 1", 1))


def torn_index(root: Path, rng: random.Random) -> None:
    """Some pages of the index stay as they were when it is written once more."""
    path = root / index.NAME
    before = path.read_bytes() if path.exists() else b""
    (root / "c").mkdir()
    shutil.copytree(root / "a", root / "c", dirs_exist_ok=True)
    store.rows(root)
    after = path.read_bytes()
    pages = [slice(at, at + 4096) for at in range(0, len(after), 4096)]
    path.write_bytes(b"".join(rng.choice((before[p], after[p], after[p])) for p in pages))


def listed_wrongly(root: Path) -> str:
    """What a list by the index says that the folders do not."""
    for _ in range(2):
        straight = [store.row_of(entry) for entry in store.list_runs(root)]
        told = [row._replace(stamp="") for row in store.rows(root)]
        if told != straight:
            return f"{told} is not {straight}"
    return ""
