"""The torch backend away from the CPU: no two tensors of different devices meet.

No GPU is needed. Torch's fake tensors have a device and a shape and no numbers; that of the type
"lazy" stands for a GPU, since torch without CUDA refuses that name.
"""

import numpy as np
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode

from ibtui.engine import torch_backend
from ibtui.engine.network import build
from ibtui.engine.train_state import TorchState
from tests.engine.small import SHAPE, TABLES, make_dataset, make_own, make_profile

ELSEWHERE = torch.device("lazy:0")


def zeros(tensor: FakeTensor) -> np.ndarray:
    """The numbers of a fake tensor, which must have been brought to the CPU."""
    assert tensor.device.type == "cpu"
    return np.zeros(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."))


@pytest.fixture
def backend_of(monkeypatch):
    """Makes the torch backend of a profile on a device that is not the CPU."""
    monkeypatch.setattr(torch_backend, "choose_device", lambda _: str(ELSEWHERE))
    monkeypatch.setattr(FakeTensor, "numpy", zeros)

    def make(tables, dataset):
        profile = make_profile(**tables)
        network = build(profile.network, dataset.shape, len(dataset.label_names), dataset.name)
        own = dataset.own
        sets = [dataset] if own is None else [own(seed) for seed in range(profile.replicates)]
        return torch_backend.TorchBackend(profile, network, sets)

    return make


def state_of(backend, replicates) -> TorchState:
    state = TorchState.fresh(backend.forward.network, range(replicates), torch.device("cpu"))
    return TorchState(**{name: one.to(ELSEWHERE) for name, one in state.tensors().items()})


@pytest.mark.parametrize(
    ("tables", "make"),
    [*((tables, make_dataset) for tables in TABLES.values()), ({}, make_own)],
    ids=[*TABLES, "samples of their own"],
)
def test_steps_and_passes_stay_on_their_device(tables, make, backend_of):
    with FakeTensorMode():
        backend = backend_of(tables, make(shape=SHAPE))
        state = state_of(backend, 3)
        backend.train(state, -1, [5, 6, 7], epochs=2)
        layers = list(backend.passes(state, 0, 3))
        low, high = backend.data_pass.calibrate(state.parameters, backend._x)
    assert len(layers) == len(backend.forward.stages)
    tensors = [low, high, *state.tensors().values()]
    for layer in layers:
        tensors += [layer.values, layer.words, layer.low, layer.high]
    assert layers[-1].output is not None
    tensors += [*layers[-1].output]
    assert all(isinstance(one, FakeTensor) for one in tensors)
    assert {one.device.type for one in tensors} == {ELSEWHERE.type}


def test_tensors_of_two_devices_that_meet_are_found(backend_of):
    with FakeTensorMode():
        backend = backend_of({}, make_dataset())
        state = state_of(backend, 3)
        state.first_moment = state.first_moment.to("cpu")
        with pytest.raises(Exception, match="same device"):
            backend.train(state, 0, [5, 6, 7])
