"""Warm: the kernel compiled, or loaded from its cache, in a thread beside whatever comes first.

Compiling takes some 20 s of one core, once for a machine and a version; loading less than a second.
"""

from __future__ import annotations

import threading
import time

import numpy as np

from ibtui.engine.kernel import measuring, training
from ibtui.engine.kernel.cache import is_cached
from ibtui.engine.kernel.design import Arrays, Design, Recipe, Samples, frozen
from ibtui.engine.kernel.gather import MOST, encode
from ibtui.information.counting import sums_of_logs

f32 = np.float32


class _Warming:
    """One thread that calls every compiled function once; `seconds` is what compiling took."""

    def __init__(self) -> None:
        self.compiles = not is_cached()
        self.seconds = 0.0
        self.thread = threading.Thread(target=self._run, name="kernel-warm", daemon=True)
        self._failure: Exception | None = None
        self.thread.start()

    def _run(self) -> None:
        started = time.perf_counter()
        try:
            call_everything()
        except Exception as failure:  # raised where somebody waits
            self._failure = failure
        if self.compiles:
            self.seconds = time.perf_counter() - started

    def wait(self) -> None:
        self.thread.join()
        if self._failure is not None:
            raise self._failure


_lock = threading.Lock()
_warming: _Warming | None = None


def start() -> _Warming:
    """Begin, unless that has been done."""
    global _warming
    with _lock:
        if _warming is None:
            _warming = _Warming()
        return _warming


def compiling() -> bool:
    """Whether it is being compiled, which takes longer than to load it."""
    warming = start()
    return warming.compiles and warming.thread.is_alive()


def compile_seconds() -> float:
    """What compiling took in this process."""
    return start().seconds


def wait() -> None:
    """Come back when everything can be called. Raises what compiling raised."""
    start().wait()


def call_everything() -> None:
    """One step and one frame of a network of one unit, with arguments of the very types."""
    nothing = np.zeros(1, np.int64)
    design = Design(
        sizes=np.array([1, 2]),
        bits=nothing,
        weight_bits=nothing,
        ranges=nothing,
        activation=0,
        slope=f32(0),
        sigmoid=False,
        logits=False,
        uniform=True,
        dropped=np.int64(0),
        kept=f32(1),
        noise=f32(0),
    )
    inputs, codes, table = np.zeros((2, 1), f32), np.empty((2, 1), np.uint8), np.zeros(MOST, f32)
    encode(frozen(inputs.reshape(-1)), codes.reshape(-1), table)
    labels, rows = frozen(np.array([0, 1])), frozen(np.zeros(measuring.BLOCK, np.int64))
    samples = Samples(
        frozen(codes), frozen(table), frozen(inputs[:0]), labels, labels, frozen(np.arange(2)), 0
    )
    recipe = Recipe(
        batch=2,
        order=1,
        shared_seed=np.uint64(0),
        sgd=False,
        momentum=f32(0),
        epsilon=f32(1e-7),
        epsilon_first=False,
        decay=f32(0),
        decoupled=False,
    )
    p, ranges = np.zeros((1, 4), f32), np.zeros((1, 1), f32)
    arrays = Arrays(p, p.copy(), p.copy(), np.zeros(1, f32), *(ranges.copy() for _ in range(4)))
    seeds = np.ones(1, np.uint64)
    scratch = training.scratch_of(design, 2)
    training.train(design, samples, recipe, scratch, arrays, seeds, 0, 0, np.zeros(1, f32))
    wanted = measuring.Wanted(
        rows,
        2,
        False,
        labels,
        False,
        True,
        labels[:0],
        labels,
        labels,
        frozen(inputs[:0].reshape(-1)),
    )
    found = measuring.PassResults(
        low=ranges,
        high=ranges.copy(),
        sums=np.zeros((1, 1, 2)),
        requantized=np.zeros((1, 1, 0, 3)),
        scores=np.empty((1, 4)),
        values=np.empty((0, 2, measuring.BLOCK), f32),
        words=np.empty((1, 0, 2), np.int64),
    )
    scratch = measuring.scratch_of(design, wanted)
    measuring.measure(
        design, samples, scratch, arrays, wanted, found, 0, 0, 2, frozen(sums_of_logs(2))
    )
