"""`batch.train` on scripted ensembles, which do on command what networks do not."""

import io
import os
import re
import signal

import pytest
from rich.console import Console

from ibtui import store
from ibtui.errors import MeasureError
from ibtui.headless.batch import train
from ibtui.headless.interrupts import interruptible
from ibtui.headless.progress import Progress
from ibtui.profile import parse_profile
from ibtui.session import Session
from ibtui.store import writer
from tests.scripted_engine import ScriptedEnsemble

PROFILE = parse_profile(
    'name = "walk"\nreplicates = 4\ntraining.epochs = 23\nmeasure.every = 5\n', "walk.toml"
)


@pytest.fixture
def root(tmp_path):
    return tmp_path / "runs"


def plain() -> Console:
    return Console(file=io.StringIO(), width=200)


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def session_of(ensemble, root, profile=PROFILE):
    session = Session.start(profile, root, engine=lambda *_: ensemble)
    session.prepare()
    return session


def run(root, ensemble, console=None, quiet=False, profile=PROFILE):
    session = session_of(ensemble, root, profile)
    with interruptible() as interrupt:
        try:
            train(session, interrupt, console or plain(), quiet=quiet)
        except (KeyboardInterrupt, MeasureError) as error:
            return store.load(session.folder), interrupt, error
    return store.load(session.folder), interrupt, None


def test_plain_lines_tell_epoch_loss_accuracy_and_information_without_escapes(root):
    console = plain()
    ensemble = ScriptedEnsemble(PROFILE)
    found, _, _ = run(root, ensemble, console)
    lines = shown(console).splitlines()
    assert "\x1b" not in shown(console)
    assert lines[0].startswith("walk  epoch 0/23  ")
    assert lines[-1].startswith("walk  epoch 23/23  ")
    last = found.recording.until(23)
    loss, accuracy = last.train_loss_nats[-1].mean(), last.test_accuracy[-1].mean()
    assert f"loss {loss:.4g} nats" in lines[-1]
    assert f"{accuracy:.3f} test" in lines[-1]
    i_xt = " ".join(f"{bits:.2f}" for bits in last.i_xt_bits[-1, 0].mean(axis=0))
    assert f"I(X;T) {i_xt}  I(T;Y)" in lines[-1]


def test_plain_lines_come_ever_more_rarely(root, monkeypatch):
    """Frames every 0.5 s for 300 s: lines at 0, 2, 6, 14, 30, 62, 122, ... and the end."""
    clock = 0.0
    monkeypatch.setattr("time.monotonic", lambda: clock)
    monkeypatch.setattr(writer, "SAVE_SECONDS", 1e9)
    many = PROFILE.model_copy(
        update={
            "training": PROFILE.training.model_copy(update={"epochs": 600}),
            "measure": PROFILE.measure.model_copy(update={"every": 1}),
        }
    )

    def tick():
        nonlocal clock
        clock += 0.5

    ensemble = ScriptedEnsemble(many, at=dict.fromkeys(range(1, 601), tick))
    console = plain()
    run(root, ensemble, console, profile=many)
    epochs = [int(re.findall(r"epoch (\d+)/600", line)[0]) for line in shown(console).splitlines()]
    assert epochs == [0, 4, 12, 28, 60, 124, 244, 364, 484, 600]


def test_a_terminal_gets_a_live_display_that_leaves_nothing_behind(root):
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system=None)
    run(root, ScriptedEnsemble(PROFILE), console)
    assert "\x1b[?25l" in shown(console)  # the cursor is hidden, and comes back
    assert shown(console).rstrip().endswith("\x1b[2K")


def test_quiet_shows_nothing(root, capsys):
    console = plain()
    run(root, ScriptedEnsemble(PROFILE), console, quiet=True)
    assert shown(console) == ""
    assert capsys.readouterr() == ("", "")


def test_the_pace_leaves_compilation_out(root, monkeypatch):
    clock = 50.0
    monkeypatch.setattr("time.monotonic", lambda: clock)

    def compile_slowly():
        nonlocal clock
        clock, ensemble.compile_seconds = 81.0, 30.0

    ensemble = ScriptedEnsemble(PROFILE, at={5: compile_slowly})
    session = session_of(ensemble, root)
    frames, progress = iter(session), Progress(session)
    next(frames)
    assert progress.place() == "epoch 0/23"
    next(frames)
    assert progress.place() == "epoch 5/23  4 s left"
    assert progress.pace() == "5 epochs/s  20 replicate-epochs/s"
    frames.close()


