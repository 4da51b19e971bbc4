"""The measuring pass: its states are the network's own, and each layer's follow from the last's."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from torch.nn import functional as F

from ibtui.engine import passes
from ibtui.engine.forward import views_of
from ibtui.engine.passed import OutputPass
from ibtui.engine.passes import ROWS, Pass
from ibtui.engine.quantizer import extremes, levels, values
from tests.engine.small import AS_WRITTEN, RELU_AS_CODED, TANH_AS_CODED, make_dataset, make_forward

CONVOLUTIONS = [{"conv": 2, "kernel": 3, "padding": 1}, {"pool": 2}, {"conv": 3, "kernel": 2}, 5]


def padded(dataset):
    """Inputs and labels as the meter hands them on: the first sample again up to a multiple."""
    rows = np.arange(-(-len(dataset.labels) // ROWS) * ROWS)
    rows[rows >= len(dataset.labels)] = 0
    x, y = torch.from_numpy(dataset.inputs[rows]), torch.from_numpy(dataset.labels[rows])
    return x[:, :, None], y[:, None]


def make_pass(dataset, network, quantization, replicates=3, gain=1.0, seed=0):
    """A data_pass and what it walks: parameters, biases too, and ranges of about their values."""
    forward = make_forward(
        network, quantization, shape=dataset.shape, classes=len(dataset.label_names)
    )
    rng = np.random.default_rng(seed)
    parameters = forward.network.initial(range(replicates)).T.copy()
    parameters += 0.1 * rng.normal(size=parameters.shape)
    parameters = torch.from_numpy((gain * parameters).astype(np.float32))
    layers = len(forward.stages)
    high = torch.from_numpy(rng.uniform(0.3, 1, (layers, replicates)).astype(np.float32))
    distinct = len(np.unique(dataset.inputs, axis=0)) == len(dataset.labels)
    return Pass(forward, distinct), (parameters, -high if layers else high, high)


@torch.no_grad()
def walked(data_pass, state, dataset):
    """The layers' passes over the samples proper, and the output's."""
    layers = list(data_pass.walk(*state, *padded(dataset)))
    return layers, layers[-1].output


def unpacked(words, units, bits):
    """Levels (replicate, sample, unit) of words, unit by unit from the lowest bits up."""
    a_word = min(units, 62 // bits)
    mask = (1 << bits) - 1
    parts = [(words[u // a_word] >> (bits * (u % a_word))) & mask for u in range(units)]
    return torch.stack(parts, dim=-1)


@pytest.mark.parametrize(
    ("quantization", "activation"),
    [
        (AS_WRITTEN, "tanh"),
        (TANH_AS_CODED, "tanh"),
        (RELU_AS_CODED, "relu"),
        ({"bits": 16}, "relu"),
    ],
    ids=["written", "coded tanh", "coded relu", "16 bits"],
)
@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_words_hold_the_levels_of_each_layer_of_the_layer_below(quantization, activation, output):
    dataset = make_dataset(70, 5)
    network = {"layers": [9, 4], "activation": activation, "output": output}
    data_pass, state = make_pass(dataset, network, quantization)
    forward, (parameters, low, high) = data_pass.forward, state
    views = views_of(forward.network, parameters)
    h, _ = padded(dataset)
    layers, _ = walked(data_pass, state, dataset)
    for index, passed in enumerate(layers):
        stage = forward.stages[index]
        plan = stage.plan
        t = forward.activations(stage, stage.sums(h, views))
        bounds = extremes(t) if plan.range == "batch" else (low[index], high[index])
        grid = stage.scale(*bounds)
        found = unpacked(passed.words, forward.network.units[index], plan.bits).permute(1, 2, 0)
        level = levels(t, grid)
        of_softmax_of_logits = plan.logits and output == "softmax"
        wanted = level - level.amin(1, keepdim=True) if of_softmax_of_logits else level
        assert torch.equal(found, wanted.long())
        assert int(passed.words.max()).bit_length() <= stage.word_bits
        h = values(level, grid)
        out = forward.probabilities(h) if plan.logits else h
        torch.testing.assert_close(passed.values, out)
        assert torch.equal(passed.low, passed.values.amin((0, 1)))
        assert torch.equal(passed.high, passed.values.amax((0, 1)))


def test_words_of_full_precision_hold_the_bits_of_its_floats():
    dataset = make_dataset(70, 5)
    data_pass, state = make_pass(dataset, {"layers": [5], "activation": "relu"}, None)
    layers, _ = walked(data_pass, state, dataset)
    for passed in layers:
        pattern = passed.values.numpy().view(np.int32).astype(np.int64) & 0xFFFFFFFF
        for unit in range(pattern.shape[1]):
            word = passed.words[unit // 2].numpy().T >> (32 * (unit % 2)) & 0xFFFFFFFF
            assert_array_equal(word, pattern[:, unit])


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
@pytest.mark.parametrize("quantization", [None, AS_WRITTEN, TANH_AS_CODED], ids=str)
def test_loss_and_accuracy_are_those_of_the_output(output, quantization):
    dataset = make_dataset(70, 5, 2 if output == "sigmoid" else 3)
    data_pass, state = make_pass(dataset, {"output": output}, quantization, gain=2.0)
    layers, scores = walked(data_pass, state, dataset)
    assert isinstance(scores, OutputPass)
    y = padded(dataset)[1][:, 0]
    out = layers[-1].values
    both = torch.cat((1 - out, out), 1) if output == "sigmoid" else out
    for replicate in range(3):
        logs = both[..., replicate].clamp(min=1e-7).log()
        torch.testing.assert_close(
            scores.loss_nats[:, replicate],
            F.nll_loss(logs, y, reduction="none"),
            rtol=1e-4,
            atol=1e-5,
        )
        assert torch.equal(scores.correct[:, replicate], both[..., replicate].argmax(1) == y)


def test_of_equal_probabilities_the_first_counts():
    forward = make_forward({"layers": []}, None, shape=(2,), classes=3)
    state = (torch.zeros(forward.network.parameters, 1), torch.zeros(1, 1), torch.zeros(1, 1))
    *_, last = Pass(forward, True).walk(*state, torch.rand(3, 2, 1), torch.arange(3)[:, None])
    output = last.output
    assert output.correct[:, 0].tolist() == [True, False, False]


def test_calibration_sees_each_layer_after_the_one_below_is_quantized():
    dataset = make_dataset(70, 5)
    data_pass, (parameters, *_) = make_pass(dataset, {"layers": [9, 4]}, {"bits": 2})
    h = torch.from_numpy(dataset.inputs)[:, :, None]
    low, high = data_pass.calibrate(parameters, h)
    views = views_of(data_pass.forward.network, parameters)
    for index in range(3):
        stage = data_pass.forward.stages[index]
        t = data_pass.forward.activations(stage, stage.sums(h, views))
        assert torch.equal(low[index], t.amin((0, 1)))
        assert torch.equal(high[index], t.amax((0, 1)))
        grid = stage.scale(low[index], high[index])
        h = values(levels(t, grid), grid)
        assert len(h[..., 0].unique()) <= 4


def assert_each_layer_follows_from_the_last(layers, dataset):
    """Equal states below have equal states above, in every replicate: the DPI's very condition."""
    samples = len(dataset.labels)
    _, of_input = np.unique(dataset.inputs, axis=0, return_inverse=True)
    for replicate in range(layers[0].words.shape[1]):
        below = of_input.ravel()
        for number, passed in enumerate(layers, start=1):
            words = passed.words[:, replicate, :samples].numpy()
            _, above = np.unique(words, axis=1, return_inverse=True)
            above = above.ravel()
            both = np.unique(np.stack((below, above)), axis=1)
            assert both.shape[1] == len(np.unique(below)), f"T{number}, replicate {replicate}"
            below = above


