"""RunGrid: the runs of sweeps in a folder that other processes fill too, on any machine.

Each run is decided on just before it begins, under a claim: made, gone on with where it was
interrupted, or passed over. Any number of processes may work on one grid, and each ends when
nothing is left that nobody makes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

from ibtui.errors import ProfileError, RunError, complain
from ibtui.headless.job import Job
from ibtui.profile import Profile, Profiles
from ibtui.session import Session
from ibtui.store import Entry, HeldError, Holding, Made, RunClaim, claim, must_be_free

PAUSE_SECONDS = 1.0  # between looks at whether those who are silent live
MOST_TAKEN = 1000  # runs of others, from which on it is looked whether they are made by now
MOST_TOLD = 20  # runs that are done already, each in a line of its own


@dataclass(frozen=True, eq=False)
class Sweep:
    """All runs that one profile stands for, and how to begin one."""

    profiles: Profiles
    start: Callable[[Profile], Session]
    places: Sequence[int] | None = None  # those of the runs that are wanted; None: all


class Place(NamedTuple):
    """One run of a sweep; its profile is made where it is asked for."""

    sweep: Sweep
    at: int

    @property
    def profile(self) -> Profile:
        return self.sweep.profiles[self.at]

    @property
    def name(self) -> str:
        return self.sweep.profiles.name(self.at)


@dataclass
class RunGrid:
    """The runs of `sweeps` under `root`; `resume` goes on with the run of a folder."""

    root: Path
    resume: Callable[[Path], Session]
    sweeps: list[Sweep] = field(default_factory=list)
    tells: bool = True  # what is done already, or made by others
    made: Made | None = None  # what is known already
    _done: int = 0

    def jobs(self) -> Iterator[Job]:
        """Every run of the grid once. The claim on a job is held until the next is asked for."""
        began = datetime.now(timezone.utc).replace(microsecond=0)
        made = self.made or Made(self.root)
        taken: list[Place] = []  # by others, so that how they end has to be seen
        most = MOST_TAKEN
        for place in self._places():
            yield from self._jobs_at(place, made, began, taken)
            if len(taken) >= most:
                taken = yield from self._look_again(taken, made, began)
                most = max(MOST_TAKEN, 2 * len(taken))
        while taken:
            left = yield from self._look_again(taken, made, began)
            if len(left) == len(taken) and not self._one_is_free(left, made):
                break
            taken = left
        for place in taken:
            running = [
                entry.folder for entry in made.of(place.profile) if entry.status == "running"
            ]
            where = f": {running[0]}" if running else ""
            self._tell(f"{place.profile.name}: is being made by another process{where}")
            yield Job(done=running[0] if running else None, one_of_many=True)
        if self._done > MOST_TOLD:
            self._tell(f"{self._done - MOST_TOLD:,} more are done already")

    def _places(self) -> Iterator[Place]:
        for sweep in self.sweeps:
            places = range(len(sweep.profiles)) if sweep.places is None else sweep.places
            yield from (Place(sweep, at) for at in places)

    def _look_again(
        self, taken: Sequence[Place], made: Made, began: datetime
    ) -> Generator[Job, None, list[Place]]:
        """Jobs of those that are free by now; the others are returned."""
        left: list[Place] = []
        for place in taken:
            yield from self._jobs_at(place, made, began, left)
        return left

    def _jobs_at(
        self, place: Place, made: Made, began: datetime, taken: list[Place]
    ) -> Iterator[Job]:
        """The job of one run; none where another process has it, which is put into `taken`."""
        try:
            profile = place.profile
        except ProfileError as error:
            yield Job(failure=error, one_of_many=True)
            return
        # What is finished stays so: no claim is needed to see it.
        if done := made.finished(profile):
            yield self._told_done(profile, done)
            return
        try:
            with self._claimed(profile, made) as (mine, entries):
                yield self._decided(place, profile, mine, entries, began)
        except HeldError:
            taken.append(place)

    @contextmanager
    def _claimed(self, profile: Profile, made: Made) -> Iterator[tuple[RunClaim, list[Entry]]]:
        """The claim on a run, and what there is of it.

        Raises `HeldError` where another has the claim, or writes the run without one: the app does.
        """
        with claim(self.root, profile) as mine:
            entries = made.of(profile, mine.noted(), thoroughly=mine.from_dead)
            if not any(entry.status == "finished" for entry in entries):
                for entry in entries:
                    must_be_free(entry.folder)
            yield mine, entries

    def _decided(
        self,
        place: Place,
        profile: Profile,
        mine: RunClaim,
        entries: Sequence[Entry],
        began: datetime,
    ) -> Job:
        """What is to be done for one run, which nobody else decides on meanwhile."""
        name = profile.name
        by_status = {entry.status: entry for entry in reversed(entries)}
        if entry := by_status.get("finished"):
            mine.note(entry.folder)
            return self._told_done(profile, entry.folder)
        if entry := by_status.get("interrupted"):
            folder = entry.folder
            complain(f"{name}: goes on where it was interrupted: {folder}")
            return Job(lambda: self.resume(folder), mine, one_of_many=True)
        if (entry := by_status.get("failed")) and entry.manifest:
            ended = entry.manifest.finished
            if ended and ended >= began:  # what failed before is tried again
                why = RunError(f"{name}: failed in another process: {entry.manifest.error}")
                return Job(failure=why, done=entry.folder, one_of_many=True)
        return Job(lambda: place.sweep.start(profile), mine, one_of_many=True)

    def _one_is_free(self, left: Sequence[Place], made: Made) -> bool:
        """Whether one of these runs becomes free, because who makes it ends or turns out dead.

        Of a process on another machine that is told by its beats alone, so that for some of them
        it takes a while. False once all are known to live.
        """
        silent: dict[Place, Holding | None] = dict.fromkeys(left)
        while silent:
            for place, before in list(silent.items()):
                try:
                    with self._claimed(place.profile, made):
                        return True
                except HeldError as held:
                    if held.seen.fate == "alive" or (before and held.seen != before):
                        del silent[place]
                    else:
                        silent[place] = held.seen
            if silent:
                time.sleep(PAUSE_SECONDS)
        return False

    def _told_done(self, profile: Profile, folder: Path) -> Job:
        self._done += 1
        if self._done <= MOST_TOLD:
            self._tell(f"{profile.name}: is done already: {folder}")
        return Job(done=folder, one_of_many=True)

    def _tell(self, line: str) -> None:
        if self.tells:
            complain(line)
