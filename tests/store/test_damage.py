"""Damaged files: one line each, and nothing is made worse."""

import os
import re
from pathlib import Path

import numpy as np
import pytest

from ibtui import store
from ibtui.errors import IbtuiError, RunError
from tests.store.scripted_runs import (
    assert_same,
    finished,
    interrupted,
    reference,
    replace_array,
    replace_text,
    resume,
)

DAMAGE = {
    "truncated": lambda f: os.truncate(f / "recording.npz", 700),
    "flipped": lambda f: _flip(f / "recording.npz"),
    "empty": lambda f: os.truncate(f / "recording.npz", 0),
    "text": lambda f: (f / "recording.npz").write_text("epoch,loss\n"),
    "objects": lambda f: replace_array(f / "recording.npz", "seconds", np.array([None] * 6)),
    "lacking": lambda f: replace_array(f / "recording.npz", "test_accuracy", None),
    "shape": lambda f: replace_array(f / "recording.npz", "i_xt_bits", np.zeros((6, 1, 4, 2))),
    "scalar": lambda f: replace_array(f / "recording.npz", "epoch", np.array(3)),
    "dtype": lambda f: replace_array(f / "recording.npz", "seconds", np.zeros(6, np.float32)),
    "order": lambda f: replace_array(f / "recording.npz", "epoch", np.array([0, 5, 5, 6, 7, 8])),
    "missing": lambda f: (f / "recording.npz").unlink(),
    "folder": lambda f: ((f / "recording.npz").unlink(), (f / "recording.npz").mkdir()),
    "future": lambda f: replace_text(f / "run.toml", "schema_version = 1", "schema_version = 7"),
    "no schema": lambda f: replace_text(f / "run.toml", "schema_version = 1", ""),
    "no toml": lambda f: (f / "run.toml").write_bytes(b"\xff\x00 = ["),
    "status": lambda f: replace_text(f / "run.toml", '"finished"', '"done"'),
    "no manifest": lambda f: (f / "run.toml").unlink(),
    "profile": lambda f: replace_text(f / "run.toml", "[profile.training]", "[profile.trainin]"),
    "npy": lambda f: _write_npy(f / "recording.npz"),
    "pipe": lambda f: ((f / "recording.npz").unlink(), os.mkfifo(f / "recording.npz")),
    "manifest pipe": lambda f: ((f / "run.toml").unlink(), os.mkfifo(f / "run.toml")),
    "endless": lambda f: ((f / "run.toml").unlink(), (f / "run.toml").symlink_to("/dev/zero")),
    "deep": lambda f: (f / "run.toml").write_text("x = " + "[" * 3000 + "]" * 3000),
    "digits": lambda f: (f / "run.toml").write_text("seed = " + "9" * 5000),
    "no zone": lambda f: _say(f, "created", "2026-11-20T10:08:00"),
    "no date": lambda f: _say(f, "created", "0001-01-01T00:00:00+23:00"),
    "clock": lambda f: _say(f, "seconds", "inf"),
    "units": lambda f: _say(f, "units", "[9]"),
    "many": lambda f: _say(f, "replicates", "1000000000", "recording.npz"),
    "entropy": lambda f: _say(f, "label_bits", "1e300"),
    "none": lambda f: _say(f, "replicates", "-5", "recording.npz"),
}
LINES = {
    "truncated": "recording.npz: is cut short or no NPZ file",
    "flipped": "recording.npz: array 'activation_min' is damaged: its checksum is wrong",
    "empty": "recording.npz: is cut short or no NPZ file",
    "text": "recording.npz: is cut short or no NPZ file",
    "objects": "recording.npz: array 'seconds' holds Python objects (pickled), which are never "
    "loaded",
    "lacking": "recording.npz: has no array 'test_accuracy'",
    "shape": "recording.npz: i_xt_bits is float64 (6, 1, 4, 2), not float64 (6, 1, 4, 3)",
    "scalar": "recording.npz: epoch is int64 (), not int64 (1,)",
    "dtype": "recording.npz: seconds is float32 (6,), not float64 (6,)",
    "order": "recording.npz: epoch does not ascend",
    "missing": "recording.npz: is missing",
    "folder": "recording.npz: cannot be read: it is a folder, not a file",
    "future": "run.toml: schema_version: 7 is from a later ibtui; this one reads up to 1 "
    "(update ibtui)",
    "no schema": "run.toml: schema_version: is missing (it has no default: add it)",
    "no toml": "run.toml: cannot be read: not UTF-8 text ('utf-8' codec can't decode byte 0xff in "
    "position 0: invalid start byte)",
    "status": "run.toml: status: 'done' is not known "
    "(known: failed, finished, interrupted, running)",
    "no manifest": ": is no run (it has no run.toml)",
    "profile": "run.toml: profile: trainin: unknown key (did you mean 'training'?)",
    "npy": "recording.npz: has no array 'epoch'",
    "pipe": "recording.npz: cannot be read: it is a pipe, not a file",
    "manifest pipe": "run.toml: cannot be read: it is a pipe, not a file",
    "endless": "run.toml: cannot be read: it is a device, not a file",
    "deep": "run.toml: cannot be read: ",
    "digits": "run.toml: cannot be read: ",
    "no zone": "run.toml: created: ",
    "no date": "run.toml: created: ",
    "clock": "run.toml: seconds: inf is above 100000000000.0 (set it to 100000000000.0 or less)",
    "units": "run.toml: header: has 3 layers but 1 units",
    "many": ": a recording of 1000000000 replicates, 1 series and 3 layers does not fit into",
    "entropy": "run.toml: header: has an entropy that no samples have",
    "none": "run.toml: header: has a negative size, or none",
}
BEGINNINGS = ("deep", "digits", "no zone", "no date", "many")  # of lines that end otherwise