quantizations = st.one_of(
    st.none(),
    st.builds(
        lambda bits, kind: kind | {"bits": bits},
        st.sampled_from([1, 2, 3, 4, 8, 32]),
        st.sampled_from([AS_WRITTEN, TANH_AS_CODED, RELU_AS_CODED, {"weights": "none"}]),
    ),
)


@settings(max_examples=60, deadline=None)
@given(
    samples=st.integers(6, 150),
    repeated=st.booleans(),
    replicates=st.integers(1, 5),
    widths=st.lists(st.sampled_from([1, 2, 3, 7, 17, 33, 60]), max_size=4),
    activation=st.sampled_from(["tanh", "relu", "leaky-relu", "sigmoid"]),
    quantization=quantizations,
    gain=st.sampled_from([0.05, 1.0, 8.0]),
    seed=st.integers(0, 99),
)
def test_every_layer_is_a_function_of_the_one_below(
    samples, repeated, replicates, widths, activation, quantization, gain, seed
):
    distinct = samples // 3 if repeated else None
    dataset = make_dataset(samples, 40, distinct=distinct, seed=seed)
    network = {"layers": widths, "activation": activation}
    data_pass, state = make_pass(dataset, network, quantization, replicates, gain, seed)
    layers, _ = walked(data_pass, state, dataset)
    assert_each_layer_follows_from_the_last(layers, dataset)


@settings(max_examples=15, deadline=None)
@given(
    samples=st.integers(6, 90),
    repeated=st.booleans(),
    replicates=st.integers(1, 3),
    quantization=quantizations,
    seed=st.integers(0, 99),
)
def test_every_layer_of_convolutions_is_a_function_of_the_one_below(
    samples, repeated, replicates, quantization, seed
):
    dataset = make_dataset(
        samples, distinct=samples // 3 if repeated else None, shape=(2, 6, 7), seed=seed
    )
    network = {"layers": CONVOLUTIONS, "activation": "relu"}
    data_pass, state = make_pass(dataset, network, quantization, replicates, seed=seed)
    layers, _ = walked(data_pass, state, dataset)
    assert_each_layer_follows_from_the_last(layers, dataset)


@pytest.mark.parametrize("quantization", [None, AS_WRITTEN, TANH_AS_CODED], ids=str)
def test_a_pass_in_parts_of_few_samples_is_the_whole_pass(quantization, monkeypatch):
    dataset = make_dataset(130, 5, distinct=90)
    data_pass, state = make_pass(dataset, {"layers": [9, 4]}, quantization)
    whole, whole_output = walked(data_pass, state, dataset)
    monkeypatch.setattr(passes, "VALUES_AT_ONCE", 64)
    parts, output = walked(data_pass, state, dataset)
    for one, other in zip(parts, whole, strict=True):
        torch.testing.assert_close(one.values, other.values, rtol=1e-6, atol=1e-7)
        if quantization:
            assert torch.equal(one.words, other.words)
    torch.testing.assert_close(output.loss_nats, whole_output.loss_nats)
