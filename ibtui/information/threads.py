"""Threads: work that numpy does without the interpreter's lock, shared out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Shaped


def in_threads(
    work: Callable[..., None], *items: Sequence[object] | Shaped[np.ndarray, "..."], threads: int
) -> None:
    """`work` on every item; numpy's sorts and arithmetic let other threads run meanwhile."""
    list((_pool(threads).map if threads > 1 < len(items[0]) else map)(work, *items))


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="count")
