"""The forward pass: what each convention quantizes, over which range, and the loss."""

import pytest
import torch
from torch.nn import functional as F

from ibtui.engine.forward import cross_entropy, log_softmax, views_of
from ibtui.engine.plan import EMA_START, Plan
from ibtui.engine.quantizer import extremes, quantize, scale, values, weight_scale
from tests.engine.small import AS_WRITTEN, RELU_AS_CODED, TANH_AS_CODED, make_forward

CONVOLUTIONS = {"layers": [{"conv": 2, "kernel": 3}, {"pool": 2}, 4], "activation": "relu"}


def plans_of(quantization, network=None, shape=(5,)):
    made = make_forward(network, quantization, shape=shape)
    return tuple(stage.plan for stage in made.stages)


def test_as_written_everything_but_biases_is_quantized_over_the_last_epoch():
    hidden = Plan(3, 3, "epoch", logits=False)
    assert plans_of(AS_WRITTEN) == (hidden, hidden, hidden)
    assert make_forward({}, AS_WRITTEN).stages[0].grid == "uniform"


def test_as_coded_a_tanh_networks_hidden_weights_keep_full_precision():
    hidden, output = Plan(3, None, "batch", logits=False), Plan(3, 3, "ema", logits=True)
    assert plans_of(TANH_AS_CODED) == (hidden, hidden, output)
    assert make_forward({}, TANH_AS_CODED).stages[0].grid == "zero-point"


def test_as_coded_a_relu_network_goes_by_moving_averages():
    hidden, output = Plan(3, 3, "ema", logits=False), Plan(3, 3, "ema", logits=True)
    assert plans_of(RELU_AS_CODED) == (hidden, hidden, output)


def test_pooling_passes_on_what_is_quantized_already():
    full, pool, _, output = plans_of({"bits": 5}, CONVOLUTIONS, (1, 7, 7))
    assert full == output == Plan(5, 5, "epoch", logits=False)
    assert pool == Plan(None, None, "epoch", logits=False)


@pytest.mark.parametrize(
    ("quantization", "bits", "weight_bits"),
    [
        (None, (None, None), (None, None)),
        ({"bits": 32}, (None, None), (None, None)),
        ({"bits": 32, "weight_bits": 4}, (None, None), (4, 4)),
        ({"bits": 4, "weight_bits": 32}, (4, 4), (None, None)),
        ({"bits": 4, "weights": "none"}, (4, 4), (None, None)),
        ({"bits": 4, "weight_bits": 2, "weights": "output"}, (4, 4), (None, 2)),
        ({"bits": 4, "output": "none"}, (4, None), (4, 4)),
    ],
)
def test_full_precision_is_no_plan(quantization, bits, weight_bits):
    made = plans_of(quantization, {"layers": [6]})
    assert tuple(plan.bits for plan in made) == bits
    assert tuple(plan.weight_bits for plan in made) == weight_bits


def column(*numbers):
    return torch.tensor(numbers)


@pytest.fixture
def activations():
    return torch.randn(9, 4, 3, generator=torch.Generator().manual_seed(2)) + 1.5


def next_range(quantization, t, low, high):
    return make_forward({}, AS_WRITTEN | quantization).stages[0].next_range(t, low, high)


def test_ranges_of_a_batch_are_its_own_extremes_zero_or_not(activations):
    t = activations.abs() + 0.25
    low, high = next_range({"range": "batch"}, t, column(-1.0, -2.0, -3.0), column(1.0, 2.0, 3.0))
    assert low.min() > 0.2
    assert torch.equal(low, t.amin((0, 1)))
    assert torch.equal(high, t.amax((0, 1)))


def test_ranges_of_an_epoch_stay_as_they_are(activations):
    low, high = column(-1.0, -2.0, -3.0), column(1.0, 2.0, 3.0)
    assert next_range({"range": "epoch"}, activations, low, high) == (low, high)


def test_moving_averages_decay_towards_extremes_that_hold_zero(activations):
    low, high = (torch.full((3,), start) for start in EMA_START)
    assert (low[0], high[0]) == (-6, 6)
    t = torch.cat((activations.abs() + 0.25, -activations.abs() - 0.25, activations), 1)
    for part in t.split(4, 1):
        least = part.double().amin((0, 1)).clamp(max=0)
        greatest = part.double().amax((0, 1)).clamp(min=0)
        wanted = (0.999 * low.double() + 0.001 * least, 0.999 * high.double() + 0.001 * greatest)
        low, high = next_range({"range": "ema"}, part, low, high)
        torch.testing.assert_close((low.double(), high.double()), wanted, rtol=3e-7, atol=0)


