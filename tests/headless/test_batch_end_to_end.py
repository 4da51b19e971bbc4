"""`ibtui batch` with the real engine, small networks and real signals."""

import os
import shlex
import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

import ibtui
from ibtui import store
from ibtui.engine import Ensemble
from ibtui.profile import parse_profile
from ibtui.recording import ARRAYS, Recorder, Recording

TINY = """
name = "tiny"
title = "Two layers"
replicates = 3
network.layers = [4, 3]
quantization.bits = 4
training.batch_size = "full"
training.learning_rate = 0.01
training.epochs = 12
training.compile = "never"
measure.every = 5
estimator = [{ name = "exact" }, { name = "binning", bins = 30 }]
"""
ENDLESS = TINY.replace("epochs = 12", "epochs = 1000000").replace('"tiny"', '"endless"')


@pytest.fixture(autouse=True)
def _one_thread(here, monkeypatch):
    # One thread here and in the processes started: the same sums, and no quarrel over the cores.
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    torch.set_num_threads(1)


def start(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "ibtui", "batch", *words],
        env={**os.environ, "PYTHONPATH": str(Path(ibtui.__file__).parents[1])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def assert_same(found: Recording, expected: Recording) -> None:
    for name in ARRAYS:
        if name != "seconds":
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)


def test_a_profile_becomes_a_run_that_list_and_show_can_read(call):
    Path("tiny.toml").write_text(TINY)
    code, out, err = call("batch", "tiny.toml", "--set", "training.epochs=7", "--replicates", "2")
    (entry,) = store.list_runs(Path("runs"))
    run = store.load(entry.folder)
    assert (code, err) == (0, "")
    assert run.status == "finished"
    assert run.recording.epoch.tolist() == [0, 5, 7]
    assert run.recording.header.series == ("exact", "binning-30")
    assert run.recording.header.layers == ("T1", "T2", "T3")
    assert run.recording.i_xt_bits.shape == (3, 2, 2, 3)
    assert run.manifest.overrides == ("training.epochs=7", "replicates=2")
    assert (run.folder / "profile.toml").read_text() == TINY
    assert np.isfinite(run.recording.i_xt_bits).all()
    assert "tiny  epoch 7/7" in out
    table = out[out.index(f"{run.folder.name}  Two layers") :]
    assert call("show", run.folder.name)[1] == table


def test_a_profile_that_fails_does_not_keep_the_others_from_running(call):
    Path("tiny.toml").write_text(TINY)
    Path("digits.toml").write_text('name = "digits"\ndata.name = "mnist"\n')
    code, out, err = call("batch", "digits.toml", "tiny.toml", "--quiet", "--data-dir", ".")
    (entry,) = store.list_runs(Path("runs"))
    assert code == 1
    assert out == f"{entry.folder}\n"
    assert err.startswith("ibtui: ")
    assert "mnist" in err
    assert err.count("\n") == 1
    assert entry.status == "finished"


def test_an_estimator_that_cannot_measure_the_layers_leaves_no_folder(call):
    Path("wide.toml").write_text(TINY.replace('"binning", bins = 30', '"histogram2d"'))
    code, _, err = call("batch", "wide.toml")
    assert (code, err.count("\n")) == (2, 1)
    assert "tiny: estimator.1 (histogram2d) on layer T1: " in err
    assert not Path("runs").exists()


def test_a_batch_of_several_ends_with_a_table_of_them(call):
    for name in ("first", "second"):
        Path(f"{name}.toml").write_text(TINY.replace('"tiny"', f'"{name}"'))
    code, out, _ = call("batch", "first.toml", "second.toml", "--out", "there")
    names = [line.split("-")[0] for line in out.splitlines()[-2:]]
    assert (code, names) == (0, ["first", "second"])


def test_a_loss_that_turns_nan_is_told_and_the_others_go_on(call):
    wild = TINY.replace("quantization.bits = 4", 'network.activation = "relu"')
    wild = wild.replace("0.01", "1e30").replace('"tiny"', '"wild"').partition("estimator")[0]
    Path("wild.toml").write_text(wild + 'training.optimizer = "sgd"\n')
    code, out, err = call("batch", "wild.toml")
    run = store.load(store.list_runs(Path("runs"))[0].folder)
    assert code == 0
    assert run.manifest.diverged
    for replicate, epoch in run.manifest.diverged.items():
        line = f"replicate {replicate} diverged: its loss was not finite at epoch {epoch}"
        assert f"ibtui: wild: {line}; the others go on" in err
        assert line in out


def cut(number: signal.Signals, *words: str) -> tuple[int, str]:
    """End a batch by a signal once it has told of its first frame; exit code and stderr."""
    process = start(*words)
    assert process.stdout is not None
    found = "endless: 4096 samples, 12 inputs, 2 labels: 0 1978, 1 2118\n"
    assert process.stdout.readline() == found
    assert process.stdout.readline().startswith("endless  epoch ")
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    return process.returncode, err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_ended_batch_is_resumed_bit_for_bit(number):
    Path("endless.toml").write_text(ENDLESS)
    code, err = cut(number, "endless.toml")
    (entry,) = store.list_runs(Path("runs"))
    folder = entry.folder
    assert entry.status == "interrupted"
    words = ["batch", "--resume", folder.name]
    if number == signal.SIGINT:
        assert err.startswith(f"ibtui: stopped after epoch {entry.manifest.epoch}")
        words = shlex.split(err.rpartition("to go on: ibtui ")[2])
    assert code == (-number if number == signal.SIGKILL else 128 + number)
    before = store.load(folder).recording

    assert cut(signal.SIGINT, *words[1:])[0] == 128 + signal.SIGINT
    resumed = store.load(folder)
    assert len(resumed.recording) > len(before) or number == signal.SIGKILL
    profile = parse_profile(ENDLESS, "endless.toml")
    ensemble = Ensemble(profile, profile.data.load(None))
    expected = Recorder(ensemble.header)
    for frame in islice(ensemble.frames(), len(resumed.recording)):
        expected.add(frame)
    assert_same(resumed.recording, expected.snapshot())
    assert resumed.manifest.seeds == tuple(ensemble.seeds)
