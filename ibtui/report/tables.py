"""Runs in words and tables, for people."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ibtui.analysis.disagreement import Disagreement, disagreements
from ibtui.analysis.summary import (
    Spread,
    above_entropy,
    dpi_violations,
    milestones,
    newest,
    quantities,
    saturated,
)
from ibtui.analysis.verdict import Rule, verdicts
from ibtui.estimate import Estimate, rows
from ibtui.recording import Recording
from ibtui.report.words import diverged, duration, number, some_of, started_again
from ibtui.store import Entry, Run

MARKS = {  # of the shares in a row of an estimate
    "saturated": "saturated",
    "above_hx": "above H(X)",
    "above_hy": "above H(Y)",
    "breaks_dpi": "violates the DPI",
}
STYLES = {"running": "green", "interrupted": "yellow", "failed": "red", "broken": "red"}
QUANTITIES = {  # of each array of information: name, decimals
    "i_xt_bits": ("I(X;T)", 2),
    "i_ty_bits": ("I(T;Y)", 3),
    "output_loss_bits": ("H(out|T)", 2),
}


def console() -> Console:
    """Standard output; where it is no terminal, wide enough that no table is cut."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=max(plain.width, 140))


def print_entries(entries: Sequence[Entry], root: Path) -> None:
    """The list of runs under `root`, and why broken ones are broken."""
    screen = console()
    if not entries:
        _say(screen, f"{root}: no runs (ibtui batch quickstart makes one)")
        return
    screen.print(entries_table(entries, screen.width))
    for entry in entries:
        if entry.error:
            _say(screen, entry.error)


def entries_table(entries: Sequence[Entry], width: int) -> Table:
    """The list of runs; below 100 columns without the date, which most names hold."""
    table = Table(box=None, pad_edge=False)
    table.add_column("run", overflow="fold")
    for name in ("status", "created") if width >= 100 else ("status",):
        table.add_column(name, no_wrap=True)
    for name in ("epoch", "replicates", "time", "accuracy"):
        table.add_column(name, justify="right", no_wrap=True)
    for entry in entries:
        about = entry.manifest
        cells = [Text(entry.folder.name), Text(entry.status, STYLES.get(entry.status, ""))]
        if width >= 100:
            cells.append(Text(f"{entry.created.astimezone():%Y-%m-%d %H:%M}"))
        if about is None:
            table.add_row(*cells)
            continue
        accuracy = about.results.test_accuracy if about.results else math.nan
        epoch, replicates = f"{about.epoch}/{about.planned.last}", str(about.header.replicates)
        table.add_row(*cells, epoch, replicates, duration(about.seconds), number(accuracy, 3))
    return table


def print_run(run: Run, screen: Console, rule: Rule | None = None) -> None:
    """Everything there is to say of a run, for people; `rule` defines fitting and compression."""
    rule = rule or Rule()
    for line in run_lines(run):
        _say(screen, line)
    for series in range(len(run.recording.header.series)):
        _say(screen, "")
        screen.print(layers_table(run.recording, series))
        for verdict in verdicts(run.recording, series, rule):
            _say(screen, f"{verdict.layer}  {verdict.line()}")
        for line in diagnosis_lines(run.recording, series):
            _say(screen, line)
    series = run.recording.header.series
    if "exact" in series and len(run.recording):
        for found in disagreements(run.recording, nulls=run.profile.nulls):
            _say(screen, "")
            screen.print(disagreement_table(found, run.recording.header.layers, rule))
    if run.recording.header.replicates > 1:
        _say(screen, "")
        _say(screen, "mean over the replicates \u00b1 half of its 95 % interval (Student's t)")
    if np.isfinite(run.recording.output_loss_bits).any():
        _say(
            screen,
            "H(out|T): what the discretized layer leaves open of the network's output, which the "
            "layer itself determines; 0: the discretization is valid",
        )
    if len(run.recording):
        for line in rule.lines():
            _say(screen, line)


