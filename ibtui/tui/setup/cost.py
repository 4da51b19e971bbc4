"""Cost: what a run of a profile will take, said before it starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ibtui.errors import IbtuiError, ProfileError
from ibtui.profile import Network, Profile
from ibtui.profile.geometry import geometry, parameters
from ibtui.profile.schedule import planned_epochs
from ibtui.report.words import duration


@dataclass(frozen=True)
class Samples:
    """What of a data set matters here: the shape of a sample, the labels, the numbers."""

    shape: tuple[int, ...]
    classes: int
    count: int


def samples_of(profile: Profile, data_dir: Path | None) -> Samples | str:
    """Load the profile's data and count; the reason where it cannot be loaded."""
    try:
        dataset = profile.data.load(data_dir)
    except IbtuiError as error:
        return str(error)
    return Samples(dataset.shape, len(dataset.label_names), len(dataset.labels))


def layer_sizes(network: Network, samples: Samples) -> list[tuple[int, int]] | None:
    """(units, parameters) of each layer, the output included; None where the layers do not fit."""
    try:
        layers = geometry(network, samples.shape, samples.classes, "the data")
    except ProfileError:
        return None
    return [(layer.units, parameters(layer)) for layer in layers]


def cost_text(profile: Profile, samples: Samples | str, speed: float | None) -> str:
    """Parameters, states of each layer, frames and, once a speed is known, the time.

    `speed` is in replicate-epochs per second, as the last run went.
    """
    frames = len(planned_epochs(profile))
    training = profile.training
    lines = []
    if isinstance(samples, str):
        lines.append(samples)
    elif (sizes := layer_sizes(profile.network, samples)) is None:
        lines.append("the layers do not fit the data")
    else:
        total = sum(count for _, count in sizes)
        lines.append(f"{total:,} parameters x {profile.replicates:,} replicates")
        bits = profile.quantization.bits if profile.quantization else 32
        states = " ".join(f"2^{units * bits}" for units, _ in sizes)
        lines.append(f"states {states}, {samples.count:,} samples")
    epochs = training.prefit_epochs + training.epochs
    lines.append(f"{frames:,} frames in {epochs:,} epochs")
    if speed:
        seconds = profile.replicates * epochs / speed
        lines.append(f"about {duration(seconds)} at the last run's speed")
    return "\n".join(lines)
