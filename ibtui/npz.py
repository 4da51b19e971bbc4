"""NPZ and NPY files read with suspicion: what is in them is known before anything is unpacked."""

from __future__ import annotations

import ast
import math
import os
import re
import resource
import shlex
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from ibtui.files import FileError, open_regular, unreadable

MAGIC = b"\x93NUMPY"
HEADER_BYTES = 10_000  # what numpy itself believes of a header
DTYPE = re.compile(r"[<>|=]?[?a-zA-Z][0-9]{0,9}(\[[0-9a-zA-Z]{1,12}\])?")
HEADER = re.compile(
    r"\{[ !#-\[\]-~]*\}[ \n]*"
)  # printable, without quotation marks and backslashes
OBJECTS = "holds Python objects (pickled), which are never loaded"
BLOCK = 1 << 20
MOST_UNPACKED = 1 << 29  # bytes: beyond, a file must be no smaller than its share of them
MOST_RATIO = 100  # a bomb's is 1000; of real arrays of that size none comes near it
LIFTED = "IBTUI_UNPACK"  # set it to anything, and that is not looked at
CGROUP = Path("/sys/fs/cgroup/memory.max")  # a container's limit

# What zipfile raises over a damaged archive.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    KeyError,
    OverflowError,
    RuntimeError,  # encrypted; NotImplementedError is one
)

# The first bytes of files that people take for NPZ.
OTHERS = {
    b"\x80": "is a Python pickle, which is never loaded",
    b"\x89HDF": "is an HDF5 file",
    b"MATLAB 5.0": "is a MATLAB file",
    b"PAR1": "is a Parquet file",
    b"\x1f\x8b": "is packed by gzip (unpack it)",
}
TORCH = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # how files of an early torch.save begin
CONVERT = (
    "import sys, torch, numpy; d = torch.load(sys.argv[1], map_location='cpu'); "
    "numpy.savez(sys.argv[2], **{k: v.numpy(force=True) for k, v in d.items()})"
)


@dataclass(frozen=True)
class Stored:
    """An array as its header describes it."""

    shape: tuple[int, ...]
    dtype: np.dtype
    fortran: bool
    offset: int  # where its values begin

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


