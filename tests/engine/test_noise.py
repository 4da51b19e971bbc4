"""Noise: normal, of the deviation asked for, and of what it depends."""

import numpy as np
import pytest
import torch
from scipy import stats

from ibtui.engine.noise import add, keys
from tests.engine.small import Ensemble, assert_same, make_dataset, make_profile, record


def drawn(deviation=1.0, *, samples=400, units=9, seeds=(5, 6, 7), epoch=2, steps=2, layers=3):
    """Noise alone, (step, layer, sample, unit, replicate)."""
    key = keys(seeds, epoch, steps, layers)
    nothing, row = torch.zeros(samples, units, len(seeds)), torch.arange(samples)
    return np.stack(
        [
            np.stack([add(nothing, row, key[s, n], deviation).numpy() for n in range(layers)])
            for s in range(steps)
        ]
    )


def test_noise_is_normal():
    noise = drawn().ravel()  # 64,800 draws
    assert stats.kstest(noise, "norm").pvalue > 1e-3
    assert np.abs(noise).max() > 3.5


@pytest.mark.parametrize("deviation", [0.01, 2.5])
def test_it_is_added_at_the_deviation_asked_for(deviation):
    h = torch.rand(400, 9, 3)
    noise = (add(h, torch.arange(400), keys([1, 2, 3], 0, 1, 1)[0, 0], deviation) - h).numpy()
    count = noise.size
    assert abs(noise.mean()) < 4.5 * deviation / count**0.5
    assert abs(noise.std() / deviation - 1) < 4.5 / (2 * count) ** 0.5


def test_noise_of_steps_layers_units_and_replicates_is_independent():
    noise = drawn()
    samples = noise.shape[2]
    flat = noise.transpose(0, 1, 3, 4, 2).reshape(-1, samples)
    correlation = flat @ flat.T / samples
    off = correlation[~np.eye(len(flat), dtype=bool)] * samples**0.5
    assert abs(off.std() - 1) < 0.05
    assert np.abs(off).max() < 5.5


def test_it_depends_on_its_own_seed_and_epoch_alone():
    alone, beside = drawn(seeds=(6,)), drawn(seeds=(5, 6, 7))
    assert (alone[..., 0] == beside[..., 1]).all()
    assert (drawn(epoch=3) != beside).mean() > 0.99
    assert (drawn(epoch=-2) != beside).mean() > 0.99


def test_samples_of_one_row_have_the_same_noise_and_gradients_pass():
    h = torch.randn(5, 50, 2).requires_grad_()
    noisy = add(h, torch.tensor([0, 1, 2, 0, 0]), keys([1, 2], 0, 1, 1)[0, 0], 0.5)
    noise = (noisy - h).detach()
    torch.testing.assert_close(noise[3:], noise[:1].expand(2, -1, -1))
    assert (noise[0] != noise[1]).any()
    noisy.sum().backward()
    assert torch.equal(h.grad, torch.ones_like(h))


def test_a_run_with_noise_trains_on_it_and_measures_without():
    """T stays a function of the input; a small noise leaves the path near the one without."""
    dataset = make_dataset(60, 5)
    quiet, noisy, loud = (
        record(Ensemble(make_profile(network={"noise": d}), dataset)) for d in (0.0, 1e-6, 0.5)
    )
    np.testing.assert_allclose(noisy.train_loss_nats, quiet.train_loss_nats, atol=1e-3)
    assert np.abs(loud.train_loss_nats[1:] - quiet.train_loss_nats[1:]).min() > 1e-4
    assert_same(loud.until(0), quiet.until(0))  # nothing is added before the first step
    assert (np.diff(loud.i_xt_bits, axis=3) <= 1e-9).all()
