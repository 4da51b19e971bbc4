"""Damage: what happens to files, at random: to their bytes, to the tables and arrays in them."""

from __future__ import annotations

import io
import os
import random
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import tomli
import tomli_w

Mutate = Callable[[random.Random, bytes], bytes]

ODD = (
    *(b"", b"\0", b"\xff", b"\n", b",", b";", b'"', b"'", b"[", b"]", b"{", b"=", b"#"),
    *(b"nan", b"inf", b"-inf", b"1e999", b"-1", b"true", b"1_0", b"\xef\xbb\xbf", b"\x1b]0;x\x07"),
    *(b"9" * 400, b"9" * 5000, b"x" * 300, b"[" * 500, b"a." * 1200, b"[[x]]\n" * 200),
    *(b"1970-01-01T00:00:00", b"0001-01-01T00:00:00+23:00", b"9999-12-31T23:59:59-23:00"),
    *(b"|O", b"<f9", b"(-1,)", b"(99999999999,)", b"PK\x05\x06", b"PK\x03\x04", b"\x93NUMPY"),
)
VALUES: tuple[Any, ...] = (
    *(-1, 0, 1, 2, 3, 2**31, 2**62, 2**63 - 1, -(2**63), 1e-320, 1e308, -1e308),
    *(float("nan"), float("inf"), -float("inf"), True, False, 0.5, "", "x", "x" * 5000, "NaN"),
    *("[/x] [red]", "\x1b]52;c;eA==\x07", "../../x", "/dev/zero", "~nobody", "é\u202eh", "=1+1"),
    *([], [[]], [{}], {}, {"": {}}, [0, "a"], [1.5] * 300, {"a": {"b": {"c": 1}}}),
    *(datetime(2026, 11, 20, 10, 8), datetime(1, 1, 1), datetime(2026, 1, 1).date()),
)
SHAPES = ((), (0,), (1,), (2,), (6,), (6, 4), (4, 6, 1), (20, 1), (20, 20, 2))
DTYPES = ("?", "i1", "<u8", "f2", ">f8", "c8", "S3", "U2", "M8[ns]", "m8[D]", "V3")


def damaged(rng: random.Random, content: bytes) -> bytes:
    """The content with 1 to 4 changes: bytes flipped, cut, doubled, put in, or numbers replaced."""
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(content) + 1)
        end = min(len(content), at + rng.choice((1, 1, 2, 8, 64, 1000)))
        match rng.randrange(7):
            case 0 if at < len(content):
                flipped = content[at] ^ 1 << rng.randrange(8)
                content = content[:at] + bytes((flipped,)) + content[at + 1 :]
            case 1:
                content = content[:at]
            case 2:
                content = content[:at] + content[end:]
            case 3:
                content = content[:end] + content[at:]
            case 4:
                content = content[:at] + rng.choice(ODD) + content[at:]
            case 5:
                content = content[:at] + rng.choice(ODD) + content[end:]
            case _:
                content = _other_number(rng, content)
    return content


def _other_number(rng: random.Random, content: bytes) -> bytes:
    """One number of a text is another thing."""
    numbers = list(re.finditer(rb"-?[0-9][0-9.e+-]*", content[: 1 << 16]))
    if not numbers:
        return content
    found = rng.choice(numbers)
    return content[: found.start()] + rng.choice(ODD) + content[found.end() :]


def damaged_toml(rng: random.Random, content: bytes) -> bytes:
    """TOML that is sound, in which some keys hold other things, are gone, or are new."""
    if rng.random() < 0.3:
        return damaged(rng, content)
    table = tomli.loads(content.decode())
    for _ in range(rng.randint(1, 3)):
        _other_value(rng, table)
    with suppress(ValueError):  # what TOML cannot hold
        return tomli_w.dumps(table).encode(errors="replace")
    return content


def _other_value(rng: random.Random, table: dict[str, Any]) -> None:
    here: Any = table
    while True:
        places = list(here) if isinstance(here, dict) else list(range(len(here)))
        if not places:
            return
        place = rng.choice(places)
        inner = here[place]
        if not isinstance(inner, dict | list) or not inner or rng.random() < 0.2:
            break
        here = inner
    match rng.randrange(6):
        case 0:
            del here[place]
        case 1 if isinstance(here, dict):
            here[rng.choice(("sweep", "new", "\x1b[31m", "x" * 300, ""))] = deepcopy(
                rng.choice(VALUES)
            )
        case 2 if isinstance(here, list):
            here.extend(here * rng.choice((1, 100)))
        case _:
            here[place] = deepcopy(rng.choice(VALUES))


def damaged_npz(rng: random.Random, content: bytes) -> bytes:
    """An NPZ file with a damaged member in a sound archive, or a damaged archive."""
    if rng.random() < 0.2:
        return damaged(rng, content)
    made = io.BytesIO()
    packing = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(made, "w", packing) as out:
        names = given.namelist()
        chosen = rng.choice(names)
        for name in names:
            values = given.read(name)
            if name == chosen:
                match rng.randrange(6):
                    case 0:
                        continue
                    case 1:
                        values = damaged(rng, values[:128]) + values[128:]
                    case 2:
                        values = damaged(rng, values)
                    case 3:
                        values = _other_array(rng)
                    case 4:
                        more = rng.choice(("more.npy", "odd", "a/../b.npy"))
                        if more not in names:
                            out.writestr(more, values)
                    case _:
                        values = _other_values(rng, values)
            out.writestr(name, values)
    return made.getvalue()


def _other_array(rng: random.Random) -> bytes:
    array = np.zeros(rng.choice(SHAPES), rng.choice(DTYPES))
    if array.dtype.kind in "fc" and rng.random() < 0.7:
        with np.errstate(over="ignore"):
            array = array + rng.choice((np.nan, np.inf, -1, 1e308))
    return _npy(array)


def _other_values(rng: random.Random, content: bytes) -> bytes:
    """The same shape and type, other numbers: all of them, or some."""
    array = np.load(io.BytesIO(content))
    if array.dtype.kind not in "iuf" or not array.size:
        return content
    flat = array.reshape(-1).copy()
    chosen = slice(None) if rng.random() < 0.3 else rng.randrange(flat.size)
    if array.dtype.kind == "f":
        flat[chosen] = rng.choice((np.nan, np.inf, -np.inf, -1.0, 0.0, 1e30, -1e30, 1e-30))
    else:
        most = np.iinfo(array.dtype)
        flat[chosen] = rng.choice((most.min, most.max, most.max // 2, 0, 1, 7))
    return _npy(flat.reshape(array.shape))


def _npy(array: np.ndarray) -> bytes:
    made = io.BytesIO()
    np.save(made, array)
    return made.getvalue()


def of_kind(path: Path) -> Mutate:
    """The damage that goes deepest into such a file."""
    return {".npz": damaged_npz, ".toml": damaged_toml}.get(path.suffix, damaged)


def damage_file(rng: random.Random, path: Path) -> None:
    """The file's content is damaged, or something else is in its place."""
    if rng.random() < 0.93:
        path.write_bytes(of_kind(path)(rng, path.read_bytes()))
        return
    path.unlink()
    match rng.randrange(5):
        case 0:
            os.mkfifo(path)
        case 1:
            path.mkdir()
        case 2:
            path.symlink_to("/dev/zero")
        case 3:
            path.symlink_to(path.name)  # to itself
        case _:
            pass  # gone
