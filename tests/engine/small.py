"""Small experiments: profiles, data sets and ensembles that run in milliseconds."""

import math
from dataclasses import replace

import numpy as np
import pytest

from ibtui.data import Dataset
from ibtui.engine import Ensemble
from ibtui.engine.forward import Forward
from ibtui.engine.network import build
from ibtui.engine.passed import LayerPass
from ibtui.profile import Profile, validate
from ibtui.recording import ARRAYS, Recorder, Recording, of_replicates

AS_WRITTEN = {"bits": 3}
TANH_AS_CODED = {
    "bits": 3,
    "weights": "output",
    "grid": "zero-point",
    "range": "batch",
    "output": "logits",
    "output_range": "ema",
    "input_bits": 8,
}
RELU_AS_CODED = TANH_AS_CODED | {"weights": "all", "range": "ema"}
TABLES = {
    "full precision": {},
    "as written": {"quantization": AS_WRITTEN},
    "as coded tanh": {"quantization": TANH_AS_CODED},
    "as coded relu": {"quantization": RELU_AS_CODED, "network": {"activation": "relu"}},
    "dropout": {"network": {"dropout": 0.3}, "quantization": AS_WRITTEN},
    "noise": {"network": {"noise": 0.3, "activation": "gelu"}, "quantization": AS_WRITTEN},
    "adamw, cosine": {"training": {"optimizer": "adamw", "schedule": "cosine"}},
    "sgd, full batch": {"training": {"optimizer": "sgd", "momentum": 0.9, "batch_size": "full"}},
    "shared order": {"training": {"shuffle": "shared"}},
    "prefit": {"training": {"prefit_epochs": 3}},
    "wide": {"network": {"layers": [300, 20]}, "quantization": AS_WRITTEN},
    "convolutions": {
        "network": {"layers": [{"conv": 2, "kernel": 2}, {"pool": 2}, 4], "activation": "relu"},
        "quantization": AS_WRITTEN,
    },
    "no hidden layer": {"network": {"layers": [], "dropout": 0.5}},
    "running": {"estimator": [{"name": "exact"}, {"name": "binning", "bounds": "running"}]},
}
SHAPE = (1, 5, 5)  # images to some, rows to others
each = pytest.mark.parametrize("tables", TABLES.values(), ids=TABLES)


def make_profile(**tables) -> Profile:
    """A profile of three replicates on few, large steps; `training` and the like add keys."""
    basis = {
        "name": "small",
        "replicates": 3,
        "network": {"layers": [6, 4]},
        "training": {
            "epochs": 4,
            "batch_size": 8,
            "learning_rate": 0.02,
            "compile": "never",
            "backend": "torch",
        },
        "measure": {"every": 1},
    }
    for key, table in tables.items():
        merge = isinstance(table, dict) and key in ("network", "training", "measure")
        basis[key] = basis.get(key, {}) | table if merge else table
    return validate({key: value for key, value in basis.items() if value is not None}, "small")


def merged(tables: dict, more: dict) -> dict:
    """Tables of a profile with the keys of others added, one level deep."""
    both = {key: {**tables.get(key, {}), **more.get(key, {})} for key in ("training", "measure")}
    return {**tables, **more, **both}


def make_dataset(samples=29, inputs=5, classes=2, *, distinct=None, shape=None, seed=0) -> Dataset:
    """Normal inputs; the labels ask for the sign of a sum; every fifth sample is for testing.

    `distinct` inputs occur over and over where it is given.
    """
    rng = np.random.default_rng(seed)
    shape = shape or (inputs,)
    x = rng.normal(size=(distinct or samples, math.prod(shape))).astype(np.float32)
    if distinct:
        x = x[rng.integers(0, distinct, samples)]
    y = (x[:, 0] > 0) + np.arange(samples) % (classes - 1) if classes > 2 else x[:, 0] > 0
    y = np.asarray(y, np.int64)
    y[:classes] = np.arange(classes)
    test = np.arange(0, samples, 5)
    train = np.setdiff1d(np.arange(samples), test)
    return Dataset(
        "made", np.ascontiguousarray(x), y, tuple(map(str, range(classes))), shape, train, test
    )


def make_own(*sizes, **named) -> Dataset:
    """`make_dataset`, where each replicate draws its samples by its seed."""
    return replace(
        make_dataset(*sizes, **named), own=lambda seed: make_dataset(*sizes, **named, seed=seed)
    )


def without_test(dataset: Dataset) -> Dataset:
    """The same samples, all of them for training."""
    everything = np.arange(len(dataset.labels))
    return replace(dataset, train=everything, test=everything[:0])


def make_forward(network=None, quantization=None, *, shape=(5,), classes=2) -> Forward:
    """The forward pass of a network under a quantization, both as tables of a profile."""
    profile = make_profile(network=network or {}, quantization=quantization)
    return Forward(build(profile.network, shape, classes, "made"), profile.quantization)


def record(ensemble: Ensemble) -> Recording:
    """Run an ensemble to its end, or until it is stopped."""
    recorder = Recorder(ensemble.header)
    for frame in ensemble.frames():
        recorder.add(frame)
    return recorder.snapshot()


def reseeded(ensemble: Ensemble, seeds) -> Ensemble:
    """The ensemble as it would be if these had been its seeds from the start."""
    ensemble._replicates = ensemble._fresh(list(seeds))
    ensemble.seeds = ensemble._replicates.seeds
    return ensemble


def passes(ensemble: Ensemble) -> list[LayerPass]:
    """All layers of all replicates as a frame sees them."""
    replicates = len(ensemble.seeds)
    return list(ensemble._backend.passes(ensemble._replicates.state, 0, replicates))


def assert_same(found: Recording, expected: Recording, **tolerance) -> None:
    """Equal bit for bit but for the clock, or within `rtol` and `atol`."""
    for name in ARRAYS:
        if name == "seconds":
            continue
        one, other = getattr(found, name), getattr(expected, name)
        if tolerance and name != "epoch":
            np.testing.assert_allclose(one, other, err_msg=name, **tolerance)
        else:
            np.testing.assert_array_equal(one, other, name)


def columns(recording: Recording, replicates) -> Recording:
    """The recording of some replicates alone."""
    kept = list(replicates)
    arrays = {}
    for name, array in recording.arrays().items():
        if array.ndim > 1:
            array = np.stack([of_replicates(name, frame, kept) for frame in array])
        arrays[name] = array
    return Recording(replace(recording.header, replicates=len(kept)), **arrays)
