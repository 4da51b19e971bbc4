"""Replicates that stay dead start again: as if their new seed had been theirs from the start."""

import itertools
from dataclasses import astuple, replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from ibtui.engine import Ensemble
from ibtui.recording import Recorder
from tests.engine.small import (
    AS_WRITTEN,
    RELU_AS_CODED,
    assert_same,
    columns,
    make_dataset,
    make_profile,
    merged,
    record,
    reseeded,
)

TABLES = {
    "written": {"quantization": AS_WRITTEN},
    "coded": {"quantization": RELU_AS_CODED, "network": {"activation": "relu"}},
    "prefit": {"training": {"prefit_epochs": 2}},
    "dropout": {"network": {"dropout": 0.2}},
    "every other epoch": {"measure": {"every": 2}},
    "running": {"estimator": [{"name": "exact"}, {"name": "binning", "bounds": "running"}]},
}
each = pytest.mark.parametrize("tables", TABLES.values(), ids=TABLES)


@pytest.fixture
def dataset():
    """Labels of which a third is noise: nobody learns them in a few epochs."""
    made = make_dataset(61, 5)
    rng = np.random.default_rng(1)
    return replace(made, labels=np.where(rng.random(61) < 0.4, 1 - made.labels, made.labels))


def restarting(tables, dataset, at=3, below=None, **training):
    """A profile whose worst replicates at epoch `at` start again; all of them with `below`."""
    if below is None:
        whole = record(Ensemble(make_profile(**tables), dataset))
        accuracy = np.sort(whole.train_accuracy[np.searchsorted(whole.epoch, at)])
        assert accuracy[0] < accuracy[1], "the seeds must differ in accuracy for this test"
        below = float(accuracy[:2].mean())
    training = {"restart_below": below, "restart_at": at, "restart_limit": 1} | training
    return make_profile(**merged(tables, {"training": tables.get("training", {}) | training}))


@each
def test_a_dead_replicate_becomes_a_run_of_its_new_seed(tables, dataset):
    profile = restarting(tables, dataset)
    ensemble = Ensemble(profile, dataset)
    recording = record(ensemble)
    seeds = [1000, 1001, 1002]
    assert ensemble.restarts
    for restart in ensemble.restarts:
        assert restart.epoch in recording.epoch[recording.epoch >= 3]
        assert restart.seed not in seeds
        seeds[restart.replicate] = restart.seed
    assert ensemble.seeds == seeds
    never = make_profile(**tables)
    assert_same(recording, record(reseeded(Ensemble(never, dataset), seeds)))
    untouched = [replicate for replicate in range(3) if seeds[replicate] == 1000 + replicate]
    assert untouched
    plain = record(Ensemble(never, dataset))
    assert_same(columns(recording, untouched), columns(plain, untouched))
    assert ensemble.finished


def test_it_catches_up_at_once_in_frames_of_its_own(dataset):
    profile = restarting({"measure": {"every": 2}}, dataset, at=2)
    ensemble = Ensemble(profile, dataset)
    frames = list(ensemble.frames())
    (restart,) = ensemble.restarts
    told = [(frame.epoch, frame.replicates) for frame in frames]
    own = (restart.replicate,)
    assert told == [(0, None), (2, None), (0, own), (2, own), (4, None)]
    for frame in frames[2:4]:
        assert frame.i_xt_bits.shape == (1, 1, 3)
        assert frame.train_accuracy.shape == (1,)
        assert frame.activation_min.shape == (1, 3)
    assert all(one.seconds <= other.seconds for one, other in itertools.pairwise(frames))


def test_nobody_restarts_before_its_time_or_without_being_asked_to(dataset):
    for training in ({"at": 99, "below": 1.0}, {"at": 1, "below": 0.0}):
        ensemble = Ensemble(restarting({}, dataset, **training), dataset)
        assert all(frame.replicates is None for frame in ensemble.frames())
        assert ensemble.restarts == []


@pytest.mark.parametrize("limit", [1, 3])
def test_the_limit_is_honoured_and_no_seed_is_used_twice(limit, dataset):
    profile = restarting({}, dataset, at=2, below=1.0, restart_limit=limit)
    ensemble = Ensemble(profile, dataset)
    recording = record(ensemble)
    assert [r.replicate for r in ensemble.restarts] == [0, 1, 2] * limit
    assert {r.epoch for r in ensemble.restarts} == {2}
    used = {1000, 1001, 1002} | {r.seed for r in ensemble.restarts}
    assert len(used) == 3 + 3 * limit
    assert ensemble.seeds == [r.seed for r in ensemble.restarts[-3:]]
    assert recording.epoch.tolist() == [0, 1, 2, 3, 4]
    assert_same(recording, record(reseeded(Ensemble(make_profile(), dataset), ensemble.seeds)))


