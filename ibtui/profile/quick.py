"""Quick: any profile scaled down to minutes, as close to the experiment as that allows.

Fewer epochs at a learning rate raised by as much (rates change the speed of the path through the
plane far more than the path), fewer replicates, samples and frames; costly estimators measure two
replicates in some of the frames. What a quick run shows is a first look and no reproduction.
"""

from __future__ import annotations

import math
from typing import Any

from ibtui.information import Estimator
from ibtui.profile import Profile
from ibtui.profile.schedule import WORTH_COMPILING

REPLICATES = 5
SAMPLES = 4096
STEPS = WORTH_COMPILING * 4 // 5  # of the optimizer: a quick run does not wait for a compiler
WIDE, WIDE_SHARE = 100, 4  # inputs from which on a step costs as much as so many narrow ones
FASTER = 16  # times the learning rate, at most
FRAMES = 40
COSTLY_REPLICATES, COSTLY_EVERY, COSTLY_CLUSTERS = 2, 8, 10


def quick(profile: Profile) -> Profile:
    """The profile scaled down, with a name that says so; a small one keeps its keys."""
    changes: dict[str, Any] = {
        "name": f"{profile.name[:74]}-quick",
        "replicates": min(profile.replicates, REPLICATES),
        "estimator": tuple(_fewer(one, profile) for one in profile.estimator),
    }
    samples = getattr(profile.data, "samples", None) or profile.data.size[0] or SAMPLES
    wide = (profile.data.size[1] or 0) >= WIDE
    if "samples" in type(profile.data).model_fields:
        dear = wide and any(one.costly for one in profile.estimator)
        samples = min(samples, SAMPLES // WIDE_SHARE if dear else SAMPLES)
        changes["data"] = profile.data.model_copy(update={"samples": samples})
    training = profile.training
    train = round(samples * (1 - profile.data.test_fraction))
    batch = train if training.batch_size == "full" else training.batch_size
    per_epoch = math.ceil(train / batch)
    epochs = training.epochs + training.prefit_epochs
    steps = STEPS // WIDE_SHARE if wide else STEPS
    factor = max(1.0, epochs * per_epoch / steps)
    last = math.ceil(training.epochs / factor)
    first = math.ceil(training.prefit_epochs / factor)
    changes["training"] = training.model_copy(
        update={
            "epochs": last,
            "prefit_epochs": first,
            "earlier_epochs": None,
            "learning_rate": training.learning_rate * min(factor, FASTER),
            "restart_at": max(1, math.ceil(training.restart_at / factor)),
            "schedule_every": training.schedule_every
            and max(1, round(training.schedule_every / factor)),
        }
    )
    changes["measure"] = profile.measure.model_copy(
        update={
            "every": max(1, (last + first) // FRAMES, math.ceil(profile.measure.every / factor)),
            "points": min(profile.measure.points, FRAMES),
        }
    )
    return profile.model_copy(update=changes)


def _fewer(estimator: Estimator, profile: Profile) -> Estimator:
    if not estimator.costly:
        return estimator.model_copy(update={"every": 1})
    replicates = min(estimator.replicates or profile.replicates, COSTLY_REPLICATES)
    changes: dict[str, Any] = {"every": COSTLY_EVERY, "replicates": replicates}
    if "max_clusters" in type(estimator).model_fields:
        # The series keeps its name, which tells options that are not the default.
        changes |= {"max_clusters": COSTLY_CLUSTERS, "label": estimator.series[0]}
    return estimator.model_copy(update=changes)