def _say(folder: Path, key: str, value: str, without: str = "") -> None:
    """Give the first `key` of the manifest another value, and the run no file `without`."""
    path = folder / "run.toml"
    text = path.read_text()
    changed = re.sub(rf"^{key} = (\[[^]]*\]|.*)$", f"{key} = {value}", text, count=0, flags=re.M)
    assert changed != text
    path.write_text(changed.replace('"finished"', '"interrupted"') if without else changed)
    if without:
        (folder / without).unlink()


def _write_npy(path: Path) -> None:
    with open(path, "wb") as handle:
        np.save(handle, np.arange(6))


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[content.index(b"activation_min.npy") + 250] ^= 0x55  # among its values
    path.write_bytes(content)


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_run_gets_one_clear_line_and_stays_as_it_is(root, damage):
    folder = finished(root)
    DAMAGE[damage](folder)
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    with pytest.raises(IbtuiError) as caught:
        store.load(folder)
    line = str(caught.value)
    separator = "" if LINES[damage].startswith(":") else "/"
    expected = f"{folder}{separator}{LINES[damage]}"
    assert line.startswith(expected) if damage in BEGINNINGS else line == expected
    assert "\n" not in line
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_run_is_one_row_of_the_list(root, damage):
    whole = finished(root)
    DAMAGE[damage](finished(root))
    entries = store.list_runs(root)
    assert len(entries) == 2
    assert whole in [entry.folder for entry in entries if entry.status == "finished"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short", None])
def test_a_damaged_checkpoint_says_how_to_start_again(root, content):
    folder = interrupted(root)
    if content is None:
        np.savez(folder / "checkpoint.npz", epoch=np.array(3))
    else:
        (folder / "checkpoint.npz").write_bytes(content)
    with pytest.raises(RunError, match=r"checkpoint.npz: .*delete it to start this run from its"):
        store.load_checkpoint(folder)
    assert len(store.load(folder).recording) == 3
    (folder / "checkpoint.npz").unlink()
    assert_same(resume(folder), reference())


def test_a_recording_that_shrinks_to_almost_nothing_is_written_as_it_is_read(root, monkeypatch):
    from dataclasses import replace

    from ibtui import npz
    from ibtui.store import files

    folder = finished(root)
    run = store.load(folder)
    monkeypatch.setattr(npz, "MOST_UNPACKED", 1000)
    monkeypatch.setattr(files, "MOST_UNPACKED", 1000)
    monkeypatch.setattr(npz, "MOST_RATIO", 1)
    assert len(store.load(folder).recording) == len(run.recording)
    empty = {name: np.zeros_like(array) for name, array in run.recording.arrays().items()}
    empty["epoch"] = run.recording.epoch
    whole = replace(run.recording, **empty).stored()
    files.write_arrays(folder / "recording.npz", whole, compressed=True)
    assert len(store.load(folder).recording) == len(run.recording)
    np.savez_compressed(folder / "recording.npz", **empty)
    with pytest.raises(RunError, match=r"recording.npz: unpacks from .* set IBTUI_UNPACK=1"):
        store.load(folder)
