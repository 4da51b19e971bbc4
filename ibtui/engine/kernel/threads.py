"""Threads: the replicates shared out to the cores, each of which computes its part on its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import groupby


def _cores() -> int:
    """The cores that this process may use, or fewer, where OMP_NUM_THREADS asks for fewer."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return min(cores or 1, int(asked) if asked.isdecimal() and int(asked) else cores or 1)


CORES = _cores()


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="kernel")


def each(work: Callable[[int, int], None], replicates: Sequence[int]) -> None:
    """`work(start, stop)` on runs of consecutive replicates, ascending, on all cores at once."""
    whole = runs(replicates, min(CORES, len(replicates)))
    if len(whole) == 1:
        work(*whole[0])
    else:
        list(_pool(CORES).map(work, *zip(*whole, strict=True)))


def runs(replicates: Sequence[int], parts: int) -> list[tuple[int, int]]:
    """The replicates in `parts` of about the same size, each cut where numbers leap."""
    found = []
    for part in range(parts):
        start, stop = (len(replicates) * edge // parts for edge in (part, part + 1))
        own = replicates[start:stop]
        for _, run in groupby(enumerate(own), lambda pair: pair[1] - pair[0]):
            numbers = [number for _, number in run]
            found.append((numbers[0], numbers[-1] + 1))
    return found
