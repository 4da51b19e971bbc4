"""Replicates that break: they are marked, and the others go on."""

import numpy as np
import torch

from ibtui.engine import Ensemble
from ibtui.recording import Recorder
from tests.engine.small import (
    SHAPE,
    assert_same,
    columns,
    each,
    make_dataset,
    make_profile,
    merged,
    record,
)


@each
def test_a_broken_replicate_is_marked_and_the_others_go_on(tables):
    dataset = make_dataset(29, classes=3, shape=SHAPE)
    more = {"training": {"epochs": 6, "prefit_epochs": 0}, "measure": {"every": 1}}
    profile = make_profile(**merged(tables, more))
    whole = record(Ensemble(profile, dataset))
    ensemble = Ensemble(profile, dataset)
    recorder = Recorder(ensemble.header)
    for frame in ensemble.frames():
        recorder.add(frame)
        if frame.epoch == 2:
            with torch.no_grad():
                ensemble._replicates.state.parameters[-4, 1] = torch.nan
    recording = recorder.snapshot()
    assert_same(columns(recording, [0, 2]), columns(whole, [0, 2]))
    assert_same(columns(recording.until(2), [1]), columns(whole.until(2), [1]))
    assert ensemble.diverged == {1: 3}
    assert ensemble.finished
    assert ensemble.warnings == []  # it is told as a fact, not as prose
    broken = columns(recording, [1])
    assert np.isnan(broken.i_xt_bits[3:]).all()
    assert np.isnan(broken.i_ty_bits[3:]).all()
    assert np.isnan(broken.train_loss_nats[3:]).all()
    resumed = Ensemble(profile, dataset, checkpoint=ensemble.checkpoint())
    assert resumed.diverged == {1: 3}


def test_a_replicate_that_is_broken_in_the_output_alone_has_no_information():
    ensemble = Ensemble(make_profile(), make_dataset())
    with torch.no_grad():
        ensemble._replicates.state.parameters[-1, 2] = torch.nan
    frame = next(ensemble.frames())
    assert np.isnan(frame.i_xt_bits[:, 2]).all()
    assert np.isfinite(frame.i_xt_bits[:, :2]).all()
    assert ensemble.diverged == {2: 0}


def test_runs_that_diverge_for_real_are_marked():
    profile = make_profile(
        network={"activation": "relu"}, training={"optimizer": "sgd", "learning_rate": 1e30}
    )
    ensemble = Ensemble(profile, make_dataset())
    recording = record(ensemble)
    assert ensemble.diverged
    for replicate, epoch in ensemble.diverged.items():
        assert np.isfinite(recording.train_loss_nats[recording.epoch < epoch, replicate]).all()
        assert not np.isfinite(recording.train_loss_nats[epoch, replicate])


def test_chunks_of_which_nobody_is_left_are_measured_around():
    profile = make_profile(replicates=5, measure={"memory_gib": 2.5e-5})
    ensemble = Ensemble(profile, make_dataset())
    _, stop = next(ensemble._backend.chunks(5))
    assert 1 <= stop < 5
    with torch.no_grad():
        ensemble._replicates.state.parameters[:, :stop] = torch.nan
    recording = record(ensemble)
    measured = np.isfinite(recording.i_xt_bits[:, 0])
    assert measured[:, stop:].all()
    assert not measured[:, :stop].any()