def test_weights_are_quantized_per_tensor_and_biases_never():
    forward = make_forward({"layers": [6]}, {"bits": 8, "weight_bits": 2, "grid": "zero-point"})
    flat = torch.randn(forward.network.parameters, 3, generator=torch.Generator().manual_seed(1))
    views = views_of(forward.network, flat)
    x = torch.eye(5)[:, :, None]
    z = forward.stages[0].sums(x, views)
    weights = quantize(views[0], weight_scale(views[0], 2, "zero-point"))
    torch.testing.assert_close(z, weights + views[1])
    assert [len(weights[..., r].unique()) for r in range(3)] == [4, 4, 4]
    assert (views[0] != weights).any()


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
@pytest.mark.parametrize("quantization", [None, {"bits": 32}, {"output": "none"}])
def test_the_loss_of_full_precision_is_torchs_cross_entropy(output, quantization):
    z = 8 * torch.randn(11, 1 if output == "sigmoid" else 2, 3)
    y = torch.arange(33).view(11, 3) % 2
    forward = make_forward({"output": output}, quantization)
    t = forward.activations(forward.stages[2], z)
    loss = cross_entropy(forward.log_probabilities(z, t), y)
    for r in range(3):
        if output == "sigmoid":
            logits, label = z[:, 0, r], y[:, r].float()
            wanted = F.binary_cross_entropy_with_logits(logits, label, reduction="none")
            torch.testing.assert_close(t[:, 0, r], torch.sigmoid(logits))
        else:
            wanted = F.cross_entropy(z[..., r], y[:, r], reduction="none")
            torch.testing.assert_close(t[..., r], torch.softmax(z[..., r], 1))
        torch.testing.assert_close(loss[:, r], wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_the_loss_of_quantized_logits_is_that_of_their_levels(output):
    z = 3 * torch.randn(11, 1 if output == "sigmoid" else 2, 3)
    forward = make_forward({"output": output}, TANH_AS_CODED)
    assert forward.activations(forward.stages[2], z) is z
    t = quantize(z, scale(*extremes(z), 3, "zero-point"))
    logs = forward.log_probabilities(z, t)
    both = torch.cat((torch.zeros_like(t), t), 1) if output == "sigmoid" else t
    torch.testing.assert_close(logs, torch.log_softmax(both, 1))


def test_the_loss_of_quantized_probabilities_is_that_of_their_levels():
    forward = make_forward({}, AS_WRITTEN)
    t = torch.tensor([[0.0, 1.0], [0.25, 0.75], [1e-8, 0.5]])[:, :, None].requires_grad_()
    logs = forward.log_probabilities(torch.zeros(3, 2, 1), t)
    floor = torch.tensor(1e-7)
    wanted = torch.maximum(t.detach(), floor).log()
    torch.testing.assert_close(logs, wanted)
    cross_entropy(logs, torch.tensor([[1], [0], [1]])).sum().backward()
    assert t.grad is not None
    torch.testing.assert_close(
        t.grad[..., 0], torch.tensor([[0.0, -1.0], [-4.0, 0.0], [0.0, -2.0]])
    )


def test_the_loss_of_a_quantized_sigmoid_counts_both_labels():
    forward = make_forward({"output": "sigmoid"}, AS_WRITTEN)
    t = torch.tensor([[0.0], [0.25], [1.0]])[:, :, None]
    logs = forward.log_probabilities(torch.zeros(3, 1, 1), t)[..., 0]
    wanted = torch.tensor([[1, 1e-7], [0.75, 0.25], [1e-7, 1]]).log()
    torch.testing.assert_close(logs, wanted)


def test_log_softmax_of_large_sums_is_finite_and_its_gradient_torchs():
    z = torch.tensor([[1e4, -1e4, 3.0], [0.5, 0.5, 1e-3]])[:, :, None].requires_grad_()
    own, wanted = log_softmax(z), torch.log_softmax(z, 1)
    torch.testing.assert_close(own, wanted)
    weight = torch.linspace(-1, 1, 6).view_as(z)
    gradients = [torch.autograd.grad((one * weight).sum(), z) for one in (own, wanted)]
    torch.testing.assert_close(*gradients)


def test_labels_without_an_output_of_their_own_cannot_be():
    forward = make_forward({"outputs": 4}, None, classes=3)
    z = torch.randn(6, 4, 2)
    y = torch.arange(12).view(6, 2) % 3
    loss = cross_entropy(forward.log_probabilities(z, forward.activations(forward.stages[2], z)), y)
    torch.testing.assert_close(loss[:, 1], F.cross_entropy(z[..., 1], y[:, 1], reduction="none"))


def test_levels_of_activations_are_2_to_the_bits_at_most():
    forward = make_forward({}, AS_WRITTEN)
    t = torch.randn(500, 4, 2)
    grid = forward.stages[0].scale(column(-1.0, -2.0), column(1.0, 0.5))
    for replicate in range(2):
        assert len(quantize(t, grid)[..., replicate].unique()) == 8
    assert torch.equal(values(torch.zeros(1, 2), grid), column(-1.0, -2.0)[None])
