"""The user's own arrays: what `batch` and `estimate` take, and refuse in the same words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ibtui.data.labels import Numbers, numbered
from ibtui.errors import DataError
from ibtui.files import FileError
from ibtui.npz import Archive, opened
from ibtui.problems import did_you_mean

INPUTS = ("x", "X", "inputs")
LABELS = ("y", "Y", "labels", "targets")
SHOWN = 10  # names of arrays told in a message


@contextmanager
def arrays_in(path: Path) -> Iterator[Archive]:
    """The arrays of an NPZ file. Raises `DataError` for what is none, and for damage in it."""
    try:
        with opened(path) as archive:
            if "" in archive.stored or "" in archive.damaged:
                stem = path.with_suffix("").name
                raise DataError(
                    f"{path}: is one array without a name; put inputs and labels into one file: "
                    f"numpy.savez({stem + '.npz'!r}, x=numpy.load({path.name!r}), y=labels)"
                )
            yield archive
    except FileError as error:
        none = error.missing or error.reason.endswith("no NPZ file")
        hint = " (numpy.savez makes one)" if none else ""
        raise DataError(f"{error}{hint}") from None


def name_of(
    archive: Archive, given: str | None, known: Sequence[str], what: str, option: str
) -> str | None:
    """The name of the array that is meant: the one given, or the one that is called as `known`.

    None where there is none and none was given. Raises `DataError` where it is not there, cannot
    be read, or two could be meant.
    """
    names = [*archive.stored, *archive.damaged]
    if given is not None:
        if given not in names:
            raise DataError(
                f"{archive.path}: holds no array {given!r}{did_you_mean(given, names)} "
                f"(set {option} to the name of its {what})"
            )
        found = [given]
    else:
        found = [name for name in known if name in names]
    if len(found) > 1:
        both = " and ".join(found)
        raise DataError(f"{archive.path}: {both} mean the same (say by {option} which it is)")
    return found[0] if found else None


def must_have(archive: Archive, name: str | None, known: Sequence[str], what: str, option: str):
    """The name, or a `DataError` that lists what is there."""
    if name is None:
        names = [*archive.stored, *archive.damaged]
        listed = ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
        called = f"{', '.join(known[:-1])} or {known[-1]}"
        raise DataError(
            f"{archive.path}: has no {what}: none of its arrays ({listed}) is called {called} "
            f"(set {option} to the one that holds them)"
        )
    return name


def read_labels(
    archive: Archive, name: str, many: bool, remedy: str
) -> tuple[Numbers, tuple[str, ...]]:
    """Each sample's label as a number, and the labels' names. Raises `DataError`."""
    return numbered(archive.read(name), f"{archive.path}: {name}", many, remedy)


def read_inputs(archive: Archive, name: str, samples: int) -> NDArray:
    """Inputs (N, ...), one row a sample, finite numbers. Raises `DataError`."""
    where = f"{archive.path}: {name}"
    stored = archive.stored.get(name)
    if stored is not None and (stored.dtype.kind not in "biuf" or not stored.shape):
        raise DataError(f"{where} is {stored.dtype} {stored.shape}, not an array of numbers")
    values = archive.read(name)
    if len(values) != samples:
        raise DataError(
            f"{where}: {len(values)} inputs but {samples} labels (give one label a sample)"
        )
    must_be_finite(values, where)
    return values


def flat(values: NDArray) -> NDArray:
    """(N, ...) as (N, U)."""
    return values.reshape(len(values), math.prod(values.shape[1:]))


def must_be_finite(values: NDArray, where: str) -> None:
    """Raise `DataError` with the place of the first value that is no finite 32-bit number."""
    if values.dtype.kind != "f" or not values.size:
        return
    most = np.finfo(np.float32).max
    if values.min() >= -most and values.max() <= most:  # NaN if one is
        return
    place = tuple(map(int, np.argwhere(~(np.abs(values) <= most))[0]))
    raise DataError(
        f"{where}{list(place)} is {values[place]}, no finite 32-bit number (mend the value or "
        "leave that sample out)"
    )
