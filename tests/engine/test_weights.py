"""Weights in frames: those of every layer, in numbers that do not depend on neighbours."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from ibtui.engine import Ensemble
from ibtui.engine.forward import views_of
from ibtui.engine.weights import layer_weights
from ibtui.recording import WEIGHTS
from tests.engine.small import AS_WRITTEN, make_dataset, make_forward, make_profile, record


def test_each_layer_has_the_numbers_of_its_own_weights_and_biases():
    layers = [{"conv": 2, "kernel": 2}, {"pool": 2}, 4]
    network = make_forward({"layers": layers}, shape=(1, 5, 5), classes=3).network
    parameters = torch.randn(network.parameters, 3, generator=torch.Generator().manual_seed(0))
    found = layer_weights(network, parameters.numpy().T)
    views = views_of(network, parameters)
    assert found.shape == (4, 3, 4)
    assert np.isnan(found[:, :, 1]).all()
    for index, (weights, biases) in {0: views[:2], 2: views[2:4], 3: views[4:]}.items():
        for row, part in ((0, weights), (2, biases)):
            own = part.reshape(-1, 3).double().numpy()
            assert_allclose(found[row, :, index], own.mean(0), rtol=1e-6)
            assert_allclose(found[row + 1, :, index], own.std(0), rtol=1e-6)
            mean_square = found[row, :, index] ** 2 + found[row + 1, :, index] ** 2
            assert_allclose(mean_square, (own**2).mean(0), rtol=1e-6)


def test_a_replicate_alone_has_the_same_numbers():
    network = make_forward({"layers": [300, 20]}).network
    parameters = torch.randn(network.parameters, 5, generator=torch.Generator().manual_seed(1))
    together = layer_weights(network, parameters.numpy().T)
    for replicate in range(5):
        alone = layer_weights(network, parameters.numpy().T[replicate : replicate + 1])
        assert_array_equal(alone[:, 0], together[:, replicate])


def test_what_is_not_finite_is_not_a_number_and_spoils_no_other():
    network = make_forward({"layers": [4]}).network
    parameters = torch.ones(network.parameters, 2)
    parameters[0, 1] = torch.inf
    found = layer_weights(network, parameters.numpy().T)
    assert_array_equal(found[:, 0], np.array([[1, 1], [0, 0], [1, 1], [0, 0]]))
    assert np.isnan(found[:2, 1, 0]).all()
    assert_array_equal(found[2:, 1, 0], [1, 0])


@pytest.mark.parametrize("quantization", [None, AS_WRITTEN], ids=str)
def test_frames_hold_the_weights_that_the_optimizer_moves(quantization):
    profile = make_profile(network={"layers": [1]}, quantization=quantization)
    ensemble = Ensemble(profile, make_dataset(inputs=1))
    first = ensemble._replicates.state.parameters.numpy().copy()
    recording = record(ensemble)
    last = ensemble._replicates.state.parameters.numpy()
    # One input, one unit: a weight and a bias, each of them its own mean (thesis figure 3.4).
    for at, parameters in ((0, first), (-1, last)):
        assert_array_equal(recording.weight_mean[at, :, 0], parameters[0])
        assert_array_equal(recording.bias_mean[at, :, 0], parameters[1])
    assert (recording.weight_deviation[:, :, 0] == 0).all()
    assert (first != last).any()
    assert {getattr(recording, name).dtype for name in WEIGHTS} == {np.dtype(np.float32)}
