"""Advice: what is said before many processes share the runs of a sweep."""

from __future__ import annotations

from collections.abc import Iterator

from ibtui.profile import Profile, Profiles


def advice(profiles: Profiles, slots: int) -> Iterator[str]:
    """Lines on how the runs would be shared out better over so many places; mostly none.

    Replicates are computed together, and no run is ever split.
    """
    name = profiles.name(0)
    if len(profiles) < slots:
        told = f"{len(profiles)} runs for {slots} places" if len(profiles) > 1 else "one run"
        yield f"{name}: {told}: a run is never split, so the others have nothing to do"
    first = profiles[0]
    alike = sum(_kind(one) == _kind(first) for one in profiles.checked())
    if alike > 1:
        read = len([*profiles.checked()])
        many = f"{alike}" if read == len(profiles) else "many"
        together = (
            f"replicates = {alike * first.replicates}"
            if read == len(profiles)
            else "more replicates"
        )
        yield (
            f"{name}: {many} runs differ by their seed alone: one run of {together} "
            "starts once, and measures as many networks together"
        )


def _kind(profile: Profile) -> Profile:
    return profile.model_copy(update={"name": "", "seed": 0})
