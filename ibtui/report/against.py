"""Against a key: what the runs of a sweep say of compression, over the values that it takes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from rich.table import Table
from rich.text import Text

from ibtui.analysis.interval import Interval
from ibtui.analysis.rule import Rule
from ibtui.analysis.verdict import verdicts
from ibtui.errors import UsageError
from ibtui.problems import did_you_mean
from ibtui.report.comparison import NOT_THERE
from ibtui.store import Run, flat


class Point(NamedTuple):
    """One run: the key's value in its profile, and by how many bits I(X;T) of each layer falls."""

    value: Any
    run: str
    fall_bits: dict[str, Interval]

    @property
    def told(self) -> list[str]:
        """The layers whose fall is known: more than one frame has been measured."""
        return [name for name, fall in self.fall_bits.items() if not math.isnan(fall.value)]


def points(runs: Sequence[Run], key: str, series: str, rule: Rule) -> list[Point]:
    """The runs in the order of the key's values.

    Raises `UsageError` where one has no such key or series.
    """
    found = []
    for run in runs:
        keys = dict(flat(run.manifest.profile))
        if key not in keys:
            near = did_you_mean(key, keys)
            raise UsageError(f"--against {key}: {run.folder.name} has no such key{near}")
        names = run.recording.header.series
        if series not in names:
            near = did_you_mean(series, names)
            raise UsageError(f"{run.folder.name} has no series {series!r}{near}")
        last = run.manifest.planned.last
        said = verdicts(run.recording, names.index(series), rule, planned=last)
        falls = {verdict.layer: verdict.phases.fall for verdict in said}
        found.append(Point(keys[key], run.folder.name, falls))
    return sorted(found, key=lambda point: (isinstance(point.value, str), _order(point.value)))


def against_table(found: Sequence[Point], key: str, series: str) -> Table:
    """A row a run: the value, and the fall of I(X;T) in bits with its interval, layer by layer."""
    title = f"{series}: fall of I(X;T), bits, with its interval"
    table = Table(box=None, pad_edge=False, title=title, title_justify="left")
    table.add_column(key, justify="right", no_wrap=True)
    table.add_column("run", overflow="fold")
    layers = list(dict.fromkeys(layer for point in found for layer in point.fall_bits))
    for layer in layers:
        table.add_column(layer, no_wrap=True)
    for point in found:
        cells = (point.fall_bits[layer].show(2) if layer in point.told else "-" for layer in layers)
        table.add_row(Text(str(point.value)), Text(point.run), *map(Text, cells))
    if any(len(point.told) < len(layers) for point in found):
        table.caption, table.caption_justify = f"{NOT_THERE}, or too few frames", "left"
    return table


def _order(value: Any) -> Any:
    return value if isinstance(value, int | float | str) else str(value)
