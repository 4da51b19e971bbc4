"""Compiling: numba's decorators for the kernel, and the folder where compiled code is kept.

numba looks at the file of a cached function alone, not at those it calls, and writes beside it.
Here the folder is the user's own, and its name says all that the code depends on.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import llvmlite
import numba
import numpy as np
from numba.core import config as _config
from platformdirs import user_cache_path

from ibtui.engine.kernel.closed import ClosedCompiler

Function = TypeVar("Function", bound=Callable[..., Any])
config: Any = _config  # made of settings as it is loaded
NOT_COMPILED = ("backend", "state", "threads", "warm")  # modules that only call compiled code
CONSTANTS = ("engine/plan.py", "engine/randomness.py", "information/uniform.py")  # baked into it


@cache
def folder() -> Path:
    """Where the code compiled for these sources by these versions is kept.

    NUMBA_CACHE_DIR moves it; numba itself tells machines apart within it.
    """
    digest = hashlib.sha256()
    for version in (numba.__version__, llvmlite.__version__, np.__version__):
        digest.update(version.encode())
    here = Path(__file__).parent
    own = sorted(source for source in here.glob("*.py") if source.stem not in NOT_COMPILED)
    for source in (*own, *(here.parents[1] / other for other in CONSTANTS)):
        digest.update(source.read_bytes())
    named = os.environ.get("NUMBA_CACHE_DIR")
    root = Path(named) if named else user_cache_path("ibtui", appauthor=False)
    return root / f"kernel-{digest.hexdigest()[:16]}"


@contextmanager
def _kept_in_folder() -> Iterator[None]:
    """numba asks for its folder when a function is decorated; other users keep theirs."""
    before = config.CACHE_DIR
    config.CACHE_DIR = str(folder())
    try:
        yield
    finally:
        config.CACHE_DIR = before


def _compiled(function: Function, *, fastmath: frozenset[str] = frozenset()) -> Function:
    options: dict[str, Any] = {
        "nogil": True,
        "error_model": "numpy",
        "fastmath": set(fastmath),
        "pipeline_class": ClosedCompiler,
    }
    try:
        with _kept_in_folder():
            return cast("Function", numba.njit(cache=True, **options)(function))
    except RuntimeError:  # no folder can be written: compiled anew in each process
        return cast("Function", numba.njit(**options)(function))


def exact(function: Function) -> Function:
    """Every rounding as written, and no interpreter's lock held."""
    return _compiled(function)


def fused(function: Function) -> Function:
    """a * b + c may be one rounding."""
    return _compiled(function, fastmath=frozenset({"contract"}))


def summed(function: Function) -> Function:
    """Sums may go in any order, so in lanes."""
    return _compiled(function, fastmath=frozenset({"contract", "reassoc", "nsz"}))


def is_cached() -> bool:
    """Whether code for these sources has been compiled on this machine before."""
    return any(folder().rglob("*.nbc"))
