"""Networks: what profiles describe, how parameters lie, how they begin, and what cannot be."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from ibtui.engine.forward import activate, views_of
from ibtui.engine.network import Network, build
from ibtui.errors import ProfileError
from tests.engine.small import make_profile


def make_network(shape=(12,), classes=2, **network) -> Network:
    return build(make_profile(network=network).network, shape, classes, "made")


def test_parameters_of_the_papers_network():
    network = make_network(layers=[10, 7, 5, 4, 3])
    assert network.names == ("T1", "T2", "T3", "T4", "T5", "T6")
    assert network.units == (10, 7, 5, 4, 3, 2)
    assert network.parameters == 130 + 77 + 40 + 24 + 15 + 8
    assert [network.activations[n] for n in (0, 4, 5)] == ["tanh", "tanh", "softmax"]


def test_a_stack_of_convolutions_and_pooling():
    layers = [{"conv": 2, "kernel": 3}, {"pool": 2}, {"conv": 3, "kernel": 5, "stride": 2}, 20]
    network = make_network((1, 28, 28), 10, layers=layers)
    assert network.units == (2 * 26 * 26, 2 * 13 * 13, 3 * 5 * 5, 20, 10)
    assert network.parameters == (18 + 2) + (3 * 2 * 25 + 3) + (75 * 20 + 20) + 210
    assert network.activations[1] == "pool"


def test_views_lie_one_after_the_other():
    network = make_network((5,), 3, layers=[4])
    flat = torch.arange(network.parameters * 2.0).view(-1, 2)
    views = views_of(network, flat)
    assert [tuple(view.shape) for view in views] == [(5, 4, 2), (4, 2), (4, 3, 2), (3, 2)]
    assert torch.equal(torch.cat([view.reshape(-1, 2) for view in views]), flat)
    views[1].zero_()
    assert not flat[20:24].any()


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("tanh", torch.tanh),
        ("relu", torch.relu),
        ("leaky-relu", lambda z: F.leaky_relu(z, 0.3)),
        ("sigmoid", torch.sigmoid),
        ("linear", lambda z: z),
        ("gelu", lambda z: (z.double() * (1 + torch.erf(z.double() / 2**0.5)) / 2).float()),
        ("silu", lambda z: z / (1 + torch.exp(-z))),
    ],
)
def test_activations(name, function):
    z = torch.linspace(-3, 3, 30).view(5, 3, 2)
    network = make_network(activation=name, leaky_slope=0.3)
    torch.testing.assert_close(activate(network.options, z), function(z))


# mean 0, standard deviation by fans (in, out), fourth moment over variance^2
TRUNCATED = 0.8796256610342398  # standard deviation of a normal cut at two deviations
INITS = {
    "truncated-normal": (lambda i, o: TRUNCATED / math.sqrt(o), 2.3651),
    "glorot-uniform": (lambda i, o: math.sqrt(2 / (i + o)), 1.8),
    "glorot-normal": (lambda i, o: math.sqrt(2 / (i + o)), 3),
    "he-normal": (lambda i, o: math.sqrt(2 / i), 3),
    "lecun-normal": (lambda i, o: math.sqrt(1 / i), 3),
    "normal": (lambda i, o: 1, 3),
}


@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("spatial", [False, True], ids=["dense", "convolution"])
def test_first_weights_have_the_moments_of_their_distribution(init, spatial):
    if spatial:
        layers, shape, fans = [{"conv": 60, "kernel": 3}], (20, 5, 5), (180, 540)
    else:
        layers, shape, fans = [90], (120,), (120, 90)
    network = make_network(shape, layers=layers, init=init)
    weights, bias, *_ = views_of(network, torch.from_numpy(network.initial([5]).T))
    w = weights.double().numpy().ravel()  # 10,800 of them
    deviation, kurtosis = INITS[init][0](*fans), INITS[init][1]
    assert abs(w.mean()) < 4 * deviation / math.sqrt(w.size)
    assert w.std() == pytest.approx(deviation, rel=4 * math.sqrt((kurtosis - 1) / 4 / w.size))
    assert (w**4).mean() / deviation**4 == pytest.approx(kurtosis, rel=0.1)
    assert not bias.any()
    if init == "truncated-normal":
        assert 1.9 < np.abs(w).max() * math.sqrt(fans[1]) <= 2
    if init == "glorot-uniform":
        assert np.abs(w).max() <= np.float32(math.sqrt(6 / sum(fans)))


def test_first_weights_depend_on_the_own_seed_alone():
    network = make_network()
    together, alone = network.initial([3, 4, 5]), network.initial([4])
    assert together.dtype == np.float32
    assert np.array_equal(together[1], alone[0])
    assert not np.array_equal(together[0], together[1])


@pytest.mark.parametrize(
    ("network", "shape", "classes", "line"),
    [
        (
            {"layers": [8, {"conv": 2}]},
            (1, 9, 9),
            2,
            "network.layers.1: needs images, not 8 values of made (use a width)",
        ),
        (
            {"layers": [{"pool": 2}]},
            (12,),
            2,
            "network.layers.0: needs images, not 12 values of made (use a width)",
        ),
        (
            {"layers": [{"conv": 2, "kernel": 10}]},
            (1, 9, 9),
            2,
            "network.layers.0: does not fit into 9 x 9 pixels (make it smaller)",
        ),
        (
            {"layers": [{"conv": 2, "kernel": 8}, {"pool": 3}]},
            (1, 9, 9),
            2,
            "network.layers.1: does not fit into 2 x 2 pixels (make it smaller)",
        ),
        (
            {"output": "sigmoid"},
            (12,),
            3,
            "network.output: sigmoid is one unit, but made has 3 labels (use softmax)",
        ),
        (
            {"output": "sigmoid", "outputs": 2},
            (12,),
            2,
            "network.output: sigmoid is one unit, but outputs is not 1 (use softmax)",
        ),
        (
            {"outputs": 2},
            (12,),
            3,
            "network.outputs: 2 is below the 3 labels of made (leave it out)",
        ),
    ],
)
def test_a_network_that_does_not_fit_is_one_line(network, shape, classes, line):
    with pytest.raises(ProfileError) as caught:
        make_network(shape, classes, **network)
    assert str(caught.value) == line


def test_more_outputs_than_labels_are_no_error():
    assert make_network(outputs=5).units[-1] == 5
