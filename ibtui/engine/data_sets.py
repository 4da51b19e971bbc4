"""Data sets: those that the replicates of a run learn from."""

from __future__ import annotations

from collections.abc import Sequence

from ibtui.data import Dataset


def data_sets(dataset: Dataset, seeds: Sequence[int]) -> list[Dataset]:
    """The data sets of replicates with these seeds; just one where all share it."""
    return [dataset] if dataset.own is None else [dataset.own(seed) for seed in seeds]
