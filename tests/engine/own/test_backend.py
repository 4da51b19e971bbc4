"""Modules of others: trained as in a plain loop of torch, and measured by what they give."""

from typing import Literal

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from ibtui.engine import Ensemble
from ibtui.engine.randomness import MODULE, WEIGHTS, shuffled, torch_seed
from ibtui.errors import RunError
from ibtui.networks import Factory
from ibtui.profile import Profile
from tests.engine.small import assert_same, columns, make_dataset, make_own, make_profile, record


class Mlp(Factory):
    """Batch statistics, dropout, a frozen layer and whole levels, each where it is asked for."""

    name: Literal["mlp"] = "mlp"
    rich: bool = False
    levels: bool = False
    raises: str = ""
    names: tuple[str, ...] = ("first", "last")

    def build(self, shape, classes):
        return Net(shape, classes, self)

    def layers(self):
        return {f"L{number}": name for number, name in enumerate(self.names)}


class Net(nn.Module):
    def __init__(self, shape, classes, options):
        super().__init__()
        self.options = options
        self.first = nn.Sequential(nn.LazyLinear(6), nn.Tanh())
        self.frozen = nn.Linear(6, 6).requires_grad_(False)
        self.norm = nn.BatchNorm1d(6)
        self.last = nn.Linear(6, classes)
        self.unused = nn.Parameter(torch.ones(2))
        if options.levels:
            self.first = nn.Sequential(nn.LazyLinear(2), Sign())
            self.last = nn.LazyLinear(classes)

    def forward(self, x):
        if self.options.raises and self.training:
            raise ValueError(self.options.raises)
        h = self.first(x.flatten(1))
        if self.options.rich:
            h = F.dropout(self.norm(self.frozen(h)), 0.3, self.training)
        return self.last(h)


class Sign(nn.Module):
    def forward(self, x):
        return torch.sign(x)


def small(mlp: Mlp, **tables) -> Profile:
    return make_profile(**tables).model_copy(update={"network": mlp})


