"""Shards: the replicates shared out to threads, each of which computes its part on its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

import torch

from ibtui.engine.compiling import Compiled

Result = TypeVar("Result")
LEAST = 8  # replicates of a shard: half a vector register, below which halving saves nothing


class Shards:
    """Parts of the replicates, `bounds`, as many as there are cores and each on one thread.

    Replicates never meet, so threads with a part each need not wait for one another after every
    operation, as threads that share one operation do. Parts differ by at most one replicate: two
    shapes to compile.
    """

    def __init__(self, replicates: int, cores: int) -> None:
        parts = max(1, min(cores, replicates // LEAST))
        edges = [replicates * part // parts for part in range(parts + 1)]
        self.bounds = list(pairwise(edges))
        self._pool: ThreadPoolExecutor | None = None
        if parts > 1:
            self._pool = ThreadPoolExecutor(
                parts,
                thread_name_prefix="shard",
                initializer=torch.set_num_threads,
                initargs=(1,),
            )

    def __len__(self) -> int:
        return len(self.bounds)

    def each(
        self, work: Callable[[int, int], Result], compiled: Compiled | None = None
    ) -> list[Result]:
        """What `work(start, stop)` gives for every part, all at the same time.

        One after the other where `work` calls what is not `compiled` yet: torch compiles alone.
        """
        if self._pool is None or (compiled is not None and compiled.fresh):
            return [work(start, stop) for start, stop in self.bounds]
        return list(self._pool.map(work, *zip(*self.bounds, strict=True)))