def test_a_restarted_replicate_catching_up_does_not_show_as_the_runs_state(root):
    session = session_of(ScriptedEnsemble(PROFILE, restart=(2, 11)), root)
    progress = Progress(session)
    shown_epochs = []
    for _ in session:
        assert progress.recording is not None
        shown_epochs.append(progress.recording.epoch[-1])
    assert shown_epochs == [0, 5, 10, 10, 10, 10, 15, 20, 23]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_run_after_its_epoch_saved(root, number):
    ensemble = ScriptedEnsemble(PROFILE, at={12: lambda: os.kill(os.getpid(), number)})
    found, interrupt, error = run(root, ensemble)
    assert error is None
    assert (found.status, found.manifest.epoch) == ("interrupted", 12)
    assert found.recording.epoch.tolist() == [0, 5, 10]
    assert interrupt.exit_code == 128 + number
    checkpoint = store.load_checkpoint(found.folder)
    assert ScriptedEnsemble(PROFILE, checkpoint=checkpoint).epoch == 12
    assert signal.getsignal(number) is not interrupt.arrive


def test_a_second_ctrl_c_does_not_wait_for_the_epoch(root):
    def twice():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    found, interrupt, error = run(root, ScriptedEnsemble(PROFILE, at={12: twice}))
    assert isinstance(error, KeyboardInterrupt)
    assert (found.status, interrupt.exit_code) == ("interrupted", 130)
    checkpoint = store.load_checkpoint(found.folder)
    assert ScriptedEnsemble(PROFILE, checkpoint=checkpoint).epoch < 12


def test_a_second_sigterm_still_waits_for_the_epoch(root):
    def twice():
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)

    found, interrupt, error = run(root, ScriptedEnsemble(PROFILE, at={12: twice}))
    assert error is None
    assert (found.manifest.epoch, interrupt.exit_code) == (12, 143)


def test_a_signal_with_nothing_under_way_ends_at_once():
    with interruptible() as interrupt, pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)
    assert interrupt.exit_code == 143


def test_a_signal_that_was_ignored_stays_ignored(root):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        ensemble = ScriptedEnsemble(PROFILE, at={12: lambda: os.kill(os.getpid(), signal.SIGHUP)})
        found, interrupt, _ = run(root, ensemble)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert (found.status, interrupt.signal) == ("finished", None)


def test_warnings_and_restarts_are_told_once(root, capsys):
    def warn():
        ensemble.warnings.append("measuring runs eager")

    ensemble = ScriptedEnsemble(PROFILE, restart=(2, 11), at={17: warn})
    ensemble.warnings.append("no compiler: training eagerly")
    run(root, ensemble, quiet=True)
    assert capsys.readouterr().err.splitlines() == [
        "ibtui: walk: warning: no compiler: training eagerly",
        "ibtui: walk: replicate 2 started again at epoch 11 (seed 1004)",
        "ibtui: walk: warning: measuring runs eager",
    ]


def test_a_failure_passes_on_and_the_run_says_why(root):
    def fail():
        raise MeasureError("binning: the layer is constant")

    found, _, error = run(root, ScriptedEnsemble(PROFILE, at={12: fail}))
    assert isinstance(error, MeasureError)
    assert (found.status, found.manifest.error) == ("failed", "binning: the layer is constant")
    assert found.recording.epoch.tolist() == [0, 5, 10]


def test_a_terminal_that_goes_away_does_not_cost_the_run(root):
    class Gone(io.StringIO):
        def write(self, text):
            raise OSError(5, "Input/output error")

    session = session_of(ScriptedEnsemble(PROFILE), root)
    with interruptible() as interrupt, pytest.raises(OSError, match="Input/output") as caught:
        train(session, interrupt, Console(file=Gone()))
    assert caught.tb  # it holds every frame of the stack: nothing was closed by chance
    assert store.load(session.folder).status == "interrupted"
    assert len(store.load(session.folder).recording) == 1
