"""Swarm: processes that work on one sweep, killed and started again at random until all is done.

    python -m tests.headless.swarm SWEEP.toml RUNS PROCESSES KILLS SEED SHIM [real]

It forks, so that a process costs no imports; the engine is the scripted one, which learns nothing
quickly, or the real one. Its exit code is 0 where every process that was left alone ended well.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from ibtui.headless.batch import BatchSettings, run_batch
from ibtui.session import Engine, Session, load_engine
from ibtui.store import writer
from tests.scripted_engine import ScriptedEnsemble
from tests.store.shim import SHIMS

PATIENCE_SECONDS = 120.0


def main(
    sweep: str, runs: Path, processes: int, kills: int, seed: int, shim: str, engine: Engine
) -> int:
    chance = random.Random(seed)
    number = 0
    living: dict[int, int] = {}  # by process

    def start(place: int) -> None:
        nonlocal number
        number += 1
        if pid := os.fork():
            living[pid] = place
            return
        os._exit(work(sweep, runs, place, number, shim, engine))

    for place in range(processes):
        start(place)
    deadline = time.monotonic() + PATIENCE_SECONDS * (1 if engine is slow else 5)
    code = 0
    while living:
        if time.monotonic() > deadline:
            for pid in living:
                os.kill(pid, signal.SIGKILL)
            print("the swarm does not come to an end", file=sys.stderr)
            return 3
        time.sleep(chance.uniform(0.02, 0.1) * (1 if engine is slow else 10))
        if kills:
            kills -= 1
            victim = chance.choice(list(living))
            os.kill(victim, chance.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
            place = living.pop(victim)
            os.waitpid(victim, 0)
            start(place)
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid:
            place = living.pop(pid)
            code = max(code, os.waitstatus_to_exitcode(status))
            if kills:
                start(place)
    return code


def work(sweep: str, runs: Path, place: int, number: int, shim: str, engine: Engine) -> int:
    random.seed(number)
    SHIMS[shim].install(place)
    writer.SAVE_SECONDS, writer.SAVE_SHARE = 0.0, 1e9
    begin = Session.__init__

    def with_engine(self, profile, begin_run, data_dir, _, folder=None):
        begin(self, profile, begin_run, data_dir, engine, folder)

    Session.__init__ = with_engine  # pyright: ignore[reportAttributeAccessIssue]
    return run_batch([sweep], None, BatchSettings(runs, quiet=True))


def slow(profile, data_dir, checkpoint):
    pauses = {epoch: lambda: time.sleep(0.004) for epoch in range(profile.training.epochs + 1)}
    return ScriptedEnsemble(profile, checkpoint=checkpoint, restart=(1, 11), at=pauses)


def loaded(word: str) -> Engine:
    """The engine, with all that a process of it would have to import."""
    if word != "real":
        return slow
    from ibtui.engine import Ensemble
    from ibtui.engine.kernel import warm

    assert Ensemble
    warm.start().wait()
    return load_engine


if __name__ == "__main__":
    words = sys.argv[1:]
    numbers = map(int, words[2:5])
    sys.exit(main(words[0], Path(words[1]), *numbers, words[5], loaded("".join(words[6:]))))
