"""Holder: the process that holds a lock, told so that another on any machine can ask after it."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Holder:
    """A process: its machine, that machine's boot, its namespace, its number and its start.

    Process numbers come again after a boot, in a container, and in a long-lived machine; together
    with these they name one process for good. `kernel`: it holds the kernel's lock on the file too.
    """

    host: str
    boot: str
    namespace: str
    pid: int
    started: str
    kernel: bool = False

    @property
    def is_here(self) -> bool:
        """Whether its machine is this one, where processes can be looked up."""
        return (self.host, self.boot, self.namespace) == _here()

    @property
    def lives(self) -> bool:
        """Whether the process of one that `is_here` is still there."""
        return _exists(self.pid) and self.started == _started(self.pid)

    def __str__(self) -> str:
        return f"process {self.pid}" if self.is_here else f"process {self.pid} on {self.host}"

    def text(self) -> str:
        return json.dumps(asdict(self)) + "\n"


def this_process(*, kernel: bool) -> Holder:
    """The process that asks."""
    pid = os.getpid()
    return Holder(*_here(), pid, _started(pid), kernel)


def parse(text: str) -> Holder | None:
    """The holder that a lock file names; None where it is empty or an earlier version's."""
    try:
        table = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(table, dict) or any(
        type(table.get(field.name)) is not type(default)
        for field, default in zip(fields(Holder), ("", "", "", 0, "", True), strict=True)
    ):
        return None
    return Holder(**{field.name: table[field.name] for field in fields(Holder)})


@cache
def _here() -> tuple[str, str, str]:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:  # not Linux
        boot = namespace = ""
    return socket.gethostname(), boot, namespace


def _exists(pid: int) -> bool:
    if pid < 1:
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # another user's
        return True
    return True


def _started(pid: int) -> str:
    """When a process began, in ticks since the boot; empty where that cannot be known."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]  # the name before it may hold blanks
