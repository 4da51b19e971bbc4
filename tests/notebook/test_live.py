"""Runs trained in Python: a loop, a call, a live plane, and what an interrupt leaves."""

import doctest
import os
import signal
import threading

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from numpy.testing import assert_array_equal

import ibtui
from ibtui import store
from ibtui.errors import ProfileError, UsageError
from ibtui.notebook import live
from ibtui.profile import parse_profile, to_toml, validate
from ibtui.session import Session
from tests.scripted_engine import engine

PROFILE = parse_profile(
    'name = "walk"\nreplicates = 4\ntraining.epochs = 6\nmeasure.every = 2', "walk.toml"
)
TINY = {
    "name": "tiny",
    "replicates": 2,
    "network": {"layers": [3]},
    "training": {"epochs": 4, "device": "cpu"},
    "measure": {"every": 2},
}


def scripted(tmp_path, at=None) -> Session:
    """A session of the scripted engine, which calls `at` at its epochs."""
    return Session.start(PROFILE, tmp_path, engine=engine(at=at or {}))


@pytest.fixture
def notebook(monkeypatch):
    """An IPython that takes what is displayed, in place of a browser."""
    shell = InteractiveShell.instance()
    shown = []
    monkeypatch.setattr(shell.display_pub, "publish", lambda data, **how: shown.append((data, how)))
    yield shown
    InteractiveShell.clear_instance()


def test_the_examples_in_the_documentation_are_true(here):
    failed, tried = doctest.testmod(live)
    assert (failed, tried > 0) == (0, True)


def test_a_table_a_file_and_a_profile_make_the_same_run(tmp_path, capsys):
    path = tmp_path / "tiny.toml"
    path.write_text(to_toml(validate(TINY, "tiny")))
    changes = ("training.epochs=2", "seed=7")
    made = [
        ibtui.run(given, *changes, out=tmp_path / str(at))
        for at, given in enumerate((TINY, path, validate(TINY, "tiny")))
    ]
    assert "samples" in capsys.readouterr().out  # what the data are
    for one in made:
        assert one.recording.epoch.tolist() == [0, 2]
        assert_array_equal(one.recording.i_xt_bits, made[0].recording.i_xt_bits)
        assert one.manifest.overrides == changes
        assert one.profile == made[0].profile


def test_what_is_no_experiment_is_said_before_anything_is_loaded(tmp_path):
    for given, error, said in (
        ({"name": "a", "replicate": 3}, ProfileError, "did you mean 'replicates'"),
        ({"name": "a", "seed": None}, ProfileError, "no table as TOML has it"),
        ({1: "a"}, ProfileError, "no table as TOML has it"),
        ({"name": "a", "sweep": {"seed": [1, 2]}}, UsageError, "a sweep of 2 runs"),
        ("quickstar", UsageError, "did you mean 'quickstart'"),
    ):
        with pytest.raises(error, match=said):
            ibtui.frames(given, out=tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_interrupt_ends_the_epoch_saves_and_says_how_to_go_on(tmp_path):
    before = signal.getsignal(signal.SIGINT)
    session = scripted(tmp_path, {3: lambda: os.kill(os.getpid(), signal.SIGINT)})
    with pytest.raises(KeyboardInterrupt, match=r"can be resumed: ibtui\.resume\('"):
        live._train(session, quiet=True)
    assert signal.getsignal(signal.SIGINT) is before
    saved = ibtui.load(session.folder)
    assert (saved.status, saved.recording.epoch.tolist()) == ("interrupted", [0, 2])


def test_a_thread_that_is_not_the_main_one_trains_too(tmp_path):
    made = []
    thread = threading.Thread(
        target=lambda: made.append(live._train(scripted(tmp_path), quiet=True))
    )
    thread.start()
    thread.join()
    assert [one.status for one in made] == ["finished"]


def test_a_notebook_sees_one_plane_that_is_drawn_anew(tmp_path, notebook, monkeypatch):
    monkeypatch.setattr(live, "SHOW_SECONDS", 0.0)
    monkeypatch.setattr(live, "SHOW_SHARE", 1e9)
    made = live._train(scripted(tmp_path), quiet=False)
    pictures = [(data["image/png"], how) for data, how in notebook if "image/png" in data]
    assert len(pictures) == len(made.recording) + 1
    assert [bool(how.get("update")) for _, how in pictures] == [False] + [True] * 4
    assert len({how["transient"]["display_id"] for _, how in pictures}) == 1
    assert all(png.startswith((b"\x89PNG", "iVBOR")) for png, _ in pictures)


def test_a_notebook_without_matplotlib_trains_all_the_same(tmp_path, notebook, monkeypatch):
    monkeypatch.setattr(live, "find_spec", lambda name: None)
    made = live._train(scripted(tmp_path), quiet=False)
    assert made.status == "finished"
    assert not notebook
    monkeypatch.setattr("ibtui.figures.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'ibtui\[figures\]'"):
        made.plane()


def test_quiet_shows_nothing(tmp_path, notebook, capsys):
    live._train(scripted(tmp_path), quiet=True)
    assert not notebook
    assert capsys.readouterr().out == ""


def test_what_a_loop_stops_is_resumed_bit_for_bit(tmp_path):
    whole = ibtui.run(TINY, out=tmp_path / "whole", quiet=True)
    loop = ibtui.frames(TINY, out=tmp_path / "part")
    for frame in loop:
        if frame.epoch == 2:
            loop.stop()
    assert ibtui.load(loop.folder).status == "interrupted"
    made = ibtui.resume(loop.folder, quiet=True)
    assert made.status == "finished"
    for name in ("i_xt_bits", "i_ty_bits", "train_loss_nats"):
        assert_array_equal(getattr(made.recording, name), getattr(whole.recording, name))
    assert np.isfinite(made.recording.i_ty_bits).all()
    with pytest.raises(ibtui.IbtuiError, match="finished"):
        ibtui.resume(loop.folder, quiet=True)
    assert store.read_manifest(loop.folder).status == "finished"
    longer = ibtui.resume(loop.folder, epochs=6, quiet=True)
    assert longer.recording.epoch.tolist() == [0, 2, 4, 6]
