"""Discrete channels from T to Y, each transition as often as its probability is: closed forms."""

from math import log2

import numpy as np
import pytest
from numpy.testing import assert_allclose

from ibtui.information.adaptive import Doane, Scott, Sturges
from ibtui.information.binning import Binning
from ibtui.information.binning_width import BinningWidth
from ibtui.information.edge import Edge
from ibtui.information.exact import Exact
from ibtui.information.histogram2d import Histogram2d
from ibtui.information.kde import Kde
from ibtui.information.kmeans import KMeans
from ibtui.information.neuron_mean import NeuronMean
from ibtui.information.quantile import Quantile
from ibtui.information.requantized import Requantized
from tests.information.oracles import make_layer

ONE_UNIT = [
    Exact(),
    Requantized(),
    Requantized(bits=2),
    Binning(),
    Binning(bounds="layer", bins=4),
    BinningWidth(),
    BinningWidth(width=0.5),
    Scott(),
    Sturges(),
    Doane(),
    Quantile(),
    NeuronMean(),
    KMeans(clusters=4),
    KMeans(clusters=4, inputs=True),
    Histogram2d(),
    Edge(),
    Kde(variance=1e-4),  # no two states within the noise: both its bounds count
]
MANY_UNITS = [e for e in ONE_UNIT if not isinstance(e, (NeuronMean, Histogram2d))]


def h(p):
    return -p * log2(p) - (1 - p) * log2(1 - p)


# How often each input (row) goes to each output, H(T) and I(T;Y) in bits.
CHANNELS = {
    "binary symmetric": ([[45, 5], [5, 45]], 1, 1 - h(0.1)),
    "binary erasure": ([[28, 0, 12], [0, 28, 12]], 1, 0.7),
    "erasure of a rare input": ([[14, 0, 6], [0, 56, 24]], h(0.2), 0.7 * h(0.2)),
    "Z": ([[40, 0], [15, 25]], 1, h(25 / 80) - h(25 / 40) / 2),
    "Z of a rare input": ([[60, 0], [6, 18]], h(24 / 84), h(18 / 84) - 24 / 84 * h(1 / 4)),
    "four-ary symmetric": (25 * np.eye(4, dtype=int) + 5, 2, 2 - h(1 / 3) - log2(3) / 3),
    "noiseless": (30 * np.eye(4, dtype=int), 2, 2),
    "many to one": ([[20, 0], [20, 0], [0, 20], [0, 20]], 2, 1),
    "useless": ([[30, 10], [30, 10]], 1, 0),
}
each_channel = pytest.mark.parametrize("channel", CHANNELS)


def sent_through(channel):
    """The input and the output of every sample of a channel, in no order."""
    times, h_t, i_ty = CHANNELS[channel]
    pairs = np.indices(np.shape(times)).reshape(2, -1)
    sent, received = pairs.repeat(np.ravel(times), axis=1)
    order = np.random.default_rng(0).permutation(len(sent))
    return sent[order], received[order], h_t, i_ty


@each_channel
@pytest.mark.parametrize("estimator", ONE_UNIT, ids=lambda e: e.series[0])
def test_one_unit(channel, estimator):
    sent, received, h_t, i_ty = sent_through(channel)
    unit = np.linspace(-1, 1, sent.max() + 1)[sent]
    values = np.stack((unit, -unit))[:, :, None]  # the second replicate names its states anew
    layer = make_layer(values, received, activation="tanh", inputs=sent[:, None].astype(np.float32))
    measured = estimator.measure(layer)
    assert_allclose(measured.i_xt_bits, np.full_like(measured.i_xt_bits, h_t), atol=1e-9)
    assert_allclose(measured.i_ty_bits, np.full_like(measured.i_ty_bits, i_ty), atol=1e-9)


@each_channel
@pytest.mark.parametrize("estimator", MANY_UNITS, ids=lambda e: e.series[0])
def test_states_of_many_units(channel, estimator):
    sent, received, h_t, i_ty = sent_through(channel)
    units = np.random.default_rng(1).choice([-1, 0.5, 1], size=(2, 4, 40))  # a replicate's 4 states
    layer = make_layer(units[:, sent], received, activation="tanh", inputs=units[0, sent])
    measured = estimator.measure(layer)
    assert_allclose(measured.i_xt_bits, np.full_like(measured.i_xt_bits, h_t), atol=1e-9)
    assert_allclose(measured.i_ty_bits, np.full_like(measured.i_ty_bits, i_ty), atol=1e-9)
