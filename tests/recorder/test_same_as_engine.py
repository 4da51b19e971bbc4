"""A network trained here and the same one in a plain torch loop with a recorder are one."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from ibtui import Recorder, store
from ibtui.engine import Ensemble
from ibtui.engine.batches import Batches
from ibtui.engine.network import build
from tests.engine.small import make_dataset, make_profile
from tests.engine.small import record as trained


class Plain(nn.Module):
    """5-4-2-2 in ReLU, with its probabilities as a layer of their own."""

    def __init__(self, parameters):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(5, 4), nn.Linear(4, 2), nn.Linear(2, 2)])
        self.hidden = nn.ModuleList([nn.ReLU(), nn.ReLU()])
        self.softmax = nn.Softmax(dim=1)
        rest = torch.from_numpy(parameters)
        with torch.no_grad():
            for layer in self.layers:
                units, inputs = layer.weight.shape
                weights, bias, rest = rest.split(
                    [inputs * units, units, len(rest) - (inputs + 1) * units]
                )
                layer.weight.copy_(weights.view(inputs, units).T)
                layer.bias.copy_(bias)

    def forward(self, x):
        return self.softmax(self.logits(x))

    def logits(self, x):
        for layer, activation in zip(self.layers, self.hidden, strict=False):
            x = activation(layer(x))
        return self.layers[-1](x)


def test_the_same_weights_and_batches_give_the_same_information_bit_for_bit(tmp_path):
    dataset = make_dataset(80, 5, distinct=23)
    profile = make_profile(
        network={"layers": [4, 2], "activation": "relu"},
        training={"optimizer": "sgd", "learning_rate": 0.3, "epochs": 12},
    )
    whole = trained(Ensemble(profile, dataset))
    network = build(profile.network, dataset.shape, 2, dataset.name)
    batches = Batches(profile, network, [dataset], torch.device("cpu"))
    seeds = [profile.seed + n for n in range(3)]
    models = [Plain(parameters) for parameters in network.initial(seeds)]
    layers = {"T1": "hidden.0", "T2": "hidden.1", "T3": "softmax"}
    mine = {"x": dataset.inputs, "y": dataset.labels, "chunk": 80}
    with Recorder(tmp_path / "mine", models, layers, **mine) as record:
        record(0)
        for epoch in range(12):
            for seed, model in zip(seeds, models, strict=True):
                for x, y, share in batches.epoch(epoch, [seed]):
                    losses = F.cross_entropy(model.logits(x[..., 0]), y[:, 0], reduction="none")
                    model.zero_grad()
                    (losses * share[:, 0]).sum().backward()
                    with torch.no_grad():
                        for parameter in model.parameters():
                            parameter -= 0.3 * parameter.grad
            record(epoch + 1)
    found = store.load(tmp_path / "mine").recording
    np.testing.assert_array_equal(found.epoch, whole.epoch)
    np.testing.assert_array_equal(found.i_xt_bits, whole.i_xt_bits)
    np.testing.assert_array_equal(found.i_ty_bits, whole.i_ty_bits)
    np.testing.assert_allclose(found.activation_max, whole.activation_max, rtol=1e-4, atol=1e-5)
    # Units that are off merge inputs, or the comparison would be of log2 N with itself.
    assert len(np.unique(found.i_xt_bits)) > 5
