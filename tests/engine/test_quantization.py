"""Quantized ensembles: the inputs, the values of units, the ranges of an epoch."""

import numpy as np
import torch

from ibtui.engine import Ensemble
from ibtui.engine.forward import views_of
from tests.engine.small import (
    RELU_AS_CODED,
    TANH_AS_CODED,
    assert_same,
    make_dataset,
    make_profile,
    record,
    without_test,
)


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
    assert len(ensemble._backend.meter._tensors[0][0].unique()) == 4
    assert len(np.unique(dataset.inputs)) == 400
    assert ensemble.header.input_bits < 4
    assert (record(ensemble).i_xt_bits <= ensemble.header.input_bits + 1e-9).all()


def test_within_an_epoch_units_have_at_most_2_to_the_bits_values():
    profile = make_profile(quantization={"bits": 2}, training={"epochs": 3})
    dataset = without_test(make_dataset(60, 5))
    ensemble = Ensemble(profile, dataset)
    low = ensemble._replicates.state.low.clone()
    data_pass, x = ensemble._backend.data_pass, torch.from_numpy(dataset.inputs)[:, :, None]
    assert torch.equal(
        torch.stack((low, ensemble._replicates.state.high)),
        torch.stack(data_pass.calibrate(ensemble._replicates.state.parameters, x)),
    )
    seen = [[set() for _ in range(3)] for _ in range(3)]  # layer, replicate
    step = ensemble._backend.step.__call__
    forward = ensemble._backend.forward

    def watched(state, x, y, share, *others):
        views, h = views_of(forward.network, state.parameters), x
        for index in range(3):
            h = forward.activations(forward.stages[index], forward.stages[index].sums(h, views))
            grid = forward.stages[index].scale(state.low[index], state.high[index])
            h = torch.floor((h.clamp(grid.low, grid.high) - grid.low) * grid.inverse + 0.5)
            h = h * grid.step + grid.low
            for replicate in range(3):
                seen[index][replicate] |= set(h[..., replicate].flatten().tolist())
        step(state, x, y, share, *others)

    ensemble._backend.step = watched
    before = ensemble._replicates.state.low.clone()
    for frame in ensemble.frames():
        if frame.epoch:
            assert max(len(values) for layer in seen for values in layer) == 4
            assert (ensemble._replicates.state.low != before).any()
            before = ensemble._replicates.state.low.clone()
        seen[:] = [[set() for _ in range(3)] for _ in range(3)]


def test_frames_are_measured_with_the_range_of_the_epoch_just_ended():
    profile = make_profile(quantization={"bits": 4}, training={"epochs": 2})
    ensemble = Ensemble(profile, make_dataset(29, 5))
    widest = []
    step = ensemble._backend.step.__call__

    def watched(state, *arguments):
        step(state, *arguments)
        widest.append((state.seen_low.clone(), state.seen_high.clone()))

    ensemble._backend.step = watched
    for frame in ensemble.frames():
        if not frame.epoch:
            continue
        low, high = widest[-1]
        assert torch.equal(ensemble._replicates.state.low, low)
        assert torch.equal(ensemble._replicates.state.high, high)
        assert (frame.activation_min >= low.T.numpy()).all()
        # The grid's last level is the range's end but for rounding.
        assert (frame.activation_max <= high.T.numpy() * (1 + 1e-6)).all()