OPTIMIZERS = {
    "adam": (torch.optim.Adam, {"eps": 1e-7}),
    "adamw": (torch.optim.AdamW, {"eps": 1e-7, "weight_decay": 0.01}),
    "sgd": (torch.optim.SGD, {"momentum": 0.9}),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_plain_loop_of_torch_gives_the_same_losses(optimizer):
    momentum = 0.9 if optimizer == "sgd" else 0.0
    mlp, dataset = Mlp(rich=True), make_dataset()
    keys = {"optimizer": optimizer, "momentum": momentum}
    found = record(Ensemble(small(mlp, replicates=2, training=keys), dataset))
    torch.manual_seed(torch_seed(1001, WEIGHTS))
    module = Net((5,), 2, mlp)
    module.eval()(torch.zeros(1, 5))
    kind, more = OPTIMIZERS[optimizer]
    trained = [p for p in module.parameters() if p.requires_grad and p is not module.unused]
    steps = kind(trained, lr=0.02, **more)
    x, y = torch.from_numpy(dataset.inputs), torch.from_numpy(dataset.labels)
    for epoch in range(5):
        module.eval()
        with torch.no_grad():
            for name, some in (("train", dataset.train), ("test", dataset.test)):
                logits = module(x[some])
                loss = F.cross_entropy(logits, y[some])
                hits = (logits.argmax(1) == y[some]).double().mean()
                assert getattr(found, f"{name}_loss_nats")[epoch, 1] == pytest.approx(
                    float(loss), rel=1e-4
                )
                assert getattr(found, f"{name}_accuracy")[epoch, 1] == pytest.approx(float(hits))
        module.train()
        torch.manual_seed(torch_seed(1001, MODULE, epoch))
        order = dataset.train[shuffled([1001], epoch, len(dataset.train))[:, 0]]
        for start in range(0, len(order), 8):
            some = order[start : start + 8]
            steps.zero_grad()
            F.cross_entropy(module(x[some]), y[some]).backward()
            steps.step()


@pytest.mark.parametrize("own", [False, True])
def test_it_resumes_bit_for_bit(own):
    dataset = make_own() if own else make_dataset()
    profile = small(Mlp(rich=True), training={"prefit_epochs": 2})
    whole = record(Ensemble(profile, dataset))
    begun = Ensemble(profile, dataset)
    frames = begun.frames()
    before = [next(frames) for _ in range(3)]
    resumed = Ensemble(profile, dataset, checkpoint=begun.checkpoint())
    torch.manual_seed(5)  # what else draws in the process is nothing to it
    after = list(resumed.frames())
    assert [frame.epoch for frame in (*before, *after)] == whole.epoch.tolist()
    np.testing.assert_array_equal([f.train_loss_nats for f in after], whole.train_loss_nats[3:])
    np.testing.assert_array_equal([f.i_xt_bits for f in after], whole.i_xt_bits[3:])
    last = whole.train_loss_nats[-1]
    assert len(set(last.tolist())) == 3
    rest, end = begun.checkpoint(), resumed.checkpoint()
    assert not np.array_equal(rest["buffers"], end["buffers"])


def test_a_replicate_does_not_depend_on_the_others():
    dataset = make_dataset()
    profile = small(Mlp(rich=True), replicates=2)
    both = record(Ensemble(profile, dataset))
    torch.manual_seed(9)
    for at in range(2):
        one = profile.model_copy(update={"seed": profile.seed + at, "replicates": 1})
        assert_same(record(Ensemble(one, dataset)), columns(both, [at]))


def test_one_that_begins_again_is_another(monkeypatch):
    keys = {"restart_below": 0.9, "restart_at": 1, "restart_limit": 1, "learning_rate": 1e-6}
    ensemble = Ensemble(small(Mlp(), training=keys), make_dataset())
    found = record(ensemble)
    assert ensemble.restarts
    for restart in ensemble.restarts:
        alone = small(Mlp(), replicates=1, training={"learning_rate": 1e-6})
        alone = alone.model_copy(update={"seed": restart.seed})
        again = record(Ensemble(alone, make_dataset()))
        assert_same(columns(found, [restart.replicate]), again)


def test_states_are_counted_by_their_values():
    dataset = make_dataset(samples=200, distinct=7)
    ensemble = Ensemble(small(Mlp(levels=True), replicates=2), dataset)
    found = record(ensemble)
    assert found.header.layers == ("L0", "L1")
    assert found.header.units == (2, 2)
    torch.manual_seed(torch_seed(1000, WEIGHTS))
    module = Net((5,), 2, Mlp(levels=True)).eval()
    module(torch.zeros(1, 5))
    with torch.no_grad():
        states = module.first(torch.from_numpy(dataset.inputs)).numpy()
    share = np.unique(states, axis=0, return_counts=True)[1] / 200
    assert found.i_xt_bits[0, 0, 0, 0] == pytest.approx(-(share * np.log2(share)).sum())
    assert (found.i_xt_bits <= found.header.input_bits + 1e-12).all()
    lines = [(remark.layer, remark.line) for remark in ensemble.remarks]
    assert ("L0", "was seen at 2 levels a unit at most (1 bits)") in lines


def test_equal_samples_are_in_equal_states_wherever_they_lie():
    dataset = make_dataset(samples=129, inputs=40, distinct=5)
    found = record(Ensemble(small(Mlp(names=("first",))), dataset))
    assert (found.i_xt_bits <= found.header.input_bits + 1e-12).all()


@pytest.mark.parametrize(
    ("mlp", "said"),
    [
        (Mlp(names=("frist",)), "no module 'frist' .did you mean 'first'"),
        (Mlp(names=()), "names no module"),
        (Mlp(raises="it is so"), r"failed as it trained \(epoch 1\): ValueError: it is so"),
    ],
)
def test_what_it_does_wrong_is_said_with_its_name(mlp, said):
    with pytest.raises(RunError, match=f"^mlp: the network failed as it .*{said}|{said}"):
        record(Ensemble(small(mlp), make_dataset()))


def test_logits_for_every_label_are_asked_for(monkeypatch):
    monkeypatch.setattr(Net, "forward", lambda self, x: self.first(x)[:, :1])
    with pytest.raises(RunError, match=r"mlp: .* as it was tried: .*1 logits for 2"):
        Ensemble(small(Mlp(names=("first",))), make_dataset())
