"""The runs that judge an experiment: the newest of each of its profiles that are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ibtui import store
from ibtui.claims.claim import Experiment
from ibtui.profile import Profile, load_profiles, shipped
from ibtui.store import Run


def profiles_of(experiment: Experiment, overrides: Sequence[str] = ()) -> Iterator[Profile]:
    """The profiles that an experiment needs, those of its sweeps too."""
    for word in experiment.profiles:
        yield from load_profiles(shipped.find_profile(word), overrides)


def newest_runs(root: Path, wanted: Mapping[str, Profile]) -> dict[str, Run]:
    """The newest run under `root` of exactly each profile, a finished one before others.

    Raises `RunError` where one cannot be read.
    """
    made = store.list_runs(root)
    found = {}
    for name, profile in wanted.items():
        same = [entry for entry in made if entry.is_of(profile)]
        finished = [entry for entry in same if entry.status == "finished"]
        if same:
            found[name] = store.load((finished or same)[0].folder)
    return found


def is_the_papers(profile: Profile, shipped_one: Profile) -> bool:
    """Whether runs of a profile can judge what is claimed of the shipped one of its name.

    Replicates, seed, frames and estimators beside those of the paper may be others.
    """
    same = all(
        getattr(profile, key) == getattr(shipped_one, key)
        for key in ("data", "network", "quantization")
    )
    free = {"compile", "backend"}
    trained, meant = (one.training.model_dump(exclude=free) for one in (profile, shipped_one))
    return same and trained == meant and set(shipped_one.series) <= set(profile.series)


def about(experiment: Experiment, run: str) -> Experiment:
    """Those of an experiment's claims, and of their cases, that this run is to judge."""
    parts = (
        replace(claim, cases=tuple(case for case in claim.cases if run in {r.run for r in case}))
        for claim in experiment.claims
    )
    return replace(experiment, claims=tuple(claim for claim in parts if claim.cases))


def experiment_of(name: str, experiments: Mapping[str, Experiment]) -> Experiment | None:
    """The experiment of a profile, or of a run of a sweep, by its name; None of any other."""
    fitting = [
        (len(profile), one)
        for one in experiments.values()
        for profile in one.profiles
        if name == profile or name.startswith(f"{profile}-")
    ]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None
