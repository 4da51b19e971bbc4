"""Checkpoints: resumed runs bit for bit, and checkpoints of other profiles."""

import pytest
from numpy.testing import assert_array_equal

from ibtui.engine import Ensemble
from ibtui.errors import RunError
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
def test_a_resumed_run_is_the_uninterrupted_one_bit_for_bit(tables):
    dataset = make_dataset(29, classes=3, shape=SHAPE)
    profile = make_profile(**merged(tables, {"measure": {"every": 2}}))
    whole = record(Ensemble(profile, dataset))
    for stop_at in range(int(whole.epoch[0]), 5):
        ensemble, recorder = Ensemble(profile, dataset), None
        recorder = Recorder(ensemble.header)
        train = ensemble._backend.train

        def counted(
            state, epoch, seeds, wanted=None, train=train, ensemble=ensemble, stop_at=stop_at
        ):
            train(state, epoch, seeds)
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
