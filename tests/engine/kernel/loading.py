"""What a process trains that loads, or compiles, the kernel's functions in one order or another.

python -m tests.engine.kernel.loading callers|callees EPOCHS
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from numba.core.dispatcher import Dispatcher

import ibtui.engine.kernel
from ibtui.engine.kernel import warm
from ibtui.profile import load_profile
from ibtui.session import load_engine

PROFILES = Path(__file__).parents[3] / "profiles"
TABLES = ("replicates=2", "quantization.bits=2", "measure.every=1", "training.backend='kernel'")


def functions() -> Iterator[Any]:
    """Everything that the kernel compiles, once."""
    seen = set()
    for source in sorted(Path(ibtui.engine.kernel.__path__[0]).glob("[a-z]*.py")):
        for value in vars(import_module(f"ibtui.engine.kernel.{source.stem}")).values():
            if isinstance(value, Dispatcher) and value not in seen:
                seen.add(value)
                yield value


def load_callees_first() -> int:
    """Load every function of the cache, in the order of compiling: how many."""
    kept = []
    for function in functions():
        cache = function._cache._cache_file
        for (signature, *_), name in cache._load_index().items():
            kept.append((Path(cache._data_path(name)).stat().st_mtime_ns, function, signature))
    for _, function, signature in sorted(kept, key=lambda one: one[0]):
        function.compile(signature)
    return len(kept)


def trained(epochs: int) -> str:
    """A digest of all that changes in training, and of the last frame."""
    profile = load_profile(
        PROFILES / "lorenzen-fig2-as-coded.toml", [*TABLES, f"training.epochs={epochs}"]
    )
    engine = load_engine(profile, None, None)
    digest = hashlib.sha256()
    for frame in engine.frames():
        digest.update(frame.train_loss_nats.tobytes())
    for name, array in sorted(engine.checkpoint().items()):
        if name != "seconds":  # of the wall clock
            digest.update(array.tobytes())
    return digest.hexdigest()


if __name__ == "__main__":
    order, epochs = sys.argv[1:]
    if order == "callees":
        assert load_callees_first() > 50
    print(trained(int(epochs)), warm.compile_seconds())
