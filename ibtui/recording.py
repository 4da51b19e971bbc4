"""Frame and Recording: the one shape that every part speaks. numpy only.

Axes everywhere: E measured epochs, K series, R replicates, L layers. Information is in bits,
losses are in nats. NaN means "not measured" (or, for a whole replicate, "diverged").
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
BinCounts = NDArray[np.uint32]


@dataclass(frozen=True)
class Header:
    """What stays the same over a recording: the names of its axes and the scale of its planes.

    `input_bits` is H(X) and `label_bits` is H(Y) of the measured samples, in bits; `samples` is
    their number N; `units` holds the width of each layer. With distinct inputs H(X) = log2 N.
    Where each replicate has samples of its own, H(X) and H(Y) are means over replicates.
    The first H replicates, `histogram_replicates`, have histograms of B bins, `histogram_bins`;
    where C, `histogram_labels`, is not 0, of every unit at the samples of each of C labels too.
    `shared_bits` is I(X;Y), which is below H(Y) where equal inputs have different
    labels; there `limit` holds the corners (I(X;T), I(T;Y)) of the bottleneck's limit. None and
    empty where they are not known. `tolerance_bits` says of each series by how much rounding alone
    may part two equal values; empty in recordings that do not know it.
    """

    series: tuple[str, ...]
    layers: tuple[str, ...]
    units: tuple[int, ...]
    replicates: int
    samples: int
    input_bits: float
    label_bits: float
    histogram_bins: int = 0
    histogram_replicates: int = 0
    histogram_labels: int = 0
    shared_bits: float | None = None
    limit: tuple[tuple[float, float], ...] = ()
    tolerance_bits: tuple[float, ...] = ()

    @property
    def ceiling_bits(self) -> float:
        """The most that I(T;Y) can be: I(X;Y), or H(Y) where that is not known."""
        return self.label_bits if self.shared_bits is None else self.shared_bits

    @property
    def ceiling_name(self) -> str:
        """What `ceiling_bits` is: `I(X;Y)` where that is known to be below H(Y)."""
        return "I(X;Y)" if self.ceiling_bits < self.label_bits - 1e-9 else "H(Y)"


@dataclass(frozen=True)
class Restart:
    """A replicate that began again at `epoch`, with a fresh `seed`."""

    replicate: int
    epoch: int
    seed: int


@dataclass(frozen=True)
class Remark:
    """What an estimator said beside its numbers: why they are other than they look.

    It said `line`, or the same with other figures, in `frames` frames from epoch `first` to `last`.
    """

    series: str
    layer: str
    line: str
    frames: int
    first: int
    last: int


@dataclass(frozen=True)
class Frame:
    """What was measured at one epoch.

    `epoch` counts completed training epochs: 0 is before training on the true labels, and
    prefitting on shuffled labels counts up to it through the negative numbers. `replicates`
    names the columns that the frame holds; None means all. A later frame of an epoch
    that is already recorded replaces those columns (a restarted replicate catches up so).
    """

    epoch: int
    i_xt_bits: Floats  # (K, R, L)  I(X;T)
    i_ty_bits: Floats  # (K, R, L)  I(T;Y)
    train_loss_nats: Floats  # (R,)
    test_loss_nats: Floats  # (R,)
    train_accuracy: Floats  # (R,)
    test_accuracy: Floats  # (R,)
    activation_min: Floats  # (R, L)
    activation_max: Floats  # (R, L)
    output_loss_bits: Floats  # (K, R, L)  H(output | T discretized), of series that discretize
    cells: Floats  # (K, R, L)  number of bins or clusters, of series that choose it by the layer
    weight_mean: Singles  # (R, L)  over the layer's weights, before they are quantized
    weight_deviation: Singles  # (R, L)
    bias_mean: Singles  # (R, L)
    bias_deviation: Singles  # (R, L)
    histograms: BinCounts  # (H, L, B)  activations in uniform bins between their extremes
    unit_histograms: BinCounts  # (H, U, C, B)  the same bins, of all layers' units one by one
    seconds: float  # wall clock since the start of the run, over all its sessions
    replicates: tuple[int, ...] | None = None
    weights: Mapping[str, Singles] | None = None  # (R, ...) each, where they are kept: no recording


@dataclass(frozen=True)
class Recording:
    """All frames of a run, as arrays with a leading epoch axis, sorted by epoch."""

    header: Header
    epoch: NDArray[np.int64]  # (E,)
    i_xt_bits: Floats  # (E, K, R, L)
    i_ty_bits: Floats  # (E, K, R, L)
    train_loss_nats: Floats  # (E, R)
    test_loss_nats: Floats  # (E, R)
    train_accuracy: Floats  # (E, R)
    test_accuracy: Floats  # (E, R)
    activation_min: Floats  # (E, R, L)
    activation_max: Floats  # (E, R, L)
    output_loss_bits: Floats  # (E, K, R, L)
    cells: Floats  # (E, K, R, L)
    weight_mean: Singles  # (E, R, L)
    weight_deviation: Singles  # (E, R, L)
    bias_mean: Singles  # (E, R, L)
    bias_deviation: Singles  # (E, R, L)
    histograms: BinCounts  # (E, H, L, B)  all zero where there is none
    unit_histograms: BinCounts  # (E, H, U, C, B)  units layer after layer
    seconds: Floats  # (E,)

    def __len__(self) -> int:
        return len(self.epoch)

    @property
    def i_xt_given_y_bits(self) -> Floats:
        """I(X;T|Y) = I(X;T) - I(T;Y), what a layer knows of X beside the label: (E, K, R, L).

        The label says nothing of T that X does not say already (Y - X - T is a Markov chain).
        """
        with np.errstate(over="ignore", invalid="ignore"):  # of numbers that are not finite
            return self.i_xt_bits - self.i_ty_bits

    def arrays(self) -> dict[str, NDArray]:
        """The arrays by name."""
        return {name: getattr(self, name) for name in ARRAYS}

    def stored(self) -> dict[str, NDArray]:
        """The arrays without optional ones that hold no value."""
        arrays = self.arrays()
        empty = {name for name in OPTIONAL if not _holds_any(arrays[name])}
        return {name: array for name, array in arrays.items() if name not in empty}

    def named(self) -> dict[str, NDArray]:
        """What `recording.npz` holds: `stored`, and for other readers the names of its axes.

        `series` (K,) and `layer` (L,) are text, no longer than `MOST_OF_NAME`; this program takes
        them from the header.
        """
        names = {"series": self.header.series, "layer": self.header.layers}
        cut = {axis: [name[:MOST_OF_NAME] for name in found] for axis, found in names.items()}
        return self.stored() | {axis: np.array(found, np.str_) for axis, found in cut.items()}

    def histogram_edges(self, at: int, replicate: int, layer: int) -> Floats:
        """The edges of the bins of a histogram, (B + 1,); all equal where all activations are."""
        place = at, replicate, layer
        bounds = self.activation_min[place], self.activation_max[place]
        return np.linspace(*bounds, self.header.histogram_bins + 1)

    def units_of(self, layer: int) -> slice:
        """Where the units of a layer are on the axis of all layers' units."""
        first = sum(self.header.units[:layer])
        return slice(first, first + self.header.units[layer])

    def until(self, epoch: int) -> Recording:
        """The frames up to and including `epoch` (views, no copies)."""
        return self.take(slice(int(np.searchsorted(self.epoch, epoch, side="right"))))

    def take(self, frames: slice | NDArray[np.int64]) -> Recording:
        """Some of the frames, ascending: a slice gives views, indices give copies."""
        return Recording(self.header, **{k: v[frames] for k, v in self.arrays().items()})

    @staticmethod
    def shapes(header: Header, epochs: int) -> dict[str, tuple[int, ...]]:
        """The shape that each array must have for `epochs` frames under `header`."""
        k, r, n = len(header.series), header.replicates, len(header.layers)
        per_layer = dict.fromkeys(PER_LAYER, (epochs, r, n))
        information = dict.fromkeys(PER_SERIES, (epochs, k, r, n))
        drawn, bins = (epochs, header.histogram_replicates), header.histogram_bins
        units = sum(header.units) if header.histogram_labels else 0
        counts = {
            "histograms": (*drawn, n, bins),
            "unit_histograms": (*drawn, units, header.histogram_labels, bins),
        }
        clock = dict.fromkeys(("epoch", "seconds"), (epochs,))
        return dict.fromkeys(ARRAYS, (epochs, r)) | per_layer | information | counts | clock

    @staticmethod
    def bytes_of(header: Header, epochs: int) -> dict[str, int]:
        """The memory that each array takes for `epochs` frames."""
        shapes = Recording.shapes(header, epochs).items()
        return {name: math.prod(shape) * dtype_of(name).itemsize for name, shape in shapes}


