"""Lock: one process at a time, on any machine that shares the folder.

A lock is a file that appears with its holder inside, by a hard link, which is atomic on network
file systems too. Whether its holder lives is told by the kernel's lock on the file, and by the
process itself where it is of this machine; else by the age of its last beat, because a holder
touches its file every few seconds. The file of a dead holder is left alone, since whoever removes
it could be removing a successor's by then: the successor's has the next generation's name.
"""

from __future__ import annotations

import errno
import fcntl
import os
import random
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Literal

from ibtui.errors import RunError
from ibtui.store import holder
from ibtui.store.files import refused
from ibtui.store.holder import Holder

NAME = "lock"
# Not through a link, which could lead to any file of the user, and not waiting for a pipe.
NOT_ELSEWHERE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
BEAT_SECONDS = 10.0
# Without a beat, on another machine. Network file systems show times up to a minute late.
LEASE_SECONDS = 150.0
PATIENCE_SECONDS = 2.0  # with another that takes the same lock at the same moment

NO_KERNEL_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK, errno.EINVAL, errno.EBADF)
NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EMLINK, errno.EACCES)

# "silent": of another machine, and not yet long enough without a beat to be dead.
Fate = Literal["alive", "silent", "dead"]
_numbers = count()


@dataclass(frozen=True)
class Holding:
    """A lock file as it was found: who holds it, when it last beat, and what came of them."""

    holder: Holder | None
    beat_ns: int
    fate: Fate

    def __str__(self) -> str:
        return str(self.holder) if self.holder else "another process"


class HeldError(RunError):
    """The lock is held; `seen` tells by whom."""

    def __init__(self, path: Path, seen: Holding) -> None:
        super().__init__(f"{path.parent}: is being written by {seen} (wait for it or stop it)")
        self.seen = seen


