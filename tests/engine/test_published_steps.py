"""The published code's own steps: the shipped profiles as coded take them, number for number."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from ibtui.data import Dataset
from ibtui.engine import Ensemble
from ibtui.profile import load_profile

STEPS = Path(__file__).parent / "published_steps"
PROFILES = Path(__file__).parents[2] / "profiles"


def parameters(steps, prefix):
    """All parameters in the engine's order, (parameter,)."""
    layers = sum(name.startswith("init_") for name in steps)
    return np.concatenate([steps[f"{prefix}_{number}"].ravel() for number in range(layers)])


def rows_of_epochs(steps, until):
    """The samples of each epoch up to step `until`: what one epoch of the engine goes through."""
    sizes, order = steps["sizes"][:until], steps["order"]
    ends = [number for number, size in enumerate(sizes, start=1) if size < sizes.max()]
    bounds = np.cumsum([0, *sizes])[[0, *ends, *([until] if until not in ends else [])]]
    return [order[start:stop] for start, stop in itertools.pairwise(bounds)]


def after(name, profile, until, *changes):
    """The engine's parameters after step `until` from the file's first ones over its batches."""
    steps = dict(np.load(STEPS / f"{name}.npz"))
    pixels = steps["x"].ndim == 4
    x = steps["x"].reshape(len(steps["x"]), -1).astype(np.float32) / (255 if pixels else 1)
    y = steps["y"].astype(np.int64)
    labels = tuple(map(str, range(y.max() + 1)))
    given = ["replicates=2", "training.shuffle='none'", *changes]
    options = load_profile(PROFILES / f"{profile}.toml", given)
    state = None
    for rows in rows_of_epochs(steps, until):
        every = np.arange(len(rows))
        shape = (1, 28, 28) if pixels else (x.shape[1],)
        dataset = Dataset(name, x[rows], y[rows], labels, shape, every, every[:0])
        ensemble = Ensemble(options, dataset)
        if state is None:
            state = ensemble._replicates.state
            first = parameters(steps, "init")[:, None].repeat(2, 1)
            state.load(state.arrays() | {"parameters": first})
        ensemble._backend.train(state, 0, ensemble.seeds)
    found = state.arrays()["parameters"]
    np.testing.assert_array_equal(found[:, 0], found[:, 1])
    return found[:, 0], parameters(steps, f"s{until}")


def test_relu_on_szt_takes_the_published_steps():
    found, published = after("szt-relu-8bit", "lorenzen-fig3-as-coded", 13)
    np.testing.assert_allclose(found, published, rtol=0, atol=1e-7)
    found, published = after("szt-relu-8bit", "lorenzen-fig3-as-coded", 52)
    np.testing.assert_allclose(found, published, rtol=0, atol=1e-5)


@pytest.mark.parametrize("backend", ["torch", "kernel"])
def test_relu_on_mnist_takes_the_published_steps(backend):
    of = f"training.backend='{backend}'"
    found, published = after("mnist-bottleneck2-relu-8bit", "lorenzen-fig4-as-coded", 13, of)
    np.testing.assert_allclose(found, published, rtol=0, atol=1e-7)


def test_tanh_takes_them_but_for_single_levels():
    """An ulp of tanh puts a value on the next level: few parameters feel it, none by two steps."""
    for until, felt in ((1, 10), (13, 30)):
        found, published = after("szt-tanh-8bit", "lorenzen-fig2-as-coded", until)
        off = np.abs(found - published)
        assert off.max() < 2e-4  # of a learning rate of 1e-4
        assert (off > 1e-7 if until == 1 else off > 5e-6).sum() <= felt


def test_epsilon_after_the_correction_is_another_path():
    other = "training.epsilon_added='after-correction'"
    found, published = after("szt-relu-8bit", "lorenzen-fig3-as-coded", 1, other)
    assert np.abs(found - published).max() > 5e-5
