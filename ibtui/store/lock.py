"""A run has one writer, who holds the kernel's lock on a file in the folder until its end."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ibtui.errors import RunError
from ibtui.store.files import refused

NAME = "lock"
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
        descriptor = os.open(folder / NAME, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _acquire(path: Path) -> int:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise refused(path, error) from None
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


def _busy(path: Path, descriptor: int) -> RunError:
    writer = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
    os.close(descriptor)
    by = f"process {writer}" if writer else "another process"
    return RunError(f"{path.parent}: is being written by {by} (wait for it or stop it)")