class Hold:
    """A lock that this process holds."""

    def __init__(self, path: Path, name: str, descriptor: int) -> None:
        self._path, self._name, self._descriptor = path, name, descriptor
        self.from_dead = name != path.name  # who left its file
        self._over = threading.Event()
        threading.Thread(target=self._beat, name="lock", daemon=True).start()

    def check(self) -> None:
        """Raise `RunError` where another machine took this process for dead and went on itself."""
        mine = self._path.with_name(self._name)
        try:
            kept = os.path.samestat(os.fstat(self._descriptor), os.stat(mine))
        except FileNotFoundError:
            kept = False
        if not self._path.parent.is_dir():
            raise RunError(f"{self._path.parent}: is gone: it was deleted or renamed meanwhile")
        if not _names(self._path):
            raise RunError(f"{self._path}: was deleted, so that others may write here: it is left")
        if not kept or _names(self._path)[-1:] != [self._name]:
            raise RunError(
                f"{self._path.parent}: was silent for {LEASE_SECONDS:.0f} s, and another process "
                "goes on with it"
            )

    def release(self) -> None:
        self._over.set()
        names = _names(self._path)
        # Its own last and while the kernel's lock is on: until then nobody takes it.
        for name in names[: names.index(self._name) + 1] if self._name in names else ():
            with suppress(OSError):
                self._path.with_name(name).unlink()
        os.close(self._descriptor)

    def _beat(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            with suppress(OSError):
                os.utime(self._path.with_name(self._name))  # by the file server's clock


@contextmanager
def holding(path: Path) -> Iterator[Hold]:
    """Hold the lock `path`. Raises `HeldError` where a living process does, `RunError` else."""
    hold = _acquire(path)
    try:
        yield hold
    finally:
        hold.release()


@contextmanager
def writing(folder: Path) -> Iterator[Hold]:
    """Hold the lock of a run's folder, whose one writer this process is then."""
    with holding(folder / NAME) as hold:
        yield hold


def is_held(folder: Path) -> bool:
    """Whether a process is writing the run just now."""
    return holder_of(folder / NAME) is not None


def must_be_free(folder: Path) -> None:
    """Raise `HeldError` where a process is writing the run, or may be."""
    if seen := holder_of(folder / NAME):
        raise HeldError(folder / NAME, seen)


def holder_of(path: Path) -> Holding | None:
    """Who has the lock and is not known to be dead, by this machine's clock."""
    return _living(path, time.time_ns())


def _acquire(path: Path) -> Hold:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            hold = _try(path)
        except FileNotFoundError:  # the folder, or the new file, was tidied away meanwhile
            hold = None
            if not path.parent.is_dir():
                raise RunError(f"{path.parent}: is gone") from None
        except OSError as error:
            raise refused(path, error) from None
        if isinstance(hold, Hold):
            return hold
        if time.monotonic() > deadline:
            raise HeldError(path, hold or Holding(None, 0, "alive"))
        time.sleep(random.uniform(0.005, 0.05))


def _try(path: Path) -> Hold | Holding | None:
    """Take the lock; else the one who took it at the same moment, or None to try again.

    Raises `HeldError`, and what the disk raises.
    """
    names = _names(path)
    for name in names:
        if not stat.S_ISREG(os.lstat(path.with_name(name)).st_mode):
            raise RunError(f"{path}: is no plain file, so it is not written to (delete it)")
    mark = f".{path.name}.{os.uname().nodename[:64]}.{os.getpid()}.{next(_numbers)}.tmp"
    new = path.with_name(mark)
    descriptor = _create(new)
    name = f"{path.name}.{_generation(path, names[-1]) + 1}" if names else path.name
    rival: Holding | None = None
    try:
        _sign(descriptor)
        now_ns = os.fstat(descriptor).st_mtime_ns
        if held := _living(path, now_ns):
            raise HeldError(path, held)
        descriptor = _placed(new, path.with_name(name), descriptor)
        # Who takes it anew after a release, and who from the generation before, see each other.
        rival = _living(path, now_ns, besides=name)
        if rival is None:
            return Hold(path, name, descriptor)
        path.with_name(name).unlink()
    except FileExistsError:
        pass
    except BaseException:
        os.close(descriptor)
        raise
    finally:
        with suppress(OSError):
            new.unlink()
    os.close(descriptor)
    return rival


def _living(path: Path, now_ns: int, besides: str = "") -> Holding | None:
    """Who has the lock and is not known to be dead, if anybody."""
    others = (path.with_name(name) for name in _names(path) if name != besides)
    found = (_seen(other, now_ns) for other in others)
    return next((seen for seen in found if seen and seen.fate != "dead"), None)


def _placed(new: Path, place: Path, descriptor: int) -> int:
    """Give the lock file its place; its descriptor, another where there are no hard links.

    Raises `FileExistsError` where somebody was faster.
    """
    try:
        os.link(new, place)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        placed = _create(place)  # for a moment there is nobody in it
        try:
            _sign(placed)
        except BaseException:
            os.close(placed)
            raise
        os.close(descriptor)
        return placed
    return descriptor


def _create(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | NOT_ELSEWHERE, 0o644)


def _sign(descriptor: int) -> None:
    """Write who holds it, under the kernel's lock where the file system has such."""
    kernel = True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in NO_KERNEL_LOCKS and not isinstance(error, BlockingIOError):
            raise
        kernel = False
    os.write(descriptor, holder.this_process(kernel=kernel).text().encode())
    os.fsync(descriptor)


def _seen(path: Path, now_ns: int) -> Holding | None:
    """Who holds the lock file, if it is one."""
    try:
        descriptor = os.open(path, os.O_RDONLY | NOT_ELSEWHERE)
    except OSError:
        return None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return None
        text = os.pread(descriptor, 4096, 0).decode(errors="replace")
        who, kernel = holder.parse(text), _kernel_lock(descriptor)
    except OSError:  # a file server that is away: nothing is known
        return Holding(None, 0, "silent")
    finally:
        os.close(descriptor)
    silent = now_ns - found.st_mtime_ns <= LEASE_SECONDS * 1e9
    fate: Fate = "silent" if silent else "dead"
    if kernel:
        fate = "alive"
    elif who and who.is_here:
        fate = "alive" if who.lives and not (who.kernel and kernel is False) else "dead"
    elif who is None and text and kernel is False:
        fate = "dead"  # an earlier version's, which had the kernel's lock alone
    return Holding(who, found.st_mtime_ns, fate)


def _kernel_lock(descriptor: int) -> bool | None:
    """Whether the kernel's lock is on the file; None on a file system that has none."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    return False


def _names(path: Path) -> list[str]:
    """The names of a lock's files, oldest generation first."""
    try:
        names = os.listdir(path.parent)
    except OSError:
        return []
    found = [name for name in names if name == path.name or _is_later(path, name)]
    return sorted(found, key=lambda name: _generation(path, name))


def _is_later(path: Path, name: str) -> bool:
    return name.startswith(f"{path.name}.") and name[len(path.name) + 1 :].isdecimal()


def _generation(path: Path, name: str) -> int:
    return 0 if name == path.name else int(name[len(path.name) + 1 :])
