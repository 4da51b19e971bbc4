"""Checkpoints: resumed runs bit for bit, and checkpoints of other profiles."""

import json

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from ibtui.engine import Ensemble
from ibtui.engine import ensemble as ensembles
from ibtui.errors import CheckpointError, RunError
from ibtui.recording import Recorder
from tests.engine.small import (
    AS_WRITTEN,
    SHAPE,
    assert_same,
    each,
    make_dataset,
    make_profile,
    merged,
    record,
)


@each
def test_a_resumed_run_is_the_uninterrupted_one_bit_for_bit(tables, monkeypatch):
    monkeypatch.setattr(ensembles, "CALL_SECONDS", 0)  # a stop is looked for after every epoch
    dataset = make_dataset(29, classes=3, shape=SHAPE)
    profile = make_profile(**merged(tables, {"measure": {"every": 2}}))
    whole = record(Ensemble(profile, dataset))
    for stop_at in range(int(whole.epoch[0]), 5):
        ensemble, recorder = Ensemble(profile, dataset), None
        recorder = Recorder(ensemble.header)
        train = ensemble._backend.train

        def counted(
            state, epoch, seeds, wanted, epochs, train=train, ensemble=ensemble, stop_at=stop_at
        ):
            train(state, epoch, seeds, wanted, epochs)
            if epoch + 1 == stop_at:  # between frames, at every other one
                ensemble.stop()

        ensemble._backend.train = counted
        for frame in ensemble.frames():
            recorder.add(frame)
            if frame.epoch == stop_at:
                ensemble.stop()
        assert ensemble.epoch == stop_at
        checkpoint = ensemble.checkpoint()
        resumed = Ensemble(profile, dataset, checkpoint=checkpoint)
        assert resumed.epoch == stop_at
        for frame in resumed.frames():
            recorder.add(frame)
        assert_same(recorder.snapshot(), whole)
        assert resumed.finished


def test_checkpoints_keep_what_they_held():
    ensemble = Ensemble(make_profile(quantization=AS_WRITTEN), make_dataset())
    frames = ensemble.frames()
    next(frames)
    checkpoint = ensemble.checkpoint()
    kept = {name: array.copy() for name, array in checkpoint.items()}
    for _ in frames:
        pass
    for name, array in kept.items():
        assert array.dtype.kind in "fi"
        assert_array_equal(checkpoint[name], array)


def other_checkpoint(**tables):
    ensemble = Ensemble(make_profile(**tables), make_dataset())
    next(ensemble.frames())
    return ensemble.checkpoint()


