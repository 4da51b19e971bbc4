"""A movie of the information plane: GIF by pillow, MP4 where ffmpeg is on the machine."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from ibtui.errors import RunError, UsageError, refused
from ibtui.figures import plane
from ibtui.figures.page import Page
from ibtui.figures.style import (
    I_TY,
    I_XT,
    PREFIT,
    epoch_colours,
    epoch_norm,
    layer_marker,
    styled,
    take_literally,
)
from ibtui.store import Run
from ibtui.store.files import replacing

Scale = Literal["linear", "log"]
SUFFIXES = ".gif", ".mp4"
WIDTH_INCHES, HEIGHT_INCHES, DPI = 6.0, 4.0, 120
HOLD_SECONDS = 1.5  # on the last frame, before a GIF begins again
COLOURS = 256  # of a GIF

Picture = NDArray[np.uint8]  # (row, column, RGB)


def movie(
    run: Run,
    path: Path,
    series: int,
    page: Page,
    *,
    frames: int = 120,
    seconds: float = 10.0,
    scale: Scale = "linear",
) -> Path:
    """Write a movie of the mean plane; the suffix of `path` is its format.

    At most so many `frames`, evenly spaced over the epochs, or over their logarithm. Raises
    `UsageError` where ffmpeg is wanted and not there, `RunError`.
    """
    chosen = chosen_frames(run.recording.epoch, frames, scale)
    pictures = _pictures(run, series, chosen, page)
    rate = len(chosen) / seconds
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as handle:
            if path.suffix == ".gif":
                _write_gif(handle, pictures, rate)
            else:
                _write_mp4(handle, pictures, rate)
    except OSError as error:
        raise refused(path, error) from None
    return path


def must_be_possible(path: Path) -> None:
    """Raise `UsageError` where a movie cannot be written as this file."""
    if path.suffix not in SUFFIXES:
        raise UsageError(f"--movie {path}: name a .gif or .mp4 file")
    if path.suffix == ".mp4" and shutil.which("ffmpeg") is None:
        raise UsageError(f"--movie {path}: needs ffmpeg (install it, or name a .gif file)")


def chosen_frames(epoch: NDArray[np.int64], frames: int, scale: Scale) -> NDArray[np.int64]:
    """Which of the recorded frames are shown: nearest to even steps, each once, both ends too."""
    clock = (epoch - epoch[0]).astype(float)
    if scale == "log":
        clock = np.log1p(clock)
    wanted = np.linspace(clock[0], clock[-1], max(frames, 2))
    after = np.searchsorted(clock, wanted).clip(min(1, len(clock) - 1), len(clock) - 1)
    before = (after - 1).clip(0)
    return np.unique(np.where(wanted - clock[before] <= clock[after] - wanted, before, after))


def _pictures(run: Run, series: int, chosen: NDArray[np.int64], page: Page) -> Iterator[Picture]:
    path = plane.mean_path(run, series)
    epoch = run.recording.epoch
    norm = epoch_norm(run.profile, int(epoch[-1]))
    with styled(page.font_size):
        size = WIDTH_INCHES, HEIGHT_INCHES
        figure = Figure(figsize=size, dpi=page.dpi or DPI, layout="constrained")
        canvas = FigureCanvasAgg(figure)
        axes = figure.subplots()
        plane.draw_limits(axes, path)
        plane.limit_axes(axes, path.origin, path.corner)
        axes.set(xlabel=I_XT, ylabel=I_TY, gid="plane")
        axes.set_title(path.name)
        plane.layer_legend(axes, path)
        plane.colour_bar(figure, [axes], norm)
        layers = path.i_xt_bits.shape[1]
        (across,) = axes.plot([], [], color="0.6", lw=0.7, zorder=2)
        colours: dict[str, Any] = {"norm": norm, "cmap": epoch_colours(), "c": []}
        before = axes.scatter([], [], s=3, color=PREFIT, lw=0, zorder=2)
        trail = axes.scatter([], [], s=5, lw=0, zorder=3, **colours)
        heads = [
            axes.scatter(
                [], [], s=32, ec="black", lw=0.7, zorder=5, marker=layer_marker(n), **colours
            )
            for n in range(layers)
        ]
        page.fit(figure)
        take_literally(figure)
        canvas.draw()
        figure.set_layout_engine("none")  # as it stands, or panels would move from frame to frame
        x, y = path.i_xt_bits, path.i_ty_bits
        clock = axes.text(0.98, 1.02, "", transform=axes.transAxes, ha="right", va="bottom")
        for at in chosen:
            known = slice(0, at + 1)
            when = np.repeat(epoch[known], layers)
            points = np.column_stack([x[known].ravel(), y[known].ravel()])
            _move(before, points[when < 0])
            _move(trail, points[when >= 0], when[when >= 0])
            newest = [_newest(x[known, n] + y[known, n]) for n in range(layers)]
            for n, (head, frame) in enumerate(zip(heads, newest, strict=True)):
                some = [] if frame is None else [(x[frame, n], y[frame, n])]
                _move(head, some, [] if frame is None else epoch[[frame]])
            if page.joined:
                across.set_data(x[at], y[at])
            clock.set_text(f"epoch {epoch[at]}")
            canvas.draw()
            yield np.asarray(canvas.buffer_rgba())[..., :3].copy()


def _move(collection: PathCollection, places: Any, epochs: Any = None) -> None:
    collection.set_offsets(np.reshape(places, (-1, 2)))
    if epochs is not None:
        collection.set_array(np.asarray(epochs, float))


def _newest(measured: NDArray[np.float64]) -> int | None:
    frames = np.flatnonzero(np.isfinite(measured))
    return int(frames[-1]) if len(frames) else None


def _write_gif(handle: IO[bytes], pictures: Iterator[Picture], rate: float) -> None:
    images = [Image.fromarray(picture) for picture in pictures]
    # The last frame holds all colours; one palette for all, or they would flicker.
    palette = images[-1].quantize(COLOURS, dither=Image.Dither.NONE)
    few = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    each = max(20, round(1000 / rate))  # milliseconds; viewers slow down what is shorter
    durations = [each] * (len(few) - 1) + [max(each, round(1000 * HOLD_SECONDS))]
    few[0].save(handle, "GIF", save_all=True, append_images=few[1:], duration=durations, loop=0)


def _write_mp4(handle: IO[bytes], pictures: Iterator[Picture], rate: float) -> None:
    first = next(pictures)
    rows, columns, _ = first.shape
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "movie.mp4"
        words = [
            *("ffmpeg", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"),
            *("-s", f"{columns}x{rows}", "-r", f"{rate:.6f}", "-i", "-"),
            *("-vf", "crop=trunc(iw/2)*2:trunc(ih/2)*2", "-pix_fmt", "yuv420p", str(made)),
        ]
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdin is not None
        try:
            for picture in (first, *pictures):
                process.stdin.write(picture.tobytes())
        except BrokenPipeError:
            pass  # its own words are better
        _, said = process.communicate()
        if process.returncode:
            line = said.decode(errors="replace").strip().splitlines() or ["no reason given"]
            raise RunError(f"ffmpeg: {line[-1]}")
        handle.write(made.read_bytes())
