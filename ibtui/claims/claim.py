"""Claim: a sentence of a paper, and how runs judge it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, wraps
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ibtui.analysis.interval import Interval, mean
from ibtui.analysis.rule import Rule
from ibtui.analysis.verdict import Said, Verdict, verdicts
from ibtui.recording import Floats
from ibtui.store import Run


@dataclass(frozen=True)
class Judgement:
    """What runs say of a claim: confirmed (True), contradicted (False) or undecided (None)."""

    said: Said
    numbers: str

    @property
    def word(self) -> str:
        return {True: "confirmed", False: "contradicted", None: "undecided"}[self.said]


@dataclass(frozen=True)
class Reading:
    """One series of one run, as claims look at it. Layers count from T1; -1 is the output."""

    run: Run
    series: int
    rule: Rule = field(default_factory=Rule)

    @cached_property
    def verdicts(self) -> list[Verdict]:
        return verdicts(self.run.recording, self.series, self.rule, planned=self._planned)

    @property
    def whole(self) -> bool:
        """Whether all epochs are there that the rule looks at."""
        until = self._planned if self.rule.until is None else self.rule.until
        return int(self.run.recording.epoch[-1]) >= min(until, self._planned)

    @property
    def looked_at(self) -> NDArray[np.bool_]:
        """Which frames the rule looks at, (E,)."""
        epoch, until = self.run.recording.epoch, self.rule.until
        return (epoch >= self.rule.since) & (epoch <= (epoch[-1] if until is None else until))

    @property
    def _planned(self) -> int:
        return self.run.manifest.planned.last

    @property
    def hidden(self) -> list[Verdict]:
        return self.verdicts[:-1]

    @property
    def output(self) -> Verdict:
        return self.verdicts[-1]

    def under(self, **changes: float | int | None) -> Reading:
        """The same series under another rule."""
        return replace(self, rule=replace(self.rule, **changes))

    def i_xt_bits(self, frame: int = -1) -> list[Interval]:
        """Mean I(X;T) of each layer in one frame, with its 95 % interval (Student's t)."""
        return self._of_layers(self.run.recording.i_xt_bits, frame)

    def i_ty_bits(self, frame: int = -1) -> list[Interval]:
        """Mean I(T;Y) of each layer in one frame, with its 95 % interval (Student's t)."""
        return self._of_layers(self.run.recording.i_ty_bits, frame)

    def _of_layers(self, bits: Floats, frame: int) -> list[Interval]:
        return [mean(bits[frame, self.series, :, n]) for n in range(bits.shape[-1])]


Judge = Callable[..., Judgement]  # of the readings that a case names


class Ref(NamedTuple):
    """A series of a run, by the names that the shipped profile gives them."""

    run: str
    series: str


@dataclass(frozen=True)
class Claim:
    """A claim, where it is made, and the cases in which it is judged, each some readings."""

    where: str
    text: str
    judge: Judge
    cases: tuple[tuple[Ref, ...], ...]


@dataclass(frozen=True)
class Experiment:
    """Shipped profiles, and the claims that their runs judge."""

    name: str
    title: str
    profiles: tuple[str, ...]
    claims: tuple[Claim, ...]


class ClaimRow(NamedTuple):
    """One case of one claim, judged."""

    claim: Claim
    case: tuple[Ref, ...]
    judgement: Judgement


def judge(experiment: Experiment, runs: Mapping[str, Run]) -> Iterator[ClaimRow]:
    """Judge every case of every claim by the runs, which go by their profiles' full names.

    A case whose run is missing or has no frame is undecided, and says so.
    """
    for claim in experiment.claims:
        for case in claim.cases:
            lacking = [
                ref.run for ref in case if ref.run not in runs or not runs[ref.run].recording
            ]
            if lacking:
                found = Judgement(None, f"no run of {', '.join(dict.fromkeys(lacking))}")
            else:
                found = claim.judge(*(_reading(runs[ref.run], ref.series) for ref in case))
                found = replace(found, numbers=found.numbers + _how_far(runs[r.run] for r in case))
            yield ClaimRow(claim, case, found)


def all_of(parts: Iterable[Said]) -> Said:
    """True where all are, False where one is, None otherwise."""
    parts = list(parts)
    if False in parts:
        return False
    return None if None in parts or not parts else True


def opposite(said: Said) -> Said:
    return None if said is None else not said


def decided(yes: bool, no: bool) -> Said:
    """Undecided where neither holds."""
    return yes if yes or no else None


def of_the_end(judge: Judge) -> Judge:
    """A judge of how runs end, which decides nothing before they have ended."""

    @wraps(judge)
    def judged(*readings: Reading) -> Judgement:
        found = judge(*readings)
        return found if all(reading.whole for reading in readings) else replace(found, said=None)

    return judged


def _how_far(runs: Iterable[Run]) -> str:
    """` (epoch 90 of 616)` of runs that have not reached their last epoch."""
    goals = {run.folder: (int(run.recording.epoch[-1]), run.manifest.planned.last) for run in runs}
    return "".join(f" (epoch {at} of {last})" for at, last in goals.values() if at < last)


def _reading(run: Run, series: str) -> Reading:
    return Reading(run, run.recording.header.series.index(series))
