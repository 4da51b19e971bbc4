"""Numbers: several runs in rows: their numbers at the cursor, verdicts, how the profiles differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from ibtui.analysis.verdict import Verdict
from ibtui.report.words import number
from ibtui.tui.draw.names import DROPPED, shortened
from ibtui.tui.look.averages import PerReplicate
from ibtui.tui.look.columns import words
from ibtui.tui.look.judged import brief
from ibtui.tui.look.many import Laid
from ibtui.tui.look.tracks import chosen_replicate, track
from ibtui.tui.look.view import NATS_PER_BIT, Look, View

NAME, LONGEST_NAME = 12, 40  # columns of a run's name
VERDICT = 16
VALUE = 24  # columns of a value of a profile, at most
TOLD_ELSEWHERE = ("name", "title", "expect")  # keys that say nothing of the experiment


class Column(NamedTuple):
    """A heading, and what it says of a run: a text, and whether that is a plain number."""

    title: str
    width: int
    cell: Callable[[Laid], str]


def rows_of(
    runs: Sequence[Laid],
    profiles: Sequence[Mapping[str, Any]],
    view: View,
    look: Look,
    width: int,
) -> list[Strip]:
    """All that is told of the runs in rows of about `width` columns; `profiles` are theirs."""
    if not runs:
        return []
    first = runs[0].shown
    series = first.recording.header.series[first.series(view.series)]
    rows = [
        *_block(f"{series} [{view.unit}]", _groups(runs, series, view), runs, look, width),
        *_verdicts(runs, series, view, look, width),
        *_differences(runs, profiles, look, width),
    ]
    return rows[1:]


def _groups(runs: Sequence[Laid], series: str, view: View) -> list[list[Column]]:
    """What stands side by side where there is room, else below each other."""
    pinned = next((one for one in runs if one.pinned and len(runs) > 1), None)
    groups = [
        [
            Column("epoch", 7, _epoch),
            Column("accur", 6, lambda one: number(_quality(one, "test_accuracy", view), 3)),
            Column("loss", 6, lambda one: number(_loss(one, view), 3)),
        ]
    ]
    layers = _layers(runs, view)
    for axis, title, digits in ((0, "I(X;T)", 2), (1, "I(T;Y)", 3)):
        groups.append(
            [
                Column(
                    f"{title} {layer}" if place == 0 else layer,
                    9 if place == 0 else 6,
                    _information(axis, layer, series, view, digits),
                )
                for place, layer in enumerate(layers)
            ]
        )
    if pinned is not None:
        for axis, title, digits in ((0, "I(X;T)", 2), (1, "I(T;Y)", 3)):
            groups.append(
                [
                    Column(
                        f"{title}-{pinned.letter} {layer}" if place == 0 else layer,
                        11 if place == 0 else 6,
                        _information(axis, layer, series, view, digits, pinned),
                    )
                    for place, layer in enumerate(layers)
                ]
            )
    return groups


def _layers(runs: Sequence[Laid], view: View) -> list[str]:
    """The layers that any run has, or the one that is looked at."""
    names = dict.fromkeys(name for run in runs for name in run.shown.recording.header.layers)
    if view.bright is None:
        return list(names)
    first = runs[0].shown.recording.header.layers
    return list(first[view.bright : view.bright + 1]) or list(names)


def _block(
    title: str, groups: Sequence[Sequence[Column]], runs: Sequence[Laid], look: Look, width: int
) -> Iterator[Strip]:
    """Groups of columns, as many side by side as fit; a heading, and a row a run."""
    names = _name_width(runs)
    for place, columns in enumerate(_side_by_side(groups, width - names - 4)):
        yield Strip.blank(0)
        head = "".join(f"{column.title:>{column.width}} " for column in columns)
        left = title if place == 0 else ""
        yield Strip([Segment(f" {left:<{names + 2}} {head}", look.palette.strong)])
        for run in runs:
            cells = "".join(f"{column.cell(run):>{column.width}} " for column in columns)
            yield Strip([*_named(run, names, look), Segment(f" {cells}")])


def _side_by_side(groups: Sequence[Sequence[Column]], room: int) -> Iterator[list[Column]]:
    row: list[Column] = []
    used = 0
    for group in groups:
        wide = sum(column.width + 1 for column in group)
        if row and used + wide > room:
            yield row
            row, used = [], 0
        row, used = [*row, *group], used + wide
    yield row


def _verdicts(
    runs: Sequence[Laid], series: str, view: View, look: Look, width: int
) -> Iterator[Strip]:
    """What the series says of the layers: in words where it is of one run or one layer."""
    layers = _layers(runs, view)
    if len(runs) > 1 and len(layers) > 1:

        def said(layer: str) -> Callable[[Laid], str]:
            return lambda run: verdict_words(_verdict(run, layer, series))

        columns = [[Column(layer, VERDICT, said(layer))] for layer in layers]
        yield from _block("verdicts, bits", columns, runs, look, width)
        return
    names = _name_width(runs)
    yield Strip.blank(0)
    yield Strip([Segment(" verdicts, bits", look.palette.strong)])
    for run in runs:
        for layer in layers:
            found = _verdict(run, layer, series)
            line = brief(found, max(width - names - 8, 40)) if found else "-"
            start = [*_named(run, names, look)] if len(runs) > 1 else []
            yield Strip([*start, Segment(f" {layer} {line}")])


def _verdict(run: Laid, layer: str, series: str) -> Verdict | None:
    found = (one for one in run.shown.verdicts if (one.layer, one.series) == (layer, series))
    return next(found, None)


def verdict_words(verdict: Verdict | None) -> str:
    """A verdict in `VERDICT` characters: `fits, compr 1.07`; `-` where there is none yet."""
    if verdict is None or not verdict.used or verdict.frames < 2:
        return "-"
    fits = {True: "fits", False: "no fit", None: "fit?"}[verdict.fits]
    fall = verdict.phases.fall.value
    if verdict.forgets:
        falls = f"forg {fall:.2f}"
    elif verdict.compresses is None:
        falls = f"{'falls' if verdict.falls else 'fall?'} {fall:.1f}"
    else:
        falls = f"compr {fall:.2f}" if verdict.compresses else "no compr"
    return f"{fits}, {falls}"


def _differences(
    runs: Sequence[Laid], profiles: Sequence[Mapping[str, Any]], look: Look, width: int
) -> Iterator[Strip]:
    """A row a key that is not the same in all profiles, a column a run."""
    if len(runs) < 2:
        return
    keys = dict.fromkeys(key for profile in profiles for key in profile)
    rows = []
    for key in keys:
        values = [words(profile[key]) if key in profile else "-" for profile in profiles]
        if key not in TOLD_ELSEWHERE and len(set(values)) > 1:
            rows.append((key, values))
    yield Strip.blank(0)
    strong, faint = look.palette.strong, look.palette.frame
    if not rows:
        yield Strip([Segment(" the profiles are the same", faint)])
        return
    left = max(len("profiles differ in"), *(len(key) for key, _ in rows))
    dropped = DROPPED[look.markers]
    wide = [min(max(map(len, column)), VALUE) for column in zip(*(v for _, v in rows), strict=True)]
    head = [Segment(f" {'profiles differ in':<{left}} ", strong)]
    for run, room in zip(runs, wide, strict=True):
        head += _mark(run, look)
        head.append(Segment(" " * room))
    yield Strip(head)
    for key, values in rows:
        segments = [Segment(f" {key:<{left}} ")]
        for place, (value, room) in enumerate(zip(values, wide, strict=True)):
            [short] = shortened([value], room, dropped)
            same = place and value == values[0]
            segments.append(Segment(f"{short:<{room}}  ", faint if same else Style()))
        yield Strip(segments)


def _name_width(runs: Sequence[Laid]) -> int:
    return min(max([NAME, *(cell_len(run.name) for run in runs)]), LONGEST_NAME if runs else NAME)


def _named(run: Laid, width: int, look: Look) -> list[Segment]:
    [name] = shortened([run.name], width, DROPPED[look.markers])
    return [Segment(" "), *_mark(run, look), Segment(f"{set_cell_size(name, width)} ")]


def _mark(run: Laid, look: Look) -> list[Segment]:
    """A run's letter in its colour, and a blank."""
    style = look.palette.run(run.slot or 0) + Style(bold=True, reverse=run.pinned)
    return [Segment(run.letter, style), Segment(" ")] if run.letter else []


