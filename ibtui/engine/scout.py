"""Scout: a first run with the same seeds that finds the range of every layer over the whole run."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ibtui.engine.meter import Bounds
from ibtui.profile import Profile
from ibtui.recording import Frame, Header, Recorder, Recording, Singles


def bare(profile: Profile) -> Profile:
    """The profile of a run that takes the same path and measures nothing but ranges and scores."""
    no_histograms = dict.fromkeys(("histograms", "histogram_replicates", "histograms_by"))
    measure = profile.measure.model_copy(update=no_histograms | {"weights": "none"})
    return profile.model_copy(update={"estimator": (), "measure": measure})


def bounds_of_run(header: Header, frames: Iterable[Frame]) -> Bounds:
    """The extremes of every layer over all frames, of each replicate until it diverges."""
    recorder = Recorder(header)
    for frame in frames:
        recorder.add(frame)
    return bounds_of(recorder.snapshot())


def bounds_of(whole: Recording) -> Bounds:
    """The extremes of every layer in a recording of all frames, until a replicate diverges."""
    low, high = whole.activation_min, whole.activation_max
    # What has diverged is not measured, and must not spoil the frames before.
    sound = np.isfinite(low) & np.isfinite(high) & np.isfinite(whole.train_loss_nats)[..., None]
    least = low.min(0, where=sound, initial=np.inf)
    greatest = high.max(0, where=sound, initial=-np.inf)
    return Bounds(least.T.astype(np.float32), greatest.T.astype(np.float32))


def running_extremes(whole: Recording) -> tuple[Singles, Singles]:
    """The extremes of every layer over the frames up to each, as `Running` has them: (E, L, R)."""
    low = np.minimum.accumulate(whole.activation_min, axis=0)
    high = np.maximum.accumulate(whole.activation_max, axis=0)
    return low.swapaxes(1, 2).astype(np.float32), high.swapaxes(1, 2).astype(np.float32)
