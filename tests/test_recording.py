"""Recordings grow frame by frame, and a later frame may replace the columns it names."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from ibtui.recording import ARRAYS, Frame, Header, Recorder, Recording

HEADER = Header(("exact", "binning"), ("T1", "T2", "T3"), (7, 5, 3), 4, 64, 6.0, 1.0, 5, 2, 2)


def frame(epoch: int, value: float, replicates: tuple[int, ...] | None = None) -> Frame:
    """A frame whose every number tells its epoch, field, and column."""
    columns = len(replicates) if replicates else HEADER.replicates
    layered, scored = (columns, 3), (columns,)
    shapes = [
        *[(2, *layered)] * 2,
        *[scored] * 4,
        layered,
        layered,
        *[(2, *layered)] * 2,
        *[layered] * 4,
    ]
    filled = [np.full(shape, value + field / 10) for field, shape in enumerate(shapes)]
    few = sum(r < 2 for r in replicates) if replicates else 2
    filled.append(np.full((few, 3, 5), value, np.uint32))
    filled.append(np.full((few, 15, 2, 5), value, np.uint32))
    return Frame(epoch, *filled, seconds=float(epoch), replicates=replicates)


def test_many_frames_are_kept_in_order_with_the_declared_shapes():
    recorder = Recorder(HEADER)
    for epoch in range(600):
        recorder.add(frame(epoch, epoch))
    recording = recorder.snapshot()
    assert_array_equal(recording.epoch, np.arange(600))
    assert_array_equal(recording.i_ty_bits[:, 1, 3, 2], np.arange(600) + 0.1)
    shapes = Recording.shapes(HEADER, 600)
    assert {name: array.shape for name, array in recording.arrays().items()} == shapes
    assert set(shapes) == set(ARRAYS)
    assert len(recording.until(17)) == 18
    assert len(recording.until(-1)) == 0


def test_a_frame_of_some_replicates_replaces_their_columns_alone():
    recorder = Recorder(HEADER)
    for epoch in (-5, 0, 5):
        recorder.add(frame(epoch, 1.0))
    recorder.add(frame(0, 9.0, replicates=(1, 3)))
    recording = recorder.snapshot()
    assert_array_equal(recording.epoch, [-5, 0, 5])
    for name in ("train_loss_nats", "activation_max", "i_xt_bits", "output_loss_bits", "cells"):
        array = getattr(recording, name)
        replicates = np.moveaxis(array, 2 if array.ndim == 4 else 1, 0)
        assert (replicates[[1, 3]][:, 1] >= 9.0).all()
        assert (replicates[[0, 2]] < 9.0).all()
        assert (replicates[:, [0, 2]] < 9.0).all()
    assert recording.histograms[1, :, 0, 0].tolist() == [1, 9]  # of replicates 0 and 1 alone
    assert (recording.histograms[[0, 2]] == 1).all()
    assert recording.unit_histograms[1, :, -1, 1, 4].tolist() == [1, 9]
    assert recording.units_of(1) == slice(7, 12)


def test_a_snapshot_stays_as_it_was_while_the_recording_grows():
    recorder = Recorder(HEADER)
    recorder.add(frame(0, 1.0))
    early = recorder.snapshot()
    for epoch in range(1, 400):
        recorder.add(frame(epoch, 2.0))
    assert len(early) == 1
    assert (early.i_xt_bits == 1.0).all()


def test_a_recorder_goes_on_from_a_recording_without_touching_it():
    first = Recorder(HEADER)
    first.add(frame(0, 1.0))
    saved = first.snapshot()
    again = Recorder(HEADER, saved)
    again.add(frame(0, 3.0))
    again.add(frame(2, 4.0))
    assert (saved.i_xt_bits == 1.0).all()
    assert_array_equal(again.snapshot().epoch, [0, 2])
    assert (again.snapshot().i_xt_bits[0] == 3.0).all()


def test_a_frame_cannot_be_put_between_frames():
    recorder = Recorder(HEADER)
    recorder.add(frame(0, 1.0))
    recorder.add(frame(10, 1.0))
    with pytest.raises(ValueError, match="epoch 5 was skipped"):
        recorder.add(frame(5, 1.0))
