"""Track: the points of one run in the information plane, as the view asks for them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ibtui.recording import Floats, Recording
from ibtui.report import words
from ibtui.tui.look.averages import Averages, PerSeries
from ibtui.tui.look.view import Cursor, View

PLANE: tuple[PerSeries, PerSeries] = ("i_xt_bits", "i_ty_bits")
CLOUD = 400_000  # points that are drawn at most: more would only fill the same cells again


class Track(NamedTuple):
    """Paths of the layers up to the cursor: x and y in bits, (E, L) or, as a cloud, (E, R, L).

    `now`, (2, L), is where the layers' digits belong; `deviation`, (2, E, L), is how far the
    replicates spread about their mean path, and empty where the path is another one.
    """

    epoch: NDArray[np.int64]
    x: Floats
    y: Floats
    now: Floats
    deviation: Floats
    note: str
    brief: str  # the note where there is little room


def paths(
    recording: Recording, averages: Averages, series: int, view: View
) -> tuple[Floats, Floats]:
    """x and y in bits of all frames, (E, L) or, as a cloud, (E, R, L)."""
    if view.path == "mean":
        x, y = (averages.of(recording, name, series).mean for name in PLANE)
        return x, y
    x, y = recording.i_xt_bits[:, series], recording.i_ty_bits[:, series]
    if view.path == "cloud":
        return x, y
    replicate = chosen_replicate(recording, averages, series, view) or 0
    return x[:, replicate], y[:, replicate]


def track(
    recording: Recording, cursor: Cursor, averages: Averages, series: int, view: View
) -> Track:
    """The track of `series` from the first frame to the cursor."""
    stop = min(cursor.at + 1, len(recording))
    mean_x, mean_y = (averages.of(recording, name, series) for name in PLANE)
    x, y = paths(recording, averages, series, view)
    epoch = recording.epoch[:stop]
    deviation = np.stack([mean_x.deviation[:stop], mean_y.deviation[:stop]])
    none = deviation[:, :0]
    total = recording.header.replicates
    if view.path == "mean":
        used = int(mean_x.used[:stop].max(axis=1)[-1]) if stop else total
        note = f"mean of {words.some_of(used or total, total)}"
        brief = "mean" if used in (0, total) else note
        return Track(epoch, x[:stop], y[:stop], _now(x[:stop], y[:stop]), deviation, note, brief)
    if view.path == "cloud":
        frames = _thinned(stop, total * len(recording.header.layers))
        return Track(
            epoch[frames],
            x[frames],
            y[frames],
            _now(mean_x.mean[:stop], mean_y.mean[:stop]),
            none,
            *(f"all {total}", "all"),
        )
    replicate = chosen_replicate(recording, averages, series, view) or 0
    note, brief = words.replicate(replicate, total), words.replicate(replicate)
    if view.path == "median":
        note, brief = f"median: {note}", f"median: {replicate}"
    return Track(epoch, x[:stop], y[:stop], _now(x[:stop], y[:stop]), none, note, brief)


def chosen_replicate(
    recording: Recording, averages: Averages, series: int, view: View
) -> int | None:
    """The one replicate that the view shows; None where it shows all or their mean."""
    match view.path:
        case "replicate":
            return min(view.replicate, recording.header.replicates - 1)
        case "median":
            return averages.median(recording, series)
        case _:
            return None


def _now(x: Floats, y: Floats) -> Floats:
    return np.stack([_last(x), _last(y)])


def _last(values: Floats) -> Floats:
    """The last value that is not NaN, by layer; (E, L) -> (L,)."""
    if not len(values):
        return np.full(values.shape[1], np.nan)
    measured = ~np.isnan(values)
    frame = len(values) - 1 - measured[::-1].argmax(axis=0)
    return values[frame, np.arange(values.shape[1])]


def _thinned(frames: int, points: int) -> NDArray[np.int64]:
    """Every n-th frame, n a power of two, and the last: few points, and the same ones next time."""
    step = 1
    while frames // step * points > CLOUD:
        step *= 2
    picked = np.arange(0, frames, step)
    return picked if not frames or picked[-1] == frames - 1 else np.append(picked, frames - 1)
