"""Shim: this machine's file system made into a worse one, for the process that installs it.

Kernel locks that are missing or only of one machine, no hard links, calls that take their time,
attributes and lists of folders that are out of date. Times of leases and beats are scaled down.
"""

from __future__ import annotations

import errno
import fcntl
import os
import random
import struct
import time
from dataclasses import dataclass
from functools import wraps
from typing import Literal

from ibtui.headless import grid
from ibtui.store import holder, lock

BEAT_SECONDS, LEASE_SECONDS = 0.1, 1.5
CHANGES = ("open", "link", "mkdir", "rename", "replace", "unlink", "rmdir")


@dataclass(frozen=True)
class Shim:
    """What is wrong with the file system, and on how many machines it is shared."""

    flock: Literal["works", "local"] | int = "works"  # or the error that it gives
    links: bool = True
    latency_seconds: float = 0.0
    stale_seconds: float = 0.0
    hosts: int = 1

    def install(self, host: int) -> None:
        """Make it so, in this process alone, on machine number `host`."""
        here = (f"host-{host % self.hosts}", f"boot-{host % self.hosts}", "")
        holder._here = lambda: here
        lock.BEAT_SECONDS, lock.LEASE_SECONDS = BEAT_SECONDS, LEASE_SECONDS
        grid.PAUSE_SECONDS = 0.05
        if self.flock != "works":
            fcntl.flock = self._flock_of(host % self.hosts)
        if not self.links:
            os.link = _refuse_links
        listed: dict[str, tuple[float, list[str]]] = {}
        for name in CHANGES:
            setattr(os, name, self._late(getattr(os, name), listed))
        if self.stale_seconds:
            os.listdir = self._stale_list(os.listdir, listed)
            os.fstat = self._stale_stat(os.fstat)

    def _flock_of(self, host: int):
        """Locks that are of one machine: each machine has a byte of the file to itself."""

        def flock(descriptor, operation):
            if isinstance(self.flock, int):
                raise OSError(self.flock, os.strerror(self.flock))
            kind = fcntl.F_WRLCK if operation & fcntl.LOCK_EX else fcntl.F_RDLCK
            lock = struct.pack("hhqqi", kind, os.SEEK_SET, 1_000_000 + host, 1, 0)
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, lock)

        return flock

    def _late(self, call, listed):
        @wraps(call)
        def late(*args, **kwargs):
            time.sleep(random.uniform(0, self.latency_seconds))
            result = call(*args, **kwargs)
            if call.__name__ != "open" or (len(args) > 1 and args[1] & os.O_CREAT):
                listed.clear()  # a machine sees its own changes at once
            return result

        return late

    def _stale_list(self, call, listed):
        def stale(path="."):
            until, names = listed.get(os.fspath(path), (0.0, []))
            if time.monotonic() > until:
                names = call(path)
                until = time.monotonic() + random.uniform(0, self.stale_seconds)
                listed[os.fspath(path)] = until, names
            return list(names)

        return stale

    def _stale_stat(self, call):
        known: dict[int, tuple[float, int]] = {}

        def stale(descriptor):
            found = call(descriptor)
            until, mtime_ns = known.get(found.st_ino, (0.0, 0))
            if time.monotonic() > until:
                until = time.monotonic() + random.uniform(0, self.stale_seconds)
                known[found.st_ino] = until, found.st_mtime_ns
                return found
            return _Stat(found, min(mtime_ns, found.st_mtime_ns))

        return stale


class _Stat:
    """The attributes of a file, with another time."""

    def __init__(self, found: os.stat_result, mtime_ns: int) -> None:
        self._found, self.st_mtime_ns = found, mtime_ns

    def __getattr__(self, name: str):
        return getattr(self._found, name)


def _refuse_links(*args, **kwargs):
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


SHIMS = {
    "one machine": Shim(),
    "no locks": Shim(flock=errno.ENOSYS, hosts=3),
    "no locks, not supported, no links": Shim(flock=errno.ENOTSUP, links=False, hosts=2),
    "late and stale": Shim("local", latency_seconds=0.02, stale_seconds=0.4, hosts=3),
}
