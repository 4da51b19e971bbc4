"""Hooks leave a model as it was, and give what its layers give."""

import numpy as np
import pytest
import torch
from torch import nn

from ibtui import Recorder, store
from ibtui.errors import UsageError
from ibtui.modules.hooks import hooked

X = torch.randn(50, 3, 8, 8, generator=torch.Generator().manual_seed(0))
Y = np.arange(50) % 2


class Tokens(nn.Module):
    """Attention over the rows of an image: its layers give (sample, token, unit), and tuples."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.head = nn.Linear(8, 2)

    def forward(self, x, scale=None):
        tokens = x.flatten(1, 2)
        attended, _ = self.attention(tokens, tokens, tokens)
        out = self.head(attended.mean(1))
        return {"logits": out if scale is None else out * scale}


def convolutional():
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Flatten(),
        nn.Linear(144, 2),
    )


def test_the_model_is_left_as_it_was():
    model = convolutional()
    model[1].eval()  # a batch norm that its owner has frozen
    modes = [module.training for module in model.modules()]
    state = {name: value.clone() for name, value in model.state_dict().items()}
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    found = hooked(model, ["2", "5"], X, chunk=16).take()
    assert torch.rand(1) == expected
    assert [module.training for module in model.modules()] == modes
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks for module in model.modules())
    assert not any(tensor.requires_grad for tensor in found.values())
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize("chunk", [1, 7, 50, 64])
def test_chunks_give_what_a_whole_pass_gives(chunk):
    model = convolutional().eval()
    found = hooked(model, {"maps": "2", "out": "5"}, X.numpy(), chunk=chunk).take()
    with torch.no_grad():
        torch.testing.assert_close(found["maps"], model[:3](X).flatten(1))
        torch.testing.assert_close(found["out"], model(X))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("channel-mean", lambda maps: maps.mean((2, 3))),
        ("channel-max", lambda maps: maps.amax((2, 3))),
        ("flatten", lambda maps: maps.flatten(1)),
    ],
)
def test_channels_are_pooled_by_a_named_rule(rule, expected):
    model = convolutional().eval()
    found = hooked(model, ["2", "5"], X, {"2": rule}).take()
    with torch.no_grad():
        torch.testing.assert_close(found["2"], expected(model[:3](X)))
    assert found["5"].shape == (50, 2)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("token-mean", lambda tokens: tokens.mean(1)),
        ("token-max", lambda tokens: tokens.amax(1)),
        ("token-first", lambda tokens: tokens[:, 0]),
        ("token-last", lambda tokens: tokens[:, -1]),
    ],
)
def test_tokens_are_pooled_by_a_named_rule(rule, expected):
    model = Tokens().eval()
    found = hooked(model, ["attention", "head"], {"x": X, "scale": torch.ones(50, 1)}, rule).take()
    with torch.no_grad():
        tokens = X.flatten(1, 2)
        torch.testing.assert_close(
            found["attention"], expected(model.attention(tokens, tokens, tokens)[0])
        )


@pytest.mark.parametrize("autocast", [None, torch.bfloat16])
def test_low_precision_is_counted_as_it_is(tmp_path, autocast):
    model = convolutional()
    if autocast is None:
        model = model.to(torch.bfloat16)
    with Recorder(tmp_path / "mine", model, ["5"], x=X, y=Y, autocast=autocast) as record:
        record(0)
    taken = hooked(model, ["5"], X, autocast=autocast).take()["5"]
    assert taken.dtype == torch.bfloat16
    states = len(torch.unique(taken.float(), dim=0))
    assert store.load(tmp_path / "mine").recording.i_xt_bits.item() <= np.log2(states) + 1e-9


def test_an_autocast_around_the_call_still_trains_the_weights(tmp_path):
    """Weights that were cast without gradients must not stay in the cache of the loop."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(192, 2))
    with Recorder(tmp_path / "mine", model, ["1"], x=X, y=Y) as record:
        with torch.autocast("cpu", torch.bfloat16):
            record(0)
            loss = model(X).float().square().mean()
        loss.backward()
    assert model[1].weight.grad is not None


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch.compile's own imports
def test_compiled_and_parallel_shells_are_looked_into():
    model = convolutional().eval()
    shell = nn.DataParallel(torch.compile(model, backend="eager"))
    found = hooked(shell, ["5"], X).take()["5"]
    torch.testing.assert_close(found, hooked(model, ["5"], X).take()["5"])


def test_several_models_are_replicates_and_activations_are_known(tmp_path):
    models = [nn.Sequential(nn.Flatten(), nn.Linear(192, 3), nn.Tanh()) for _ in range(3)]
    with Recorder(
        tmp_path / "mine", models, ["2"], x=X, y=Y, estimators=["binning:bounds=activation"]
    ) as record:
        record(0)
    run = store.load(tmp_path / "mine")
    assert run.recording.header.replicates == 3
    assert run.profile.activations == {"2": "tanh"}
    assert run.profile.model == "Sequential"


def test_what_cannot_be_hooked_is_refused():
    model = convolutional()
    with pytest.raises(UsageError, match=r"the model has no module 'head' \(known: 0, 1"):
        hooked(model, ["head"], X)
    with pytest.raises(UsageError, match="pool: 'mean' is not known"):
        hooked(model, ["2"], X, "mean")
    twice = nn.Sequential(nn.Flatten(), nn.Linear(192, 192))
    twice.append(twice[1])
    with pytest.raises(UsageError, match="does not give one row a sample, once a pass"):
        hooked(twice, ["1"], X).take()
    assert not twice[1]._forward_hooks