def run_lines(run: Run) -> Iterator[str]:
    """What there is to say of a run above its tables, one line each."""
    about, header, profile = run.manifest, run.recording.header, run.profile
    yield f"{run.folder.name}  {profile.title}".rstrip()
    if profile.expect:
        yield f"expected: {profile.expect}"
    frames = f"{len(run.recording)} frames"
    if about.thinned_from:
        frames += f" (thinned, of {about.thinned_from:,})"
    yield (
        f"{run.status}, epoch {about.epoch} of {about.planned.last}, {frames}, "
        f"{header.replicates} replicates, {duration(about.seconds)} on {about.device}"
    )
    if about.error:
        yield f"failed: {about.error}"
    if about.overrides:
        yield f"changed: {', '.join(about.overrides)}"
    yield (
        f"{profile.data.name}, {header.samples} samples: H(X) = {header.input_bits:.3f} bits, "
        f"H(Y) = {header.label_bits:.3f} bits"
    )
    if not len(run.recording):
        yield "no frame has been recorded yet"
        return
    for name, digits in (("accuracy", 3), ("loss_nats", 4)):
        train, test = (newest(run.recording, f"{part}_{name}") for part in ("train", "test"))
        cells = (_interval(part, digits, header.replicates) for part in (train, test))
        yield "{}: train {}, test {}".format(name.replace("_", ", "), *cells)
    for restart in about.restarts:
        yield started_again(restart.replicate, restart.epoch, restart.seed)
    for column, epoch in sorted(about.diverged.items()):
        yield diverged(column, epoch)


def layers_table(recording: Recording, series: int) -> Table:
    """First, greatest and last information of each layer under one series.

    I(X;T), I(T;Y), and of series that discretize H(output | T discretized).
    """
    header = recording.header
    title = f"{header.series[series]}, bits"
    table = Table(box=None, pad_edge=False, title=title, title_justify="left")
    for name in ("layer", "of"):
        table.add_column(name, no_wrap=True)
    for name in ("first", "maximum", "at epoch", "last"):
        table.add_column(name, justify="right", no_wrap=True)
    found = {
        name: milestones(recording.epoch, getattr(recording, name)[:, series])
        for name in quantities(recording, series)
    }
    for n, layer in enumerate(header.layers):
        for name, stones in found.items():
            label, digits = QUANTITIES[name]
            first, greatest, last = (
                _interval(stone.at_layer(n), digits, header.replicates)
                for stone in (stones.first, stones.greatest, stones.last)
            )
            at = str(stones.greatest_epoch[n]) if stones.greatest.used[n] else ""
            start = layer if name == "i_xt_bits" else ""
            table.add_row(start, label, first, greatest, at, last)
    return table


