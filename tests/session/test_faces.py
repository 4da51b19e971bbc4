"""The faces of a session, `batch` and the app's log: what happens they tell in the same words."""

import io

import pytest
from rich.console import Console

from ibtui.errors import MeasureError
from ibtui.headless.batch import train
from ibtui.headless.interrupts import interruptible
from ibtui.profile import parse_profile
from ibtui.session import Session
from ibtui.tui.feeds.saved import Saved
from ibtui.tui.feeds.training import Training
from tests.scripted_engine import ScriptedEnsemble

PROFILE = parse_profile(
    'name = "walk"\nreplicates = 4\ntraining.epochs = 23\nmeasure.every = 5\n', "walk.toml"
)


def eventful(profile, data_dir, checkpoint):
    """A run in which all happens that a face has to tell."""

    def compiled():
        ensemble.compiling, ensemble.compile_seconds = False, 75.0

    at = {3: compiled, 13: lambda: ensemble.warnings.append("measuring runs eager")}
    ensemble = ScriptedEnsemble(profile, restart=(2, 11), diverge=(1, 17), at=at)
    ensemble.compiled = ensemble.compiling = True
    return ensemble


def batch_tells(session: Session, capsys) -> list[str]:
    session.prepare()
    with interruptible() as interrupt:
        train(session, interrupt, Console(file=io.StringIO()))
    front = f"ibtui: {PROFILE.name}: "
    lines = capsys.readouterr().err.splitlines()
    assert all(line.startswith(front) for line in lines)
    return [line.removeprefix(front) for line in lines]


def app_tells(session: Session) -> list[str]:
    training = Training(session)
    assert training.join(20)
    training.poll()
    return list(training.log)


def test_what_happens_to_replicates_is_told_by_batch_and_the_app_in_the_same_words(
    tmp_path, capsys
):
    told = batch_tells(Session.start(PROFILE, tmp_path, engine=eventful), capsys)
    assert told == [
        "compiling for this machine",
        "compiled in 1:15",
        "replicate 2 started again at epoch 11 (seed 1004)",
        "warning: measuring runs eager",
        "replicate 1 diverged: its loss was not finite at epoch 17; "
        "the others go on (lower training.learning_rate)",
    ]
    session = Session.start(PROFILE, tmp_path, engine=eventful)
    log = app_tells(session)
    assert [line for line in log if line in told] == told
    assert log[0] == "loading the engine and the data"
    assert log[-1] == "finished at epoch 23"
    assert len(log) == len(told) + 3  # and how it began

    assert session.folder is not None
    later = list(Saved(session.folder).facts())
    assert told[2] in later
    assert told[4].partition(";")[0] in later


def test_a_failure_is_told_by_both_in_the_same_words(tmp_path):
    def failing(profile, data_dir, checkpoint):
        def fail():
            raise MeasureError("binning: the layer is constant")

        return ScriptedEnsemble(profile, at={12: fail})

    line = "binning: the layer is constant"
    session = Session.start(PROFILE, tmp_path, engine=failing)
    session.prepare()
    with interruptible() as interrupt, pytest.raises(MeasureError, match=f"^{line}$"):
        train(session, interrupt, Console(file=io.StringIO()))
    assert app_tells(Session.start(PROFILE, tmp_path, engine=failing))[-1] == line
