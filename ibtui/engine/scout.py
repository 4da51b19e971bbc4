"""Scout: a first run with the same seeds that finds the range of every layer over the whole run."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ibtui.engine.meter import Bounds
from ibtui.profile import Profile
from ibtui.recording import Frame, Header, Recorder


def bare(profile: Profile) -> Profile:
    """The profile of a run that takes the same path and measures nothing but ranges and scores."""
    no_histograms = dict.fromkeys(("histograms", "histogram_replicates", "histograms_by"))
    measure = profile.measure.model_copy(update=no_histograms)
    return profile.model_copy(update={"estimator": (), "measure": measure})


def bounds_of_run(header: Header, frames: Iterable[Frame]) -> Bounds:
    """The extremes of every layer over all frames, of each replicate until it diverges."""
    recorder = Recorder(header)
    for frame in frames:
        recorder.add(frame)
    whole = recorder.snapshot()
    low, high = whole.activation_min, whole.activation_max
    # What has diverged is not measured, and must not spoil the frames before.
    sound = np.isfinite(low) & np.isfinite(high) & np.isfinite(whole.train_loss_nats)[..., None]
    least = low.min(0, where=sound, initial=np.inf)
    greatest = high.max(0, where=sound, initial=-np.inf)
    return Bounds(least.T.astype(np.float32), greatest.T.astype(np.float32))
