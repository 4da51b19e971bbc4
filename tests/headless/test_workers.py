"""Workers: the machine's shares, and processes that fail, are killed, or are stopped."""

import os
import sys
from pathlib import Path

import pytest

from ibtui.errors import UsageError
from ibtui.headless import workers
from ibtui.headless.workers import Share, machine, run_workers, shares


def test_cores_are_dealt_out_evenly_and_gpus_in_turn():
    cores = [0, 1, 2, 3, 4, 5, 6]
    found = shares(3, None, cores, [])
    assert [one.cores for one in found] == [(0, 1), (2, 3), (4, 5, 6)]
    assert [one.cores for one in shares(4, None, [2, 5], [])] == [(2,), (2,), (5,), (5,)]
    assert [one.gpu for one in shares(None, 2, cores, ["0", "3"])] == ["0", "3", "0", "3"]
    assert [one.gpu for one in shares(3, None, cores, ["0", "3"])] == ["0", "3", "0"]
    assert len(shares(None, None, cores, [])) == 1


@pytest.mark.parametrize(("count", "gpus"), [(None, []), (5, ["0", "1"])])
def test_gpus_that_are_not_there_are_refused(count, gpus):
    with pytest.raises(UsageError, match="GPU"):
        shares(count, 2, [0, 1], gpus)


def test_a_worker_sees_its_gpu_and_threads_alone(monkeypatch):
    environment = Share((4, 5, 6), "GPU-7").environment()
    assert environment["OMP_NUM_THREADS"] == "3"
    assert environment["CUDA_VISIBLE_DEVICES"] == "GPU-7"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2, 5")
    assert machine()[1] == ["2", "5"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert machine()[1] == []


@pytest.fixture
def program(tmp_path, monkeypatch):
    """What a worker runs, in place of the program."""

    def write(script: str) -> Path:
        path = tmp_path / "program"
        path.write_text(f"#!{sys.executable}\nimport os, signal, sys, time\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(path))
        return tmp_path

    monkeypatch.setattr(workers, "_told", set())
    monkeypatch.chdir(tmp_path)
    return write


def test_what_all_complain_of_is_told_once_and_the_failure_counts(program, capfd):
    program('print("ibtui: a slip", file=sys.stderr); sys.exit(2)')
    assert run_workers(["x"], Path("runs"), [Share((0,)), Share((0,))], quiet=True) == 2
    assert capfd.readouterr().err == "ibtui: a slip\n"


def test_one_that_is_killed_is_told_about_and_started_again(program, capfd):
    folder = program("""
if not os.path.exists("once"):
    open("once", "w").close()
    os.kill(os.getpid(), signal.SIGKILL)
open("twice", "w").close()""")
    assert run_workers(["x"], Path("runs"), [Share((0,))], quiet=True) == 0
    assert (folder / "twice").exists()
    told = "worker 0 was ended by SIGKILL: its run goes on in a new one"
    assert capfd.readouterr().err == f"ibtui: {told}\n"


def test_one_that_is_killed_again_and_again_is_a_failure(program, capfd):
    program("os.kill(os.getpid(), signal.SIGKILL)")
    assert run_workers(["x"], Path("runs"), [Share((0,))], quiet=True) == 1
    assert capfd.readouterr().err.count("\n") == workers.RETRIES + 1


def test_a_signal_reaches_every_worker_and_is_the_end_of_all(program):
    program(f"""
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
open(f"ready-{{os.getpid()}}", "w").close()
if len([name for name in os.listdir() if name.startswith("ready")]) == 2:
    os.kill({os.getpid()}, signal.SIGTERM)
time.sleep(60)""")
    assert run_workers(["x"], Path("runs"), [Share((0,)), Share((0,))], quiet=True) == 143
