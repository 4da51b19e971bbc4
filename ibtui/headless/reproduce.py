"""An experiment of the papers from end to end: its runs, its figures, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ibtui import claims
from ibtui.analysis.rule import Rule
from ibtui.claims import ClaimRow, Experiment
from ibtui.claims.runs import newest_runs, profiles_of
from ibtui.errors import IbtuiError, complain
from ibtui.figures import Format
from ibtui.headless.batch import BatchSettings, run_batch
from ibtui.profile import load_profiles, shipped
from ibtui.profile.quick import quick
from ibtui.report.screen import console, say
from ibtui.store import Run

STYLES = {"confirmed": "green", "contradicted": "red", "undecided": "yellow"}


def reproduce_experiment(word: str, settings: BatchSettings, figures: Path, form: Format) -> int:
    """Make the runs that are not there yet, draw them, judge the claims; return the exit code.

    Figures that cannot be drawn are told about and do not keep the claims from being judged.
    """
    experiment = claims.find_experiment(word)
    code = run_batch(experiment.profiles, None, settings)
    runs = find_runs(experiment, settings)
    if not code:
        _draw(experiment.name, runs, figures / experiment.name, form)
    screen = console()
    screen.print(claims_table(experiment, claims.judge(experiment, runs)))
    for line in (*Rule().lines(), *([QUICK] if settings.quick else [])):
        screen.print(line, highlight=False, markup=False, soft_wrap=True)
    return code


QUICK = (
    "these runs are scaled down (--quick): fewer epochs at a higher rate, fewer replicates and "
    "samples; what they say is a first look"
)


def find_runs(experiment: Experiment, settings: BatchSettings) -> dict[str, Run]:
    """The newest run of each of an experiment's profiles, by the profile's full name."""
    made = profiles_of(experiment, settings.overrides)
    wanted = {one.name: quick(one) if settings.quick else one for one in made}
    return newest_runs(settings.out, wanted)


def claims_table(experiment: Experiment, rows: Iterable[ClaimRow]) -> Table:
    """A row a case of each claim: what the paper says, what the runs say, with numbers."""
    table = Table(
        box=None,
        pad_edge=False,
        title=experiment.title,
        title_justify="left",
    )
    for name, width in (("claim", 40), ("judged by", 36), ("", 12), ("numbers", None)):
        table.add_column(name, overflow="fold", max_width=width)
    before = None
    for row in rows:
        new = row.claim is not before
        if new and before is not None:
            table.add_row()
        said = f"{row.claim.where}: {row.claim.text}" if new else ""
        word = row.judgement.word
        cells = (said, _named(experiment, row), row.judgement.numbers)
        claim, case, numbers = map(Text, cells)
        table.add_row(claim, case, Text(word, STYLES[word]), numbers)
        before = row.claim
    return table


def print_experiments(screen: Console | None = None) -> None:
    """The experiments that can be reproduced."""
    table = Table(box=None, pad_edge=False)
    for name in ("experiment", "title", "claims", "runs"):
        table.add_column(name, justify="right" if name in ("claims", "runs") else "left")
    for one in claims.EXPERIMENTS.values():
        runs = sum(len(load_profiles(shipped.find_profile(word))) for word in one.profiles)
        table.add_row(one.name, Text(one.title), str(len(one.claims)), str(runs))
    (screen or console()).print(table)


def _draw(experiment: str, runs: Mapping[str, Run], folder: Path, form: Format) -> None:
    from ibtui.figures import composites, export

    try:
        for run in runs.values():
            for path in export(run, folder, ["all"], form):
                say(console(), str(path))
        for path in composites(experiment, runs, folder, form):
            say(console(), str(path))
    except IbtuiError as error:
        complain(error)


def _named(experiment: Experiment, row: ClaimRow) -> str:
    return "\n".join(f"{_short(experiment, ref.run)} {ref.series}" for ref in row.case)


def _short(experiment: Experiment, run: str) -> str:
    """A run of a sweep without the profile's name, which the title tells."""
    for profile in experiment.profiles:
        if run.startswith(f"{profile}-"):
            return run.removeprefix(f"{profile}-")
    return run
