"""Histograms of layers' activations at chosen epochs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ibtui.errors import UsageError
from ibtui.figures.style import ROW_INCHES, WIDTH_INCHES, layer_colour, styled, used_of
from ibtui.problems import did_you_mean
from ibtui.recording import Floats, Recording
from ibtui.store import Run

PANELS = 4  # side by side; and epochs where none are asked for, as in the thesis
COMPARABLE = 0.25  # of the widest range: what is narrower could not be seen beside it
HEIGHT_INCHES = 0.65 * ROW_INCHES


def lacking(run: Run) -> str:
    """Why there is no figure: nothing, or a clear line."""
    if run.recording.histograms.any():
        return ""
    return (
        "holds no histograms of activations (set measure.histograms = 64 in its profile, and run "
        "it again)"
    )


def histograms(run: Run, layers: Sequence[str] = (), epochs: Sequence[int] = ()) -> Figure:
    """How the activations of layers are distributed at some epochs (thesis figure 5.1).

    A panel an epoch, of each layer (by name or number; the last hidden one where none is asked
    for): the recorded epoch nearest to each that is asked for, or four from the first to the last.
    The density is that of the recorded replicates together. A layer's panels have one scale of
    activations unless these have grown too much for that (as in the thesis, where nothing bounds
    them), but each its own of density: saturated activations lie many times as close. Raises
    `UsageError`.
    """
    recording = run.recording
    names = recording.header.layers
    chosen = [layer_of(recording, word) for word in layers] or [max(len(names) - 2, 0)]
    frames = frames_at(recording, epochs)
    rows = -(-len(frames) // PANELS)
    columns = -(-len(frames) // rows)
    with styled():
        size = WIDTH_INCHES, HEIGHT_INCHES * rows * len(chosen)
        figure = Figure(figsize=size, layout="constrained")
        grid = figure.subplots(rows * len(chosen), columns, squeeze=False)
        for place, layer in enumerate(chosen):
            panels = grid[place * rows : (place + 1) * rows].ravel()
            densities = [density(recording, frame, layer) for frame in frames]
            ranges = np.array([(edges[0], edges[-1]) for _, edges in densities])
            whole = ranges[:, 0].min(), ranges[:, 1].max()
            if np.ptp(ranges, axis=1).min() >= COMPARABLE * (whole[1] - whole[0]):
                ranges[:] = whole
            drawn = zip(panels, frames, densities, ranges, strict=False)
            for axes, frame, (heights, edges), (low, high) in drawn:
                axes.stairs(heights, edges, fill=True, color=layer_colour(layer))
                margin = 0.03 * (high - low)
                axes.set_xlim(low - margin, high + margin)
                axes.set_title(f"{names[layer]}, epoch {recording.epoch[frame]}")
            for axes in panels[len(frames) :]:
                axes.remove()
        figure.supxlabel("activation", fontsize=8)
        figure.supylabel("density", fontsize=8)
        used = int(recording.histograms[frames].any(axis=(0, 2, 3)).sum())
        count = used_of(used, run)
        figure.suptitle(f"all units of {count}", x=0.01, ha="left", fontsize=8)
    return figure


def density(recording: Recording, frame: int, layer: int) -> tuple[Floats, Floats]:
    """The density of a layer's activations in all recorded replicates, (B,), and edges (B + 1,).

    A replicate's activations lie evenly within its own bins; NaN where there are none.
    """
    counts = recording.histograms[frame, :, layer]
    used = np.flatnonzero(counts.any(axis=1))
    own = {int(r): recording.histogram_edges(frame, int(r), layer) for r in used}
    low = min((edges[0] for edges in own.values()), default=0.0)
    high = max((edges[-1] for edges in own.values()), default=1.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, counts.shape[1] + 1)
    total = np.zeros(counts.shape[1])
    for replicate, mine in own.items():
        if mine[0] == mine[-1]:  # one value
            total += np.histogram(mine[:1], edges)[0] * counts[replicate].sum()
            continue
        below = np.concatenate(([0], np.cumsum(counts[replicate], dtype=np.float64)))
        total += np.diff(np.interp(edges, mine, below))
    if not len(used):
        return np.full(len(total), np.nan), edges
    return total / (total.sum() * np.diff(edges)), edges


def layer_of(recording: Recording, word: str) -> int:
    """The place of a layer called by its name or its number. Raises `UsageError`."""
    names = recording.header.layers
    for place, name in enumerate(names):
        if word in (name, str(place + 1)):
            return place
    raise UsageError(f"--layer {word}: there is no such layer{did_you_mean(word, names)}")


def frames_at(recording: Recording, epochs: Sequence[int]) -> NDArray[np.int64]:
    """The frames with histograms that are nearest to these epochs, each once, ascending."""
    there = np.flatnonzero(recording.histograms.any(axis=(1, 2, 3)))
    if not epochs:
        return there[np.unique(np.linspace(0, len(there) - 1, PANELS).round().astype(int))]
    apart = np.abs(recording.epoch[there] - np.array(epochs)[:, None])
    return there[np.unique(apart.argmin(axis=1))]
