"""Estimators on an ensemble: bins over the whole run, what cannot be measured or is left out."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from ibtui.engine import Ensemble
from ibtui.errors import ProfileError
from ibtui.recording import Recorder
from tests.engine.small import TANH_AS_CODED, assert_same, make_dataset, make_profile, record

RUN = [{"name": "binning", "bounds": "run"}, {"name": "binning", "bounds": "layer"}]


@pytest.mark.parametrize("quantization", [None, TANH_AS_CODED | {"input_bits": 3}], ids=str)
def test_bins_over_the_run_span_its_extremes(quantization):
    dataset = make_dataset(60, 5)
    tables = {"quantization": quantization, "training": {"epochs": 12, "learning_rate": 0.1}}
    ensemble = Ensemble(make_profile(**tables, estimator=RUN), dataset)
    recording = record(ensemble)
    assert ensemble._run_bounds is not None
    low, high = (bound.T for bound in ensemble._run_bounds)
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


def test_bins_over_the_network_are_one_grid_for_all_layers():
    """As bins of the run where a layer spans what all layers do, and coarser elsewhere."""
    grids = [{"name": "binning", "bounds": bounds} for bounds in ("network", "run")]
    tables = {"network": {"activation": "relu"}, "training": {"epochs": 9, "learning_rate": 0.1}}
    ensemble = Ensemble(make_profile(**tables, estimator=grids), make_dataset(60, 5))
    recording = record(ensemble)
    low, high = recording.activation_min.min(0), recording.activation_max.max(0)  # (R, L)
    alike = (low == low.min(1, keepdims=True)) & (high == high.max(1, keepdims=True))
    assert alike.any()
    assert not alike.all()
    network, run = recording.i_xt_bits[:, 0], recording.i_xt_bits[:, 1]
    assert_array_equal(network[:, alike], run[:, alike])
    assert (network[:, ~alike] < run[:, ~alike]).any()


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
        "their own (set bounds = 'layer', 'running' or 'run'; of own activations say by "
        "--activation what they are)",
    ]
    scalar = {"layers": [1], "output": "sigmoid"}
    profile = make_profile(network=scalar, estimator=[{"name": "histogram2d"}])
    assert np.isfinite(record(Ensemble(profile, make_dataset(inputs=1))).i_xt_bits).all()
