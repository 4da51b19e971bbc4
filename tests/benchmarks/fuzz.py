"""A fuzzer of files: damaged ones give one line each, never a traceback.

    python -m tests.benchmarks.fuzz --minutes 30 --seed 1 --keep failures/

mutates real profiles, settings, data files, run folders and checkpoints at random, reads them as
the program does, and keeps every input that ends in anything but an `IbtuiError`, writes a control
character or a warning, or takes more than 5 s or 2 GiB.
"""

from __future__ import annotations

import argparse
import random
import resource
import shutil
import signal
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from ibtui.errors import IbtuiError
from tests.benchmarks.foreign import KINDS, Samples

MOST_SECONDS = 5.0  # of the processor
MOST_WAIT = 120  # seconds of the clock, of a machine that has others to serve too
MOST_BYTES = 2 << 30
LEFT_ALONE = 8 << 30  # the address space of a long run: no input may take the machine down
RESET_PEAK = b"5"  # to clear_refs, of proc(5)


class Hang(BaseException):
    """An input that is waited for; no `except Exception` of the program takes it."""


@contextmanager
def no_hang(seconds: int) -> Iterator[None]:
    """Raise `Hang` in the main thread after so many seconds."""

    def late(number: int, frame: FrameType | None) -> None:
        raise Hang(f"more than {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def peak_bytes() -> int:
    """The most memory that this process has had since the peak was reset."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))


@dataclass
class Tally:
    """How many inputs were tried, how many of them the program refused, and what failed."""

    tried: int = 0
    refused: int = 0
    failures: list[str] = field(default_factory=list)


def failure_of(kind: str, number: int, samples: Samples, folder: Path, tally: Tally) -> str:
    """What is wrong with how the program takes the input of this number, or nothing."""
    Path("/proc/self/clear_refs").write_bytes(RESET_PEAK)
    before, began = peak_bytes(), time.process_time()
    try:
        with no_hang(MOST_WAIT), warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            KINDS[kind](random.Random(f"{kind}{number}"), samples, folder)
    except IbtuiError as error:
        tally.refused += 1
        if not str(error) or len(str(error)) > 100_000:
            return f"an error of {len(str(error))} characters"
    except (Exception, SystemExit, Hang):  # a bug is what is looked for
        return traceback.format_exc()
    if (seconds := time.process_time() - began) > MOST_SECONDS:
        return f"took {seconds:.1f} s"
    if (taken := peak_bytes() - before) > MOST_BYTES:
        return f"took {taken / 2**30:.1f} GiB"
    return ""


def fuzz(
    kind: str, seed: int, count: int, keep: Path | None = None, until: float = float("inf")
) -> Tally:
    """Try inputs `seed`, `seed` + 1, …, and copy those that fail into `keep`."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as place:
        samples = Samples(Path(place))
        samples.make(kind)
        for number in range(seed, seed + count):
            if time.monotonic() > until:
                break
            tally.tried += 1
            folder = Path(place) / "input"
            folder.mkdir()
            if failure := failure_of(kind, number, samples, folder, tally):
                tally.failures.append(f"{kind} {number}: {failure}")
                if keep is not None:
                    copied = keep / f"{kind}-{number}"
                    shutil.copytree(folder, copied, symlinks=True, dirs_exist_ok=True)
                    (copied / "failure.txt").write_text(failure, errors="replace")
            shutil.rmtree(folder)
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--count", type=int, default=10**9, help="at most, of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-failures"))
    parser.add_argument("--kind", choices=KINDS, action="append")
    asked = parser.parse_args()
    kinds = asked.kind or list(KINDS)
    failed = 0
    resource.setrlimit(resource.RLIMIT_AS, (LEFT_ALONE, resource.RLIM_INFINITY))
    for kind in kinds:
        began = time.monotonic()
        until = began + asked.minutes * 60 / len(kinds)
        tally = fuzz(kind, asked.seed, asked.count, asked.keep, until)
        failed += len(tally.failures)
        counts = f"{tally.tried} inputs, {tally.refused} refused, {len(tally.failures)} failures"
        took = f"seed {asked.seed}, {time.monotonic() - began:.0f} s"
        print(f"{kind}: {counts}, {took}", flush=True)
        last = {failure.strip().splitlines()[-1]: failure for failure in tally.failures}
        for failure in last.values():
            print(failure, flush=True)
    raise SystemExit(bool(failed))


if __name__ == "__main__":
    main()
