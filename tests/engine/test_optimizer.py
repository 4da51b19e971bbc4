"""Updates against torch's own optimizers and Keras's form of Adam, in float64."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from ibtui.engine.optimizer import update
from ibtui.engine.train_state import TorchState
from ibtui.profile import Training
from ibtui.profile.learning_rate import learning_rate

STEPS, PARAMETERS, REPLICATES = 40, 7, 3


def fresh():
    parameters = torch.randn(
        PARAMETERS, REPLICATES, dtype=torch.float64, generator=torch.Generator().manual_seed(1)
    )
    zeros = torch.zeros_like(parameters)
    nothing = torch.zeros(2, REPLICATES, dtype=torch.float64)
    steps = torch.zeros(REPLICATES, dtype=torch.float64)
    return TorchState(parameters, zeros, zeros.clone(), steps, *[nothing] * 4)


def gradients(number):
    """Gradients of step `number`, from large to far below any epsilon."""
    generator = torch.Generator().manual_seed(100 + number)
    sizes = 10.0 ** torch.arange(0, -2 * PARAMETERS, -2, dtype=torch.float64)
    drawn = torch.randn(PARAMETERS, REPLICATES, dtype=torch.float64, generator=generator)
    return sizes[:, None] * drawn


def trained(training):
    state = fresh()
    for number in range(STEPS):
        update(state, gradients(number), training, learning_rate(training, number))
    return state.parameters.numpy()


def trained_by_torch(optimizer_of, scheduler_of=None):
    parameters = torch.nn.Parameter(fresh().parameters)
    optimizer = optimizer_of([parameters])
    scheduler = scheduler_of(optimizer) if scheduler_of else None
    for number in range(STEPS):
        parameters.grad = gradients(number)
        optimizer.step()
        if scheduler:
            scheduler.step()
    return parameters.detach().numpy()


def named(value: object) -> str:
    """A test's name holds no address of a function, so that every worker collects the same."""
    return str(value) if isinstance(value, dict) else "torch"


@pytest.mark.parametrize(
    ("keys", "optimizer_of"),
    [
        ({"optimizer": "adam"}, lambda p: torch.optim.Adam(p, 0.01, eps=1e-6)),
        (
            {"optimizer": "adam", "weight_decay": 0.3},
            lambda p: torch.optim.Adam(p, 0.01, eps=1e-6, weight_decay=0.3),
        ),
        ({"optimizer": "adamw"}, lambda p: torch.optim.AdamW(p, 0.01, eps=1e-6)),
        (
            {"optimizer": "adamw", "weight_decay": 0.3},
            lambda p: torch.optim.AdamW(p, 0.01, eps=1e-6, weight_decay=0.3),
        ),
        ({"optimizer": "sgd"}, lambda p: torch.optim.SGD(p, 0.01)),
        (
            {"optimizer": "sgd", "momentum": 0.9, "weight_decay": 0.3},
            lambda p: torch.optim.SGD(p, 0.01, momentum=0.9, weight_decay=0.3),
        ),
    ],
    ids=named,
)
def test_updates_are_torchs(keys, optimizer_of):
    training = Training(learning_rate=0.01, epsilon=1e-6, **keys)
    assert_allclose(trained(training), trained_by_torch(optimizer_of), rtol=1e-12)


@pytest.mark.parametrize(
    ("keys", "scheduler_of"),
    [
        (
            {"schedule": "cosine"},
            lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, T_max=STEPS),
        ),
        (
            {"schedule": "step", "schedule_every": 7},
            lambda o: torch.optim.lr_scheduler.StepLR(o, step_size=7),
        ),
        (
            {"schedule": "step", "schedule_every": 7, "schedule_factor": 0.5},
            lambda o: torch.optim.lr_scheduler.StepLR(o, step_size=7, gamma=0.5),
        ),
    ],
    ids=named,
)
def test_scheduled_updates_are_torchs(keys, scheduler_of):
    training = Training(learning_rate=0.01, epochs=STEPS, optimizer="sgd", momentum=0.5, **keys)
    wanted = trained_by_torch(lambda p: torch.optim.SGD(p, 0.01, momentum=0.5), scheduler_of)
    assert_allclose(trained(training), wanted, rtol=1e-12)


def test_epsilon_before_the_correction_is_kerass_adam():
    """rate sqrt(1 - b2^t)/(1 - b1^t) m / (sqrt(v) + epsilon), term by term."""
    training = Training(learning_rate=0.01, epsilon=1e-6, epsilon_added="before-correction")
    parameters = fresh().parameters.numpy().copy()
    m, v = np.zeros_like(parameters), np.zeros_like(parameters)
    for t in range(1, STEPS + 1):
        g = gradients(t - 1).numpy()
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        rate = 0.01 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        parameters -= rate * m / (np.sqrt(v) + 1e-6)
    assert_allclose(trained(training), parameters, rtol=1e-12)
    after = trained(training.model_copy(update={"epsilon_added": "after-correction"}))
    assert np.abs(after - parameters).max() > 1e-3
