"""Fetch published data files over HTTP: resumed where they broke off, verified, kept whole."""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from ibtui.data import SOURCES
from ibtui.data.folder import Published, destination, find_file
from ibtui.errors import DataError, UsageError, refused
from ibtui.files import FileError
from ibtui.problems import did_you_mean

if TYPE_CHECKING:
    from http.client import HTTPResponse

MIRROR = "IBTUI_MIRROR"
BLOCK = 1 << 16
ATTEMPTS = 5  # connections to one address that may break before the next is tried
TIMEOUT_SECONDS = 30
PATIENCE_SECONDS, LEAST_BYTES_A_SECOND = 30, 1000
OTHERWISE_PACKED = 4  # how much larger the file of a mirror may be
SCHEMES = ("http", "https")


class Fetched(NamedTuple):
    """How far a fetch has come, over all files of the data set."""

    file: str
    bytes_done: int
    bytes_total: int


class _BrokenError(Exception):
    """One attempt at one address failed; `final` says that another would too."""

    def __init__(self, reason: str, final: bool) -> None:
        super().__init__(reason)
        self.final = final


def fetch(name: str, folder: Path | None = None) -> Iterator[Fetched]:
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
    if mirror and not _is_address(mirror):
        shown = mirror if mirror.isprintable() else ascii(mirror)
        raise UsageError(f"{MIRROR}={shown} is no http:// or https:// address")
    bases = (f"{mirror.rstrip('/')}/{name}",) if mirror else source.mirrors
    return fetch_files(source.published, bases, destination(name, folder))


def _is_address(url: str) -> bool:
    """Whether it is an address that this program speaks to."""
    try:
        found = urlsplit(url)
        _ = found.port
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and " " not in url
    return plain and found.scheme in SCHEMES and bool(found.hostname)


def fetch_files(
    files: tuple[Published, ...], bases: tuple[str, ...], folder: Path
) -> Iterator[Fetched]:
    """Fetch `files` from the first of `bases` that has them whole into `folder`."""
    sizes = {file.file: file.size for file in files}
    done = 0
    for file in files:
        path = folder / file.file
        present = find_file(file.names, [folder])  # what loading would take
        if present is None or not _is_intact(file, present):
            try:
                folder.mkdir(parents=True, exist_ok=True)
                for so_far, size in _fetch_file(file, bases, path):
                    sizes[file.file] = size or max(so_far, sizes[file.file])
                    yield Fetched(file.file, done + so_far, sum(sizes.values()))
                sizes[file.file] = path.stat().st_size
            except OSError as error:
                elsewhere = "choose another folder with --data-dir, or its permissions"
                raise refused(path, error, elsewhere=elsewhere, kind=DataError) from None
        done += sizes[file.file]
        yield Fetched(file.file, done, sum(sizes.values()))


def _is_intact(file: Published, path: Path) -> bool:
    try:
        return file.digest(path) == file.sha256
    except (FileError, OSError, EOFError, zlib.error):
        return False


def _fetch_file(
    file: Published, bases: tuple[str, ...], path: Path
) -> Iterator[tuple[int, int | None]]:
    """Bytes so far and in all, until `path` is whole and verified."""
    part = path.with_name(path.name + ".part")
    failures: list[str] = []
    # A mirror may have packed the same bytes otherwise.
    most = OTHERWISE_PACKED * file.size if file.packed else file.size
    for base in bases:
        url, reason = f"{base}/{file.file}", ""
        for _ in range(ATTEMPTS):
            resumed = part.exists() and part.stat().st_size > 0
            try:
                yield from _receive(url, part, most)
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


def _receive(url: str, part: Path, most: int) -> Iterator[tuple[int, int | None]]:
    """Append what is missing of `url` to `part`; yield the bytes so far and in all.

    What has, or says that it has, more than `most` bytes is not the file and is not kept.
    """
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import Request

    from ibtui.data.http import RefusedError, opener

    start = part.stat().st_size if part.exists() else 0
    if start > most:
        part.unlink()
        start = 0
    headers = {"User-Agent": "ibtui", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    try:
        response: HTTPResponse = opener().open(
            Request(url, headers=headers), timeout=TIMEOUT_SECONDS
        )
    except HTTPError as error:
        error.close()
        if error.code == 416:  # nothing lies beyond what is there: the checksum says if it is whole
            return
        raise _BrokenError(_line(f"HTTP {error.code} {error.reason}"), final=True) from None
    except (OSError, HTTPException, RefusedError, ValueError) as error:
        reason = _line(str(getattr(error, "reason", None) or error))
        raise _BrokenError(reason or "closed the connection", final=True) from None
    with response:
        appends = response.status == 206  # a server that knows no ranges sends everything again
        done = start if appends else 0
        size = _whole_size(response.headers.get("Content-Length"), done, most)
        with open(part, "ab" if appends else "wb", opener=_not_through_a_link) as out:
            for block in _blocks(response, done):
                done += len(block)
                if done > most:
                    out.truncate(0)
                    raise _BrokenError(f"sends more than {most} bytes, as no such file has", True)
                out.write(block)
                yield done, size
            out.flush()
            os.fsync(out.fileno())
    if size is not None and done < size:
        raise _BrokenError(f"lost after {done} of {size} bytes", final=False)


def _not_through_a_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o666)


def _whole_size(length: str | None, done: int, most: int) -> int | None:
    """The size that a server gives, if it does."""
    if not length:
        return None
    if not (length.isascii() and length.isdecimal() and len(length) < 20):
        raise _BrokenError(f"gives a length that is none ({length[:20]!a})", final=True)
    size = done + int(length)
    if size > most:
        raise _BrokenError(f"has {size} bytes, but what was published at most {most}", final=True)
    return size


def _blocks(response: HTTPResponse, done: int) -> Iterator[bytes]:
    """What a server sends, as it comes; one that only drips is given up."""
    from http.client import HTTPException

    began, sent = time.monotonic(), 0
    while True:
        try:
            block = response.read1(BLOCK)
        except (OSError, HTTPException, ValueError) as error:
            raise _BrokenError(_line(f"lost after {done} bytes: {error}"), final=False) from None
        if not block:
            return
        done, sent = done + len(block), sent + len(block)
        seconds = time.monotonic() - began
        if seconds > PATIENCE_SECONDS:
            if sent < LEAST_BYTES_A_SECOND * seconds:
                raise _BrokenError(f"is too slow: {sent} bytes in {seconds:.0f} s", final=True)
            began, sent = time.monotonic(), 0
        yield block


def _line(text: str) -> str:
    """A server's words as one printable line that is not long."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(plain.split())[:200]
