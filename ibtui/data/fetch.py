"""Fetch published data files over HTTP: resumed where they broke off, verified, kept whole."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ibtui.data import SOURCES
from ibtui.data.folder import Published, destination, find
from ibtui.errors import DataError, UsageError, refused
from ibtui.problems import did_you_mean

if TYPE_CHECKING:
    from http.client import HTTPResponse

MIRROR = "IBTUI_MIRROR"
BLOCK = 1 << 16
ATTEMPTS = 5  # connections to one address that may break before the next is tried
TIMEOUT_SECONDS = 30


class Progress(NamedTuple):
    """How far a fetch has come, over all files of the data set."""

    file: str
    bytes_done: int
    bytes_total: int


class _BrokenError(Exception):
    """One attempt at one address failed; `final` says that another would too."""

    def __init__(self, reason: str, final: bool) -> None:
        super().__init__(reason)
        self.final = final


def fetch(name: str, folder: Path | None = None) -> Iterator[Progress]:
    """Fetch the files of the data set `name` into `folder`, `IBTUI_DATA` or the user's cache.

    Files that are there and intact stay. Iterate to the end; abandoning it leaves a `.part` file
    from which the next fetch goes on. `IBTUI_MIRROR` replaces the addresses: files are then taken
    from `$IBTUI_MIRROR/NAME/FILE`.

    Raises `UsageError` for a data set that cannot be fetched, `DataError` where fetching fails.
    """
    if name not in SOURCES:
        raise UsageError(f"no data set is called {name!r}{did_you_mean(name, SOURCES)}")
    source = SOURCES[name]
    if not source.published:
        fetchable = ", ".join(known for known in SOURCES if SOURCES[known].published)
        raise UsageError(f"{name} has no files to fetch ({fetchable} have)")
    mirror = os.environ.get(MIRROR)
    if mirror and not mirror.startswith(("http://", "https://")):
        raise UsageError(f"{MIRROR}={mirror} is no http:// or https:// address")
    bases = (f"{mirror.rstrip('/')}/{name}",) if mirror else source.mirrors
    return fetch_files(source.published, bases, destination(name, folder))


def fetch_files(
    files: tuple[Published, ...], bases: tuple[str, ...], folder: Path
) -> Iterator[Progress]:
    """Fetch `files` from the first of `bases` that has them whole into `folder`."""
    sizes = {file.file: file.size for file in files}
    done = 0
    for file in files:
        path = folder / file.file
        present = find(file.names, [folder])  # what loading would take
        if present is None or not _is_intact(file, present):
            try:
                folder.mkdir(parents=True, exist_ok=True)
                for so_far, size in _fetch_file(file, bases, path):
                    sizes[file.file] = size or max(so_far, sizes[file.file])
                    yield Progress(file.file, done + so_far, sum(sizes.values()))
                sizes[file.file] = path.stat().st_size
            except OSError as error:
                elsewhere = "choose another folder with --data-dir, or its permissions"
                raise refused(path, error, elsewhere=elsewhere, kind=DataError) from None
        done += sizes[file.file]
        yield Progress(file.file, done, sum(sizes.values()))


def _is_intact(file: Published, path: Path) -> bool:
    try:
        return file.digest(path) == file.sha256
    except (OSError, EOFError, zlib.error):
        return False


def _fetch_file(
    file: Published, bases: tuple[str, ...], path: Path
) -> Iterator[tuple[int, int | None]]:
    """Bytes so far and in all, until `path` is whole and verified."""
    part = path.with_name(path.name + ".part")
    failures: list[str] = []
    for base in bases:
        url, reason = f"{base}/{file.file}", ""
        for _ in range(ATTEMPTS):
            resumed = part.exists() and part.stat().st_size > 0
            try:
                yield from _receive(url, part)
                if _is_intact(file, part):
                    os.replace(part, path)
                    return
                part.unlink()
                # What an earlier attempt left may stem from elsewhere: only a whole file counts.
                raise _BrokenError("not the published file (wrong sha256)", final=not resumed)
            except _BrokenError as broken:
                reason = f"{url}: {broken}"
                if broken.final:
                    break
        failures.append(reason)
    raise DataError(
        f"{file.file} could not be fetched: {'; '.join(failures)} (try again later, name another "
        f"address in {MIRROR}, or put the file into {path.parent} yourself)"
    )


def _receive(url: str, part: Path) -> Iterator[tuple[int, int | None]]:
    """Append what is missing of `url` to `part`; yield the bytes so far and in all."""
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    start = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": "ibtui", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    try:
        response: HTTPResponse = urlopen(Request(url, headers=headers), timeout=TIMEOUT_SECONDS)
    except HTTPError as error:
        error.close()
        if error.code == 416:  # nothing lies beyond what is there: the checksum says if it is whole
            return
        raise _BrokenError(f"HTTP {error.code} {error.reason}", final=True) from None
    except (OSError, HTTPException) as error:
        raise _BrokenError(str(getattr(error, "reason", None) or error), final=True) from None
    with response:
        appends = response.status == 206  # a server that knows no ranges sends everything again
        done = start if appends else 0
        length = response.headers.get("Content-Length")
        size = done + int(length) if length else None
        with part.open("ab" if appends else "wb") as out:
            while True:
                try:
                    block = response.read(BLOCK)
                except (OSError, HTTPException) as error:
                    raise _BrokenError(f"lost after {done} bytes: {error}", final=False) from None
                if not block:
                    break
                out.write(block)
                done += len(block)
                yield done, size
            out.flush()
            os.fsync(out.fileno())
    if size is not None and done < size:
        raise _BrokenError(f"lost after {done} of {size} bytes", final=False)
