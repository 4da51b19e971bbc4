"""Compiled training and measuring: the same as eager, or eager with one line of warning."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

import ibtui
from ibtui.engine import Ensemble
from ibtui.engine.forward import views_of
from ibtui.engine.train_state import TorchState
from ibtui.recording import Recorder
from tests.engine.small import (
    AS_WRITTEN,
    RELU_AS_CODED,
    TANH_AS_CODED,
    assert_same,
    make_dataset,
    make_profile,
    record,
)

# torch's compiler uses much that torch deprecates.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

TABLES = {
    "full precision": {},
    "written": {"quantization": AS_WRITTEN},
    "written relu": {"quantization": AS_WRITTEN, "network": {"activation": "relu"}},
    "coded tanh": {"quantization": TANH_AS_CODED},
    "coded relu": {"quantization": RELU_AS_CODED, "network": {"activation": "relu"}},
    "sigmoid output": {"quantization": AS_WRITTEN, "network": {"output": "sigmoid"}},
    "weights alone": {"quantization": {"bits": 32, "weight_bits": 2}},
    "dropout": {"quantization": AS_WRITTEN, "network": {"dropout": 0.3}},
    "shared order": {"quantization": AS_WRITTEN, "training": {"shuffle": "shared"}},
    "wide": {"quantization": AS_WRITTEN, "network": {"layers": [300, 4]}},
}


@pytest.mark.parametrize("tables", TABLES.values(), ids=TABLES)
def test_a_traced_step_has_the_gradients_of_an_eager_one(tables):
    """Every parameter's own: a tracer may lose the gradients of what is rounded."""
    training = {"optimizer": "sgd", "learning_rate": 1.0} | tables.get("training", {})
    ensemble = Ensemble(make_profile(**tables | {"training": training}), make_dataset(29, 5))
    # Ranges a little off the extremes, where the last bit decides whether a gradient passes.
    ensemble._replicates.state.low.mul_(0.9)
    ensemble._replicates.state.high.mul_(0.9)
    x, y, share = next(ensemble._backend.batches.epoch(0, ensemble.seeds))
    keys = torch.arange(6).view(2, 3) if "dropout" in tables.get("network", {}) else None
    torch._dynamo.reset()
    traced = torch.compile(ensemble._backend.step.__call__, backend="aot_eager", fullgraph=True)
    before = ensemble._replicates.state
    states = [TorchState(**{n: t.clone() for n, t in before.tensors().items()}) for _ in range(2)]
    for step, state in zip((ensemble._backend.step, traced), states, strict=True):
        step(state, x, y, share, keys)
    one, other = states
    views = views_of(ensemble._backend.forward.network, before.parameters - one.parameters)
    assert all(view.abs().amax() > 1e-3 for view in views)
    for name, tensor in one.tensors().items():
        torch.testing.assert_close(getattr(other, name), tensor, rtol=1e-4, atol=1e-6, msg=name)


def test_a_compiled_run_is_the_eager_one_and_resumes_bit_for_bit():
    dataset = make_dataset(29, 5, 3, distinct=20)
    network = {"layers": [4]}  # what is small compiles soon
    tables = {"network": network, "quantization": TANH_AS_CODED, "measure": {"every": 2}}
    eager = record(Ensemble(make_profile(**tables), dataset))
    profile = make_profile(**tables, training={"compile": "always"})
    ensemble = Ensemble(profile, dataset)
    recorder = Recorder(ensemble.header)
    checkpoints, compiling = [], [ensemble.compiling]
    for frame in ensemble.frames():
        recorder.add(frame)
        checkpoints.append((recorder.snapshot(), ensemble.checkpoint()))
        compiling.append(ensemble.compiling)
    compiled = recorder.snapshot()
    assert compiling[:3] == [True, True, False]  # the first frame measures, the second has trained
    assert not any(compiling[2:])
    assert ensemble.warnings == []
    assert ensemble.compiled
    assert ensemble.compile_seconds > 0
    assert_allclose(compiled.train_loss_nats, eager.train_loss_nats, atol=1e-4)
    assert_allclose(compiled.i_xt_bits, eager.i_xt_bits, atol=1e-9)
    for information in (compiled.i_xt_bits, compiled.i_ty_bits):
        assert (np.diff(information, axis=3) <= 1e-9).all()
    so_far, checkpoint = checkpoints[1]
    resumed = Ensemble(profile, dataset, checkpoint=checkpoint)
    recorder = Recorder(resumed.header, so_far)
    for frame in resumed.frames():
        recorder.add(frame)
    assert_same(recorder.snapshot(), compiled)


SCRIPT = """
import torch
torch.set_num_threads(1)
from tests.engine.small import AS_WRITTEN, Ensemble, assert_same, make_dataset, make_profile, record
tables = dict(network={"layers": []}, quantization=AS_WRITTEN)
ensemble = Ensemble(make_profile(**tables, training={"compile": "always"}), make_dataset())
compiled = record(ensemble)
eager = record(Ensemble(make_profile(**tables), make_dataset()))
assert_same(compiled, eager)
assert not ensemble.compiled
print(*ensemble.warnings, sep="\\n")
"""


def test_without_a_compiler_a_run_goes_on_eager_with_one_line_each(tmp_path):
    here = Path(__file__).parents[2]
    environment = {
        **os.environ,
        "CXX": "/nonexistent/c++",
        "TORCHINDUCTOR_CACHE_DIR": str(tmp_path),
        "PYTHONPATH": os.pathsep.join((str(Path(ibtui.__file__).parents[1]), str(here))),
    }
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    training, measuring = sorted(ended.stdout.splitlines(), reverse=True)
    assert training.startswith("training runs eager, many times slower: ")
    assert measuring.startswith("measuring runs eager: ")
    assert "c++" in training


def test_short_runs_stay_eager_and_long_ones_do_not():
    tables = {"measure": {"every": 10**6}}
    short, long, never = (
        Ensemble(make_profile(**tables, training=training), make_dataset())
        for training in (
            {"compile": "auto", "epochs": 3000},  # of 3 steps each
            {"compile": "auto", "epochs": 3000, "prefit_epochs": 1000},
            {"compile": "never", "epochs": 10**6},
        )
    )
    assert [e._backend._compiled is not None for e in (short, long, never)] == [False, True, False]
    assert_array_equal(short.planned, [0, 3000])