class Archive:
    """The arrays of an open file: `stored` by name, and why others cannot be read in `damaged`."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self.path = path
        self.stored: dict[str, Stored] = {}
        self.damaged: dict[str, str] = {}
        self._stream = stream
        self._zip: zipfile.ZipFile | None = None
        self._members: dict[str, zipfile.ZipInfo] = {}
        self._size = os.fstat(stream.fileno()).st_size
        head = stream.read(len(TORCH))
        stream.seek(0)
        if head.startswith(MAGIC):
            self._describe("", stream, self._size)
        else:
            self._open_zip(head)

    def read(self, name: str) -> NDArray:
        """The values of an array, in the machine's byte order. Raises `FileError`."""
        if name not in self.stored:
            raise self._error(name, self.damaged.get(name, "is missing"))
        found = self.stored[name]
        self.must_fit((name,))
        try:
            if self._zip is None:
                self._stream.seek(0)
                values = _values(self._stream, found)
            else:
                with self._zip.open(self._members[name]) as stream:
                    values = _values(cast(BinaryIO, stream), found)
        except MemoryError:
            raise self._error(name, f"takes {found.nbytes / 2**30:.1f} GiB of memory") from None
        except EOFError:
            raise self._error(name, "is cut short") from None
        except DAMAGE as error:
            raise self._error(name, _damaged(error)) from None
        except OSError as error:
            raise unreadable(self.path, error) from None
        return values.astype(found.dtype.newbyteorder("="), copy=False)

    def must_fit(self, names: Iterable[str]) -> None:
        """Raise `FileError` where the arrays would not fit into this machine's memory together.

        So it does where a small file unpacks to very much, as none does that a program wrote.
        """
        wanted = sum(self.stored[name].nbytes for name in names if name in self.stored)
        if wanted > max(MOST_UNPACKED, MOST_RATIO * self._size) and not os.environ.get(LIFTED):
            raise FileError(
                self.path,
                f"unpacks from {self._size / 2**20:.1f} MiB to {wanted / 2**30:.1f} GiB, as if to "
                f"fill the memory (where that is right, set {LIFTED}=1)",
            )
        if wanted > memory_bytes():
            raise FileError(
                self.path,
                f"unpacks to {wanted / 2**30:.1f} GiB, more than this machine's "
                f"{memory_bytes() / 2**30:.1f} GiB of memory",
            )

    def _error(self, name: str, reason: str) -> FileError:
        return FileError(self.path, f"array {name!r} {reason}" if name else reason)

    def _open_zip(self, head: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(self._stream)
            members = self._zip.infolist()
        except DAMAGE:
            raise FileError(self.path, _what_it_is(self.path, head)) from None
        except OSError as error:
            raise FileError(self.path, f"is cut short or no NPZ file ({error})") from None
        names = {member.filename for member in members}
        if any(name.split("/")[-1] == "data.pkl" for name in names):
            raise FileError(self.path, _of_torch(self.path))
        for member in members:
            name = member.filename.removesuffix(".npy")
            if name == member.filename:
                self.damaged[name] = "is no array"
            elif name in self._members or name in self.damaged:
                self.stored.pop(name, None)
                self.damaged[name] = "is there twice"
            elif member.flag_bits & 1:
                self.damaged[name] = "is encrypted"
            elif member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                self.damaged[name] = f"is packed in an unknown way ({member.compress_type})"
            else:
                self._members[name] = member
                self._describe_member(name, member)

    def _describe_member(self, name: str, member: zipfile.ZipInfo) -> None:
        assert self._zip is not None
        try:
            with self._zip.open(member) as stream:
                self._describe(name, cast(BinaryIO, stream), member.file_size)
        except DAMAGE as error:
            self.damaged[name] = _damaged(error)
        except OSError as error:
            self.damaged[name] = f"is damaged: {error.strerror or error}"

    def _describe(self, name: str, stream: BinaryIO, size: int) -> None:
        found = _read_header(stream)
        if isinstance(found, str):
            self.damaged[name] = found
        elif found.offset + found.nbytes != size:
            self.damaged[name] = (
                f"is cut short: {max(size - found.offset, 0)} of the {found.nbytes} bytes of "
                f"{found.dtype} {found.shape}"
                if found.offset + found.nbytes > size
                else "is longer than its header says"
            )
        else:
            self.stored[name] = found


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """The archive in a file; an NPY file is one with a single array, named "".

    Raises `FileError` where there is none, with what the file is instead.
    """
    with open_regular(path) as stream:
        yield Archive(path, stream)


def memory_bytes() -> int:
    """The memory of this machine, or what of it this process may have."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [whole, resource.getrlimit(resource.RLIMIT_AS)[0]]
    with suppress(OSError, ValueError):  # no such file, or "max"
        limits.append(int(CGROUP.read_text()))
    return min(limit for limit in limits if limit > 0)


def _read_header(stream: BinaryIO) -> Stored | str:
    """What the header of an NPY file says, or what is wrong with it."""
    start = stream.read(10)
    if not start.startswith(MAGIC) or len(start) < 10:
        return "is cut short" if MAGIC.startswith(start[:6]) else "is no array"
    length, offset = struct.unpack("<H", start[8:])[0], 10
    if start[6] > 1:
        length, offset = length + (struct.unpack("<H", stream.read(2))[0] << 16), 12
    if length > HEADER_BYTES:
        return "has a header that is too long"
    text = stream.read(length).decode("latin-1")
    if len(text) < length:
        return "is cut short"
    try:
        table = ast.literal_eval(text.strip()) if HEADER.fullmatch(text) else None
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        table = None
    match table:
        case {"descr": str(descr), "fortran_order": bool(fortran), "shape": tuple(shape)}:
            pass
        case {"descr": list()}:
            return "is a table of records, not an array of plain values"
        case _:
            return "has a damaged header"
    if not all(type(side) is int and 0 <= side < 2**62 for side in shape) or len(shape) > 32:
        return "has a damaged header"
    try:
        dtype = np.dtype(descr) if DTYPE.fullmatch(descr) else None
    except (TypeError, ValueError, SyntaxError):
        dtype = None
    if dtype is None or not dtype.itemsize:
        return f"has values of an unknown type ({descr[:20]})"
    if dtype.hasobject:
        return OBJECTS
    return Stored(shape, dtype, fortran, offset + length)


def _values(stream: BinaryIO, found: Stored) -> NDArray:
    stream.read(found.offset)
    flat = np.empty(math.prod(found.shape), found.dtype)
    left = flat.view(np.uint8).data if flat.nbytes else memoryview(b"")
    while len(left):
        block = stream.read(min(len(left), BLOCK))
        if not block:
            raise EOFError
        left[: len(block)] = block
        left = left[len(block) :]
    stream.read(1)  # beyond the end: now the checksum is looked at
    return flat.reshape(found.shape, order="F" if found.fortran else "C")


def _damaged(error: Exception) -> str:
    reason = "its checksum is wrong" if "CRC" in str(error) else str(error)
    return f"is damaged: {reason}"


def _what_it_is(path: Path, head: bytes) -> str:
    if head.startswith(TORCH):
        return _of_torch(path)
    other = next((said for start, said in OTHERS.items() if head.startswith(start)), "")
    return other or "is cut short or no NPZ file"


def _of_torch(path: Path) -> str:
    target = path.with_suffix(".npz").name
    words = f'python -c "{CONVERT}" {shlex.quote(str(path))} {shlex.quote(target)}'
    return f"was written by torch.save (pickled), which is never loaded; convert it: {words}"
