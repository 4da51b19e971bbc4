"""Files that are either whole or not there: atomic writes, and arrays read back with suspicion."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ibtui.errors import ELSEWHERE, RunError, refused
from ibtui.files import FileError
from ibtui.npz import MOST_UNPACKED, Archive, opened


@contextmanager
def replacing(path: Path, elsewhere: str = ELSEWHERE) -> Iterator[BinaryIO]:
    """A handle whose bytes become `path` at the end, all at once; an error leaves `path` alone.

    A link in that place is replaced, and what it leads to is left alone.

    Temporary file in the same folder, fsync, `os.replace`, fsync of the folder: a crash of the
    machine leaves the old file or the new one. Raises `RunError` where the disk refuses.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        try:
            with open(temporary, "wb") as handle:
                yield handle
                handle.flush()
                os.fsync(handle.fileno())
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise refused(path, error, elsewhere=elsewhere) from None


@contextmanager
def replacing_text(path: Path, elsewhere: str = ELSEWHERE) -> Iterator[io.TextIOWrapper]:
    """Like `replacing`, for UTF-8 text whose line ends stay as they are written."""
    with replacing(path, elsewhere) as handle:
        text = io.TextIOWrapper(handle, encoding="utf-8", newline="")
        yield text
        text.detach()


def remove_temporaries(folder: Path) -> None:
    """Remove what writers that were killed left half-written; only for the folder's one writer."""
    for stale in folder.glob(".*.tmp"):
        with suppress(OSError):
            stale.unlink()


def write_arrays(path: Path, arrays: Mapping[str, NDArray], *, compressed: bool = False) -> None:
    """Write plain arrays as NPZ, atomically. Raises `RunError` where the disk refuses.

    Not compressed unless asked: that takes 30 to 60 times as long and saves little, measured
    information being mostly mantissa. What is too large to be read back where it shrinks to almost
    nothing is not compressed either.
    """
    small = sum(array.nbytes for array in arrays.values()) <= MOST_UNPACKED
    save: Callable[..., None] = np.savez_compressed if compressed and small else np.savez
    with replacing(path) as handle:
        save(handle, **arrays)


def read_arrays(path: Path, names: Sequence[str] = ()) -> dict[str, NDArray]:
    """The arrays of an NPZ, all or those named, never unpickling.

    Raises `RunError` where it is missing or damaged.
    """
    with archive(path) as found:
        wanted = names or [*found.damaged, *found.stored]
        found.must_fit(wanted)
        return {name: found.read(name) for name in wanted}


@contextmanager
def archive(path: Path) -> Iterator[Archive]:
    """The arrays in an NPZ file of a run. Raises `RunError` where it is missing or damaged."""
    try:
        with opened(path) as found:
            yield found
    except FileError as error:
        raise RunError(f"{path}: is missing" if error.missing else str(error)) from None


def sync_folder(folder: Path) -> None:
    """Let the names in a folder outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Not every file system can sync a folder.
        if error.errno not in (errno.EINVAL, errno.EBADF, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
