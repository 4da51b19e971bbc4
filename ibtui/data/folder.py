"""Where data files lie: the folder asked for, `IBTUI_DATA`, then the user's cache."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import platformdirs

from ibtui.errors import DataError
from ibtui.files import FileError, is_file, is_folder, open_regular

ENVIRONMENT = "IBTUI_DATA"


GZIP = b"\x1f\x8b"
PACKED_BY = 64  # more than images and labels shrink when they are gzipped


class _Unpacked(gzip.GzipFile):
    """The content of a gzipped stream, which is closed with it."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(fileobj=stream)
        self._stream = stream

    def close(self) -> None:
        super().close()
        self._stream.close()


@dataclass(frozen=True)
class Published:
    """A file as its publisher offers it: its name, its size in bytes, and a checksum.

    The sha256 of a `.gz` is that of its unpacked content, because mirrors pack the same bytes
    differently; so the unpacked file serves as well. That of an archive is the archive's own.
    """

    file: str
    size: int
    sha256: str

    @property
    def packed(self) -> bool:
        """Whether it is one gzipped file, which may also lie there unpacked."""
        return self.file.endswith(".gz") and not self.file.endswith(".tar.gz")

    @property
    def names(self) -> tuple[str, ...]:
        """The names under which it may lie in a folder."""
        return (self.file, self.file[: -len(".gz")]) if self.packed else (self.file,)

    @property
    def most_bytes(self) -> int:
        """What its content may come to: of a packed file the size is not published."""
        return PACKED_BY * self.size if self.packed else self.size

    def digest(self, path: Path) -> str:
        """The sha256 of what `path` holds. Raises as `open` and `gzip` do."""
        seen = hashlib.sha256()
        with self.open(path) as stream:
            while block := stream.read(1 << 20):
                seen.update(block)
        return seen.hexdigest()

    def open(self, path: Path) -> BinaryIO:
        """The content of `path`, unpacked if it is gzipped. Raises `FileError`."""
        stream = open_regular(path)
        # Told by its first bytes: while it is being fetched, its name ends in .part.
        start = stream.read(2)
        stream.seek(0)
        return cast(BinaryIO, _Unpacked(stream)) if self.packed and start == GZIP else stream

    def read(self, path: Path, name: str) -> bytes:
        """The unpacked content of `path`, of the data set `name`.

        Raises `DataError` where it cannot be read or is not what was published.
        """
        remedy = f"(delete it and fetch it anew: ibtui data fetch {name})"
        try:
            with self.open(path) as stream:
                content = stream.read(self.most_bytes + 1)
        except FileError as error:
            raise DataError(str(error)) from None
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DataError(f"{path}: damaged gzip file: {error} {remedy}") from None
        except OSError as error:
            raise DataError(f"{path}: cannot be read: {error.strerror}") from None
        if len(content) > self.most_bytes:
            raise DataError(f"{path}: unpacks to far more than was published {remedy}")
        seen = hashlib.sha256(content).hexdigest()
        if seen != self.sha256:
            raise DataError(
                f"{path}: not the published file of {name}: {len(content)} bytes with sha256 "
                f"{seen[:12]}…, not {self.sha256[:12]}… {remedy}"
            )
        return content


def roots(folder: Path | None) -> list[Path]:
    """The folders that may hold data, in the order in which they are looked through."""
    asked = [folder] if folder is not None else []
    named = os.environ.get(ENVIRONMENT)
    if named:
        asked.append(Path(os.path.expanduser(named)))  # of a user who is not there: as it is
    return [*asked, platformdirs.user_cache_path("ibtui") / "data"]


def destination(name: str, folder: Path | None) -> Path:
    """The folder into which the files of the data set `name` are fetched."""
    return roots(folder)[0] / name


def places(name: str, folder: Path | None) -> list[Path]:
    """The folders in which the files of the data set `name` may lie, each root's own first.

    Raises `DataError` where the folder asked for does not exist.
    """
    if folder is not None and not is_folder(folder):
        raise DataError(f"{folder}: no such data folder (create it, or leave out --data-dir)")
    return [place for root in roots(folder) for place in (root / name, root)]


def find_file(names: Iterable[str], within: Iterable[Path]) -> Path | None:
    """The first file with one of these names in the first of these folders that has one."""
    candidates = (place / name for place in within for name in names)
    return next((path for path in candidates if is_file(path)), None)


def find_published(file: Published, name: str, folder: Path | None) -> Path:
    """Where a published file of the data set `name` lies. Raises `DataError` if nowhere."""
    looked = places(name, folder)
    path = find_file(file.names, looked)
    if path is None:
        raise DataError(
            f"{name}: {file.file} is in none of {', '.join(map(str, looked))} "
            f"(fetch it: ibtui data fetch {name}, or point --data-dir or {ENVIRONMENT} at it)"
        )
    return path


def find_own(file: str, folder: Path | None) -> Path:
    """Where a user's own file lies: as it is named, or in a data folder."""
    try:
        path = Path(file).expanduser()
    except RuntimeError as error:  # of a user who is not there
        raise DataError(f"{file}: {error} (set data.path to where it is)") from None
    if os.path.lexists(path) and not is_folder(path):
        return path
    looked = [] if path.is_absolute() else [root / path for root in roots(folder)]
    found = next((place for place in looked if is_file(place)), None)
    if found is None:
        everywhere = ", ".join(str(place.parent) for place in [path.absolute(), *looked])
        raise DataError(f"{file}: no such file in {everywhere} (set data.path to where it is)")
    return found
