"""Export: files beside a run: the points of a plane as CSV, the screen as a picture."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np

from ibtui.errors import refused
from ibtui.recording import Recording
from ibtui.store.files import replacing_text
from ibtui.text import cell
from ibtui.tui.look.averages import Averages
from ibtui.tui.look.tracks import chosen_replicate
from ibtui.tui.look.view import Cursor, View

COLUMNS = ("series", "replicate", "layer", "epoch", "i_xt_bits", "i_ty_bits")


def new_file(folder: Path, kind: str, suffix: str) -> Path:
    """A path in `folder` that says what the file is and when it was made."""
    return folder / f"{kind}-{datetime.now():%Y%m%d-%H%M%S}.{suffix}"


def write_picture(path: Path, svg: str) -> None:
    """Write a screen, as Textual exports it. Raises `RunError` where the disk refuses."""
    # Or some viewers leave out the spaces that a text begins with, and shift all that follows.
    whole = svg.replace("<svg ", '<svg xml:space="preserve" ', 1)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing_text(path) as handle:
            handle.write(whole)
    except OSError as error:
        raise refused(path, error) from None


def points(
    recording: Recording, cursor: Cursor, averages: Averages, series: int, view: View
) -> Iterator[tuple[str, str, str, int, float, float]]:
    """What the plane shows up to the cursor; `replicate` is its column from 0, or "mean"."""
    header, stop = recording.header, min(cursor.at + 1, len(recording))
    names: list[str]
    if view.path == "cloud":
        names = [str(r) for r in range(header.replicates)]
        x, y = recording.i_xt_bits[:stop, series], recording.i_ty_bits[:stop, series]
    elif (replicate := chosen_replicate(recording, averages, series, view)) is not None:
        names = [str(replicate)]
        x = recording.i_xt_bits[:stop, series, [replicate]]
        y = recording.i_ty_bits[:stop, series, [replicate]]
    else:
        names = ["mean"]
        x = averages.of(recording, "i_xt_bits", series).mean[:stop, None]
        y = averages.of(recording, "i_ty_bits", series).mean[:stop, None]
    for frame, r, layer in np.ndindex(*x.shape):
        yield (
            header.series[series],
            names[r],
            header.layers[layer],
            int(recording.epoch[frame]),
            float(x[frame, r, layer]),
            float(y[frame, r, layer]),
        )


def write_csv(
    path: Path,
    recording: Recording,
    cursor: Cursor,
    averages: Averages,
    series: int,
    view: View,
) -> int:
    """Write the points and return their number. Raises `RunError` where the disk refuses."""
    count = 0
    try:
        with replacing_text(path) as handle:
            writer = csv.writer(handle)
            writer.writerow(COLUMNS)
            for row in points(recording, cursor, averages, series, view):
                writer.writerow(map(cell, row))
                count += 1
    except OSError as error:
        raise refused(path, error) from None
    return count
