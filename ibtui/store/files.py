"""Files that are either whole or not there: atomic writes, and arrays read back with suspicion."""

from __future__ import annotations

import errno
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ibtui.errors import RunError, refused


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A handle whose bytes become `path` at the end, all at once; an error leaves `path` alone.

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
        _sync_folder(path.parent)
    except OSError as error:
        raise refused(path, error) from None


def sweep(folder: Path) -> None:
    """Remove what writers that were killed left half-written; only for the folder's one writer."""
    for stale in folder.glob(".*.tmp"):
        with suppress(OSError):
            stale.unlink()


def write_arrays(path: Path, arrays: Mapping[str, NDArray], *, compressed: bool = False) -> None:
    """Write plain arrays as NPZ, atomically. Raises `RunError` where the disk refuses.

    Not compressed unless asked: that takes 30 to 60 times as long and saves little, measured
    information being mostly mantissa.
    """
    save: Callable[..., None] = np.savez_compressed if compressed else np.savez
    with replacing(path) as handle:
        save(handle, **arrays)


def read_arrays(path: Path) -> dict[str, NDArray]:
    """All arrays of an NPZ, never unpickling. Raises `RunError` where it is missing or damaged."""
    try:
        with open(path, "rb") as handle, np.load(handle, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except FileNotFoundError:
        raise RunError(f"{path}: is missing") from None
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        reason = "it is cut short or no NPZ"
        if isinstance(error, OSError) and error.strerror:
            reason = error.strerror
        elif "pickle" in str(error) and zipfile.is_zipfile(path):
            reason = "it holds Python objects, which are never loaded"
        raise RunError(f"{path}: cannot be read: {reason}") from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Not every file system can sync a folder.
        if error.errno not in (errno.EINVAL, errno.EBADF, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
