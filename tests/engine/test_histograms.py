"""Histograms in frames: a slow count of every activation, for the replicates asked for alone."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from ibtui.engine import Ensemble
from ibtui.engine.histograms import histograms
from ibtui.recording import HISTOGRAMS
from tests.engine.small import (
    AS_WRITTEN,
    assert_same,
    make_dataset,
    make_own,
    make_profile,
    record,
)
from tests.engine.test_meter import states
from tests.information.oracles import uniform_bin


def literal_counts(values, low, high, bins):
    """One float32 value at a time, in fractions."""
    counts = [0] * bins
    for value in np.asarray(values).ravel():
        counts[uniform_bin(value, low, high, bins, np.finfo(np.float32).eps)] += 1
    return counts


def test_counts_of_a_uniform_grid_a_constant_and_an_edge():
    grid = torch.arange(64.0)[None, :, None]
    assert histograms(grid, grid[:, 0, 0], grid[:, -1, 0], 16).tolist() == [[4] * 16]
    constant = torch.full((1, 10, 3), 0.25)
    assert histograms(constant, *constant[:, :2, 0].T, 4).tolist() == [[30, 0, 0, 0]]
    edge = torch.tensor([[[0.0], [1.0], [1.0], [0.5]]])
    assert histograms(edge, torch.zeros(1), torch.ones(1), 2).tolist() == [[1, 3]]


@pytest.mark.parametrize("quantization", [None, AS_WRITTEN], ids=str)
@pytest.mark.parametrize("on", ["all", "test"])
def test_frames_hold_histograms_of_the_measured_samples(quantization, on):
    dataset = make_dataset(70, 5, 3)
    profile = make_profile(
        quantization=quantization,
        measure={"histograms": 7, "histogram_replicates": 2, "on": on},
        network={"layers": [6, 2], "activation": "relu"},
    )
    ensemble = Ensemble(profile, dataset)
    recording = record(ensemble)
    index = dataset.test if on == "test" else np.arange(70)
    assert recording.histograms.shape == (5, 2, 3, 7)
    assert recording.histograms.dtype == np.uint32
    for number, values in enumerate(states(ensemble)):
        for replicate in range(2):
            whole = values[:, :, replicate]
            expected = literal_counts(whole[index], whole.min(), whole.max(), 7)
            assert recording.histograms[-1, replicate, number].tolist() == expected
            edges = recording.histogram_edges(-1, replicate, number)
            assert (edges[0], edges[-1]) == (whole.min(), whole.max())
    units = np.array(recording.header.units)
    assert_array_equal(recording.histograms.sum(axis=3), np.full((5, 2, 3), units * len(index)))


@pytest.mark.parametrize("backend", ["kernel", "torch"])
@pytest.mark.parametrize("make", [make_dataset, make_own])
def test_units_are_counted_one_by_one_at_every_label(backend, make, monkeypatch):
    monkeypatch.setattr("ibtui.engine.histograms.VALUES_AT_ONCE", 150)  # 4 units of 35 samples
    dataset = make(35, 5, 3)
    profile = make_profile(
        measure={"histograms": 6, "histogram_replicates": 2, "histograms_by": "unit", "on": "test"},
        network={"layers": [6, 2], "activation": "relu"},
        training={"backend": backend, "epochs": 2},
    )
    ensemble = Ensemble(profile, dataset)
    recording = record(ensemble)
    assert ensemble.backend == backend
    assert recording.unit_histograms.shape == (3, 2, 11, 3, 6)
    assert_array_equal(recording.header.units, (6, 2, 3))
    last, index = recording.take(slice(-1, None)), dataset.test
    state = ensemble._replicates.state
    of_kernel = ensemble._backend.passes(state, range(3)) if backend == "kernel" else ()
    passed = [one.values for one in of_kernel] or states(ensemble)
    for number, values in enumerate(passed):
        for r in range(2):
            own = dataset.own(ensemble.seeds[r]) if dataset.own else dataset
            labels = own.labels[index]
            whole = values[:, :, r]
            found = last.unit_histograms[0, r, last.units_of(number)]
            for unit in range(recording.header.units[number]):
                for label in range(3):
                    some = whole[index][labels == label, unit]
                    expected = literal_counts(some, whole.min(), whole.max(), 6)
                    assert found[unit, label].tolist() == expected
    for number in range(3):
        own = recording.unit_histograms[:, :, recording.units_of(number)]
        assert_array_equal(own.sum(axis=(2, 3)), recording.histograms[:, :, number])


def test_no_histograms_are_recorded_unless_they_are_asked_for_and_nothing_else_changes():
    dataset = make_dataset()
    plain = record(Ensemble(make_profile(), dataset))
    assert plain.histograms.size == 0
    assert "histograms" not in plain.stored()
    with_one = record(Ensemble(make_profile(measure={"histograms": 4}), dataset))
    assert with_one.histograms.shape == (5, 1, 3, 4)
    for name, array in plain.arrays().items():
        if name not in ("seconds", *HISTOGRAMS):
            assert_array_equal(getattr(with_one, name), array, name)


def test_replicates_in_parts_restarted_or_diverged():
    """Parts of the replicates give the same; what diverged has none; a restart replaces its own."""
    dataset = make_dataset(29, 5)
    asked = {"histograms": 5, "histogram_replicates": 4}
    parts = asked | {"memory_gib": 4 * 64 * 29 * 2.5 / 2**30}
    found = []
    for measure in (asked, parts):
        ensemble = Ensemble(make_profile(replicates=5, measure=measure), dataset)
        with torch.no_grad():
            ensemble._replicates.state.parameters[:, 1] = torch.nan
        found.append(record(ensemble))
    assert found[0].histograms.any(axis=(0, 2, 3)).tolist() == [True, False, True, True]
    assert_array_equal(found[0].histograms[0], found[1].histograms[0])
    restarts = {"restart_below": 1.0, "restart_at": 2, "restart_limit": 1}
    ensemble = Ensemble(make_profile(replicates=5, measure=asked, training=restarts), dataset)
    again = record(ensemble)
    assert ensemble.restarts
    for number, values in enumerate(states(ensemble)):
        for r in range(4):
            whole = values[:29, :, r]
            expected = literal_counts(whole, whole.min(), whole.max(), 5)
            assert again.histograms[-1, r, number].tolist() == expected


@pytest.mark.parametrize("stop_at", [0, 2, 3])
def test_a_resumed_run_repeats_weights_losses_and_histograms_bit_for_bit(stop_at):
    dataset = make_dataset(60, 5)
    profile = make_profile(
        quantization=AS_WRITTEN,
        measure={"histograms": 8, "histogram_replicates": 2, "histograms_by": "unit"},
        estimator=[{"name": "exact"}, {"name": "binning", "bins": 4}],
    )
    whole = record(Ensemble(profile, dataset))
    first = Ensemble(profile, dataset)
    for frame in first.frames():
        if frame.epoch == stop_at:
            break
    second = record(Ensemble(profile, dataset, checkpoint=first.checkpoint()))
    assert len(second)
    later = whole.take(slice(-len(second), None))
    assert_same(second, later)
    assert np.isfinite(second.output_loss_bits[:, 1]).all()
    assert second.histograms.any()
    assert second.unit_histograms.any()