def test_every_restart_had_its_reason_and_no_reason_is_left(dataset):
    profile = restarting({}, dataset, restart_limit=5)
    ensemble = Ensemble(profile, dataset)
    recording = record(ensemble)
    below, seeds = profile.training.restart_below, [1000, 1001, 1002]
    for replicate, epoch, seed in map(astuple, ensemble.restarts):
        before = record(reseeded(Ensemble(make_profile(), dataset), seeds))
        assert before.train_accuracy[epoch, replicate] < below
        seeds[replicate] = seed
    assert max(map(seeds.count, seeds)) == 1
    assert len(ensemble.restarts) < 5
    assert (recording.train_accuracy[3:] >= below).all()


def test_a_restart_in_the_last_frame_is_finished_only_afterwards(dataset):
    profile = restarting({}, dataset, at=4)
    ensemble = Ensemble(profile, dataset)
    for frame in ensemble.frames():
        last = frame.epoch == 4 and frame.replicates is not None
        assert ensemble.finished is False
    assert last
    assert ensemble.finished


@pytest.mark.parametrize("tables", [TABLES["written"], TABLES["prefit"]], ids=["written", "prefit"])
def test_a_stop_while_catching_up_is_resumed_bit_for_bit(tables, dataset):
    profile = restarting(tables, dataset)
    whole = record(Ensemble(profile, dataset))
    frames = len(list(Ensemble(profile, dataset).frames()))
    for stop_after in range(4, frames, 2):
        ensemble = Ensemble(profile, dataset)
        recorder = Recorder(ensemble.header)
        for number, frame in enumerate(ensemble.frames(), start=1):
            recorder.add(frame)
            if number == stop_after:
                ensemble.stop()
        assert not ensemble.finished
        checkpoint = ensemble.checkpoint()
        resumed = Ensemble(profile, dataset, checkpoint=checkpoint)
        for frame in resumed.frames():
            recorder.add(frame)
        assert_same(recorder.snapshot(), whole)
        assert resumed.finished
        assert resumed.restarts
        again = Ensemble(profile, dataset, checkpoint=resumed.checkpoint())
        assert (again.seeds, again.restarts) == (resumed.seeds, resumed.restarts)
        assert again.finished


def test_checkpoints_keep_what_they_held_when_a_restart_follows(dataset):
    ensemble = Ensemble(restarting({}, dataset), dataset)
    frames = ensemble.frames()
    for frame in frames:
        if frame.epoch == 3:
            break
    checkpoint = ensemble.checkpoint()
    kept = {name: array.copy() for name, array in checkpoint.items()}
    list(frames)
    for name, array in kept.items():
        assert_array_equal(checkpoint[name], array, name)
    resumed = Ensemble(ensemble.profile, dataset, checkpoint=checkpoint)
    assert [frame.epoch for frame in resumed.frames()][:5] == [0, 1, 2, 3, 4]
    assert_array_equal(checkpoint["accuracy"], kept["accuracy"])


def test_a_broken_replicate_is_not_a_dead_one(dataset):
    ensemble = Ensemble(restarting({}, dataset, below=1.0), dataset)
    with torch.no_grad():
        ensemble._replicates.state.parameters[0, 1] = torch.nan
    record(ensemble)
    assert [r.replicate for r in ensemble.restarts] == [0, 2]
    assert ensemble.diverged == {1: 0}


def test_one_that_breaks_while_catching_up_is_marked_where_it_broke(dataset):
    profile = restarting({}, dataset)
    ensemble = Ensemble(profile, dataset)
    train, catching_up = ensemble._backend.train, []

    def breaking(state, epoch, seeds, replicates, epochs):
        train(state, epoch, seeds, replicates, epochs)
        if state is not ensemble._replicates.state and epoch == 1 and not catching_up:
            catching_up.extend(np.flatnonzero(np.array(seeds) != [1000, 1001, 1002]))
            with torch.no_grad():
                state.parameters[0, catching_up] = torch.nan

    ensemble._backend.train = breaking
    recording = record(ensemble)
    (replicate,) = catching_up
    broken = ~np.isfinite(recording.train_loss_nats[:, replicate])
    assert broken.tolist() == [False, False, True, True, True]
    assert ensemble.diverged == {replicate: 2}


def test_bins_over_the_run_know_what_a_restart_brings(dataset):
    tables = {"estimator": [{"name": "binning", "bounds": "run"}]}
    profile = restarting({}, dataset)
    both = profile.model_copy(update={"estimator": make_profile(**tables).estimator})
    ensemble = Ensemble(both, dataset)
    recording = record(ensemble)
    assert ensemble.restarts
    assert ensemble._run_bounds is not None
    assert_array_equal(ensemble._run_bounds.high.T, recording.activation_max.max(0))
    assert_array_equal(ensemble._run_bounds.low.T, recording.activation_min.min(0))
