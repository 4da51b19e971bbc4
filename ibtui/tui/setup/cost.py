"""Cost: what a run of a profile will take, said before it starts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ibtui.data import Source, load
from ibtui.errors import IbtuiError, ProfileError
from ibtui.networks import Factory
from ibtui.profile import Network, Profile
from ibtui.profile.geometry import geometry, parameters
from ibtui.profile.schedule import frame_count, kept_count
from ibtui.report.words import duration


@dataclass(frozen=True)
class DataSize:
    """What of a data set matters here: the shape of a sample, the labels, the numbers."""

    shape: tuple[int, ...]
    classes: int
    count: int


def samples_of(profile: Profile, data_dir: Path | None) -> DataSize | str:
    """Count the profile's data; the reason where they cannot be loaded.

    What is drawn anew is counted without drawing it: a person who types a number would wait for
    the samples of each of its digits.
    """
    if (drawn := _to_be_drawn(profile.data)) is not None:
        return drawn
    try:
        dataset = load(profile.data, data_dir)
    except IbtuiError as error:
        return str(error)
    except Exception as error:  # nothing that can be typed into a field may end the app
        return f"{type(error).__name__}: {error}"
    return DataSize(dataset.shape, len(dataset.label_names), len(dataset.labels))


def _to_be_drawn(source: Source) -> DataSize | None:
    """What a source will draw, of one that draws as many samples as it is told."""
    count: int | None = getattr(source, "samples", None)
    _, inputs, classes = source.size
    if source.published or count is None or inputs is None or classes is None:
        return None
    return DataSize((inputs,), classes, count)


def layer_sizes(network: Network, samples: DataSize) -> list[tuple[int, int]] | None:
    """(units, parameters) of each layer, the output included; None where the layers do not fit."""
    try:
        layers = geometry(network, samples.shape, samples.classes, "the data")
    except ProfileError:
        return None
    return [(layer.units, parameters(layer)) for layer in layers]


def cost_text(profile: Profile, samples: DataSize | str, speed: float | None) -> str:
    """Parameters, states of each layer, frames and, once a speed is known, the time.

    `speed` is in replicate-epochs per second, as the last run went.
    """
    try:
        return "\n".join(_cost_lines(profile, samples, speed))
    except (ArithmeticError, MemoryError, ValueError) as error:
        return f"these numbers are too large to be counted: {error}"


def _cost_lines(profile: Profile, samples: DataSize | str, speed: float | None) -> Iterator[str]:
    training = profile.training
    if isinstance(samples, str):
        yield samples
    elif isinstance(profile.network, Factory):
        yield f"{profile.network.name} x {profile.replicates:,} replicates"
    elif (sizes := layer_sizes(profile.network, samples)) is None:
        yield "the layers do not fit the data"
    else:
        total = sum(count for _, count in sizes)
        yield f"{total:,} parameters x {profile.replicates:,} replicates"
        if (frames := kept_count(profile)) > 1:
            size = 4e-6 * frames * profile.replicates * (total + 2 * len(sizes))
            yield f"weights of all frames: {size:,.1f} MB"
        bits = profile.quantization.bits if profile.quantization else 32
        states = " ".join(f"2^{units * bits}" for units, _ in sizes)
        yield f"states {states}, {samples.count:,} samples"
    epochs = training.prefit_epochs + training.epochs
    yield f"{frame_count(profile):,} frames in {epochs:,} epochs"
    if speed:
        seconds = profile.replicates * epochs / speed
        yield f"about {duration(seconds)} at the last run's speed"
