"""Ensembles: many replicates as one, frames when they are planned, stops and checkpoints."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from ibtui.engine import Ensemble
from ibtui.engine.batches import Batches
from ibtui.engine.dropout import keys
from ibtui.errors import ProfileError, RunError
from ibtui.recording import Recorder

from .small import (
    AS_WRITTEN,
    RELU_AS_CODED,
    TANH_AS_CODED,
    assert_same,
    columns,
    make_dataset,
    make_profile,
    merged,
    record,
    reseeded,
    without_test,
)

CONVENTIONS = [None, AS_WRITTEN, TANH_AS_CODED, RELU_AS_CODED]
TABLES = {
    "full precision": {},
    "as written": {"quantization": AS_WRITTEN},
    "as coded tanh": {"quantization": TANH_AS_CODED},
    "as coded relu": {"quantization": RELU_AS_CODED, "network": {"activation": "relu"}},
    "dropout": {"network": {"dropout": 0.3}, "quantization": AS_WRITTEN},
    "sgd, full batch": {"training": {"optimizer": "sgd", "momentum": 0.9, "batch_size": "full"}},
    "shared order": {"training": {"shuffle": "shared"}},
    "prefit": {"training": {"prefit_epochs": 3}},
    "wide": {"network": {"layers": [300, 20]}, "quantization": AS_WRITTEN},
    "convolutions": {
        "network": {"layers": [{"conv": 2, "kernel": 2}, {"pool": 2}, 4], "activation": "relu"},
        "quantization": AS_WRITTEN,
    },
    "no hidden layer": {"network": {"layers": [], "dropout": 0.5}},
    "running": {"estimator": [{"name": "exact"}, {"name": "binning", "bounds": "running"}]},
}
SHAPE = (1, 5, 5)  # images to some, rows to others
each = pytest.mark.parametrize("tables", TABLES.values(), ids=TABLES)


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


@each
def test_a_resumed_run_is_the_uninterrupted_one_bit_for_bit(tables):
    dataset = make_dataset(29, classes=3, shape=SHAPE)
    profile = make_profile(**merged(tables, {"measure": {"every": 2}}))
    whole = record(Ensemble(profile, dataset))
    for stop_at in range(int(whole.epoch[0]), 5):
        ensemble, recorder = Ensemble(profile, dataset), None
        recorder = Recorder(ensemble.header)
        train = ensemble._train_epoch

        def counted(state, epoch, seeds, train=train, ensemble=ensemble, stop_at=stop_at):
            train(state, epoch, seeds)
            if epoch + 1 == stop_at:  # between frames, at every other one
                ensemble.stop()

        ensemble._train_epoch = counted
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


def test_prefitting_learns_permuted_labels_and_measures_the_true_ones():
    dataset = make_dataset(60, 5)
    tables = {"network": {"layers": [30]}, "replicates": 2}
    training = {"prefit_epochs": 120, "epochs": 60, "learning_rate": 0.02}
    ensemble = Ensemble(make_profile(**tables, training=training, measure={"every": 60}), dataset)
    recording = record(ensemble)
    prefit, end = (int(np.flatnonzero(recording.epoch == epoch)[0]) for epoch in (0, 60))
    profile = make_profile(**tables)
    batches = Batches(profile, ensemble._forward.network, [dataset], torch.device("cpu"))
    permuted = batches._prefit_y.numpy()[dataset.train]
    share = (permuted == dataset.labels[dataset.train]).mean()
    assert_allclose(recording.train_accuracy[prefit], share, atol=0.05)  # it knows them by heart
    assert (recording.train_accuracy[end] > 0.99).all()


def test_prefitted_ranges_moments_and_steps_are_carried_on():
    profile = make_profile(training={"prefit_epochs": 2, "epochs": 1}, quantization=RELU_AS_CODED)
    ensemble = Ensemble(profile, make_dataset())
    for frame in ensemble.frames():
        steps = 3 * (frame.epoch + 2)
        assert ensemble._state.steps.tolist() == [steps] * 3
        # Logits seldom leave [-6, 6], so the range decays towards them step by step.
        assert_allclose(ensemble._state.high[2], 6 * 0.999**steps, atol=0.002 * steps)


def test_32_bits_are_full_precision_bit_for_bit():
    dataset = make_dataset(29, 5, 3)
    none = record(Ensemble(make_profile(), dataset))
    for tables in ({}, TANH_AS_CODED, RELU_AS_CODED):
        quantization = tables | {"bits": 32, "input_bits": 32}
        profile = make_profile(quantization=quantization)
        assert_same(record(Ensemble(profile, dataset)), none)


def test_quantized_inputs_are_what_the_network_is_given():
    dataset = make_dataset(200, 2)
    profile = make_profile(quantization={"bits": 32, "input_bits": 2}, training={"epochs": 0})
    ensemble = Ensemble(profile, dataset)
    assert len(ensemble._meter._inputs[0].unique()) == 4
    assert len(np.unique(dataset.inputs)) == 400
    assert ensemble.header.input_bits < 4
    assert (record(ensemble).i_xt_bits <= ensemble.header.input_bits + 1e-9).all()


def test_within_an_epoch_units_have_at_most_2_to_the_bits_values():
    profile = make_profile(quantization={"bits": 2}, training={"epochs": 3})
    dataset = without_test(make_dataset(60, 5))
    ensemble = Ensemble(profile, dataset)
    low = ensemble._state.low.clone()
    sweep, x = ensemble._meter.sweep, torch.from_numpy(dataset.inputs)[:, :, None]
    assert torch.equal(
        torch.stack((low, ensemble._state.high)),
        torch.stack(sweep.calibrate(ensemble._state.parameters, x)),
    )
    seen = [[set() for _ in range(3)] for _ in range(3)]  # layer, replicate
    step = ensemble._step.__call__
    forward = ensemble._forward

    def watched(state, x, y, share, dropout_keys):
        views, h = forward.network.views(state.parameters), x
        for index in range(3):
            h = forward.activations(index, forward.sums(index, h, views))
            grid = forward.scale(index, state.low[index], state.high[index])
            h = torch.floor((h.clamp(grid.low, grid.high) - grid.low) * grid.inverse + 0.5)
            h = h * grid.step + grid.low
            for replicate in range(3):
                seen[index][replicate] |= set(h[..., replicate].flatten().tolist())
        step(state, x, y, share, dropout_keys)

    ensemble._step = watched
    before = ensemble._state.low.clone()
    for frame in ensemble.frames():
        if frame.epoch:
            assert max(len(values) for layer in seen for values in layer) == 4
            assert (ensemble._state.low != before).any()
            before = ensemble._state.low.clone()
        seen[:] = [[set() for _ in range(3)] for _ in range(3)]


def test_frames_are_measured_with_the_range_of_the_epoch_just_ended():
    profile = make_profile(quantization={"bits": 4}, training={"epochs": 2})
    ensemble = Ensemble(profile, make_dataset(29, 5))
    widest = []
    step = ensemble._step.__call__

    def watched(state, *arguments):
        step(state, *arguments)
        widest.append((state.seen_low.clone(), state.seen_high.clone()))

    ensemble._step = watched
    for frame in ensemble.frames():
        if not frame.epoch:
            continue
        low, high = widest[-1]
        assert torch.equal(ensemble._state.low, low)
        assert torch.equal(ensemble._state.high, high)
        assert (frame.activation_min >= low.T.numpy()).all()
        # The grid's last level is the range's end but for rounding.
        assert (frame.activation_max <= high.T.numpy() * (1 + 1e-6)).all()


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
                ensemble._state.parameters[-4, 1] = torch.nan
    recording = recorder.snapshot()
    assert_same(columns(recording, [0, 2]), columns(whole, [0, 2]))
    assert_same(columns(recording.until(2), [1]), columns(whole.until(2), [1]))
    assert ensemble.diverged == {1: 3}
    assert ensemble.finished
    assert ensemble.warnings == [
        "replicate 1: the loss is not finite at epoch 3; it is marked as diverged and the others "
        "go on (lower training.learning_rate)"
    ]
    broken = columns(recording, [1])
    assert np.isnan(broken.i_xt_bits[3:]).all()
    assert np.isnan(broken.i_ty_bits[3:]).all()
    assert np.isnan(broken.train_loss_nats[3:]).all()
    resumed = Ensemble(profile, dataset, checkpoint=ensemble.checkpoint())
    assert resumed.diverged == {1: 3}


def test_a_replicate_that_is_broken_in_the_output_alone_has_no_information():
    ensemble = Ensemble(make_profile(), make_dataset())
    with torch.no_grad():
        ensemble._state.parameters[-1, 2] = torch.nan
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


RUN = [{"name": "binning", "bounds": "run"}, {"name": "binning", "bounds": "layer"}]


@pytest.mark.parametrize("quantization", [None, TANH_AS_CODED | {"input_bits": 3}], ids=str)
def test_bins_over_the_run_span_its_extremes(quantization):
    dataset = make_dataset(60, 5)
    tables = {"quantization": quantization, "training": {"epochs": 12, "learning_rate": 0.1}}
    ensemble = Ensemble(make_profile(**tables, estimator=RUN), dataset)
    recording = record(ensemble)
    assert ensemble._run_bounds is not None
    low, high = (bound.T.numpy() for bound in ensemble._run_bounds)
    assert_array_equal(low, recording.activation_min.min(0))
    assert_array_equal(high, recording.activation_max.max(0))
    plain = record(Ensemble(make_profile(**tables), dataset))
    assert_array_equal(recording.train_loss_nats, plain.train_loss_nats)
    # Where a frame spans the whole run both binnings are one.
    whole = (recording.activation_min == low) & (recording.activation_max == high)
    assert whole.any()
    run, layer = recording.i_xt_bits[:, 0], recording.i_xt_bits[:, 1]
    assert_array_equal(run[whole], layer[whole])
    assert (run[~whole] != layer[~whole]).any()


def test_bins_over_the_run_are_not_spoilt_by_a_replicate_that_diverges():
    profile = make_profile(
        network={"activation": "relu"},
        training={"optimizer": "sgd", "learning_rate": 3e5, "epochs": 6},
        estimator=RUN,
    )
    ensemble = Ensemble(profile, make_dataset())
    recording = record(ensemble)
    assert ensemble.diverged
    alive = np.isfinite(recording.train_loss_nats)
    assert alive[1:].any(), "choose a learning rate at which it takes some epochs"
    assert np.isfinite(recording.i_xt_bits.transpose(0, 2, 1, 3)[alive]).all()
    for replicate in range(3):
        own = alive[:, replicate]
        high = recording.activation_max[own, replicate].max(0)
        assert_array_equal(ensemble._run_bounds[1][:, replicate], high)


def test_a_stop_during_the_first_pass_keeps_everything_to_be_done():
    profile = make_profile(estimator=RUN)
    whole = record(Ensemble(profile, make_dataset()))
    ensemble = Ensemble(profile, make_dataset())
    ensemble.stop()
    assert list(ensemble.frames()) == []
    resumed = Ensemble(profile, make_dataset(), checkpoint=ensemble.checkpoint())
    assert_same(record(resumed), whole)


def test_bins_over_the_run_survive_a_checkpoint():
    profile = make_profile(estimator=RUN)
    whole = record(Ensemble(profile, make_dataset()))
    ensemble = Ensemble(profile, make_dataset())
    recorder = Recorder(ensemble.header)
    for frame in ensemble.frames():
        recorder.add(frame)
        if frame.epoch == 2:
            ensemble.stop()
    resumed = Ensemble(profile, make_dataset(), checkpoint=ensemble.checkpoint())
    resumed._find_run_bounds = lambda: pytest.fail("the first pass is over")
    for frame in resumed.frames():
        recorder.add(frame)
    assert_same(recorder.snapshot(), whole)


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


def test_no_estimator_touches_the_training():
    profiles = [make_profile(estimator=e) for e in ([{"name": "exact"}], RUN[1:])]
    one, other = (record(Ensemble(profile, make_dataset())) for profile in profiles)
    assert_array_equal(one.train_loss_nats, other.train_loss_nats)


def test_what_estimators_cannot_measure_is_told_before_anything_is_trained():
    of_outputs = {"name": "binning", "bounds": "layer"}
    estimators = [{"name": "histogram2d"}, of_outputs, {"name": "binning"}]
    network = {"layers": [1, 4], "activation": "relu"}
    with pytest.raises(ProfileError) as caught:
        Ensemble(make_profile(network=network, estimator=estimators), make_dataset(inputs=1))
    assert str(caught.value).splitlines() == [
        "small: estimator.0 (histogram2d) on layer T2: histogram2d-30: needs one input and one "
        "unit, not 1 and 4 (use another estimator, binning for example)",
        "small: estimator.2 (binning) on layer T1: binning-30: relu activations have no bounds of "
        "their own (set bounds = 'layer', 'running' or 'run')",
    ]
    scalar = {"layers": [1], "output": "sigmoid"}
    profile = make_profile(network=scalar, estimator=[{"name": "histogram2d"}])
    assert np.isfinite(record(Ensemble(profile, make_dataset(inputs=1))).i_xt_bits).all()


def test_chunks_of_which_nobody_is_left_are_measured_around():
    profile = make_profile(replicates=5, measure={"memory_gib": 2.5e-5})
    ensemble = Ensemble(profile, make_dataset())
    _, stop = next(ensemble._meter._chunks(5))
    assert 1 <= stop < 5
    with torch.no_grad():
        ensemble._state.parameters[:, :stop] = torch.nan
    recording = record(ensemble)
    measured = np.isfinite(recording.i_xt_bits[:, 0])
    assert measured[:, stop:].all()
    assert not measured[:, :stop].any()
