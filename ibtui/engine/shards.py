"""Shards: the replicates shared out to threads, each of which computes its part on its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from math import gcd
from typing import TypeVar

import torch

Result = TypeVar("Result")
LEAST = 16  # replicates of a shard: as many as a vector register holds


class Shards:
    """Equal parts of the replicates, `bounds`, and the threads that compute each.

    Replicates never meet, so threads with a part each need not wait for one another after every
    operation as the threads that share one operation do. Equal parts are one compiled shape.
    """

    def __init__(self, replicates: int, cores: int) -> None:
        parts = max(
            part
            for part in range(1, cores + 1)
            if gcd(replicates, cores) % part == 0 and (part == 1 or replicates >= LEAST * part)
        )
        size = replicates // parts
        self.bounds = [(start, start + size) for start in range(0, replicates, size)]
        self._pool: ThreadPoolExecutor | None = None
        if parts > 1:
            self._pool = ThreadPoolExecutor(
                parts,
                thread_name_prefix="shard",
                initializer=torch.set_num_threads,
                initargs=(cores // parts,),
            )

    def __len__(self) -> int:
        return len(self.bounds)

    def each(self, work: Callable[[int, int], Result]) -> list[Result]:
        """What `work(start, stop)` gives for every part, all at the same time."""
        if self._pool is None:
            return [work(start, stop) for start, stop in self.bounds]
        return list(self._pool.map(work, *zip(*self.bounds, strict=True)))
