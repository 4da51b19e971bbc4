"""A fuzzer of files: damaged ones give one line each, never a traceback.

    python -m tests.benchmarks.fuzz --minutes 30 --seed 1 --keep failures/

mutates real CSV and NPZ files and run folders at random, reads them as the program does,
and keeps every input that ends in anything but an `IbtuiError`, or takes longer than 5 s.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import re
import shutil
import tempfile
import time
import traceback
import warnings
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from rich.console import Console

from ibtui import store
from ibtui.data.activations import read_activations
from ibtui.data.own import Npz
from ibtui.data.table import Csv
from ibtui.errors import IbtuiError
from ibtui.report.facts import entry_values, run_values
from ibtui.report.listing import rows_table
from ibtui.report.run import print_run
from tests.store.scripted_runs import finished, interrupted

MOST_SECONDS = 5.0
ODD = (
    *(
        b"",
        b"\0",
        b"\xff",
        b"\n",
        b",",
        b";",
        b'"',
        b"'",
        b"[",
        b"]",
        b"{",
        b"=",
        b"#",
        b"\xef\xbb\xbf",
    ),
    *(
        b"nan",
        b"inf",
        b"-inf",
        b"1e999",
        b"-1",
        b"9" * 400,
        b"9" * 5000,
        b"true",
        b"1_0",
        b"x" * 300,
    ),
    *(
        b"[" * 500,
        b"a." * 1200,
        b"\x1b]0;x\x07",
        b"1970-01-01T00:00:00",
        b"0001-01-01T00:00:00+23:00",
    ),
    *(b"|O", b"<f9", b"(-1,)", b"(99999999999,)", b"PK\x05\x06", b"PK\x03\x04", b"\x93NUMPY"),
)
Mutate = Callable[[random.Random, bytes], bytes]


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


def damaged_npz(rng: random.Random, content: bytes) -> bytes:
    """An NPZ file with a damaged member in a sound archive, or a damaged archive."""
    if rng.random() < 0.3:
        return damaged(rng, content)
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(made, "w") as out:
        names = given.namelist()
        chosen = rng.choice(names)
        for name in names:
            values = given.read(name)
            if name == chosen:
                match rng.randrange(4):
                    case 0:
                        continue
                    case 1:
                        values = damaged(rng, values[:128]) + values[128:]
                    case 2:
                        values = damaged(rng, values)
                    case _:
                        values = _other_array(rng)
            out.writestr(name, values)
    return made.getvalue()


def _other_array(rng: random.Random) -> bytes:
    array = np.zeros(
        rng.choice(((), (0,), (1,), (2,), (6,), (6, 4), (4, 6, 1), (20, 1), (20, 20, 2))),
        rng.choice(("?", "i1", "<u8", "f2", ">f8", "c8", "S3", "U2", "M8[ns]", "m8[D]", "V3")),
    )
    if array.dtype.kind in "iufc" and rng.random() < 0.7:
        array = (
            array + rng.choice((np.nan, np.inf, -1, 1e308)) if array.dtype.kind in "fc" else array
        )
    made = io.BytesIO()
    np.save(made, array)
    return made.getvalue()


class Samples:
    """What is mutated: a CSV file, an NPZ file, and the files of two run folders."""

    def __init__(self, folder: Path) -> None:
        rng = np.random.default_rng(0)
        y = np.arange(60) % 3
        table = np.column_stack((rng.normal(size=(60, 3)).round(3), y))
        self.csv = "\n".join(["", *(",".join(map(str, row)) for row in table.tolist())])
        self.csv = ("a,b,c,kind" + self.csv).encode()
        made = io.BytesIO()
        np.savez(made, x=table[:, :3], y=y, T1=rng.normal(size=(60, 4)), T2=np.ones((2, 60, 1)))
        self.npz = made.getvalue()
        self.runs = [finished(folder / "runs"), interrupted(folder / "runs")]


def try_csv(rng: random.Random, samples: Samples, folder: Path) -> None:
    path = folder / "input.csv"
    path.write_bytes(damaged(rng, samples.csv))
    options = rng.choice(({}, {"header": True}, {"label": 0}, {"many_labels": True, "skip": ()}))
    Csv(path=str(path), **options).load(None).found()


def try_npz(rng: random.Random, samples: Samples, folder: Path) -> None:
    path = folder / "input.npz"
    path.write_bytes(damaged_npz(rng, samples.npz))
    with suppress(IbtuiError):
        Npz(path=str(path), many_labels=rng.random() < 0.5).load(None).found()
    read_activations(path).found()


def try_run(rng: random.Random, samples: Samples, folder: Path) -> None:
    """A run folder with one damaged file, as `list`, `show`, `replay` and a resumption read it."""
    given = rng.choice(samples.runs)
    run = folder / "input"
    shutil.copytree(given, run)
    path = rng.choice(sorted(run.glob("*.*")))
    change = damaged_npz if path.suffix == ".npz" else damaged
    path.write_bytes(change(rng, path.read_bytes()))
    entries = store.list_runs(folder)
    for entry in entries:
        json.dumps(entry_values(entry), allow_nan=False)
    screen = Console(file=io.StringIO(), width=140)
    screen.print(rows_table([store.row_of(entry) for entry in entries], screen.width))
    with suppress(IbtuiError):
        store.load_checkpoint(run)
    found = store.load(run)
    json.dumps(run_values(found), allow_nan=False)
    print_run(found, screen)


KINDS = {"csv": try_csv, "npz": try_npz, "run": try_run}


def fuzz(
    kind: str, seed: int, count: int, keep: Path | None = None, until: float = float("inf")
) -> tuple[int, list[str]]:
    """Try inputs `seed`, `seed` + 1, …; how many, and the tracebacks of those that failed."""
    failures = []
    with tempfile.TemporaryDirectory() as place:
        samples = Samples(Path(place))
        for number in range(seed, seed + count):
            if time.monotonic() > until:
                return number - seed, failures
            folder = Path(place) / "input"
            folder.mkdir()
            began, failure = time.monotonic(), ""
            try:
                KINDS[kind](random.Random(f"{kind}{number}"), samples, folder)
            except IbtuiError as error:
                if not str(error) or len(str(error)) > 100_000:
                    failure = f"an error of {len(str(error))} characters"
            except (Exception, SystemExit):  # a bug is what is looked for
                failure = traceback.format_exc()
            if time.monotonic() - began > MOST_SECONDS:
                failure = f"took {time.monotonic() - began:.1f} s"
            if failure:
                failures.append(f"{kind} {number}: {failure}")
                if keep is not None:
                    shutil.copytree(folder, keep / f"{kind}-{number}", dirs_exist_ok=True)
            shutil.rmtree(folder)
    return count, failures


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-failures"))
    parser.add_argument("--kind", choices=KINDS, action="append")
    asked = parser.parse_args()
    kinds = asked.kind or list(KINDS)
    warnings.simplefilter("ignore")
    for kind in kinds:
        until = time.monotonic() + asked.minutes * 60 / len(kinds)
        count, failures = fuzz(kind, asked.seed, 10**9, asked.keep, until)
        print(f"{kind}: {count} inputs, {len(failures)} failures")
        last = {failure.strip().splitlines()[-1]: failure for failure in failures}
        for failure in last.values():
            print(failure)


if __name__ == "__main__":
    main()
