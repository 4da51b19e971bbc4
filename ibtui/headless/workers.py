"""Workers: processes of this machine that share a batch's runs, each with its cores or its GPU."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ibtui.errors import UsageError, complain
from ibtui.headless.follow import show
from ibtui.headless.interrupts import interruptible
from ibtui.report.screen import console
from ibtui.store import Watcher

RETRIES = 2  # of a worker that was killed, for want of memory say; its run goes on from its save


@dataclass(frozen=True)
class Share:
    """What one worker has of the machine: so many threads on these cores, and a GPU or none."""

    cores: tuple[int, ...]
    gpu: str | None = None

    def environment(self) -> dict[str, str]:
        count = str(max(len(self.cores), 1))
        own = {"OMP_NUM_THREADS": count, "MKL_NUM_THREADS": count, "NUMBA_NUM_THREADS": count}
        if self.gpu is not None:
            own["CUDA_VISIBLE_DEVICES"] = self.gpu
        return {**os.environ, **own}


def shares(
    workers: int | None, per_gpu: int | None, cores: Sequence[int], gpus: Sequence[str]
) -> list[Share]:
    """The shares of the machine: `workers` of them, or `per_gpu` on each GPU.

    Cores are dealt out evenly; where there are fewer than workers, several share one. GPUs are
    dealt out in turn. Raises `UsageError` where GPUs are asked for and there are none.
    """
    if per_gpu and not gpus:
        raise UsageError("--per-gpu: this machine has no usable GPU (leave it out)")
    count = workers or (per_gpu or 1) * len(gpus) or 1
    if per_gpu and count > per_gpu * len(gpus):
        most = f"{per_gpu} on each of {len(gpus)} GPUs are at most {per_gpu * len(gpus)}"
        raise UsageError(f"--workers {count}: {most} (give fewer, or a larger --per-gpu)")
    found = []
    for at in range(count):
        first, last = at * len(cores) // count, (at + 1) * len(cores) // count
        mine = tuple(cores[first:last]) or (cores[first],)
        found.append(Share(mine, gpus[at % len(gpus)] if gpus else None))
    return found


def machine() -> tuple[list[int], list[str]]:
    """The cores that this process may use, and the GPUs, as CUDA_VISIBLE_DEVICES names them."""
    if hasattr(os, "sched_getaffinity"):
        cores = sorted(os.sched_getaffinity(0))
    else:
        cores = [*range(os.cpu_count() or 1)]
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return cores, [word.strip() for word in named.split(",") if word.strip() not in ("", "-1")]
    if shutil.which("nvidia-smi") is None:
        return cores, []
    # Asked of the driver: torch would take memory on every GPU for this process.
    told = subprocess.run(
        ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"],
        capture_output=True,
        text=True,
        check=False,
    )
    return cores, told.stdout.split() if told.returncode == 0 else []


def run_workers(
    words: Sequence[str], out: Path, found: Sequence[Share], *, quiet: bool = False
) -> int:
    """Start a worker for each share, show what they do, and return the exit code.

    `words` are the command line of each. A signal is passed on to all; they end saved.
    """
    watcher = Watcher(out, since=time.time() - 1)
    crew = [_Worker(number, words, share) for number, share in enumerate(found)]
    with interruptible() as interrupt:

        def goes_on() -> bool:
            working = [worker.goes_on() for worker in crew]  # each is asked
            return any(working)

        def stop() -> None:
            for worker in crew:
                worker.stop(interrupt.signal or signal.SIGTERM)

        with interrupt.stopping(stop):
            try:
                if quiet:
                    while goes_on():
                        time.sleep(0.2)
                else:
                    show(watcher, goes_on, console())
            except KeyboardInterrupt:  # the second Ctrl-C
                for worker in crew:
                    worker.stop(signal.SIGINT)
                while goes_on():
                    time.sleep(0.1)
        if interrupt.signal:
            return interrupt.exit_code
    codes = {worker.code for worker in crew} - {0}
    return codes.pop() if len(codes) == 1 else int(bool(codes))


_told: set[str] = set()


class _Worker:
    """One process; started again where it is killed."""

    def __init__(self, number: int, words: Sequence[str], share: Share) -> None:
        self._number, self._words, self._share = number, words, share
        self._left, self._stopped = RETRIES, False
        self.code = 0
        self._start()

    def stop(self, number: int) -> None:
        self._stopped = True
        if self._process.poll() is None:
            self._process.send_signal(number)

    def goes_on(self) -> bool:
        """Whether it works; one that was killed is told about, and started again."""
        code = self._process.poll()
        if code is None:
            return True
        self._reader.join()
        if code < 0 and not self._stopped:
            again = "its run goes on in a new one" if self._left else "it is not started again"
            name = signal.Signals(-code).name
            complain(f"worker {self._number} was ended by {name}: {again}")
            self._stopped = not self._left
            if self._left:
                self._left -= 1
                self._start()
                return True
        self.code = 1 if code < 0 else code
        return False

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ibtui", *self._words],
            env=self._share.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C reaches it through this process, once
        )
        if hasattr(os, "sched_setaffinity"):
            with suppress(OSError):  # it is gone, which is told where it is looked at
                os.sched_setaffinity(self._process.pid, self._share.cores)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        """Tell what it complains of, and once what all of them complain of."""
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            for line in lines:
                told = line.rstrip("\n").removeprefix("ibtui: ")
                if told not in _told:
                    _told.add(told)
                    complain(told)
