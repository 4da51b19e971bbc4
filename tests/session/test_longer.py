"""A run that goes on for more epochs is the run of the profile that its folder has then."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ibtui import store
from ibtui.errors import ProfileError, RunError, UsageError
from ibtui.profile import Profile, validate
from ibtui.recording import ARRAYS, Recording
from ibtui.session import Session, load_engine
from ibtui.session.events import Warned
from tests.scripted_engine import engine

DIFFERS = {
    "a grid": ({}, ""),
    "torch": ({"training.backend": "torch", "training.compile": "never"}, ""),
    "prefit": ({"training.prefit_epochs": 2}, ""),
    "all weights": ({"measure.weights": "frames"}, ""),
    "replicates that begin again": ({"training.restart_below": 1.0, "training.restart_at": 6}, ""),
    "off the grid": ({"training.epochs": 5}, "has a frame at epoch 5"),
    "log-spaced": ({"measure.schedule": "log", "measure.points": 4}, "log-spaced"),
    "cosine": ({"training.schedule": "cosine"}, "cosine"),
    "every other frame": ({"training.epochs": 6, "estimator": "exact, every 2nd"}, "every n-th"),
}


def profile_of(**keys) -> Profile:
    table = {
        "name": "small",
        "replicates": 2,
        "network": {"layers": [3]},
        "training": {"epochs": 4, "restart_limit": 1, "learning_rate": 0.01, "batch_size": 1024},
        "measure": {"every": 2},
    }
    if keys.pop("estimator", None):
        table["estimator"] = [{"name": "exact", "every": 2}, {"name": "binning"}]
    for key, value in keys.items():
        room, _, name = key.partition(".")
        table[room][name] = value
    return validate(table, "small")


def whole(session: Session) -> Recording:
    for _ in session:
        pass
    assert session.folder is not None
    run = store.load(session.folder)
    assert run.status == "finished"
    return replace(run.recording, seconds=np.zeros(len(run.recording)))


def assert_same(found: Recording, expected: Recording) -> None:
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)


@pytest.mark.parametrize(("keys", "told"), DIFFERS.values(), ids=DIFFERS)
def test_a_finished_run_goes_on_as_if_planned_so_or_says_in_what_it_differs(keys, told, tmp_path):
    profile = profile_of(**keys)
    begun = Session.start(profile, tmp_path)
    whole(begun)
    session = Session.resume(begun.folder, epochs=9)
    found = whole(session)
    warned = [event.line for event in session.events if isinstance(event, Warned)]
    assert [told in line for line in warned] == ([True] if told else [])
    about = store.read_manifest(begun.folder)
    assert about.planned.frames == len(found)
    assert about.overrides == ("training.epochs=9",)
    at_once = profile.training.model_copy(update={"epochs": 9})
    assert (session.profile.training == at_once) == (not told)
    assert_same(found, whole(Session.start(session.profile, tmp_path)))


def scripted(root, **keys) -> Path:
    """The folder of a finished run."""
    session = Session.start(profile_of(**keys), root, engine=engine())
    whole(session)
    assert session.folder is not None
    return session.folder


def test_an_interrupted_run_goes_on_to_another_end(tmp_path):
    session = Session.start(profile_of(**{"training.epochs": 5}), tmp_path, engine=load_engine)
    frames = iter(session)
    next(frames), next(frames)
    frames.close()
    longer = Session.resume(session.folder, epochs=9)
    found = whole(longer)
    assert longer.profile.training.earlier_epochs is None
    assert_same(found, whole(Session.start(longer.profile, tmp_path)))


def test_it_goes_on_again_and_again(tmp_path):
    folder = scripted(tmp_path, **{"training.epochs": 3})
    for epochs in (7, 12, 13):
        whole(Session.resume(folder, epochs=epochs, engine=engine()))
    run = store.load(folder)
    assert run.recording.epoch.tolist() == [0, 2, 3, 4, 6, 7, 8, 10, 12, 13]
    assert run.profile.training.earlier_epochs == (3, 7)


@pytest.mark.parametrize(
    ("epochs", "error", "said"),
    [
        (4, UsageError, "has 4 already"),
        (10**12, ProfileError, "--epochs: training.epochs: 1000000000000 is"),
    ],
)
def test_an_end_that_cannot_be_is_told_and_the_run_stays_finished(epochs, error, said, tmp_path):
    folder = scripted(tmp_path)
    with pytest.raises(error, match=said):
        Session.resume(folder, epochs=epochs)
    assert store.load(folder).status == "finished"


def test_bins_over_the_whole_run_do_not_go_on(tmp_path):
    profile = profile_of()
    estimator = [{"name": "binning", "bounds": "run"}]
    ranged = validate({**profile.model_dump(exclude_none=True), "estimator": estimator}, "ranged")
    session = Session.start(ranged, tmp_path, engine=engine())
    whole(session)
    with pytest.raises(UsageError, match="bins over the range of the whole run"):
        Session.resume(session.folder, epochs=9)


def test_a_run_without_a_checkpoint_says_why_it_cannot_go_on_and_stays_finished(tmp_path):
    folder = scripted(tmp_path)
    (folder / "checkpoint.npz").unlink()
    with pytest.raises(RunError, match="earlier versions did not keep"):
        Session.resume(folder, epochs=9, engine=engine()).prepare()
    assert store.load(folder).status == "finished"
