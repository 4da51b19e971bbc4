"""What the compiler makes of a step is the step: the same gradients, ranges and measured states."""

import copy

import numpy as np
import pytest
import torch

from ibtui.data import Dataset
from ibtui.engine import Ensemble
from ibtui.engine.compiling import Compiled
from ibtui.profile import Profile, parse_profile

# The compiler uses what torch itself calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:torch")

AS_WRITTEN_WITH_DROPOUT = ["quantization.bits=3", "network.dropout=0.3", "network.output='sigmoid'"]
AS_CODED_RELU = [
    "quantization.bits=3",
    "quantization.grid='zero-point'",
    "quantization.range='ema'",
    "quantization.output='logits'",
    "network.activation='relu'",
]


def _ensemble(changes: list[str]) -> Ensemble:
    text = 'name = "x"\nreplicates = 2\n[network]\nlayers = [5, 4]\n[training]\nbatch_size = 48\n'
    profile: Profile = parse_profile(
        text, "x", ["training.compile='never'", "training.backend='torch'", *changes]
    )
    random = np.random.default_rng(7)
    inputs = random.normal(size=(80, 3)).astype(np.float32)
    labels = (inputs.sum(1) + random.normal(size=80) > 0).astype(np.int64)
    split = np.arange(0, 64), np.arange(64, 80)
    return Ensemble(profile, Dataset("made", inputs, labels, ("0", "1"), (3,), *split))


@pytest.mark.parametrize(
    "changes",
    [AS_WRITTEN_WITH_DROPOUT, AS_CODED_RELU],
    ids=["as-written-with-dropout", "as-coded-relu"],
)
def test_compiled_steps_and_passes_are_the_eager_ones(changes: list[str]) -> None:
    """Adam's first moment after one step is a tenth of the gradient: nothing hides in it."""
    torch.compiler.reset()
    ensemble = _ensemble(changes)
    step, state = ensemble._backend.step, ensemble._replicates.state
    compiled_step, other = Compiled(step.__call__), copy.deepcopy(state)
    probability = ensemble.profile.network.dropout
    keys = torch.tensor([[11, 12], [13, 14]]) if probability else None
    for x, y, share in ensemble._backend.batches.epoch(0, ensemble.seeds):
        step(state, x, y, share, keys)
        compiled_step(other, x, y, share, keys)
        assert compiled_step.failure is None
        for name, tensor in state.tensors().items():
            torch.testing.assert_close(
                getattr(other, name),
                tensor,
                rtol=1e-4,
                atol=1e-6,
                msg=lambda m, n=name: f"{n}: {m}",
            )
        assert (other.first_moment.abs().amax(0) > 0).all()
        other.load(state.arrays())
    backend = ensemble._backend
    data_pass = backend.data_pass
    arguments = (state.parameters, state.low, state.high, backend._x, backend._y)
    with torch.no_grad():
        fused = Compiled(data_pass.__call__)(*arguments)
        walked = list(data_pass.walk(*arguments))
    how_well, as_well = fused[-1].output, walked[-1].output
    for one, two in zip(fused, walked, strict=True):
        torch.testing.assert_close(one.values, two.values, rtol=1e-4, atol=1e-6)
        assert (one.words == two.words).all()
    torch.testing.assert_close(how_well.loss_nats, as_well.loss_nats, rtol=1e-4, atol=1e-6)
    assert (how_well.correct == as_well.correct).all()
