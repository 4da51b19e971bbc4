"""Batches: each epoch shows every training sample once, in an order of each replicate's own."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from ibtui.engine.batches import Batches
from ibtui.engine.network import build
from tests.engine.small import make_dataset, make_profile


def make_batches(dataset, *, layers=(6, 4), seed=1000, **training):
    profile = make_profile(seed=seed, network={"layers": list(layers)}, training=training)
    network = build(profile.network, dataset.shape, len(dataset.label_names), "made")
    return Batches(profile, network, [dataset], torch.device("cpu"))


def seen(batches, epoch, seeds):
    """Inputs (sample, input, replicate), labels and shares (sample, replicate) of an epoch."""
    x, y, share = (torch.cat(part) for part in zip(*batches.epoch(epoch, seeds), strict=True))
    return x.numpy(), y.numpy(), share.numpy()


def rows(x, y):
    """Samples as hashable rows, their labels included."""
    return sorted((*one.tolist(), int(label)) for one, label in zip(x, y, strict=True))


@pytest.mark.parametrize("size", [1, 5, 8, 23, 1000, "full"])
@pytest.mark.parametrize("layers", [(6,), (300,)], ids=["small", "wide"])
def test_an_epoch_shows_every_training_sample_once(size, layers):
    dataset = make_dataset(29, 5)  # 23 of them for training
    batches = make_batches(dataset, layers=layers, batch_size=size)
    x, y, share = seen(batches, 3, [1, 2, 3])
    own_size = min(23, 23 if size == "full" else size)
    assert (batches.size, batches.steps) == (own_size, -(-23 // own_size))
    assert x.shape == (batches.size * batches.steps, 5, 3)
    kept = share[:, 0] > 0
    wanted = rows(dataset.inputs[dataset.train], dataset.labels[dataset.train])
    for replicate in range(3):
        assert rows(x[kept][:, :, replicate], y[kept][:, replicate]) == wanted


def test_shares_of_a_step_sum_to_one_and_padding_repeats_the_steps_first_sample():
    batches = make_batches(make_dataset(29, 5), batch_size=9)  # 9 + 9 + 5
    for step, (x, y, share) in enumerate(batches.epoch(0, [4, 5])):
        count = 5 if step == 2 else 9
        assert share.shape == (9, 1)
        assert_array_equal(share[:count, 0], np.full(count, 1 / count, np.float32))
        assert not share[count:].any()
        assert torch.equal(x[count:], x[:1].expand_as(x[count:]))
        assert torch.equal(y[count:], y[:1].expand_as(y[count:]))


def test_orders_are_each_replicates_and_each_epochs_own():
    batches = make_batches(make_dataset(29, 5))
    x, *_ = seen(batches, 3, [7, 8])
    assert_array_equal(seen(batches, 3, [9, 8, 7])[0][:, :, 2], x[:, :, 0])
    assert (x[:, :, 0] != x[:, :, 1]).any()
    assert (seen(batches, 4, [7, 8])[0] != x).any()


def test_a_shared_order_is_the_same_for_all_and_another_in_each_epoch():
    dataset = make_dataset(29, 5)
    batches = make_batches(dataset, shuffle="shared", batch_size="full")
    (x, y, _), (later, _, _) = seen(batches, 0, [7, 8]), seen(batches, 1, [7, 8])
    assert x.shape == (23, 5, 1)
    assert y.shape == (23, 1)
    wanted = rows(dataset.inputs[dataset.train], dataset.labels[dataset.train])
    assert rows(x[:, :, 0], y[:, 0]) == wanted
    assert (x != later).any()


def test_without_shuffling_the_order_is_that_of_the_data():
    dataset = make_dataset(29, 5)
    batches = make_batches(dataset, shuffle="none", batch_size="full")
    for epoch in (0, 1):
        x, y, _ = seen(batches, epoch, [7, 8])
        assert_array_equal(x[:, :, 0], dataset.inputs[dataset.train])
        assert_array_equal(y[:, 0], dataset.labels[dataset.train])


def test_prefit_permutes_the_training_labels_once():
    dataset = make_dataset(400, 5)
    index = np.arange(400, dtype=np.float32)
    dataset = replace(dataset, inputs=np.repeat(index[:, None], 5, axis=1))

    def label_of(batches, epoch, seeds=(7, 8)):
        x, y, _ = seen(batches, epoch, seeds)
        found = np.full(400, -1)
        found[x[: len(dataset.train), 0].astype(int)] = y[: len(dataset.train)]
        return found[dataset.train]

    batches = make_batches(dataset, shuffle="replicate", batch_size="full")
    true, permuted = label_of(batches, 0), label_of(batches, -3)
    assert_array_equal(true, dataset.labels[dataset.train])
    assert_array_equal(label_of(batches, -1, (1, 2, 3)), permuted)
    assert_array_equal(np.bincount(permuted), np.bincount(true))
    assert 80 < np.count_nonzero(permuted != true) < 240  # half of 320, give or take
    other = make_batches(dataset, shuffle="replicate", batch_size="full", seed=1)
    assert (label_of(other, -1) != permuted).any()
