"""Longer: the profile of a run that goes on for more epochs than it was planned with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ibtui.errors import UsageError
from ibtui.profile.model import Profile, to_table, validate
from ibtui.profile.schedule import frame_count


class Longer(NamedTuple):
    """`differs`: in what the run will not be one that was planned with all epochs at once."""

    profile: Profile
    differs: list[str]


def longer(profile: Profile, epochs: int, *, measured: bool) -> Longer:
    """The profile with its end moved to `epochs`; `measured` where the end it had was reached.

    Where that can be, it is the profile with other epochs and nothing else, and the run equals bit
    for bit one that was planned so. Otherwise `training.earlier_epochs` keeps what was planned, and
    the run equals one of the profile that comes out. Raises `UsageError` where it cannot go on,
    `ProfileError` for too many epochs.
    """
    had, anew = profile.training.epochs, f"(train anew with --set training.epochs={epochs})"
    if epochs <= had:
        raise UsageError(f"--epochs: {epochs}: the run has {had} already (name more)")
    for one in profile.estimator:
        if one.needs_run_range:
            raise UsageError(
                f"--epochs: {one.series[0]} has bins over the range of the whole run, which is "
                f"another one with more epochs {anew}"
            )
    differs = list(_differs(profile, measured=measured))
    if differs and not had:
        raise UsageError(f"--epochs: the run has no epochs to go on from {anew}")
    earlier = (*(profile.training.earlier_epochs or ()), had)
    changes: dict[str, Any] = {"epochs": epochs} | ({"earlier_epochs": earlier} if differs else {})
    training = profile.training.model_copy(update=changes)
    checked = validate(to_table(profile.model_copy(update={"training": training})), "--epochs")
    return Longer(checked, differs)


def _differs(profile: Profile, *, measured: bool) -> Iterator[str]:
    training, measure = profile.training, profile.measure
    had = training.epochs
    if training.schedule == "cosine":
        yield f"the learning rate went down a cosine to epoch {had}, and goes on along a longer one"
    if measure.schedule == "log":
        yield f"its frames up to epoch {had} are those of the shorter plan (log-spaced)"
    elif measured and had and (had + training.prefit_epochs) % measure.every:
        yield f"it has a frame at epoch {had}, which was its last"
    if measured and any((frame_count(profile) - 1) % one.every for one in profile.estimator):
        yield f"estimators that measure in every n-th frame have measured at epoch {had}"
