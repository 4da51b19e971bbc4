"""The one door for files that are read: regular ones only, no larger than asked for, one error."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from ibtui.errors import IbtuiError

TEXT_BYTES = 16 << 20  # far more than any profile or manifest has

# Neither waits for a pipe's other end, nor makes a terminal this process's own.
FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

KINDS = {
    stat.S_IFDIR: "is a folder",
    stat.S_IFIFO: "is a pipe",
    stat.S_IFCHR: "is a device",
    stat.S_IFBLK: "is a device",
    stat.S_IFSOCK: "is a socket",
}


class FileError(IbtuiError):
    """A file cannot be read: `path: reason`. `missing` says that there is none."""

    def __init__(self, path: Path, reason: str, *, missing: bool = False) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason, self.missing = path, reason, missing


def is_file(path: Path) -> bool:
    """Whether there is a regular file; False too for what can be no path."""
    return os.path.isfile(path)


def is_folder(path: Path) -> bool:
    """Whether there is a folder; False too for what can be no path (`Path.is_dir` raises)."""
    return os.path.isdir(path)


def open_regular(path: Path, most_bytes: int | None = None) -> BinaryIO:
    """A regular file, open for reading. Raises `FileError` for anything else.

    A pipe, a device or a folder is refused before a byte of it is read, and so is a file of more
    than `most_bytes`.
    """
    try:
        found = os.stat(path)
        _must_be_regular(path, found)
        descriptor = os.open(path, FLAGS)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        raise unreadable(path, error) from None
    stream = os.fdopen(descriptor, "rb")
    try:
        found = os.fstat(descriptor)  # it may have become another since
        _must_be_regular(path, found)
        if most_bytes is not None and found.st_size > most_bytes:
            raise FileError(path, f"is too large ({found.st_size} bytes, at most {most_bytes})")
    except BaseException:
        stream.close()
        raise
    return stream


def read_bytes(path: Path, most_bytes: int = TEXT_BYTES) -> bytes:
    """All of a regular file. Raises `FileError`."""
    with open_regular(path, most_bytes) as stream:
        try:
            content = stream.read(most_bytes + 1)
        except OSError as error:
            raise unreadable(path, error) from None
    if len(content) > most_bytes:  # it grew, or is one of those that have no size
        raise FileError(path, f"is too large (at most {most_bytes} bytes)")
    return content


def read_text(path: Path, most_bytes: int = TEXT_BYTES) -> str:
    """All of a regular file of UTF-8 text, with line ends as they are. Raises `FileError`."""
    try:
        return read_bytes(path, most_bytes).decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileError(path, f"cannot be read: not UTF-8 text ({error})") from None


def unreadable(path: Path, error: OSError | ValueError) -> FileError:
    """The error for a file that the system does not give."""
    missing = isinstance(error, FileNotFoundError | NotADirectoryError)
    reason = getattr(error, "strerror", None) or str(error)
    if missing:
        return FileError(path, "there is no such file", missing=True)
    return FileError(path, f"cannot be read: {reason}")


def _must_be_regular(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = KINDS.get(stat.S_IFMT(found.st_mode), "is something else")
        raise FileError(path, f"cannot be read: it {kind}, not a file")
