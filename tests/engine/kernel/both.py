"""The same small experiment computed by both backends."""

from __future__ import annotations

import itertools

import numpy as np
import torch

from ibtui.data import Dataset
from ibtui.engine import Ensemble, layers
from ibtui.engine.backend import Backend
from ibtui.recording import Recording
from tests.engine.small import make_profile, merged, record


def in_order(layer: layers.Dense, h, weights, bias):
    """A dense layer as the kernel sums: term by term, each product rounded, the bias last."""
    rows, h = weights.unbind(), h.expand(-1, -1, weights.shape[-1])
    terms = (h[:, index, None, :] * row for index, row in enumerate(rows))
    return list(itertools.accumulate(terms, torch.add))[-1] + bias


def ensemble(backend: str, dataset: Dataset, tables: dict, **training) -> Ensemble:
    changes = {"training": {"backend": backend, **training}}
    return Ensemble(make_profile(**merged(tables, changes)), dataset)


def recorded(ensemble: Ensemble) -> tuple[Recording, dict[str, np.ndarray]]:
    """All frames, and the state after them."""
    return record(ensemble), ensemble.checkpoint()


def after(backend: Backend, steps: int, replicates: int) -> dict[str, np.ndarray]:
    """The state after so many epochs, without frames."""
    seeds = list(range(replicates))
    state = backend.fresh(seeds)
    for epoch in range(steps):
        backend.train(state, epoch, seeds)
    return state.arrays()
