"""Quantized models of other libraries: states from the values, counted right, levels told."""

import warnings

import numpy as np
import pytest
import torch
from torch import nn

from ibtui import Recorder, store
from tests.information.oracles import informations_bits, rows

X = torch.randn(256, 4, generator=torch.Generator().manual_seed(0))
Y = (X[:, 0] > 0).long()


def recorded(folder, model, layers, x=X):
    with Recorder(
        folder, model, layers, x=x, chunk=256, y=Y.numpy(), estimators=["exact"]
    ) as record:
        record(0)
    return store.load(folder)


def must_be_counted(run, activations, levels):
    """What the run says, against dictionaries of the values and the levels that they have."""
    for n, (name, values) in enumerate(activations.items()):
        xt, ty = informations_bits(rows(values.numpy()), Y.tolist())
        assert run.recording.i_xt_bits[0, 0, 0, n] == pytest.approx(xt, abs=1e-12)
        assert run.recording.i_ty_bits[0, 0, 0, n] == pytest.approx(ty, abs=1e-12)
        seen = max(len(np.unique(unit)) for unit in values.numpy().T)
        assert seen <= levels
        line = f"was seen at {seen} levels a unit at most ({np.log2(seen):.3g} bits)"
        assert run.manifest.said_of("exact")[name] == [line]


def test_a_brevitas_model(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        brevitas = pytest.importorskip("brevitas.nn")
        torch.manual_seed(0)
        model = nn.Sequential(
            brevitas.QuantLinear(4, 3, bias=True, weight_bit_width=4),
            brevitas.QuantReLU(bit_width=3),
            brevitas.QuantLinear(3, 2, bias=True, weight_bit_width=4),
            brevitas.QuantIdentity(bit_width=2),
        )
        model(X)  # its observers see the data
        model.eval()
        run = recorded(tmp_path / "mine", model, ["1", "3"])
        with torch.no_grad():
            hidden = model[1](model[0](X))
            made = {"1": hidden, "3": model[3](model[2](hidden))}
    must_be_counted(run, made, 8)


def test_a_torchao_model_in_quantization_aware_training(tmp_path):
    """8-bit activations, scaled for each sample, and 4-bit weights, on 40 different inputs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torchao = pytest.importorskip("torchao.quantization")
        torch.manual_seed(0)
        x = torch.randn(40, 32)[torch.arange(256) % 40]
        model = nn.Sequential(nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 2), nn.ReLU())
        base = torchao.Int8DynamicActivationIntxWeightConfig(
            weight_dtype=torch.int4, weight_granularity=torchao.PerGroup(32)
        )
        torchao.quantize_(model, torchao.qat.QATConfig(base, step="prepare"))
        assert type(model[0]).__name__ == "FakeQuantizedLinear"
        nn.functional.cross_entropy(model(x), Y).backward()  # it can be trained
        run = recorded(tmp_path / "mine", model, ["1", "3"], x)
        with torch.no_grad():
            hidden = model[1](model[0](x))
            made = {"1": hidden, "3": model[3](model[2](hidden))}
    must_be_counted(run, made, 40)


def test_a_layer_without_levels_has_no_such_line(tmp_path):
    run = recorded(tmp_path / "mine", nn.Sequential(nn.Linear(4, 3)), ["0"])
    assert not run.manifest.remarks
