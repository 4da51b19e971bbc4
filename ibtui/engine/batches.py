"""Batches: which samples each replicate sees at each step of an epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ibtui.data import Dataset
from ibtui.engine.layers import operation
from ibtui.engine.network import Layered
from ibtui.engine.randomness import shuffled, shuffled_labels
from ibtui.engine.samples import joined
from ibtui.profile import Profile


class Batches:
    """Mini-batches of the training samples, of one size; the last one is padded with weight 0."""

    def __init__(
        self,
        profile: Profile,
        network: Layered,
        datasets: Sequence[Dataset],
        device: torch.device,
        first: int = 0,
    ) -> None:
        """`first` is the replicate of the first data set, where these are not those of all."""
        self._train = datasets[0].train
        samples = len(self._train)
        wanted = profile.training.batch_size
        self.size = samples if wanted == "full" else min(wanted, samples)
        self.steps = -(-samples // self.size)
        self._order = profile.training.shuffle
        self._rows_first = operation(network.layers[0]).small
        self._shared_seed = profile.seed
        # The data sets one below the other, each from its first row on.
        self._x = joined([one.inputs for one in datasets], 0).flatten(0, 1).to(device)
        labels = [one.labels for one in datasets]
        permuted = [
            shuffled_labels(own, self._train, profile.seed + number)
            for number, own in enumerate(labels, first)
        ]
        self._y, self._prefit_y = (
            joined(of_all, 0).flatten().to(device) for of_all in (labels, permuted)
        )
        self._first_row = torch.arange(len(labels), device=device) * len(labels[0])
        full, rest = np.full((self.size, 1), 1 / self.size, np.float32), samples % self.size
        tail = full if rest == 0 else np.repeat([1 / rest, 0], [rest, self.size - rest])
        self._shares = [
            torch.from_numpy(np.asarray(share, np.float32).reshape(-1, 1)).to(device)
            for share in (full, tail)
        ]

    def epoch(self, epoch: int, seeds: Sequence[int]) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """The steps of the epoch that begins after `epoch`: inputs, labels, and shares of the mean.

        `seeds` are those of the replicates. Inputs are (sample, input,
        replicate) or, of samples that all share in an order that all share, (sample, input, 1);
        labels (sample, replicate or 1); shares (sample, 1). Epochs below 0 have shuffled labels.
        """
        order = self._padded(self._epoch_order(epoch, seeds))
        order = order + self._first_row
        labels = self._prefit_y if epoch < 0 else self._y
        for step in range(self.steps):
            index = order[step * self.size : (step + 1) * self.size]
            share = self._shares[step == self.steps - 1]
            yield self._gather(index), labels[index], share

    def _epoch_order(self, epoch: int, seeds: Sequence[int]) -> NDArray[np.int64]:
        """Indices of training samples in their order, (sample, replicate or 1)."""
        samples = len(self._train)
        match self._order:
            case "replicate":
                return self._train[shuffled(seeds, epoch, samples)]
            case "shared":
                return self._train[shuffled([self._shared_seed], epoch, samples)]
            case _:
                return self._train[:, None]

    def _padded(self, order: NDArray[np.int64]) -> Tensor:
        """The order with its last batch filled up by that batch's own first sample.

        A copy of a sample with weight 0 changes neither the mean nor the range of a batch.
        """
        missing = self.steps * self.size - len(order)
        if missing:
            first = order[(self.steps - 1) * self.size][None]
            order = np.concatenate((order, np.repeat(first, missing, axis=0)))
        return torch.from_numpy(order).to(self._x.device)

    def _gather(self, index: Tensor) -> Tensor:
        """Inputs in the memory order that the first layer wants."""
        size, replicates = index.shape
        if self._rows_first:
            rows = self._x.index_select(0, index.flatten()).view(size, replicates, -1)
            return rows.permute(0, 2, 1).contiguous()
        rows = self._x.index_select(0, index.t().flatten()).view(replicates, size, -1)
        return rows.permute(1, 2, 0)
