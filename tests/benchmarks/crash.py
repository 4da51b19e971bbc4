"""A crash harness: a short run dies at one of its writes, and must load and go on bit for bit.

    python -m tests.benchmarks.crash --count 1000 --seed 0

Every system call by which the store changes the disk is counted. At the n-th the process is killed,
the power fails (what no fsync has confirmed is lost, in part or whole), or the call gives ENOSPC or
EIO. Afterwards nothing in the list of runs is broken, no frame that was said to be saved is
missing, and the resumed run is the uninterrupted one to the last bit.
"""

from __future__ import annotations

import argparse
import builtins
import errno
import io
import os
import random
import shutil
import signal
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ibtui import store
from ibtui.errors import IbtuiError
from ibtui.store import writer
from tests.store.scripted_runs import (
    KEEPING,
    assert_same,
    assert_same_weights,
    new,
    reference,
    reference_weights,
    resume,
    scripted,
)

KINDS = ("kill", "power", "full", "broken")
FAULTS = {"full": errno.ENOSPC, "broken": errno.EIO}
MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None  # a disk would be waited for
NEED_ROOM = ("open", "write", "mkdir", "os.write", "rename", "replace")


class Disk:
    """Counts the calls that change the disk, and lets the n-th be the last, or fail."""

    def __init__(self, kind: str, last: int, rng: random.Random) -> None:
        self.kind, self.last, self.rng = kind, last, rng
        self.count = 0
        self._open = builtins.open
        self._unsynced: dict[int, tuple[str, bytes]] = {}  # by inode: where, what is certain
        self._entries: dict[str, list[Callable[[], None]]] = {}  # by folder: how to undo

    def install(self) -> None:
        """Stand between the program and the system, in this process."""
        builtins.open = self.open  # type: ignore[assignment]
        os.fsync = self.fsync
        for name in ("replace", "rename", "link", "mkdir", "unlink", "ftruncate"):
            setattr(os, name, self._changing(name, getattr(os, name)))
        os.write = self._changing("os.write", os.write)

    def step(self, what: str) -> None:
        self.count += 1
        if self.count != self.last:
            return
        if self.kind in FAULTS:
            if self.kind == "broken" or what in NEED_ROOM:
                code = FAULTS[self.kind]
                raise OSError(code, os.strerror(code))
            self.last += 1  # this call needs no room: the next that does
            return
        if self.kind == "power":
            self._lose()
        os.kill(os.getpid(), signal.SIGKILL)

    def open(self, path: Any, mode: str = "r", *options: Any, **more: Any) -> Any:
        if mode != "wb":
            return self._open(path, mode, *options, **more)
        self.step("open")
        raw = Raw(os.fspath(path), self)
        self._unsynced[os.fstat(raw.fileno()).st_ino] = (str(path), b"")
        self._entry(str(path), lambda: os.path.lexists(path) and self._remove(str(path)))
        return io.BufferedWriter(raw)

    def fsync(self, descriptor: int) -> None:
        self.step("fsync")  # and no more: this machine's power does not fail
        self._unsynced.pop(os.fstat(descriptor).st_ino, None)
        self._entries.pop(os.readlink(f"/proc/self/fd/{descriptor}"), None)

    def _changing(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def changed(*arguments: Any, **options: Any) -> Any:
            self.step(name)
            if name in ("replace", "rename"):
                source, target = map(os.fspath, arguments[:2])
                before = Path(target).read_bytes() if os.path.isfile(target) else None
                self._entry(target, lambda: self._move_back(target, source, before))
            return call(*arguments, **options)

        self._call = getattr(self, "_call", {}) | {name: call}
        return changed

    def _entry(self, path: str, undo: Callable[[], Any]) -> None:
        self._entries.setdefault(os.path.realpath(os.path.dirname(path)), []).append(undo)

    def _move_back(self, target: str, source: str, before: bytes | None) -> None:
        if os.path.lexists(target):
            self._call["rename"](target, source)
            if before is not None:
                with self._open(target, "wb") as handle:
                    handle.write(before)

    def _remove(self, path: str) -> None:
        self._call["unlink"](path)

    def _lose(self) -> None:
        """What is not confirmed is as it was, or partly new: files cut or zeros, names undone."""
        for inode, (path, certain) in self._unsynced.items():
            if os.path.isfile(path) and os.stat(path).st_ino == inode:
                whole = Path(path).read_bytes()
                kept = self.rng.choice(
                    (certain, whole[: self.rng.randint(0, len(whole))], bytes(len(whole)), whole)
                )
                with self._open(path, "r+b") as handle:
                    handle.truncate(0)
                    handle.write(kept)
        for undos in self._entries.values():
            for undo in reversed(undos[self.rng.randint(0, len(undos)) :]):
                undo()


class Raw(io.FileIO):
    """A file whose writes are counted; the one at which all ends is done by half."""

    def __init__(self, path: str, disk: Disk) -> None:
        super().__init__(path, "wb")
        self._disk = disk

    def write(self, content: Any) -> int:
        if self._disk.count + 1 == self._disk.last:
            super().write(bytes(content)[: len(content) // 2])
        self._disk.step("write")
        return super().write(content)


def run(root: Path, disk: Disk, saved: int) -> str:
    """A short run on this disk; what it ends with. `saved` is told how many frames are safe."""
    disk.install()
    ensemble = scripted(KEEPING)
    try:
        folder = new(root, ensemble)
        with store.writing(ensemble, folder) as writing:
            for frame in ensemble.frames():
                writing.add(frame)
                os.pwrite(saved, b"%4d" % len(writing.recorder.snapshot()), 0)
    except IbtuiError as error:
        return "" if str(error).count("\n") == 0 else f"two lines: {error}"
    except BaseException:
        return traceback.format_exc()
    return ""


def crash(kind: str, last: int, seed: int, place: Path) -> tuple[int, str]:
    """One crash at the n-th call: how many calls there were, and what is wrong afterwards."""
    root, said, safe = place / "runs", place / "said", place / "safe"
    safe.touch()
    child = os.fork()
    if child == 0:
        disk = Disk(kind, last, random.Random(seed))
        saved = os.open(safe, os.O_RDWR)
        report = os.open(said, os.O_WRONLY | os.O_CREAT)
        writer.SAVE_SECONDS, writer.SAVE_SHARE = 0.0, float("inf")  # every frame is saved
        wrong = run(root, disk, saved)
        os.pwrite(report, f"{disk.count}\n{wrong}".encode(), 0)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    count, _, wrong = said.read_text().partition("\n") if said.stat().st_size else ("0", "", "")
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) != signal.SIGKILL:
        wrong = f"died of signal {os.WTERMSIG(status)}"
    return int(count), wrong or _afterwards(root, int(safe.read_text() or 0))


def _afterwards(root: Path, frames: int) -> str:
    """What is wrong with the runs that the crash left, and with their resumption."""
    try:
        entries = store.list_runs(root)
        broken = [entry.error for entry in entries if entry.status == "broken"]
        if broken or (frames and len(entries) != 1):
            return f"{len(entries)} runs, {broken} broken, after {frames} saved frames"
        for entry in entries:
            found = store.load(entry.folder)
            if len(found.recording) < frames:
                return f"{len(found.recording)} frames, of {frames} that were saved"
            again = found.recording if found.status == "finished" else resume(entry.folder, KEEPING)
            assert_same(again, reference())
            assert_same_weights(entry.folder, reference_weights())
            left = {path.name for path in entry.folder.iterdir()}
            if found.status != "finished" and left != {*FILES}:
                return f"left behind: {sorted(left - {*FILES})}"
    except BaseException:
        return traceback.format_exc()
    return ""


FILES = ("run.toml", "profile.toml", "recording.npz", "weights.npz")


def crashes(count: int, seed: int) -> tuple[dict[str, int], list[str]]:
    """So many crashes, spread over all calls and kinds; how many of each kind, and the failures."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as place:
        calls, wrong = crash("none", 0, seed, Path(place))
        assert not wrong, wrong
    done = dict.fromkeys(KINDS, 0)
    failures = []
    rng = random.Random(seed)
    points = [(kind, at) for kind in KINDS for at in range(1, calls + 1)]
    rng.shuffle(points)
    for number in range(count):
        kind, at = points[number % len(points)]
        place = Path(tempfile.mkdtemp(dir=MEMORY))
        _, wrong = crash(kind, at, seed + number, place)
        shutil.rmtree(place)
        done[kind] += 1
        if wrong:
            failures.append(f"{kind} at call {at} of {calls}, seed {seed + number}: {wrong}")
    return done | {"calls": calls}, failures


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    began = time.monotonic()
    done, failures = crashes(asked.count, asked.seed)
    calls = done.pop("calls")
    for failure in failures:
        print(failure)
    kinds = ", ".join(f"{kind} {times}" for kind, times in done.items())
    print(
        f"{asked.count} crashes of a run of {calls} writes ({kinds}), {len(failures)} failures, "
        f"seed {asked.seed}, {time.monotonic() - began:.0f} s"
    )
    raise SystemExit(bool(failures))


if __name__ == "__main__":
    main()