@pytest.mark.parametrize(
    "tables",
    [
        {"replicates": 4},
        {"replicates": 1},
        {"network": {"layers": [6, 5]}},
        {"network": {"layers": [7]}},
        {"network": {"layers": [4, 6]}},
    ],
    ids=str,
)
def test_the_checkpoint_of_another_profile_is_one_line(tables):
    with pytest.raises(RunError) as caught:
        Ensemble(make_profile(), make_dataset(), checkpoint=other_checkpoint(**tables))
    assert str(caught.value).startswith("the checkpoint does not belong to this profile: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("missing", ["parameters", "seen_low", "epoch", "seeds", "restarts"])
def test_a_checkpoint_with_a_part_missing_is_one_line(missing):
    checkpoint = other_checkpoint()
    del checkpoint[missing]
    with pytest.raises(RunError, match=f"^the checkpoint does not belong .*{missing}"):
        Ensemble(make_profile(), make_dataset(), checkpoint=checkpoint)


def remark(*row):
    return np.frombuffer(json.dumps([row]).encode(), np.int8)


NAN = np.array(np.nan)
FOREIGN = {  # what is said of it: what is changed
    "epoch is float64 (), not int64 ()": {"epoch": np.array(2.0)},
    "epoch is int64 (1,), not int64 ()": {"epoch": np.array([2])},
    "it is at epoch 9999999": {"epoch": np.array(9999999)},
    "it is at epoch -3": {"epoch": np.array(-3)},
    "it has taken nan seconds": {"seconds": NAN},
    "it has taken -1.0 seconds": {"seconds": np.array(-1.0)},
    "seeds is float64 (3,), not int64 (3,)": {"seeds": np.array([1.0, 2, 3])},
    "seeds is int64 (2,), not int64 (3,)": {"seeds": np.array([1, 2])},
    "seeds are negative, or there twice": {"seeds": np.array([1, -2, 3])},
    "seeds are negative, or there twice ": {"seeds": np.array([1, 1, 3])},
    "attempts are negative": {"attempts": np.array([0, -1, 0])},
    "attempts is int64 (3, 1), not int64 (3,)": {"attempts": np.zeros((3, 1), int)},
    "steps are no numbers of steps": {"steps": np.float32([0, np.nan, 1])},
    "parameters is float64": {"parameters": np.zeros((1, 3))},
    "parameters is datetime64[ns]": {"parameters": np.zeros((1, 3), "M8[ns]")},
    "running_max is float32 (3, 1), not": {"running_max": np.zeros((3, 1), np.float32)},
    "backend is none that there is": {"backend": np.array(7)},
    "backend is none that there is ": {"backend": np.array(-1)},
    "backend is none that there is  ": {"backend": np.array([0, 1])},
    "backend is none that there is   ": {"backend": np.array("torch")},
    "backend is none that there is    ": {"backend": NAN},
    "it is of the kernel backend, and training.backend is torch": {"backend": np.array(1)},
    "restarts is int64 (3,), not int64 (0, 3)": {"restarts": np.zeros(3, int)},
    "restarts names a replicate": {"restarts": np.array([[3, 0, 5]])},
    "restarts names a replicate ": {"restarts": np.array([[0, 8, 5]])},
    "restarts has a negative seed": {"restarts": np.array([[0, 0, -5]])},
    "diverged names a replicate": {"diverged": np.array([[-1, 0]])},
    "diverged names a replicate ": {"diverged": np.array([[0, 10**12]])},
    "accuracy is not from 0 to 1": {"accuracy": np.array([0.5, np.inf, 1])},
    "accuracy is float64 (2,), not float64 (3,)": {"accuracy": np.zeros(2)},
    "run_min and run_max go together": {"run_min": np.zeros((3, 3), np.float32)},
    "weights is no part of it": {"weights": np.zeros(3)},
    "remarks are no JSON": {"remarks": np.frombuffer(b"[" * 9999, np.int8)},
    "remarks are no JSON ": {"remarks": np.array([-1, 3], np.int8)},
    "remarks hold 3": {"remarks": np.frombuffer(b"3", np.int8)},
    "remarks hold [1, 2, 3]": {"remarks": remark(1, 2, 3)},
    "remarks hold ['a', 'b', 'c', 1, 2, 1": {"remarks": remark("a", "b", "c", 1, 2, 10**50)},
}


@pytest.fixture(scope="module")
def own():
    """A profile that names its backend, and a sound checkpoint of it."""
    tables = {"training": {"backend": "torch"}}
    return make_profile(**tables), other_checkpoint(**tables)


@pytest.mark.parametrize("said", FOREIGN, ids=str.strip)
def test_a_checkpoint_that_is_none_is_one_line(own, said):
    profile, checkpoint = own
    with pytest.raises(CheckpointError) as caught:
        Ensemble(profile, make_dataset(), checkpoint=checkpoint | FOREIGN[said])
    line = str(caught.value)
    assert line.startswith(f"the checkpoint does not belong to this profile: {said.strip()}")
    assert line.endswith("(delete it to start this run from its beginning)")
    assert "\n" not in line


def test_a_checkpoint_without_what_earlier_versions_lacked_is_gone_on_with(own):
    profile, checkpoint = own
    older = {k: v for k, v in checkpoint.items() if k not in ("backend", "remarks")}
    assert Ensemble(profile, make_dataset(), checkpoint=older).epoch == checkpoint["epoch"]
