"""Ensembles: many replicates as one, and frames when they are planned."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from ibtui.engine import Ensemble
from ibtui.engine.dropout import keys
from ibtui.errors import RunError
from tests.engine.small import (
    SHAPE,
    TABLES,
    assert_same,
    columns,
    each,
    make_dataset,
    make_profile,
    record,
    reseeded,
)


@pytest.mark.parametrize("name", [n for n in TABLES if n not in ("shared order", "prefit")])
def test_replicates_as_one_are_single_runs(name):
    dataset = make_dataset(29, classes=3, shape=SHAPE)
    together = record(Ensemble(make_profile(**TABLES[name]), dataset))
    for replicate in range(3):
        alone = make_profile(**TABLES[name] | {"seed": 1000 + replicate, "replicates": 1})
        single = record(Ensemble(alone, dataset))
        assert_same(single, columns(together, [replicate]), rtol=1e-4, atol=1e-6)


@each
def test_a_path_does_not_depend_on_its_neighbours(tables):
    dataset = make_dataset(29, classes=3, shape=SHAPE)
    one, other = (
        record(reseeded(Ensemble(make_profile(**tables), dataset), seeds))
        for seeds in ([5, 6, 7], [8, 6, 9])
    )
    assert_same(columns(one, [1]), columns(other, [1]))
    assert (one.train_loss_nats[:, [0, 2]] != other.train_loss_nats[:, [0, 2]]).all()


@each
def test_the_same_profile_gives_the_same_recording(tables):
    dataset = make_dataset(29, classes=3, shape=SHAPE)
    one, other = (record(Ensemble(make_profile(**tables), dataset)) for _ in range(2))
    assert_same(one, other)


def test_frames_come_when_they_are_planned_and_prefitting_counts_up_to_zero():
    profile = make_profile(training={"prefit_epochs": 5, "epochs": 4}, measure={"every": 3})
    ensemble = Ensemble(profile, make_dataset())
    recording = record(ensemble)
    assert recording.epoch.tolist() == ensemble.planned.tolist() == [-5, -2, 0, 1, 4]
    assert (np.diff(recording.seconds) > 0).all()
    assert ensemble.finished


def test_without_epochs_there_is_one_frame():
    ensemble = Ensemble(make_profile(training={"epochs": 0}), make_dataset())
    assert not ensemble.finished
    assert record(ensemble).epoch.tolist() == [0]
    assert ensemble.finished


def test_dropout_is_for_training_alone():
    dataset = make_dataset(29, 5)
    without, with_it = (
        Ensemble(make_profile(network={"dropout": share}), dataset) for share in (0.0, 0.5)
    )
    first, second = next(without.frames()), next(with_it.frames())
    assert_array_equal(first.i_xt_bits, second.i_xt_bits)
    assert_array_equal(first.train_loss_nats, second.train_loss_nats)
    differing = record(without).train_loss_nats[1:] != record(with_it).train_loss_nats[1:]
    assert differing.all()
    assert keys([1, 2], 0, 3, 2).shape == (3, 2, 2)


def test_cuda_without_a_gpu_is_one_line(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RunError) as caught:
        Ensemble(make_profile(training={"device": "cuda"}), make_dataset())
    assert str(caught.value).startswith("training.device: cuda: this machine has no usable GPU")
    assert "\n" not in str(caught.value)
    assert Ensemble(make_profile(), make_dataset()).device == "cpu"


def test_the_header_says_what_the_frames_hold():
    profile = make_profile(
        network={"layers": [6, 4]}, estimator=[{"name": "exact"}, {"name": "binning", "bins": 9}]
    )
    header = Ensemble(profile, make_dataset(29, 5, 3)).header
    assert header.series == ("exact", "binning-9")
    assert header.layers == ("T1", "T2", "T3")
    assert header.units == (6, 4, 3)
    assert (header.replicates, header.samples) == (3, 29)
    assert header.input_bits == pytest.approx(np.log2(29))
