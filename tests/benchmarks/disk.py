"""Disk: stands between a program and the system, counts what changes the disk, and lets it fail."""

from __future__ import annotations

import builtins
import errno
import io
import os
import random
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

KINDS = ("kill", "power", "full", "broken")
FAULTS = {"full": errno.ENOSPC, "broken": errno.EIO}
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

    def end(self) -> None:
        """All has been done and said; the power may fail now, and all is lost that can be."""
        if self.kind == "power" and self.count < self.last:
            self._lose(everything=True)

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

    def _lose(self, *, everything: bool = False) -> None:
        """What is not confirmed is as it was, or partly new: files cut or zeros, names undone."""
        for inode, (path, certain) in self._unsynced.items():
            if os.path.isfile(path) and os.stat(path).st_ino == inode:
                whole = Path(path).read_bytes()
                kept = self.rng.choice(
                    (certain, whole[: self.rng.randint(0, len(whole))], bytes(len(whole)), whole)
                )
                with self._open(path, "r+b") as handle:
                    handle.truncate(0)
                    handle.write(certain if everything else kept)
        for undos in self._entries.values():
            kept = 0 if everything else self.rng.randint(0, len(undos))
            for undo in reversed(undos[kept:]):
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