def disagreement_table(found: Disagreement, layers: Sequence[str], rule: Rule) -> Table:
    """How far one series is from the exact count, and what it says otherwise by `rule`."""
    title = f"{found.series} against exact, bits, {found.frames} frames"
    table = Table(box=None, pad_edge=False, title=title, title_justify="left")
    table.add_column("layer", no_wrap=True)
    for name in ("off I(X;T)", "I(T;Y)", "I(T;Y) rises", "exact", "I(X;T) falls", "exact"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("differs on")
    fitting = found.agrees_on_fitting(rule.fits_bits)
    compression = found.agrees_on_compression(rule.compresses_bits)
    for n, layer in enumerate(layers):
        bits = (
            *(found.error_xt_bits[n], found.error_ty_bits[n]),
            *(found.rise_bits[n], found.true_rise_bits[n]),
            *(found.fall_bits[n], found.true_fall_bits[n]),
        )
        said = (("fitting", fitting[n]), ("compression", compression[n]))
        otherwise = [what for what, agrees in said if found.met[n] and not agrees]
        table.add_row(layer, *(number(float(one), 3) for one in bits), ", ".join(otherwise))
    return table


def print_estimate(made: Estimate) -> None:
    """What the estimators say of the user's activations."""
    table = Table(box=None, pad_edge=False)
    for name in ("layer", "series"):
        table.add_column(name, no_wrap=True)
    for name in ("units", "I(X;T) bits", "I(T;Y) bits", "output lost"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("marks")
    header = made.recording.header
    for row in rows(made):
        cells = [row["layer"], row["series"], str(row["units"])]
        for name in ("i_xt", "i_ty"):
            mean, deviation = row[f"{name}_bits"], row[f"{name}_deviation"]
            cell = "-" if mean is None else number(mean, 3)
            cells.append(cell if deviation is None else f"{cell} ({number(deviation, 3)})")
        lost = row["output_loss_bits"]
        cells.append("" if lost is None else number(lost, 3))
        marks = [f"{mark} in {row[name]:.0%}" for name, mark in MARKS.items() if row[name]]
        table.add_row(*map(Text, (*cells, ", ".join(marks))))
    screen = console()
    screen.print(table)
    _say(
        screen,
        f"{header.samples} samples: H(X) = {header.input_bits:.3f} bits, "
        f"H(Y) = {header.label_bits:.3f} bits",
    )
    if header.replicates > 1:
        _say(screen, f"means over {header.replicates} replicates (standard deviation)")
    lines: dict[tuple[str, str], list[str]] = {}
    for note in made.notes:
        lines.setdefault((note.layer, note.line), []).append(note.series)
    for (layer, line), series in lines.items():
        _say(screen, f"{layer}, {', '.join(series)}: {line}")


def diagnosis_lines(recording: Recording, series: int) -> Iterator[str]:
    """Where a series says nothing (saturation) or something impossible (above the entropy, DPI).

    Of the frames and replicates in which it was measured.
    """
    layers = recording.header.layers
    missing = np.all(np.isnan(recording.i_xt_bits[:, series]), axis=2)
    due = ~missing.all(axis=1)
    frames, replicates = due.sum(), (~missing.all(axis=0)).sum()
    reached = saturated(recording, series) | missing[:, :, None]
    full = reached[due].all(axis=1).sum(axis=0)
    if full.any():
        where = [f"{layers[n]} in {full[n]}" for n in np.flatnonzero(full)]
        yield f"I(X;T) = H(X) in all replicates: {', '.join(where)} of {frames} frames"
    above = above_entropy(recording, series)
    names = "I(X;T) above H(X)", "I(T;Y) above H(Y)"
    for name, there in zip(names, above, strict=True):
        if there.any():
            seen = there.any(axis=1).sum(axis=0)
            where = [f"{layers[n]} in {seen[n]}" for n in np.flatnonzero(seen)]
            yield (
                f"{name}, which is impossible: {', '.join(where)} of {frames} frames, "
                f"{there.any(axis=(0, 2)).sum()} of {replicates} replicates"
            )
    broken = dpi_violations(recording, series)
    if broken.any():
        rises = [
            f"{layers[n]} to {layers[n + 1]} in {broken[:, :, n].any(axis=1).sum()}"
            for n in np.flatnonzero(broken.any(axis=(0, 1)))
        ]
        yield (
            f"data processing inequality violated: {', '.join(rises)} of {frames} frames, "
            f"{broken.any(axis=(0, 2)).sum()} of {replicates} replicates"
        )


def _interval(stone: Spread, digits: int, replicates: int) -> str:
    """`8.72 ± 0.70`, half the 95 % interval; and how many replicates where not all have a value."""
    if not stone.used:
        return "-"
    text = number(float(stone.mean), digits)
    if stone.used > 1:
        text += f" ± {number(float(stone.high - stone.mean), digits)}"
    return text if stone.used == replicates else f"{text} ({some_of(int(stone.used), replicates)})"


def _say(screen: Console, line: str) -> None:
    screen.print(line, highlight=False, markup=False, soft_wrap=True)
