"""Many runs in one table: what differs between them, and what each says of every layer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rich.table import Table
from rich.text import Text

from ibtui.analysis.interval import Interval
from ibtui.analysis.rule import Rule
from ibtui.analysis.summary import newest
from ibtui.analysis.verdict import Said, Verdict, verdicts
from ibtui.errors import UsageError
from ibtui.problems import did_you_mean
from ibtui.recording import PER_SERIES
from ibtui.report.facts import QUALITY
from ibtui.report.numbers import information_rows, number_cell, quality_rows, write_rows
from ibtui.report.words import number
from ibtui.store import flat, load, read_manifest

OF_A_NAME = ("name", "title", "expect")
WHERE = ("epoch", "series", "replicate", "layer")


def differing(folders: Sequence[Path]) -> list[str]:
    """The keys of the runs' profiles in which they differ, names apart. Raises `RunError`."""
    tables = [dict(flat(read_manifest(folder).profile)) for folder in folders]
    keys = dict.fromkeys(key for table in tables for key in table if key not in OF_A_NAME)
    return [
        key
        for key in keys
        if len({json.dumps(table.get(key), default=str) for table in tables}) > 1
    ]


class Told(NamedTuple):
    """What one run says of one layer under one series."""

    run: str
    status: str
    keys: dict[str, Any]  # those that differ, with their values
    series: str
    verdict: Verdict
    scores: dict[str, float]  # of the newest frame, means over the replicates


def told_of(folders: Sequence[Path], rule: Rule, series: str | None = None) -> Iterator[Told]:
    """Every run, series and layer; one run at a time is in memory.

    Raises `UsageError` where no run has the series, `RunError`.
    """
    keys = differing(folders)
    names = dict.fromkeys(name for one in folders for name in read_manifest(one).header.series)
    if series is not None and series not in names:
        raise UsageError(f"no run has the series {series!r}{did_you_mean(series, names)}")
    for folder in folders:
        run = load(folder)
        recording, table = run.recording, dict(flat(run.manifest.profile))
        own = {key: table.get(key, "") for key in keys}
        scores = {name: float(newest(recording, name).mean) for name in QUALITY}
        for k, name in enumerate(recording.header.series):
            if series in (None, name):
                for one in verdicts(recording, k, rule, planned=run.manifest.planned.last):
                    yield Told(folder.name, run.status, own, name, one, scores)


def write_verdicts(folders: Sequence[Path], out: Path, rule: Rule) -> Path:
    """Write runs-verdicts.csv, a row a run, series and layer. Raises `RunError`."""
    keys = differing(folders)
    names = ("run", "status", *keys, "series", "layer", "epoch", "replicates", "fits", "compresses")
    bits = tuple(f"{what}_{part}" for what in ("rise", "fall") for part in ("bits", "low", "high"))
    rows = (
        (
            *(one.run, one.status, *one.keys.values(), one.series, one.verdict.layer),
            *(one.verdict.epoch, one.verdict.used),
            *map(said, (one.verdict.fits, one.verdict.compresses)),
            *_numbers(one.verdict.phases.rise),
            *_numbers(one.verdict.phases.fall),
            *map(number_cell, one.scores.values()),
        )
        for one in told_of(folders, rule)
    )
    return write_rows(out / "runs-verdicts.csv", (*names, *bits, *QUALITY), rows)


def said(found: Said) -> str:
    """`yes`, `no` or `undecided`."""
    return "undecided" if found is None else "yes" if found else "no"


def _numbers(interval: Interval) -> Iterator[str]:
    return map(number_cell, (interval.value, interval.low, interval.high))


def write_tidy(folders: Sequence[Path], out: Path) -> Iterator[Path]:
    """Write runs-information.csv and runs-quality.csv: as those of one run, with a column `run`.

    One run at a time is in memory. Raises `RunError`.
    """
    yield write_rows(
        out / "runs-information.csv",
        ("run", *WHERE, *PER_SERIES),
        (
            (folder.name, *row)
            for folder in folders
            for row in information_rows(load(folder), PER_SERIES)
        ),
    )
    yield write_rows(
        out / "runs-quality.csv",
        ("run", "epoch", "replicate", *QUALITY),
        ((folder.name, *row) for folder in folders for row in quality_rows(load(folder))),
    )


def many_table(folders: Sequence[Path], series: str, rule: Rule) -> Table:
    """A row a run: the keys that differ, and the fall of I(X;T) of every layer."""
    keys = differing(folders)
    table = Table(box=None, pad_edge=False, title_justify="left")
    table.title = f"{series}: fall of I(X;T), bits, with its interval"
    rows: dict[str, dict[str, Told]] = {}
    for one in told_of(folders, rule, series):
        rows.setdefault(one.run, {})[one.verdict.layer] = one
    layers = list(dict.fromkeys(layer for row in rows.values() for layer in row))
    table.add_column("run", overflow="fold")
    for key in keys:
        table.add_column(key.rpartition(".")[2], justify="right", overflow="fold")
    for name in (*layers, "accuracy"):
        table.add_column(name, no_wrap=True)
    for run, row in rows.items():
        first = next(iter(row.values()))
        falls = (
            row[layer].verdict.phases.fall.show(2) if layer in row else "-" for layer in layers
        )
        accuracy = number(first.scores["test_accuracy"], 3)
        cells = (*map(str, first.keys.values()), *falls, accuracy)
        table.add_row(Text(run), *map(Text, cells))
    return table
