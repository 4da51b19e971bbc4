"""The papers' claims, and what runs say of them: confirmed, contradicted, undecided, with numbers.

An experiment names the shipped profiles that it needs and the claims that they are to judge.
"""

from ibtui.claims.claim import Claim, ClaimRow, Experiment, Judgement, Reading, judge
from ibtui.claims.lorenzen import EXPERIMENTS as LORENZEN
from ibtui.claims.supplements import EXPERIMENTS as SUPPLEMENTS
from ibtui.claims.thesis import EXPERIMENTS as THESIS
from ibtui.errors import UsageError
from ibtui.problems import did_you_mean

EXPERIMENTS: dict[str, Experiment] = {one.name: one for one in (*LORENZEN, *SUPPLEMENTS, *THESIS)}


def find_experiment(word: str) -> Experiment:
    """The experiment of a name, or the one that a profile belongs to. Raises `UsageError`."""
    if word in EXPERIMENTS:
        return EXPERIMENTS[word]
    for experiment in EXPERIMENTS.values():
        if word in experiment.profiles:
            return experiment
    raise UsageError(f"no experiment is called {word!r}{did_you_mean(word, EXPERIMENTS)}")


__all__ = [
    "EXPERIMENTS",
    "Claim",
    "ClaimRow",
    "Experiment",
    "Judgement",
    "Reading",
    "find_experiment",
    "judge",
]
