"""Fit: whether a run can be held at all, told from its profile before anything is allocated."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from ibtui.errors import ProfileError, RunError, memory_line
from ibtui.networks import Factory
from ibtui.npz import memory_bytes
from ibtui.profile import Profile
from ibtui.profile.geometry import geometry, parameters
from ibtui.profile.schedule import frame_count, kept_count
from ibtui.recording import HISTOGRAMS, Header, Recording

MOST_FRAMES = 1_000_000
# Per value: single precision, and of parameters the gradient and Adam's two moments too.
BYTES_A_VALUE, BYTES_A_PARAMETER, BYTES_A_LABEL = 4, 16, 8
REMEDIES = {"measure.weights": 'set it to "end", or raise measure.every'}


def must_fit(profile: Profile) -> None:
    """Raise `ProfileError` where a run of the profile is larger than this machine's memory.

    What is counted is the least that any backend takes; of data that are in a file only what the
    profile says of them.
    """
    problems = [f"{profile.name}: {problem}" for problem in _problems(profile)]
    if problems:
        raise ProfileError(problems)


def must_hold(name: str, header: Header, frames: int) -> None:
    """Raise `ProfileError` where the recording of a run, its data now known, is too large."""
    problems = [f"{name}: {problem}" for problem in _recording(header, frames)]
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
    layers = []  # of somebody else's network nothing is known yet
    if not isinstance(profile.network, Factory):
        with suppress(ProfileError):  # said with the data's own words once they are loaded
            layers = geometry(profile.network, shape, classes or 2, "the data")
    each = sum(map(parameters, layers))
    needs["replicates"] = profile.replicates * each * BYTES_A_PARAMETER
    kept = kept_count(profile)
    if kept > 1:
        of_frame = profile.replicates * (each + 2 * len(layers)) * BYTES_A_VALUE
        needs["measure.weights"] = kept * of_frame
    of_what = {
        "data.samples": f"{samples:,} samples",
        "replicates": f"{profile.replicates:,} replicates of {each:,} parameters",
        "measure.weights": f"{kept:,} frames of {profile.replicates:,} replicates of {each:,} "
        "parameters",
    }
    for key, wanted in needs.items():
        if wanted > memory_bytes():
            yield _too_large(key, of_what[key], wanted)
    yield from _recording(_header(profile, [one.units for one in layers] or [1], classes), frames)


def _too_large(key: str, what: str, wanted: int) -> str:
    return (
        f"{key}: {what} take {wanted / 2**30:,.1f} GiB, more than the "
        f"{memory_bytes() / 2**30:,.1f} GiB of memory there are ({REMEDIES.get(key, 'lower it')})"
    )


def _recording(header: Header, frames: int) -> Iterator[str]:
    """What a recording takes, under the key that takes most of it."""
    each = Recording.bytes_of(header, frames)
    drawn, whole = sum(each[name] for name in HISTOGRAMS), sum(each.values())
    if whole <= memory_bytes():
        return
    told = f"{frames:,} frames of {header.replicates:,} replicates and {len(header.series)} series"
    key = "measure"
    if 2 * drawn > whole:
        key = "measure.histograms"
        parts = f"{len(header.layers):,} layers"
        if header.histogram_labels:
            parts = f"{sum(header.units):,} units at {header.histogram_labels:,} labels"
        told = (
            f"{frames:,} frames with {header.histogram_bins:,} bins of {parts} "
            f"in {header.histogram_replicates:,} replicates"
        )
    yield _too_large(key, told, whole)


def _header(profile: Profile, units: Sequence[int], classes: int | None) -> Header:
    """As far as the profile tells: the axes of a run's recording."""
    measure = profile.measure
    drawn = min(measure.histogram_replicates or 1, profile.replicates)
    return Header(
        series=profile.series,
        layers=("",) * len(units),
        units=tuple(units),
        replicates=profile.replicates,
        samples=1,
        input_bits=0.0,
        label_bits=0.0,
        histogram_bins=measure.histograms or 0,
        histogram_replicates=drawn if measure.histograms else 0,
        histogram_labels=classes or 2 if measure.histograms_by == "unit" else 0,
    )


@contextmanager
def memory_told(profile: Profile) -> Iterator[None]:
    """Raise `RunError` where memory runs out after all, whatever library says so."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not (line := memory_line(error)):
            raise
        remedy = "lower replicates, data.samples, network.layers or measure.memory_gib"
        raise RunError(f"{profile.name}: {line} ({remedy})") from None
