"""Replicates shared out to threads: the same run, and really at the same time."""

import sys
import threading

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ibtui.data import Dataset
from ibtui.engine import Ensemble, torch_backend
from ibtui.engine.compiling import Compiled
from ibtui.engine.shards import LEAST, Shards
from ibtui.profile import parse_profile

PROFILE = """
name = "x"
replicates = 19
[network]
layers = [3]
dropout = 0.2
[quantization]
bits = 3
range = "batch"
[training]
batch_size = 24
epochs = 4
learning_rate = 0.01
[measure]
every = 1
"""


@given(replicates=st.integers(1, 300), cores=st.integers(1, 64))
def test_shards_hold_every_replicate_once_and_alike_many(replicates: int, cores: int) -> None:
    bounds = Shards(replicates, cores).bounds
    covered = [index for start, stop in bounds for index in range(start, stop)]
    assert covered == list(range(replicates))
    sizes = {stop - start for start, stop in bounds}
    assert max(sizes) - min(sizes) <= 1
    assert len(bounds) == 1 or min(sizes) >= LEAST
    assert len(bounds) == cores or max(sizes) < 2 * LEAST


def test_shards_work_at_the_same_time_and_answer_in_order() -> None:
    together = threading.Barrier(2)

    def work(start: int, stop: int) -> tuple[int, int]:
        together.wait(timeout=10)
        return start, stop

    assert Shards(2 * LEAST, 2).each(work) == [(0, LEAST), (LEAST, 2 * LEAST)]


def test_what_a_shard_raises_arrives() -> None:
    def work(start: int, stop: int) -> None:
        if start:
            raise ValueError(f"{start} to {stop}")

    with pytest.raises(ValueError, match=f"{LEAST} to {2 * LEAST}"):
        Shards(2 * LEAST, 2).each(work)


def _made(compile_: str, checkpoint=None) -> Ensemble:
    profile = parse_profile(
        PROFILE, "x", [f"training.compile='{compile_}'", "training.backend='torch'"]
    )
    random = np.random.default_rng(7)
    inputs = random.normal(size=(80, 3)).astype(np.float32)
    labels = (inputs.sum(1) > 0).astype(np.int64)
    data = Dataset("made", inputs, labels, ("0", "1"), (3,), np.arange(64), np.arange(64, 80))
    return Ensemble(profile, data, checkpoint=checkpoint)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:torch")
def test_a_run_in_shards_is_the_run_in_one_piece_and_resumes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch_backend, "CORES", 2)
    whole, shared = _made("never"), _made("always")
    assert (len(whole._backend.shards), len(shared._backend.shards)) == (1, 2)
    expected = list(whole.frames())
    frames, halfway = [], None
    for frame in shared.frames():
        frames.append(frame)
        if frame.epoch == 2:
            halfway = shared.checkpoint()
    assert not shared.warnings
    assert [frame.epoch for frame in frames] == [0, 1, 2, 3, 4]
    for frame, other in zip(frames, expected, strict=True):
        # Eager sums round otherwise: now and then a sample falls onto the next level.
        np.testing.assert_allclose(frame.i_xt_bits, other.i_xt_bits, atol=0.1)
        np.testing.assert_allclose(frame.i_ty_bits, other.i_ty_bits, atol=0.1)
        np.testing.assert_allclose(frame.train_loss_nats, other.train_loss_nats, rtol=1e-2)
        np.testing.assert_allclose(frame.activation_max, other.activation_max, rtol=1e-2)
    assert np.ptp(frames[-1].train_loss_nats) > 0
    resumed = list(_made("always", halfway).frames())
    assert [frame.epoch for frame in resumed] == [3, 4]
    for frame, other in zip(resumed, frames[3:], strict=True):
        np.testing.assert_array_equal(frame.i_xt_bits, other.i_xt_bits)
        np.testing.assert_array_equal(frame.train_loss_nats, other.train_loss_nats)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:torch")
def test_what_is_compiled_for_threads_serves_them_at_once() -> None:
    """What torch keeps for all threads alike breaks one call in 20,000, so there are many."""

    def count(x: torch.Tensor) -> None:
        x.add_(1)

    compiled, calls = Compiled(count, for_threads=True), 25_000
    counters = [torch.zeros(4) for _ in range(4)]

    def work(start: int, stop: int) -> None:
        for _ in range(calls):
            compiled(counters[start // LEAST])

    interval = sys.getswitchinterval()
    try:
        sys.setswitchinterval(1e-6)
        Shards(4 * LEAST, 4).each(work)
    finally:
        sys.setswitchinterval(interval)
    assert compiled.failure is None
    assert [counter.tolist() for counter in counters] == [[calls] * 4] * 4
