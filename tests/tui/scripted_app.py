"""Scripted recordings: the movements of a training run without one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
from textual.pilot import Pilot

from ibtui.profile import Profile, validate
from ibtui.recording import Frame, Header, Recording, of_replicates
from ibtui.tui.app import Ibtui
from ibtui.tui.settings import Settings


def header(
    replicates: int = 3, layers: int = 5, series: tuple[str, ...] = ("exact", "binning")
) -> Header:
    return Header(
        series=series,
        layers=tuple(f"T{i + 1}" for i in range(layers)),
        units=tuple(range(layers + 1, 1, -1)),
        replicates=replicates,
        samples=4096,
        input_bits=12.0,
        label_bits=0.999157,
    )


def recording(about: Header, epochs: np.ndarray, last: int, wide: float = 0.1) -> Recording:
    """Layers that first gain on the label, then lose on the input: deeper ones further.

    The replicates differ by `wide` bits.
    """
    k, r, n = len(about.series), about.replicates, len(about.layers)
    time = np.log1p(np.maximum(epochs, 0)) / np.log1p(last)
    t = time[:, None, None, None]
    depth = np.arange(n) / max(n - 1, 1)
    shift = 0.25 * np.arange(k)[:, None, None]
    noise = wide * np.sin(7 * t + np.arange(r)[:, None] + depth)
    fit = 1 - np.exp(-4 * t * (1.1 - 0.4 * depth))
    x = 12 - 5 * depth - shift - 3.5 * depth**2 * t**2 + noise * depth
    y = (0.35 + 0.65 * fit) * (1 - 0.25 * depth * np.exp(-3 * t)) - 0.03 * shift + 0.02 * noise
    x, y = np.clip(x, 0, 12) + 0 * y, np.clip(y, 0, 0.999) + 0 * x
    quality = 0.5 + 0.48 * time[:, None] + 0.01 * np.sin(np.arange(r) + 9 * time[:, None])
    reach = (1 - 0.3 * time)[:, None, None] * np.ones((1, r, n))
    return Recording(
        about,
        epochs.astype(np.int64),
        x,
        y,
        train_loss_nats=0.7 * (1 - time)[:, None] + 0.02 * np.arange(r) / r + 0.01,
        test_loss_nats=0.7 * (1 - 0.9 * time)[:, None] + 0.02 * np.arange(r) / r + 0.02,
        train_accuracy=quality,
        test_accuracy=quality - 0.02,
        activation_min=-reach,
        activation_max=reach,
        output_loss_bits=np.full_like(x, np.nan),
        cells=np.full_like(x, np.nan),
        weight_mean=np.zeros_like(reach, np.float32),
        weight_deviation=reach.astype(np.float32),
        bias_mean=np.zeros_like(reach, np.float32),
        bias_deviation=reach.astype(np.float32),
        histograms=np.zeros((len(epochs), 0, n, 0), np.uint32),
        unit_histograms=np.zeros((len(epochs), 0, 0, 0, 0), np.uint32),
        seconds=0.02 * np.arange(len(epochs), dtype=float),
    )


def frame(whole: Recording, at: int, replicates: tuple[int, ...] | None = None) -> Frame:
    """One frame of a recording, or some of its replicates."""
    columns = range(whole.header.replicates) if replicates is None else replicates
    arrays = {}
    for name, array in whole.arrays().items():
        arrays[name] = array[at]
        if array.ndim > 1:
            arrays[name] = of_replicates(name, array[at], columns)
    numbers = {"epoch": int(whole.epoch[at]), "seconds": float(whole.seconds[at])}
    return Frame(**{**arrays, **numbers}, replicates=replicates)


def profile(**more: object) -> Profile:
    return validate({"name": "scripted", "quantization": {}, **more}, "test")


def app(runs: Path, *, settings: dict | None = None, **more) -> Ibtui:
    """The app on a scripted profile, in braille whatever the locale of the tests."""
    wishes = Settings.model_validate({"markers": "braille", **(settings or {})})
    about = more.pop("profile", profile())
    return Ibtui(about, runs=runs, data_dir=None, settings=wishes, **more)


def drive(
    program: Ibtui, steps: Callable[[Pilot], Awaitable[None]], size: tuple[int, int] = (120, 40)
) -> None:
    """Run the app without a terminal and do `steps`."""

    async def inner() -> None:
        async with program.run_test(size=size) as pilot:
            await pilot.pause()
            await steps(pilot)

    asyncio.run(inner())


async def until(pilot: Pilot, condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Let the app run until `condition` holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it does not happen"
        # Not the pilot's pause, which waits for every widget of the form each time.
        await asyncio.sleep(0.01)
    await pilot.pause()


def screen_text(program: Ibtui) -> str:
    """What is on the screen, line by line."""
    strips = program.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


def notes(program: Ibtui) -> list[str]:
    """The messages that the app has shown, oldest first."""
    return [toast.message for toast in program._notifications]
