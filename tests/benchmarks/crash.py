"""A crash harness: what writes runs dies at one of its writes, and what is left is whole.

    python -m tests.benchmarks.crash --count 1000 --seed 0

A run, a recorder's run, a thinned and a gathered one are written, and a queue goes to the
background. Every system call by which they change the disk is counted. At the n-th the process is
killed, the power fails (what no fsync has confirmed is lost, in part or whole), or the call gives
ENOSPC or EIO. Afterwards nothing in the list of runs is broken, no frame that was said to be saved
is missing, and a resumed run is the uninterrupted one to the last bit. The index of a list is
killed at any moment, or keeps some of its pages old and some new, and the list is right.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from ibtui.errors import IbtuiError
from ibtui.store import index, writer
from tests.benchmarks.disk import KINDS, Disk
from tests.benchmarks.writers import WRITERS, Writer, listed_wrongly, torn_index, write_index

NAMES = (*WRITERS, "index")
MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None  # a disk would be waited for


def act(writes: Writer, root: Path, disk: Disk, saved: int) -> str:
    """Write on this disk; what it ends with. `saved` is told how many frames are safe."""
    disk.install()
    try:
        writes.act(root, lambda frames: os.pwrite(saved, b"%4d" % frames, 0))
    except IbtuiError as error:
        return "" if str(error).count("\n") == 0 else f"two lines: {error}"
    except BaseException:
        return traceback.format_exc()
    return ""


def crash(name: str, kind: str, last: int, seed: int, place: Path) -> tuple[int, str]:
    """One crash at the n-th call: how many calls there were, and what is wrong afterwards."""
    writes, root = WRITERS[name], place / "runs"
    said, safe = place / "said", place / "safe"
    safe.touch()
    writes.prepare(root)
    child = os.fork()
    if child == 0:
        disk = Disk(kind, last, random.Random(seed))
        saved = os.open(safe, os.O_RDWR)
        report = os.open(said, os.O_WRONLY | os.O_CREAT)
        writer.SAVE_SECONDS, writer.SAVE_SHARE = 0.0, float("inf")  # every frame is saved
        wrong = act(writes, root, disk, saved)
        disk.end()
        os.pwrite(report, f"{disk.count}\n{wrong}".encode(), 0)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    count, _, wrong = said.read_text().partition("\n") if said.stat().st_size else ("0", "", "")
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) != signal.SIGKILL:
        wrong = f"died of signal {os.WTERMSIG(status)}"
    frames = int(safe.read_text() or 0)
    return int(count), wrong or _looked_at(lambda: writes.afterwards(root, frames))


def _looked_at(look: Callable[[], str]) -> str:
    """What a look at the folder says is wrong; a look that fails is wrong too."""
    try:
        return look()
    except BaseException:
        return traceback.format_exc()


def index_crash(kind: str, seed: int, place: Path) -> str:
    """The index dies while it is written; what is wrong with the list afterwards."""
    rng, root = random.Random(seed), place / "runs"
    index.WORTH_KEEPING = 1
    WRITERS["thin"].prepare(root)
    child = os.fork()
    if child == 0:
        write_index(root)
        os._exit(0)
    if kind == "kill":
        time.sleep(rng.uniform(0, 0.05))
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    if kind == "power":
        torn_index(root, rng)
    return _looked_at(lambda: listed_wrongly(root))


def crashes(
    count: int, seed: int, names: Sequence[str] = NAMES
) -> tuple[Counter[str], dict[str, int], list[str]]:
    """So many crashes, spread over all that writes, its calls, and what may happen.

    How many there were of each, how many calls each makes, and the failures.
    """
    calls = {}
    for name in [one for one in WRITERS if one in names]:
        with tempfile.TemporaryDirectory(dir=MEMORY) as place:
            calls[name], wrong = crash(name, "none", 0, seed, Path(place))
            assert not wrong, wrong
    rng = random.Random(seed)
    points = [(n, kind, at + 1) for n in calls for kind in KINDS for at in range(calls[n])]
    if "index" in names:
        points += [("index", kind, at) for kind in ("kill", "power") for at in range(20)]
    rng.shuffle(points)
    points = [*((name, "power", last + 1) for name, last in calls.items()), *points]
    done: Counter[str] = Counter()
    failures = []
    for number in range(count):
        name, kind, at = points[number % len(points)]
        place = Path(tempfile.mkdtemp(dir=MEMORY))
        if name == "index":
            wrong = index_crash(kind, seed + number, place)
        else:
            _, wrong = crash(name, kind, at, seed + number, place)
        shutil.rmtree(place)
        done.update((name, kind))
        if wrong:
            failures.append(f"{name}: {kind} at call {at}, seed {seed + number}: {wrong}")
    return done, calls, failures


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--writer", choices=NAMES, action="append")
    asked = parser.parse_args()
    began = time.monotonic()
    done, calls, failures = crashes(asked.count, asked.seed, asked.writer or NAMES)
    for failure in failures:
        print(failure)
    told = ", ".join(f"{what} {times}" for what, times in sorted(done.items()))
    of = ", ".join(f"{name} {last}" for name, last in calls.items())
    print(
        f"{asked.count} crashes ({told}; writes of each: {of}), {len(failures)} failures, "
        f"seed {asked.seed}, {time.monotonic() - began:.0f} s"
    )
    raise SystemExit(bool(failures))


if __name__ == "__main__":
    main()