def _epoch(run: Laid) -> str:
    return "-" if run.shown.epoch is None else str(run.shown.epoch)


def _loss(run: Laid, view: View) -> float:
    return _quality(run, "test_loss_nats", view) * view.factor / NATS_PER_BIT


def _quality(run: Laid, quantity: PerReplicate, view: View) -> float:
    """A quantity of the networks at the cursor: the mean, or of the replicate that is looked at."""
    shown = run.shown
    recording, at = shown.recording, shown.cursor.at
    if not 0 <= at < len(recording):
        return math.nan
    series = shown.series(view.series)
    replicate = chosen_replicate(recording, shown.averages, series, view)
    if replicate is None:
        return float(shown.averages.of(recording, quantity).mean[at])
    return float(getattr(recording, quantity)[at, replicate])


def _information(
    axis: int, layer: str, series: str, view: View, digits: int, base: Laid | None = None
) -> Callable[[Laid], str]:
    """What a layer knows at the cursor, or how much more than in the run `base`."""

    def bits(run: Laid) -> float:
        at, shown = run.series(series), run.shown
        names = shown.recording.header.layers
        if at is None or layer not in names:
            return math.nan
        path = track(shown.recording, shown.cursor, shown.averages, at, view)
        return float(path.now[axis, names.index(layer)]) * view.factor

    def cell(run: Laid) -> str:
        if base is None:
            return number(bits(run), digits)
        if run is base:
            return ""
        more = bits(run) - bits(base)
        return "-" if math.isnan(more) else f"{more:+.{digits}f}"

    return cell
