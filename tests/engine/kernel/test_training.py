"""Training beside torch: every option of a dense network."""

import numpy as np
import pytest

from ibtui.engine import layers
from tests.engine.kernel.both import after, ensemble, in_order
from tests.engine.small import AS_WRITTEN, RELU_AS_CODED, TANH_AS_CODED, make_dataset, make_own

SGD = {"optimizer": "sgd", "learning_rate": 0.1}
ACTIVATIONS = ["tanh", "relu", "leaky-relu", "sigmoid", "linear", "gelu", "silu"]
QUANTIZED = {
    "nothing": None,
    "by epoch": AS_WRITTEN,
    "by batch": AS_WRITTEN | {"range": "batch"},
    "moving": AS_WRITTEN | {"range": "ema"},
    "zero point": AS_WRITTEN | {"grid": "zero-point"},
    "logits": AS_WRITTEN | {"output": "logits"},
    "hidden alone": AS_WRITTEN | {"output": "none"},
    "weights of the output": AS_WRITTEN | {"weights": "output"},
    "no weights": AS_WRITTEN | {"weights": "none", "grid": "zero-point", "range": "ema"},
    "fine weights": AS_WRITTEN | {"weight_bits": 16},
    "one bit": AS_WRITTEN | {"bits": 1},
    "16 bits": AS_WRITTEN | {"bits": 16},
    "32 bits": AS_WRITTEN | {"bits": 32, "weight_bits": 4},
    "as coded": TANH_AS_CODED,
    "as coded, moving": RELU_AS_CODED,
}
TRAINED = {
    "adam": {"learning_rate": 1e-3},
    "sgd": SGD,
    "momentum": SGD | {"momentum": 0.9},
    "keras": {"learning_rate": 1e-3, "epsilon_added": "before-correction"},
    "adamw": {"learning_rate": 1e-3, "optimizer": "adamw", "weight_decay": 0.1},
    "penalty": SGD | {"weight_decay": 0.1},
    "adam's penalty": {"learning_rate": 1e-3, "weight_decay": 0.1},
    "cosine": SGD | {"schedule": "cosine"},
    "step": SGD | {"schedule": "step", "schedule_every": 2},
    "full batch": SGD | {"batch_size": "full"},
    "batches of one": SGD | {"batch_size": 1, "learning_rate": 0.01},
    "one order": SGD | {"shuffle": "shared"},
    "no order": SGD | {"shuffle": "none"},
}


@pytest.fixture(autouse=True)
def _torch_in_order(monkeypatch):
    """What is exactly 0 in one order is not in another, so torch sums in the kernel's."""
    monkeypatch.setattr(layers.Dense, "__call__", in_order)


def compare(dataset, tables, epochs=1, tolerance=5e-6, **training):
    one, other = (
        after(ensemble(name, dataset, tables, **training)._backend, epochs, 3)
        for name in ("torch", "kernel")
    )
    assert one.keys() == other.keys()
    for name in one:
        assert one[name].dtype == other[name].dtype
        largest = np.abs(np.nan_to_num(one[name], posinf=0, neginf=0)).max(initial=1)
        np.testing.assert_allclose(
            other[name], one[name], rtol=tolerance, atol=tolerance * largest, err_msg=name
        )


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("quantization", QUANTIZED.values(), ids=QUANTIZED)
def test_an_epoch_is_torchs(activation, quantization):
    tables = {"quantization": quantization, "network": {"activation": activation}}
    compare(make_dataset(), tables, **SGD)


@pytest.mark.parametrize("training", TRAINED.values(), ids=TRAINED)
def test_every_way_to_train_is_torchs(training):
    compare(make_dataset(77), {}, 3, 1e-5, **training)


@pytest.mark.parametrize("quantization", QUANTIZED.values(), ids=QUANTIZED)
def test_a_sigmoid_output_is_torchs(quantization):
    if quantization is not None and quantization.get("output") == "none":
        quantization = quantization | {"weights": "all"}
    tables = {"quantization": quantization, "network": {"output": "sigmoid"}}
    compare(make_dataset(), tables, **SGD)


@pytest.mark.parametrize("layers", [[], [1], [9, 17, 3, 30], [300]])
def test_every_shape_is_torchs(layers):
    tables = {"network": {"layers": layers}, "quantization": TANH_AS_CODED}
    compare(make_dataset(90, 7, 3), tables, tolerance=1e-5, batch_size=70, **SGD)


def test_dropout_is_torchs():
    compare(make_dataset(), {"network": {"dropout": 0.3}}, 2, **SGD)


def test_noise_is_torchs():
    compare(make_dataset(), {"network": {"noise": 0.2, "dropout": 0.1}}, 2, **SGD)


def test_prefit_is_torchs():
    compare(make_dataset(), {"training": {"prefit_epochs": 3}}, **SGD)


def test_replicates_with_samples_of_their_own_are_torchs():
    compare(make_own(), {}, 2, **SGD)


def test_relu_networks_agree_to_the_last_digits_after_52_steps():
    """Rectified sums of levels are often exactly 0: with a fused product they would not agree."""
    tables = {"quantization": RELU_AS_CODED | {"bits": 8}, "network": {"activation": "relu"}}
    training = {"learning_rate": 1e-4, "batch_size": 32}
    states = [
        after(ensemble(name, make_dataset(520, 12), tables, **training)._backend, 4, 3)
        for name in ("torch", "kernel")
    ]
    assert states[0]["steps"][0] == 52
    one, other = (state["parameters"] for state in states)
    np.testing.assert_allclose(other, one, rtol=1e-7, atol=1e-7)


def test_levels_of_tanh_networks_flip_by_one_now_and_then_in_52_steps():
    """tanh of the two differs in its last digit, which now and then decides between two levels."""
    tables = {"quantization": TANH_AS_CODED | {"bits": 8}}
    training = {"learning_rate": 1e-3, "batch_size": 32}
    data = make_dataset(520, 12)
    torchs, kernels = (
        ensemble(name, data, tables, **training)._backend for name in ("torch", "kernel")
    )
    found = []
    for backend in (torchs, kernels):
        state = backend.fresh([0, 1, 2])
        backend.train(state, 0, [0, 1, 2], epochs=4)
        assert state.arrays()["steps"][0] == 52
        found.append(state)
    one, other = (state.arrays()["parameters"] for state in found)
    np.testing.assert_allclose(other, one, rtol=0, atol=1e-3)
    layers_of = torchs.passes(found[0], 0, 3), kernels.passes(found[1], range(3))
    flipped = levels = 0
    for one, other in zip(*layers_of, strict=True):
        first, second = one.values.numpy()[:520], other.values[:520]
        steps = 255 * np.abs(second - first) / (one.high - one.low).numpy()
        assert steps.max() < 1.5
        flipped, levels = flipped + (steps > 0.5).sum(), levels + steps.size
    assert flipped <= 0.002 * levels, f"{flipped} of {levels} levels differ"
