"""The numbers of a run, for spreadsheets and other programs: long CSV tables, one JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ibtui.analysis.summary import quantities, spread
from ibtui.errors import refused
from ibtui.recording import DERIVED, PER_LAYER, PER_SERIES
from ibtui.report.facts import QUALITY, disagreement_values, run_values
from ibtui.store import Run
from ibtui.store.files import replacing_text
from ibtui.text import cell, file_part

INFORMATION = (*PER_SERIES, *DERIVED)
BINS = ("bin_low", "bin_high", "activations")
ELSEWHERE = "choose another folder with --out, or its permissions"


def write_csv(run: Run, folder: Path) -> Iterator[Path]:
    """Write RUN-information.csv, RUN-conditional.csv, RUN-layers.csv and RUN-quality.csv.

    A row is a value's place; NaN is left empty. Cells are a column where a series chose them.
    RUN-histograms.csv too, a row a bin, where the run
    recorded histograms; RUN-unit-histograms.csv, a row a bin that is not empty, where it did so by
    unit and label; and RUN-disagreement.csv, a row a series and layer, where it has other series
    beside the exact one.

    Raises `RunError` where the disk refuses.
    """
    chosen = np.isfinite(run.recording.cells).any()
    told = [name for name in PER_SERIES if name != "cells" or chosen]
    yield write_rows(
        folder / f"{file_part(run.folder.name)}-information.csv",
        ("epoch", "series", "replicate", "layer", *told),
        information_rows(run, told),
    )
    yield write_rows(
        folder / f"{file_part(run.folder.name)}-conditional.csv",
        ("epoch", "series", "replicate", "layer", *DERIVED),
        information_rows(run, DERIVED),
    )
    yield write_rows(
        folder / f"{file_part(run.folder.name)}-layers.csv",
        ("epoch", "replicate", "layer", *PER_LAYER),
        _layer_rows(run),
    )
    if run.recording.histograms.any():
        yield write_rows(
            folder / f"{file_part(run.folder.name)}-histograms.csv",
            ("epoch", "replicate", "layer", *BINS),
            _histogram_rows(run),
        )
    if run.recording.unit_histograms.any():
        yield write_rows(
            folder / f"{file_part(run.folder.name)}-unit-histograms.csv",
            (*("epoch", "replicate", "layer", "unit", "label"), *BINS),
            _unit_histogram_rows(run),
        )
    yield write_rows(
        folder / f"{file_part(run.folder.name)}-quality.csv",
        ("epoch", "replicate", *QUALITY),
        quality_rows(run),
    )
    if rows := _disagreement_rows(run):
        names = tuple(rows[0])
        yield write_rows(
            folder / f"{file_part(run.folder.name)}-disagreement.csv",
            names,
            ([row[name] for name in names] for row in rows),
        )


def write_json(run: Run, folder: Path) -> Path:
    """Write RUN.json: all that `ibtui show --json` gives, and every curve over the epochs.

    Curves are means over replicates with their deviation and 95 % interval; None is not measured.
    """
    path = folder / f"{file_part(run.folder.name)}.json"
    values = {**run_values(run), "curves": curve_values(run)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with replacing_text(path, ELSEWHERE) as handle:
            handle.write(json.dumps(values, indent=1, allow_nan=False))
    except OSError as error:
        raise refused(path, error, elsewhere=ELSEWHERE) from None
    return path


def curve_values(run: Run) -> dict[str, Any]:
    """Every curve of a run as plain lists over the epochs."""
    recording, header = run.recording, run.recording.header
    curves: dict[str, Any] = {"epoch": recording.epoch.tolist()}
    for name in QUALITY:
        curves[name] = _over_epochs(getattr(recording, name))
    for name in INFORMATION:
        bits = getattr(recording, name)
        curves[name] = {
            series: {layer: _over_epochs(bits[:, k, :, n]) for n, layer in enumerate(header.layers)}
            for k, series in enumerate(header.series)
            if name in quantities(recording, k)
        }
    for name in PER_LAYER:
        values = getattr(recording, name)
        curves[name] = {
            layer: _over_epochs(values[:, :, n]) for n, layer in enumerate(header.layers)
        }
    return curves


def _over_epochs(values: np.ndarray) -> dict[str, list[float | None]]:
    over = spread(values, axis=1)
    parts = {name: getattr(over, name) for name in ("mean", "deviation", "low", "high")}
    return {
        name: [number if np.isfinite(number) else None for number in part.tolist()]
        for name, part in parts.items()
    }


def information_rows(run: Run, names: Sequence[str]) -> Iterator[Sequence[object]]:
    recording, header = run.recording, run.recording.header
    arrays = [getattr(recording, name) for name in names]
    for e, epoch in enumerate(recording.epoch.tolist()):
        for k, series in enumerate(header.series):
            for r in range(header.replicates):
                for n, layer in enumerate(header.layers):
                    bits = (array[e, k, r, n] for array in arrays)
                    yield epoch, series, r, layer, *map(number_cell, bits)


def _layer_rows(run: Run) -> Iterator[Sequence[object]]:
    recording, header = run.recording, run.recording.header
    for e, epoch in enumerate(recording.epoch.tolist()):
        for r in range(header.replicates):
            for n, layer in enumerate(header.layers):
                values = (getattr(recording, name)[e, r, n] for name in PER_LAYER)
                yield epoch, r, layer, *map(number_cell, values)


def _histogram_rows(run: Run) -> Iterator[Sequence[object]]:
    recording, layers = run.recording, run.recording.header.layers
    for at, epoch in enumerate(recording.epoch.tolist()):
        for r, of_layers in enumerate(recording.histograms[at]):
            for n, (layer, counts) in enumerate(zip(layers, of_layers, strict=True)):
                if counts.any():
                    edges = recording.histogram_edges(at, r, n)
                    for low, high, count in zip(edges, edges[1:], counts, strict=False):
                        yield epoch, r, layer, number_cell(low), number_cell(high), int(count)


def _unit_histogram_rows(run: Run) -> Iterator[Sequence[object]]:
    recording = run.recording
    for at, epoch in enumerate(recording.epoch.tolist()):
        for r, of_units in enumerate(recording.unit_histograms[at]):
            for n, layer in enumerate(recording.header.layers):
                edges = recording.histogram_edges(at, r, n)
                counts = of_units[recording.units_of(n)]
                for unit, label, place in np.argwhere(counts).tolist():
                    low, high = edges[place], edges[place + 1]
                    cells = number_cell(low), number_cell(high), int(counts[unit, label, place])
                    yield epoch, r, layer, unit + 1, label, *cells


def quality_rows(run: Run) -> Iterator[Sequence[object]]:
    recording = run.recording
    for e, epoch in enumerate(recording.epoch.tolist()):
        for r in range(recording.header.replicates):
            yield epoch, r, *(number_cell(getattr(recording, name)[e, r]) for name in QUALITY)


def _disagreement_rows(run: Run) -> list[dict[str, Any]]:
    """What `ibtui show --json` says of disagreement, one row a series and layer."""
    return [
        {"series": found["series"], "frames": found["frames"], **layer}
        for found in disagreement_values(run)
        for layer in found["layers"]
    ]


def number_cell(value: np.floating | float) -> str:
    """A number as a cell; NaN is left empty."""
    return "" if np.isnan(value) else str(value)


def write_rows(path: Path, names: Sequence[str], rows: Iterator[Sequence[object]]) -> Path:
    """Write a table as it comes, so that it may be larger than the memory. Raises `RunError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing_text(path, ELSEWHERE) as handle:
            writer = csv.writer(handle, lineterminator="\n")
            writer.writerow(names)
            writer.writerows(map(cell, row) for row in rows)
    except OSError as error:
        raise refused(path, error, elsewhere=ELSEWHERE) from None
    return path