ARRAYS = tuple(field.name for field in fields(Recording) if field.name != "header")
PER_SERIES = ("i_xt_bits", "i_ty_bits", "output_loss_bits", "cells")
WEIGHTS = ("weight_mean", "weight_deviation", "bias_mean", "bias_deviation")
PER_LAYER = ("activation_min", "activation_max", *WEIGHTS)
DERIVED = ("i_xt_given_y_bits",)  # of arrays that are stored, per series
FRAMES_AT_FIRST = 256  # for which a recorder has room when it begins
MOST_OF_NAME = 200  # characters: all names of an axis take as much as the longest
HISTOGRAMS = ("histograms", "unit_histograms")
# A file may lack those without a value.
OPTIONAL = ("output_loss_bits", "cells", *WEIGHTS, *HISTOGRAMS)


def dtype_of(name: str) -> np.dtype:
    """The type of this array."""
    whole = {"epoch": np.int64, **dict.fromkeys(HISTOGRAMS, np.uint32)}
    return np.dtype(whole.get(name, np.float32 if name in WEIGHTS else np.float64))


def replicate_axis(name: str) -> int:
    """Which axis of this array of a frame the replicates are; one more in a recording."""
    return 1 if name in PER_SERIES else 0


def completed(header: Header, arrays: Mapping[str, NDArray]) -> dict[str, NDArray]:
    """Arrays read from a file, with the optional ones that are not there: without a value."""
    shapes = Recording.shapes(header, arrays["epoch"].size)
    lacking = [name for name in OPTIONAL if name not in arrays]
    return {**arrays, **{name: without_values(name, shapes[name]) for name in lacking}}


