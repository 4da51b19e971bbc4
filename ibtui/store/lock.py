"""A run has one writer, who holds the kernel's lock on a file in the folder until its end."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ibtui.errors import RunError
from ibtui.store.files import refused

NAME = "lock"
# Not through a link, which could lead to any file of the user, and not waiting for a pipe.
NOT_ELSEWHERE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
PATIENCE_SECONDS = 0.5  # a reader that looks whether the run is alive holds the lock for an instant


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the folder's lock. Raises `RunError` where another process holds it.

    A lock file that a killed process left behind is no lock: only the kernel's lock counts.
    """
    path = folder / NAME
    descriptor = _acquire(path)
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        # Unlinked while it is still held, so that nobody can lock a name about to vanish.
        with suppress(OSError):
            path.unlink()
        os.close(descriptor)


def is_held(folder: Path) -> bool:
    """Whether a process is writing the run just now."""
    try:
        descriptor = os.open(folder / NAME, os.O_RDONLY | NOT_ELSEWHERE)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks
        return False
    finally:
        os.close(descriptor)
    return False


def _acquire(path: Path) -> int:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | NOT_ELSEWHERE, 0o644)
        except OSError as error:
            if error.errno == errno.ELOOP or path.is_dir():
                raise _no_lock(path) from None
            raise refused(path, error) from None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise _no_lock(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The former holder may have unlinked the file between open and lock.
            if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                return descriptor
        except FileNotFoundError:
            pass
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise _busy(path, descriptor) from None
            time.sleep(0.02)
        except OSError as error:
            reason = f"cannot be locked: {error.strerror}"
            raise RunError(f"{path}: {reason} (choose another file system with --runs)") from None
        os.close(descriptor)


def _no_lock(path: Path) -> RunError:
    return RunError(f"{path}: is no plain file, so it is not written to (delete it)")


def _busy(path: Path, descriptor: int) -> RunError:
    writer = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
    os.close(descriptor)
    by = f"process {writer}" if writer else "another process"
    return RunError(f"{path.parent}: is being written by {by} (wait for it or stop it)")
