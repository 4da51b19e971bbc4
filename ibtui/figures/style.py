"""How all figures look: colours that colour-blind readers tell apart, fonts, sizes, axes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import Colormap, Normalize, SymLogNorm
from matplotlib.figure import Figure
from matplotlib.text import Text
from numpy.typing import NDArray

from ibtui.colours import LAYERS
from ibtui.profile import Profile, Recorded
from ibtui.report.words import replicates, so_far
from ibtui.store import Run
from ibtui.text import printable

WIDTH_INCHES = 7.0  # two columns of a journal
ROW_INCHES = 2.9

# Braces, or the semicolon would be set as an operator, with a space after it.
I_XT, I_TY = "$I(X{;}T)$ [bits]", "$I(T{;}Y)$ [bits]"
H_X, H_Y, I_XY = "$H(X)$", "$H(Y)$", "$I(X{;}Y)$"
MATH = (I_XT, I_TY, H_X, H_Y, I_XY)  # all that is set as a formula

COLOURS = tuple(f"#{colour}" for colour in LAYERS)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
PREFIT = "#BBBBBB"

SETTINGS: Any = {
    "font.size": 8,
    "axes.labelsize": 8,
    "axes.titlesize": 8,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "lines.linewidth": 1.1,
    "mathtext.default": "it",
    "pdf.fonttype": 42,  # TrueType: journals refuse the default, Type 3
    "svg.fonttype": "none",
    "svg.hashsalt": "ibtui",  # the same run gives the same file
}
SIZES = (
    *("font.size", "axes.labelsize", "axes.titlesize", "xtick.labelsize", "ytick.labelsize"),
    "legend.fontsize",
)
SAVING: dict[str, Any] = {"dpi": 200, "bbox_inches": "tight", "pad_inches": 0.04}


_font_size: ContextVar[float | None] = ContextVar("font_size", default=None)


@contextmanager
def styled(font_size: float | None = None) -> Iterator[None]:
    """The settings of all figures, for what is drawn inside; all letters are of `font_size`.

    None keeps the size that holds outside, if one does.
    """
    size = _font_size.get() if font_size is None else font_size
    sizes: Any = {} if size is None else dict.fromkeys(SIZES, size)
    token = _font_size.set(size)
    try:
        with rc_context(SETTINGS | sizes):
            yield
    finally:
        _font_size.reset(token)


def new_figure(rows: int, columns: int, **options: Any) -> tuple[Figure, NDArray[Any]]:
    """A figure of the full width with rows x columns axes, (rows, columns)."""
    figure = Figure(figsize=(WIDTH_INCHES, ROW_INCHES * rows), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def take_literally(artist: Artist) -> None:
    """Let what runs and profiles call themselves be text: no formulas, no control characters."""
    if isinstance(artist, Axis):  # its labels are this package's own
        return
    if isinstance(artist, Text):
        words = artist.get_text()
        if words.strip() not in MATH:
            artist.set_text(printable(words).replace("$", r"\$"))
    for child in artist.get_children():
        take_literally(child)


def used_of(used: int, run: Run) -> str:
    """`48 of 50 replicates`, and `, epoch 90 of 616` of a run that has not reached its end."""
    words = replicates(used, run.recording.header.replicates)
    return words + so_far(int(run.recording.epoch[-1]), run.manifest.planned.last)


def used_at_last(used: NDArray[np.int64]) -> int:
    """The replicates that have a value, (E, L), in the newest frame and layers that have any."""
    frames = np.flatnonzero(used.any(axis=1))
    if not len(frames):
        return 0
    newest = used[frames[-1]]
    return int(newest[newest > 0].min())


def layer_colour(n: int) -> str:
    return COLOURS[n % len(COLOURS)]


def layer_marker(n: int) -> str:
    return MARKERS[n % len(MARKERS)]


def epoch_colours() -> Colormap:
    """Dark to light in equal steps, told apart by colour-blind readers and in grey."""
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    return ListedColormap(colormaps["viridis"](np.linspace(0, 0.93, 256)))


def epoch_norm(profile: Profile | Recorded, last: int) -> Normalize:
    """Epochs to colours: as the frames are spaced, linear or logarithmic, from epoch 0."""
    if profile.measure.schedule == "log":
        return SymLogNorm(1, vmin=0, vmax=max(last, 1))
    return Normalize(0, max(last, 1))


def epoch_axis(axes: Axes, profile: Profile | Recorded, epoch: NDArray[np.int64]) -> None:
    """The x axis of everything that is drawn against the epoch."""
    first, last = int(epoch[0]), int(epoch[-1])
    if profile.measure.schedule == "log":
        axes.set_xscale("symlog", linthresh=1)
    axes.set_xlim(first, last if last > first else first + 1)
    axes.set_xlabel("epoch")
    if first < 0:
        axes.axvspan(first, 0, color=PREFIT, alpha=0.3, lw=0)
        axes.text(first, 1.0, " shuffled labels", transform=axes.get_xaxis_transform(), va="top")