def of_replicates(name: str, array: NDArray, replicates: Iterable[int]) -> NDArray:
    """The columns of some replicates in this array of a frame, in which all are."""
    axis = replicate_axis(name)
    return array.take([r for r in replicates if r < array.shape[axis]], axis)


def without_values(name: str, shape: tuple[int, ...]) -> NDArray:
    """This array where nothing has been measured; counts take no memory until there are some."""
    dtype = dtype_of(name)
    return np.full(shape, np.nan, dtype) if dtype.kind == "f" else np.zeros(shape, dtype)


def _holds_any(array: NDArray) -> bool:
    return bool(np.isfinite(array).any() if array.dtype.kind == "f" else array.any())


class Recorder:
    """Grows a recording frame by frame; a snapshot costs nothing and may be kept.

    One thread adds; others may read snapshots. A snapshot holds views of the recorder's memory:
    later frames lie beyond its end, and only a restarted replicate's columns ever change in it.
    """

    def __init__(self, header: Header, start: Recording | None = None) -> None:
        self.header = header
        self._count = 0
        self._memory = _allocate(header, FRAMES_AT_FIRST)
        if start is not None:
            self._memory = {name: array.copy() for name, array in start.arrays().items()}
            self._count = len(start)

    def add(self, frame: Frame) -> None:
        """Append a frame, or replace the columns it names in a frame already recorded."""
        known = self._memory["epoch"][: self._count]
        at = int(np.searchsorted(known, frame.epoch))
        if at < self._count and known[at] != frame.epoch:
            raise ValueError(f"epoch {frame.epoch} was skipped and cannot be inserted")
        if at == self._count:
            self._reserve(at + 1)
            self._memory["epoch"][at] = frame.epoch
            self._memory["seconds"][at] = frame.seconds
        for name in ARRAYS:
            array = self._memory[name]
            if array.ndim > 1:
                columns = np.moveaxis(array[at], replicate_axis(name), 0)
                chosen = range(len(columns)) if frame.replicates is None else frame.replicates
                found = np.moveaxis(getattr(frame, name), replicate_axis(name), 0)
                columns[[r for r in chosen if r < len(columns)]] = found
        self._count = max(self._count, at + 1)

    def snapshot(self) -> Recording:
        """The recording so far."""
        arrays = {name: array[: self._count] for name, array in self._memory.items()}
        return Recording(self.header, **arrays)

    def _reserve(self, count: int) -> None:
        if count <= len(self._memory["epoch"]):
            return
        grown = _allocate(self.header, 2 * count)
        for name, array in self._memory.items():
            grown[name][: self._count] = array[: self._count]
        self._memory = grown


def _allocate(header: Header, epochs: int) -> dict[str, NDArray]:
    shapes = Recording.shapes(header, epochs)
    return {name: without_values(name, shape) for name, shape in shapes.items()}
