"""Frames: information against dictionary counts, on the samples asked for, in bounded memory."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from torch.nn import functional as F

from ibtui.engine import Ensemble
from ibtui.errors import MeasureError
from tests.engine.reference import Reference
from tests.engine.small import (
    AS_WRITTEN,
    RELU_AS_CODED,
    TANH_AS_CODED,
    assert_same,
    make_dataset,
    make_profile,
    passes,
    record,
    without_test,
)
from tests.information.oracles import entropy_bits, informations_bits, rows

CONVENTIONS = [None, AS_WRITTEN, TANH_AS_CODED, RELU_AS_CODED, AS_WRITTEN | {"bits": 16}]
BINNINGS = [
    {"name": "exact"},
    {"name": "requantized", "bits": 4},
    {"name": "binning", "bins": 7, "bounds": "layer"},
]


def states(ensemble):
    """Each layer's quantized values as the pass gives them, (sample, unit, replicate)."""
    return [passed.values.numpy() for passed in passes(ensemble)]


@pytest.mark.parametrize("quantization", CONVENTIONS, ids=str)
@pytest.mark.parametrize("on", ["all", "train", "test"])
def test_information_is_that_of_a_dictionary_count(quantization, on):
    dataset = make_dataset(70, 5, 3, distinct=40)
    profile = make_profile(
        quantization=quantization,
        network={"layers": [6, 2], "activation": "relu"},
        measure={"on": on},
        training={"epochs": 2},
    )
    ensemble = Ensemble(profile, dataset)
    recording = record(ensemble)
    index = {"all": np.arange(70), "train": dataset.train, "test": dataset.test}[on]
    labels = dataset.labels[index].tolist()
    for number, values in enumerate(states(ensemble)):
        for replicate in range(3):
            counted = informations_bits(rows(values[index, :, replicate]), labels)
            found = [
                a[-1, 0, replicate, number] for a in (recording.i_xt_bits, recording.i_ty_bits)
            ]
            assert_allclose(found, counted, atol=1e-9)
    header = recording.header
    assert header.samples == len(index)
    assert header.input_bits == pytest.approx(entropy_bits(rows(dataset.inputs[index])))
    assert header.label_bits == pytest.approx(entropy_bits(labels))


@pytest.mark.parametrize("quantization", CONVENTIONS, ids=str)
@pytest.mark.parametrize("on", ["all", "test"])
def test_what_a_discretization_leaves_open_of_the_output_is_that_of_a_dictionary_count(
    quantization, on
):
    dataset = make_dataset(170, 5, 3, distinct=90)
    profile = make_profile(
        quantization=quantization,
        network={"layers": [12, 3], "activation": "tanh"},
        measure={"on": on},
        training={"epochs": 2},
        estimator=[*BINNINGS, {"name": "binning", "bins": 1, "bounds": "layer"}],
    )
    ensemble = Ensemble(profile, dataset)
    recording = record(ensemble)
    layers = passes(ensemble)
    index = dataset.test if on == "test" else np.arange(170)
    lost = recording.output_loss_bits[-1]
    assert np.isnan(lost[0]).all()
    for replicate in range(3):
        outputs = rows(layers[-1].words[:, replicate, index].T)
        for number, passed in enumerate(layers):
            values = passed.values[index, :, replicate].numpy()
            # The 3-bit layer lies on the edges of 7 bins; half way between levels is the upper one.
            for series, steps, shift in ((1, 16, 0.5), (2, 7, 0.0)):
                low, high = passed.low[replicate].numpy(), passed.high[replicate].numpy()
                if on == "test":
                    low, high = values.min(), values.max()
                place = (values.astype(np.float64) - low) / (float(high) - float(low)) * steps
                level = np.floor(place + shift + 1e-5)
                binned = rows(np.minimum(level, steps if series == 1 else steps - 1))
                joint = entropy_bits(list(zip(binned, outputs, strict=True)))
                expected = joint - entropy_bits(binned)
                assert_allclose(lost[series, replicate, number], expected, atol=1e-9)
        # One bin leaves everything open.
        assert_allclose(lost[3, replicate], entropy_bits(outputs), atol=1e-9)
    assert (lost[1:] >= -1e-9).all()
    assert on == "test" or lost[2].max() > 0.1


def test_a_requantized_hidden_layer_determines_the_output_and_a_softmax_does_not():
    """Design: of the states of the output layer the published code's count merges many."""
    dataset = make_dataset(400, 5, 2)
    profile = make_profile(
        quantization=TANH_AS_CODED | {"bits": 8, "output_range": "batch"},
        training={"epochs": 40},
        estimator=[{"name": "requantized"}, {"name": "exact"}],
    )
    recording = record(Ensemble(profile, dataset))
    requantized, exact = recording.i_xt_bits[-1]
    lost = recording.output_loss_bits[-1, 0]
    same = np.isclose(requantized, exact)
    assert same[:, :-1].any()
    assert_allclose(lost[same], 0, atol=1e-9)
    assert_allclose(lost[:, -1], (exact - requantized)[:, -1], atol=1e-9)
    assert (lost[:, -1] > 0.1).all()


