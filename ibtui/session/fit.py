"""Fit: whether a run can be held at all, told from its profile before anything is allocated."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ibtui.errors import ProfileError
from ibtui.npz import memory_bytes
from ibtui.profile import Profile
from ibtui.profile.geometry import geometry, parameters
from ibtui.profile.schedule import frame_count
from ibtui.recording import Header, Recording, dtype_of

MOST_FRAMES = 1_000_000
# Per value: single precision, and of parameters the gradient and Adam's two moments too.
BYTES_A_VALUE, BYTES_A_PARAMETER, BYTES_A_LABEL = 4, 16, 8


def must_fit(profile: Profile) -> None:
    """Raise `ProfileError` where a run of the profile is larger than this machine's memory.

    What is counted is the least that any backend takes; of data that are in a file only what the
    profile says of them.
    """
    problems = [f"{profile.name}: {problem}" for problem in _problems(profile)]
    if problems:
        raise ProfileError(problems)


def _problems(profile: Profile) -> Iterator[str]:
    frames = frame_count(profile)
    if frames > MOST_FRAMES:
        key = "every" if profile.measure.schedule == "linear" else "points"
        remedy = "raise measure.every" if key == "every" else "lower measure.points"
        yield f"measure.{key}: plans {frames:,} frames, at most {MOST_FRAMES:,} ({remedy})"
        return
    samples, inputs, classes = profile.data.size
    samples = getattr(profile.data, "samples", None) or samples or 2
    own = profile.replicates if getattr(profile.data, "per_replicate", False) else 1
    shape = getattr(profile.data, "shape", None) or (inputs or 1,)
    needs = {"data.samples": own * samples * (math.prod(shape) * BYTES_A_VALUE + BYTES_A_LABEL)}
    try:
        layers = geometry(profile.network, shape, classes or 2, "the data")
    except ProfileError:  # said with the data's own words once they are loaded
        layers = []
    each = sum(map(parameters, layers))
    needs["replicates"] = profile.replicates * each * BYTES_A_PARAMETER
    needs["measure"] = _recording_bytes(profile, frames, len(layers) or 1)
    for key, wanted in needs.items():
        if wanted > memory_bytes():
            yield (
                f"{key}: {_named(key, profile, samples, each, frames)} take "
                f"{wanted / 2**30:,.1f} GiB, more than the {memory_bytes() / 2**30:,.1f} GiB of "
                "memory there are (lower it)"
            )


def _named(key: str, profile: Profile, samples: int, each: int, frames: int) -> str:
    match key:
        case "data.samples":
            return f"{samples:,} samples"
        case "replicates":
            return f"{profile.replicates:,} replicates of {each:,} parameters"
    series = len(profile.series)
    return f"{frames:,} frames of {profile.replicates:,} replicates and {series} series"


def _recording_bytes(profile: Profile, frames: int, layers: int) -> int:
    measure = profile.measure
    header = Header(
        series=profile.series,
        layers=("",) * layers,
        units=(1,) * layers,
        replicates=profile.replicates,
        samples=1,
        input_bits=0.0,
        label_bits=0.0,
        histogram_bins=measure.histograms or 0,
        histogram_replicates=(measure.histogram_replicates or 1) if measure.histograms else 0,
    )
    shapes = Recording.shapes(header, frames)
    return sum(math.prod(shape) * dtype_of(name).itemsize for name, shape in shapes.items())
