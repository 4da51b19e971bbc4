"""The claims that a run is to judge, as it goes on."""

from pathlib import Path

import pytest

from ibtui import store
from ibtui.claims import EXPERIMENTS, judge
from ibtui.claims.runs import about, experiment_of, is_the_papers, profiles_of
from ibtui.profile import load_profile, shipped
from ibtui.tui.look.claimed import Claims, counted
from tests.scripted_engine import ScriptedEnsemble
from tests.tui import scripted_app

NAME = "lorenzen-fig2-as-coded"
PROFILE = load_profile(shipped.find_profile(NAME)).model_copy(update={"replicates": 3})


class Paper(ScriptedEnsemble):
    """Plays the movements of a training run in the six layers of the paper's network."""

    def __init__(self, last: int = 8000):
        super().__init__(PROFILE)
        series = PROFILE.series
        self.header = scripted_app.header(replicates=3, layers=6, series=series)
        self.planned = self.planned[:: len(self.planned) // 16]
        self._last = last
        self._whole = scripted_app.recording(self.header, self.planned, 8000)

    def frames(self):
        for at in range(len(self.planned)):
            if self.planned[at] > self._last:
                return
            self.epoch = self._yielded = int(self.planned[at])
            yield scripted_app.frame(self._whole, at)


def saved(root: Path, last: int = 8000) -> Path:
    ensemble = Paper(last)
    folder = store.create(root, PROFILE, ensemble)
    list(store.record(ensemble, folder))
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return saved(tmp_path_factory.mktemp("runs"))


def test_a_run_judges_its_own_claims_as_reproduce_does(run):
    claims = Claims.of(PROFILE, run, run.parent)
    rows = claims.find(17)
    assert rows
    assert all(any(ref.run == NAME for ref in row.case) for row in rows)
    whole = judge(EXPERIMENTS["lorenzen-fig2-3"], {NAME: store.load(run)})
    own = [row for row in whole if any(ref.run == NAME for ref in row.case)]
    assert [(row.case, row.judgement) for row in rows] == [(r.case, r.judgement) for r in own]
    assert not claims.due(17, ended=True)
    assert claims.due(18, ended=True)
    assert not claims.due(18, ended=False)  # judged a moment ago


def test_an_unfinished_run_contradicts_nothing_by_what_is_not_there_yet(tmp_path):
    rows = Claims.of(PROFILE, folder := saved(tmp_path, 2000), folder.parent).find(5)
    said = {row.judgement.said for row in rows if "phases occur in the output" in row.claim.text}
    assert False not in said
    assert any("of 8000" in row.judgement.numbers for row in rows)


def test_a_profile_that_was_changed_judges_no_claim_of_the_paper(run):
    network = PROFILE.network.model_copy(update={"layers": (3,)})
    changed = PROFILE.model_copy(update={"network": network})
    claims = Claims.of(changed, run, run.parent)
    assert claims.find(17) == ()
    assert claims.experiment is None
    assert not claims.due(18, ended=True)
    quick = PROFILE.training.model_copy(update={"epochs": 300})
    assert not is_the_papers(PROFILE.model_copy(update={"training": quick}), PROFILE)
    assert is_the_papers(PROFILE.model_copy(update={"replicates": 9, "seed": 4}), PROFILE)


def test_only_a_paper_s_profile_has_an_experiment():
    assert experiment_of("quickstart", EXPERIMENTS) is None
    assert experiment_of("lorenzen-fig2-as-codex", EXPERIMENTS) is None
    for experiment in EXPERIMENTS.values():
        for profile in profiles_of(experiment):
            found = experiment_of(profile.name, EXPERIMENTS)
            assert found is not None
            cases = [case for claim in about(found, profile.name).claims for case in claim.cases]
            assert all(any(ref.run == profile.name for ref in case) for case in cases)


def test_judgements_are_counted_by_their_words(run):
    rows = Claims.of(PROFILE, run, run.parent).find(17)
    words = counted(rows)
    assert sum(int(part.split()[0]) for part in words.split(", ")) == len(rows)
    assert counted(()) == ""
