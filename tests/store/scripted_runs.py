"""Saved runs of scripted ensembles: whole, interrupted, resumed, damaged."""

from pathlib import Path

import numpy as np

from ibtui import store
from ibtui.profile import Profile, parse_profile
from ibtui.recording import ARRAYS, Recorder, Recording
from ibtui.store.weights import Weights, WeightsRecorder, load_weights
from tests.scripted_engine import ScriptedEnsemble

TEXT = """# a comment that must survive
name = "walk"
replicates = 4
training.epochs = 23
measure.every = 5
"""
PROFILE = parse_profile(TEXT, "walk.toml")
KEEPING = parse_profile(TEXT + 'measure.weights = "frames"', "walk.toml")
SCRIPT = {"restart": (2, 11), "diverge": (1, 17)}


def scripted(profile: Profile = PROFILE, **changes) -> ScriptedEnsemble:
    return ScriptedEnsemble(profile, **{**SCRIPT, **changes})


def reference(ensemble: ScriptedEnsemble | None = None) -> Recording:
    ensemble = ensemble or scripted()
    recorder = Recorder(ensemble.header)
    for frame in ensemble.frames():
        recorder.add(frame)
    return recorder.snapshot()


def reference_weights() -> Weights:
    ensemble = scripted(KEEPING)
    recorder = WeightsRecorder(ensemble.planned)
    for frame in ensemble.frames():
        assert frame.weights is not None
        recorder.add(frame.epoch, frame.weights, frame.replicates)
    return recorder.snapshot()


def assert_same_weights(folder: Path, expected: Weights) -> None:
    found = load_weights(folder, scripted().header)
    assert found is not None
    np.testing.assert_array_equal(found.epoch, expected.epoch)
    assert found.arrays.keys() == expected.arrays.keys()
    for name, array in expected.arrays.items():
        np.testing.assert_array_equal(found.arrays[name], array, name)


def new(root: Path, ensemble: ScriptedEnsemble) -> Path:
    return store.create(root, ensemble.profile, ensemble, text=TEXT, overrides=["replicates=4"])


def finished(root: Path, profile: Profile = PROFILE) -> Path:
    ensemble = scripted(profile)
    folder = new(root, ensemble)
    for _ in store.record(ensemble, folder):
        pass
    return folder


def interrupted(root: Path, frames: int = 3, profile: Profile = PROFILE) -> Path:
    ensemble = scripted(profile)
    folder = new(root, ensemble)
    recording = store.record(ensemble, folder)
    for _ in range(frames):
        next(recording)
    recording.close()
    return folder


def resume(folder: Path, profile: Profile | None = None) -> Recording:
    checkpoint = store.load_checkpoint(folder)
    if profile in (None, KEEPING):
        ensemble = scripted(profile or PROFILE, checkpoint=checkpoint)
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
