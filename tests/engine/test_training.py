"""Training: steps against torch's own optimizers, and ranges as each convention keeps them."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from ibtui.engine.batches import Batches
from ibtui.engine.forward import views_of
from ibtui.engine.train_state import TorchState
from ibtui.engine.training import Step
from tests.engine.reference import Reference
from tests.engine.small import (
    AS_WRITTEN,
    RELU_AS_CODED,
    TANH_AS_CODED,
    make_dataset,
    make_forward,
    make_profile,
)

SEEDS = [1000, 1001, 1002]


def setup(dataset, *, network=None, quantization=None, **training):
    profile = make_profile(network=network or {}, quantization=quantization, training=training)
    forward = make_forward(
        network, quantization, shape=dataset.shape, classes=len(dataset.label_names)
    )
    batches = Batches(profile, forward.network, [dataset], torch.device("cpu"))
    state = TorchState.fresh(forward.network, SEEDS, torch.device("cpu"))
    return profile, batches, state, Step(forward, profile.training)


def copied(state):
    return TorchState(**{name: tensor.clone() for name, tensor in state.tensors().items()})


def train(batches, state, step, epochs):
    for epoch in range(epochs):
        for batch in batches.epoch(epoch, SEEDS):
            step(state, *batch, None)
        state.end_epoch()


@pytest.mark.parametrize(
    "training",
    [
        {"optimizer": "adam", "epsilon": 1e-4},  # less would tell rounding apart, not optimizers
        {"optimizer": "adam", "epsilon": 0.01},
        {"optimizer": "sgd", "learning_rate": 0.5},
        {"optimizer": "sgd", "learning_rate": 0.1, "momentum": 0.9},
        {"optimizer": "adam", "epsilon": 1e-4, "batch_size": "full"},
    ],
    ids=str,
)
@pytest.mark.parametrize(
    ("quantization", "activation"),
    [
        (None, "tanh"),
        (AS_WRITTEN, "relu"),
        (AS_WRITTEN | {"bits": 6}, "tanh"),
        (TANH_AS_CODED, "tanh"),
        (RELU_AS_CODED, "relu"),
    ],
    ids=["full precision", "written relu", "written tanh", "coded tanh", "coded relu"],
)
def test_every_replicate_is_trained_as_torch_trains_one(training, quantization, activation):
    dataset = make_dataset(29, 5, 3)
    network = {"activation": activation, "layers": [6, 4]}
    profile, batches, state, step = setup(
        dataset, network=network, quantization=quantization, **training
    )
    own = Batches(profile, step.forward.network, [dataset], torch.device("cpu"))
    singles = []
    for replicate, seed in enumerate(SEEDS):
        single = Reference(profile, [5, 6, 4, 3], state.parameters[:, replicate])
        single.calibrate(torch.from_numpy(dataset.inputs[dataset.train]))
        if quantization is not None and profile.quantization.range == "epoch":
            single.range *= 0.9  # or the last bit would put the greatest value inside or outside
            state.low[:, replicate], state.high[:, replicate] = single.range.T
        optimizer = single.optimizer()
        for epoch in range(4):
            for x, y, share in own.epoch(epoch, [seed]):
                kept = share[:, 0] > 0  # torch knows no padding
                optimizer.zero_grad()
                F.nll_loss(single(x[kept, :, 0]), y[kept, 0]).backward()
                optimizer.step()
            single.end_epoch()
        singles.append(single)
    train(batches, state, step, 4)
    for replicate, single in enumerate(singles):
        torch.testing.assert_close(
            state.parameters[:, replicate], single.flat(), rtol=1e-4, atol=2e-5
        )
        if quantization is not None and profile.quantization.range != "batch":
            found = torch.stack((state.low[:, replicate], state.high[:, replicate]), 1)
            torch.testing.assert_close(found, single.range, rtol=1e-4, atol=2e-5)


def test_padding_changes_neither_gradients_nor_ranges():
    dataset = make_dataset(29, 5, 3)  # 23 for training: two steps of 12, one sample of padding
    _, batches, state, step = setup(
        dataset, quantization=TANH_AS_CODED, batch_size=12, optimizer="sgd", learning_rate=1.0
    )
    *_, (x, y, share) = batches.epoch(0, SEEDS)
    other = copied(state)
    step(state, x, y, share, None)
    step(other, x[:-1], y[:-1], torch.full((11, 1), 1 / 11), None)
    for name, tensor in state.tensors().items():
        torch.testing.assert_close(tensor, getattr(other, name), msg=name)


def test_padding_changes_no_ranges_under_dropout():
    dataset = make_dataset(29, 5, 3)
    network = {"layers": [6, 4], "dropout": 0.5, "activation": "relu"}
    _, batches, state, step = setup(dataset, network=network, quantization=AS_WRITTEN, batch_size=4)
    state.low.fill_(-1)
    state.high.fill_(1)
    *_, (x, y, share) = batches.epoch(0, SEEDS)  # three samples and one of padding
    assert int((share > 0).sum()) == 3
    for key in range(30):
        keys = torch.arange(6).view(2, 3) + 97 * key
        states = [copied(state) for _ in range(2)]
        step(states[0], x, y, share, keys)
        step(states[1], x[:3], y[:3], share[:3], keys)
        for name in ("seen_low", "seen_high"):
            torch.testing.assert_close(*(getattr(s, name) for s in states), msg=name)


def test_ranges_by_epoch_are_frozen_in_it_and_then_what_it_saw():
    dataset = make_dataset(29, 5)
    _, batches, state, step = setup(dataset, quantization=AS_WRITTEN)
    state.low.fill_(-0.5)
    state.high.fill_(0.5)
    seen = []
    before = state.low.clone(), state.high.clone()
    for batch in batches.epoch(0, SEEDS):
        parameters, x = state.parameters.clone(), batch[0]
        step(state, *batch, None)
        h = x
        extreme = []
        for index in range(3):
            views, stage = views_of(step.forward.network, parameters), step.forward.stages[index]
            h = step.forward.activations(stage, stage.sums(h, views))
            extreme.append((h.amin((0, 1)), h.amax((0, 1))))
            grid = stage.scale(state.low[index], state.high[index])
            h = h.clamp(grid.low, grid.high)
            h = torch.floor((h - grid.low) * grid.inverse + 0.5) * grid.step + grid.low
        seen.append(extreme)
        assert torch.equal(state.low, before[0])
        assert torch.equal(state.high, before[1])
    state.end_epoch()
    for index in range(3):
        low = torch.stack([step_seen[index][0] for step_seen in seen]).amin(0)
        high = torch.stack([step_seen[index][1] for step_seen in seen]).amax(0)
        torch.testing.assert_close((state.low[index], state.high[index]), (low, high))
    assert state.seen_low.isinf().all()
    assert state.seen_high.isinf().all()


def test_other_ranges_are_left_alone_at_the_end_of_an_epoch():
    _, batches, state, step = setup(make_dataset(29, 5), quantization=TANH_AS_CODED)
    train(batches, state, step, 1)
    low = state.low.clone()
    state.end_epoch()
    assert torch.equal(state.low, low)
    assert (low[:2] == -6).all()  # ranges of batches are kept nowhere
    assert ((low[2] > -6) & (low[2] < -5)).all()


def test_states_survive_arrays_and_splices():
    _, batches, state, step = setup(make_dataset(29, 5), quantization=AS_WRITTEN)
    fresh = copied(state)
    train(batches, state, step, 2)
    arrays = state.arrays()
    other = copied(fresh)
    other.load(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(getattr(other, name).numpy(), array)
    other.splice(fresh, [0, 2])
    for name, tensor in other.tensors().items():
        assert torch.equal(tensor[..., [0, 2]], getattr(fresh, name)[..., [0, 2]])
        assert torch.equal(tensor[..., 1], getattr(state, name)[..., 1])
    assert not torch.equal(other.parameters[:, 0], state.parameters[:, 0])
    train(batches, state, step, 1)
    assert (arrays["parameters"] != state.parameters.numpy()).any()  # copies, not views