def test_of_all_measured_samples_extremes_and_scores_are_reported():
    dataset = make_dataset(29, 5, 3)
    profile = make_profile(training={"epochs": 2})
    ensemble = Ensemble(profile, dataset)
    recording = record(ensemble)
    for number, values in enumerate(states(ensemble)):
        assert_array_equal(recording.activation_min[-1, :, number], values.min((0, 1)))
        assert_array_equal(recording.activation_max[-1, :, number], values.max((0, 1)))
    x, y = torch.from_numpy(dataset.inputs), torch.from_numpy(dataset.labels)
    parameters = ensemble._replicates.state.parameters
    for replicate in range(3):
        single = Reference(profile, [5, 6, 4, 3], parameters[:, replicate])
        logs = single(x).detach()
        for part in ("train", "test"):
            own, label = logs[getattr(dataset, part)], y[getattr(dataset, part)]
            loss = float(F.nll_loss(own, label))
            accuracy = float((own.argmax(1) == label).double().mean())
            found = recording.arrays()
            assert found[f"{part}_loss_nats"][-1, replicate] == pytest.approx(loss, rel=1e-4)
            assert found[f"{part}_accuracy"][-1, replicate] == pytest.approx(accuracy, abs=1e-12)


def test_without_test_samples_their_scores_are_not_measured():
    dataset = without_test(make_dataset(29, 5))
    recording = record(Ensemble(make_profile(), dataset))
    assert np.isnan(recording.test_loss_nats).all()
    assert np.isnan(recording.test_accuracy).all()
    assert np.isfinite(recording.train_loss_nats).all()
    with pytest.raises(MeasureError, match=r"^measure.on: there are no test samples .*fraction\)$"):
        Ensemble(make_profile(measure={"on": "test"}), dataset)


@pytest.mark.parametrize("quantization", [None, AS_WRITTEN, TANH_AS_CODED], ids=str)
@pytest.mark.parametrize("layers", [[6, 4], [300, 20]], ids=["small", "wide"])
def test_replicates_measured_one_after_the_other_give_the_same(quantization, layers):
    dataset = make_dataset(90, 5, 3, distinct=70)
    tables = {
        "replicates": 5,
        "quantization": quantization,
        "network": {"layers": layers},
        "estimator": [*BINNINGS, {"name": "binning", "bins": 9, "bounds": "running"}],
    }
    widest = max(below + 4 * above for below, above in zip((5, *layers), (*layers, 3), strict=True))
    states = 8 * 3 * 3  # of three series on three layers
    two = 2.5 * 128 * (4 * widest + states) / 2**30  # of five at once
    whole = record(Ensemble(make_profile(**tables), dataset))
    ensemble = Ensemble(make_profile(**tables, measure={"memory_gib": two}), dataset)
    chunks = list(ensemble._backend.chunks(5))
    assert len(chunks) > 1
    assert max(stop - start for start, stop in chunks) > 1
    # Neighbours change how sums round, and nothing else.
    assert_same(record(ensemble), whole, rtol=1e-6, atol=1e-9)


def test_memory_that_is_too_small_is_one_line_that_says_how_much_is_enough():
    dataset = make_dataset(29, 5)
    with pytest.raises(MeasureError) as caught:
        Ensemble(make_profile(measure={"memory_gib": 1e-6}), dataset)
    line = str(caught.value)
    assert line.startswith("measure.memory_gib: 1e-06 is too little for 64 samples")
    assert "\n" not in line
    enough = float(line.rpartition("set it to ")[2].rstrip(")"))
    record(Ensemble(make_profile(measure={"memory_gib": enough}), dataset))


def test_estimators_measure_when_they_are_due_and_in_the_last_frame():
    profile = make_profile(
        training={"epochs": 7},
        measure={"every": 2},
        estimator=[{"name": "exact"}, {"name": "binning", "every": 3}],
    )
    recording = record(Ensemble(profile, make_dataset()))
    measured = np.isfinite(recording.i_xt_bits).all((2, 3))
    lost = np.isfinite(recording.output_loss_bits).all((2, 3))
    assert lost.tolist() == [[False, due] for due in measured[:, 1]]
    assert recording.epoch.tolist() == [0, 2, 4, 6, 7]
    assert measured[:, 0].all()
    assert measured[:, 1].tolist() == [True, False, False, True, True]


