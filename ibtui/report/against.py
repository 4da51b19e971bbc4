"""Against a key: what the runs of a sweep say of compression, over the values that it takes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from rich.table import Table
from rich.text import Text

from ibtui.analysis.interval import Interval
from ibtui.analysis.rule import Rule
from ibtui.analysis.verdict import verdicts
from ibtui.errors import UsageError
from ibtui.problems import did_you_mean
from ibtui.report.comparison import NOT_THERE
from ibtui.store import Run, experiment_of, flat, load, pooled, read_manifest

Change = Literal["fall", "rise", "lasting", "forgotten"]
CHANGES: dict[Change, str] = {  # of `Phases`, in words
    "fall": "fall of I(X;T)",
    "lasting": "fall of I(X;T) that lasts",
    "rise": "rise of I(T;Y)",
    "forgotten": "loss of I(T;Y)",
}


Group = tuple[Any, list[Path], str]  # the key's value, its runs, and what tells them from others


class Point(NamedTuple):
    """Runs that differ by their seeds alone: the key's value in their profile, and by how many bits
    each layer changes, of all their replicates together."""

    value: Any
    run: str  # its folder's name, or how many there are
    bits: dict[str, Interval]
    runs: int = 1
    left_out: int = 0  # runs that share a seed with one of these, or have no frame

    @property
    def told(self) -> list[str]:
        """The layers whose change is known: more than one frame has been measured."""
        return [name for name, bits in self.bits.items() if not math.isnan(bits.value)]


def points(
    folders: Sequence[Path], key: str, series: str, rule: Rule, change: Change = "fall"
) -> list[Point]:
    """The runs in the order of the key's values, the runs of one experiment as one point.

    Only those of one point are in memory. Of two runs that share a seed the one with more frames
    counts. Raises `UsageError` where one has no such key or series, `RunError`.
    """
    found = []
    for value, group, others in _groups(folders, key, series):
        runs = _different(load(folder) for folder in group)
        recording = pooled(runs) if len(runs) > 1 else runs[0].recording
        last = max(run.manifest.planned.last for run in runs)
        at = recording.header.series.index(series)
        said = verdicts(recording, at, rule, planned=last)
        changes = {one.layer: getattr(one.phases, change) for one in said}
        name = runs[0].folder.name
        if len(runs) > 1:
            name = f"{len(runs)} runs, {recording.header.replicates} replicates{others}"
        found.append(Point(value, name, changes, len(runs), len(group) - len(runs)))
    return sorted(found, key=lambda point: (isinstance(point.value, str), _order(point.value)))


def _groups(folders: Sequence[Path], key: str, series: str) -> Iterator[Group]:
    """The runs of each experiment and value of the key."""
    groups: dict[str, tuple[Any, list[Path], dict[str, Any]]] = {}
    for folder in folders:
        about = read_manifest(folder)
        keys = dict(flat(about.profile))
        if key not in keys:
            near = did_you_mean(key, keys)
            raise UsageError(f"--against {key}: {folder.name} has no such key{near}")
        names = about.header.series
        if series not in names:
            near = did_you_mean(series, names)
            raise UsageError(f"{folder.name} has no series {series!r}{near}")
        header = about.header
        axes = names, header.layers, header.units, header.samples
        experiment = experiment_of(about.profile)
        what = json.dumps([keys[key], experiment, axes], default=str)
        table = dict(flat(experiment))
        groups.setdefault(what, (keys[key], [], table))[1].append(folder)
    tables = [table for *_, table in groups.values()]
    differ = [
        name
        for name in dict.fromkeys(name for table in tables for name in table)
        if name != key and len({str(table.get(name)) for table in tables}) > 1
    ]
    for value, group, table in groups.values():
        yield value, group, "".join(f", {name}={table.get(name, '-')}" for name in differ)


def _different(runs: Iterable[Run]) -> list[Run]:
    """Runs without a seed in common, and without those that have no frame if others have."""
    kept: list[Run] = []
    seen: set[int] = set()
    for run in sorted(runs, key=lambda run: -len(run.recording)):
        if not kept or (len(run.recording) and not seen & {*run.manifest.seeds}):
            kept.append(run)
            seen |= {*run.manifest.seeds}
    return kept


def against_table(found: Sequence[Point], key: str, series: str, change: Change = "fall") -> Table:
    """A row a point: the value, and the change in bits with its interval, layer by layer."""
    title = f"{series}: {CHANGES[change]}, bits, with its interval"
    table = Table(box=None, pad_edge=False, title=title, title_justify="left")
    table.add_column(key, justify="right", no_wrap=True)
    table.add_column("run", overflow="fold")
    layers = list(dict.fromkeys(layer for point in found for layer in point.bits))
    for layer in layers:
        table.add_column(layer, no_wrap=True)
    for point in found:
        cells = (point.bits[layer].show(2) if layer in point.told else "-" for layer in layers)
        table.add_row(Text(str(point.value)), Text(point.run), *map(Text, cells))
    notes = []
    if any(len(point.told) < len(layers) for point in found):
        notes.append(f"{NOT_THERE}, or too few frames")
    if left_out := sum(point.left_out for point in found):
        runs = "1 run is" if left_out == 1 else f"{left_out} runs are"
        notes.append(
            f"{runs} left out: another has a replicate of the same seed, or no frame is there"
        )
    if notes:
        table.caption, table.caption_justify = "\n".join(notes), "left"
    return table


def _order(value: Any) -> Any:
    return value if isinstance(value, int | float | str) else str(value)
