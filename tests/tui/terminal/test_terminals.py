"""The program as a person has it: in a terminal, with the real engine."""

import os
import signal
import statistics
import subprocess
import sys
import time

import pytest

from ibtui import store
from tests.tui.pseudo_terminal import FRAME, Terminal, ibtui

PROFILE = """
name = "small"
replicates = 2
[network]
layers = [3]
[quantization]
bits = 4
[training]
epochs = 100000
batch_size = "full"
compile = "never"
[measure]
every = 2
[[estimator]]
name = "exact"
[[estimator]]
name = "requantized"
"""
CALM = {"OMP_NUM_THREADS": "1"}  # two threads on a busy machine wait for each other


@pytest.fixture
def profile(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(PROFILE)
    return path


def frames_shown(text):
    """The epoch in the heading."""
    head = text.splitlines()[0]
    return int(head.partition("epoch ")[2].partition("/")[0]) if "epoch " in head else -1


def test_a_person_trains_pauses_stops_quits_and_replays(profile, tmp_path):
    runs = tmp_path / "runs"
    with Terminal(ibtui(profile, "--runs", runs), (120, 40), **CALM) as terminal:
        assert "small" in terminal.until("READY")
        terminal.press("r")
        terminal.until("TRAINING")
        terminal.until(lambda text: frames_shown(text) >= 10)
        live = terminal.watch(3.0)
        terminal.press(" ")
        terminal.until("PAUSED")
        terminal.watch(0.5)
        still = frames_shown(terminal.text)
        terminal.watch(0.5)
        assert frames_shown(terminal.text) == still
        terminal.press(" ")
        terminal.until(lambda text: frames_shown(text) > still)
        terminal.press("x")
        text = terminal.until("STOPPED")
        assert "requantized" in text
        terminal.press("q")
        assert terminal.ended() == 0
    sizes = [len(frame) for frame in FRAME.findall(live)]
    assert len(sizes) >= 5
    assert statistics.median(sizes) <= 3000
    [entry] = store.list_runs(runs)
    assert entry.status == "interrupted"
    assert store.load_checkpoint(entry.folder) is not None
    last = store.load(entry.folder).recording.epoch[-1]
    with Terminal(ibtui("replay", entry.folder.name, "--runs", runs), (80, 24)) as terminal:
        text = terminal.until("INTERRUPTED")
        assert f"epoch {last}/100000" in text
        terminal.until("[bits]")
        terminal.press("u")
        terminal.until("[nats]")
        terminal.press("y")
        terminal.until("clipboard")
        assert b"\x1b]52;c;" in terminal.sent
        terminal.press("g")
        terminal.until("epoch      0")
        terminal.press("q")
        assert terminal.ended() == 0


def test_a_plain_terminal_and_a_line_that_drops(profile, tmp_path):
    """TERM=xterm, NO_COLOR and a C locale; then SIGHUP, which must lose nothing."""
    runs = tmp_path / "runs"
    plain = {"TERM": "xterm", "NO_COLOR": "1", "LC_ALL": "C", **CALM}
    with Terminal(ibtui(profile, "--runs", runs), (100, 30), **plain) as terminal:
        terminal.until("READY")
        terminal.press("r")
        terminal.until(lambda text: "TRAINING" in text and frames_shown(text) >= 6)
        assert terminal.text.isascii()
        assert terminal.colours() == {"default"}
        terminal.press("?")
        assert "train the profile" in terminal.until("train the profile")
        assert terminal.text.isascii()
        terminal.hang_up()
        assert terminal.ended() == 129
    [entry] = store.list_runs(runs)
    assert entry.status == "interrupted"
    assert store.load_checkpoint(entry.folder) is not None
    assert len(store.load(entry.folder).recording) >= 3


def test_to_the_shell_and_back(profile, tmp_path):
    with Terminal(ibtui(profile, "--runs", tmp_path / "runs")) as terminal:
        terminal.until("READY")
        terminal.press("\x1a")
        end = time.monotonic() + 20
        stopped = os.WSTOPPED | os.WNOHANG | os.WNOWAIT
        while os.waitid(os.P_PID, terminal.process.pid, stopped) is None:
            assert time.monotonic() < end, "it does not stop"
            terminal.read(0.05)
        terminal.screen.reset()
        terminal.process.send_signal(signal.SIGCONT)
        terminal.until("READY")
        terminal.press("q")
        assert terminal.ended() == 0


def test_sigterm_restores_the_terminal_and_ends(profile, tmp_path):
    with Terminal(ibtui(profile, "--runs", tmp_path / "runs")) as terminal:
        terminal.until("READY")
        terminal.process.terminate()
        assert terminal.ended() == 143
        assert terminal.sent.rstrip().endswith(b"\x1b[?1004l") or b"\x1b[?1049l" in terminal.sent


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_place_text_is_refused(profile, tmp_path, term):
    with Terminal(ibtui(profile, "--runs", tmp_path / "runs"), TERM=term) as terminal:
        assert terminal.ended() == 2
        assert "TERM=dumb" in terminal.text
        assert "Traceback" not in terminal.text


def test_what_others_write_on_stderr_does_not_reach_the_screen():
    code = (
        "import os, time\nfrom ibtui.tui.terminal.terminal import own_screen\n"
        "with own_screen() as lines:\n    os.write(2, b'native noise\\n')\n    time.sleep(0.2)\n"
        "print(list(lines))\nos.write(2, b'after\\n')"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout == "['native noise']\n"
    assert answer.stderr == "after\n"


def test_bytes_that_are_no_utf_8_end_nothing(profile, tmp_path):
    with Terminal(ibtui(profile, "--runs", tmp_path / "runs"), (120, 40), **CALM) as terminal:
        terminal.until("READY")
        for noise in (b"\xff", b"\xc3(", b"\xe2\x82", b"\x80\xfe", bytes(range(128, 256))):
            terminal.press(noise)
            terminal.watch(0.2)
        terminal.press("?")
        terminal.until("train the profile")
        terminal.press("q")
        terminal.watch(0.5)
        terminal.press("q")
        assert terminal.ended() == 0
