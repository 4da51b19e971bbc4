"""Saved runs of scripted ensembles: whole, interrupted, resumed, damaged."""

from pathlib import Path

import numpy as np

from ibtui import store
from ibtui.profile import Profile, parse_profile
from ibtui.recording import ARRAYS, Recorder, Recording
from tests.scripted_engine import ScriptedEnsemble

TEXT = """# a comment that must survive
name = "walk"
replicates = 4
training.epochs = 23
measure.every = 5
"""
PROFILE = parse_profile(TEXT, "walk.toml")
SCRIPT = {"restart": (2, 11), "diverge": (1, 17)}


def scripted(**changes) -> ScriptedEnsemble:
    return ScriptedEnsemble(PROFILE, **{**SCRIPT, **changes})


def reference(ensemble: ScriptedEnsemble | None = None) -> Recording:
    ensemble = ensemble or scripted()
    recorder = Recorder(ensemble.header)
    for frame in ensemble.frames():
        recorder.add(frame)
    return recorder.snapshot()


def new(root: Path, ensemble: ScriptedEnsemble) -> Path:
    return store.create(root, PROFILE, ensemble, text=TEXT, overrides=["replicates=4"])


def finished(root: Path) -> Path:
    ensemble = scripted()
    folder = new(root, ensemble)
    for _ in store.record(ensemble, folder):
        pass
    return folder


def interrupted(root: Path, frames: int = 3) -> Path:
    ensemble = scripted()
    folder = new(root, ensemble)
    recording = store.record(ensemble, folder)
    for _ in range(frames):
        next(recording)
    recording.close()
    return folder


def resume(folder: Path, profile: Profile | None = None) -> Recording:
    checkpoint = store.load_checkpoint(folder)
    if profile is None:
        ensemble = scripted(checkpoint=checkpoint)
    else:
        ensemble = ScriptedEnsemble(profile, checkpoint=checkpoint)
    for _ in store.record(ensemble, folder):
        pass
    run = store.load(folder)
    assert run.status == "finished"
    return run.recording


def assert_same(found: Recording, expected: Recording) -> None:
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)


def replace_array(path: Path, name: str, array: np.ndarray | None) -> None:
    with np.load(path) as archive:
        arrays = {key: archive[key] for key in archive.files}
    arrays.pop(name, None)
    if array is not None:
        arrays[name] = array
    np.savez(path, **arrays)


def replace_text(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
