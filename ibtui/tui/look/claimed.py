"""Claimed: what a paper's experiment claims of a run, judged anew as the run goes on."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ibtui import store
from ibtui.errors import IbtuiError
from ibtui.profile import Profile, Recorded
from ibtui.store import Run

if TYPE_CHECKING:  # judges load when there is something to judge
    from ibtui.claims import ClaimRow, Experiment

SHARE = 0.05  # of the time that judging may take while a run goes on
SECONDS = 5.0  # between two judgements, at least: a run is saved as often


@dataclass
class Claims:
    """The claims that a run is to judge; none of a run of no paper's profile.

    Where one compares runs, the newest ones of the experiment's other profiles judge with it.
    """

    experiment: Experiment | None
    profile: Profile | Recorded
    folder: Path
    root: Path
    rows: Sequence[ClaimRow] = ()
    _others: dict[str, Run] | None = None
    _frames: int = 0
    _at: float = field(default=float("-inf"))
    _seconds: float = 0.0

    @classmethod
    def of(cls, profile: Profile | Recorded, folder: Path, root: Path) -> Claims:
        """`root` is the folder of all runs."""
        from ibtui.claims import EXPERIMENTS
        from ibtui.claims.runs import about, experiment_of

        found = None
        if isinstance(profile, Profile):
            whole = experiment_of(profile.name, EXPERIMENTS)
            found = about(whole, profile.name) if whole is not None else None
        if found is not None and not found.claims:
            found = None
        return cls(found, profile, folder, root)

    def due(self, frames: int, *, ended: bool) -> bool:
        """Whether there is something new to judge; `ended`: no frame will come after these."""
        if self.experiment is None or frames == self._frames or not frames:
            return False
        rested = time.monotonic() - self._at >= max(self._seconds / SHARE, SECONDS)
        return ended or rested

    def find(self, frames: int) -> Sequence[ClaimRow]:
        """Judge what the files hold by now, in whatever thread; unreadable runs judge nothing."""
        from ibtui.claims import judge
        from ibtui.claims.runs import newest_runs, profiles_of

        began = time.monotonic()
        assert self.experiment is not None
        name = self.profile.name
        with suppress(IbtuiError):
            if self._others is None:
                profiles = {one.name: one for one in profiles_of(self.experiment)}
                if not self._can_judge(profiles.get(name)):
                    self.experiment = None
                    return ()
                cases = (case for claim in self.experiment.claims for case in claim.cases)
                names = {ref.run for case in cases for ref in case} - {name}
                wanted = {one: profiles[one] for one in names & profiles.keys()}
                self._others = newest_runs(self.root, wanted)
            runs = {**self._others, name: store.load(self.folder)}
            self.rows = tuple(judge(self.experiment, runs))
        self._at = time.monotonic()
        self._frames, self._seconds = frames, self._at - began
        return self.rows

    def _can_judge(self, shipped_one: Profile | None) -> bool:
        from ibtui.claims.runs import is_the_papers

        if shipped_one is None or not isinstance(self.profile, Profile):
            return False
        return is_the_papers(self.profile, shipped_one)


def counted(rows: Sequence[ClaimRow]) -> str:
    """`3 confirmed, 1 contradicted, 8 undecided`."""
    words = [row.judgement.word for row in rows]
    return ", ".join(
        f"{words.count(word)} {word}"
        for word in ("confirmed", "contradicted", "undecided")
        if word in words
    )