@pytest.mark.parametrize("memory_gib", [1.0, 4 * 64 * 29 * 2.5 / 2**30], ids=["whole", "chunks"])
def test_an_estimator_of_some_replicates_measures_the_first(memory_gib):
    profile = make_profile(
        replicates=5,
        measure={"memory_gib": memory_gib},
        estimator=[{"name": "exact"}, {"name": "binning", "replicates": 3}],
    )
    ensemble = Ensemble(profile, make_dataset())
    with torch.no_grad():
        ensemble._replicates.state.parameters[:, 1] = torch.nan
    recording = record(ensemble)
    measured = np.isfinite(recording.i_xt_bits[-1]).all(2)
    assert measured[0].tolist() == [True, False, True, True, True]
    assert measured[1].tolist() == [True, False, True, False, False]
    assert np.isfinite(recording.output_loss_bits[-1, 1]).all(1).tolist() == measured[1].tolist()


def test_running_bounds_are_the_extremes_of_all_frames_so_far():
    tables = {"training": {"epochs": 6, "learning_rate": 0.2}, "network": {"activation": "relu"}}
    bounds = [{"name": "binning", "bounds": one} for one in ("running", "layer")]
    recording = record(Ensemble(make_profile(**tables, estimator=bounds), make_dataset()))
    grown = (
        recording.activation_max > np.maximum.accumulate(recording.activation_max)[[0, *range(6)]]
    )
    running, layer = recording.i_xt_bits[:, 0], recording.i_xt_bits[:, 1]
    assert_array_equal(running[0], layer[0])
    assert (running != layer).any()
    assert grown.any()


def test_an_estimator_that_cannot_measure_says_which_layer():
    profile = make_profile(estimator=[{"name": "exact"}, {"name": "knn", "neighbours": 40}])
    with pytest.raises(MeasureError) as caught:
        record(Ensemble(profile, make_dataset()))
    assert str(caught.value).startswith("estimator.1 (knn) on layer T1: ")
    assert "\n" not in str(caught.value)


@settings(max_examples=25, deadline=None)
@given(
    samples=st.integers(8, 90),
    distinct=st.booleans(),
    classes=st.integers(2, 4),
    replicates=st.integers(1, 4),
    widths=st.lists(st.integers(1, 12), max_size=4),
    activation=st.sampled_from(["tanh", "relu"]),
    quantization=st.sampled_from(CONVENTIONS),
    bits=st.sampled_from([1, 2, 4, 8, 32]),
    on=st.sampled_from(["all", "train"]),
    seed=st.integers(0, 99),
)
def test_information_obeys_the_laws_of_information(
    samples, distinct, classes, replicates, widths, activation, quantization, bits, on, seed
):
    """0 <= I(T;Y) <= I(X;T) <= H(X), I(T;Y) <= H(Y), and no layer knows more than the one below."""
    dataset = make_dataset(
        samples, 5, classes, distinct=None if distinct else samples // 3 + 1, seed=seed
    )
    profile = make_profile(
        seed=seed,
        replicates=replicates,
        network={"layers": widths, "activation": activation},
        quantization=quantization and quantization | {"bits": bits},
        training={"epochs": 2, "learning_rate": 0.1},
        measure={"on": on},
    )
    recording = record(Ensemble(profile, dataset))
    i_xt, i_ty = recording.i_xt_bits[:, 0], recording.i_ty_bits[:, 0]
    header = recording.header
    assert (i_ty >= -1e-9).all()
    assert (i_ty <= i_xt + 1e-9).all()
    assert (i_xt <= min(header.input_bits, math.log2(header.samples)) + 1e-9).all()
    assert (i_ty <= header.label_bits + 1e-9).all()
    for information in (i_xt, i_ty):
        assert (np.diff(information, axis=2) <= 1e-9).all()


def test_labels_that_no_measured_sample_has_change_nothing():
    dataset = make_dataset(70, 5, 3)
    more = replace(dataset, label_names=("0", "1", "2", "3", "4"))
    profile = make_profile(network={"outputs": 5}, measure={"on": "test"})
    assert_same(record(Ensemble(profile, more)), record(Ensemble(profile, dataset)))


@pytest.mark.parametrize("quantization", [None, AS_WRITTEN, RELU_AS_CODED], ids=str)
def test_pooled_inputs_are_measured_for_every_replicate(quantization):
    dataset = make_dataset(60, shape=(2, 4, 6), distinct=40)
    estimators = [*BINNINGS, {"name": "binning", "bounds": "running", "replicates": 2}]
    network = {"layers": [{"pool": 2}, 5], "activation": "relu"}
    profile = make_profile(network=network, quantization=quantization, estimator=estimators)
    recording = record(Ensemble(profile, dataset))
    pooled = recording.i_xt_bits[..., 0]
    assert_array_equal(pooled[:, :3], np.broadcast_to(pooled[:1, :3, :1], pooled[:, :3].shape))
    assert_array_equal(np.isfinite(pooled[:, 3]), [[True, True, False]] * 5)
