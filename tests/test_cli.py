"""The verbs around training, on saved runs; `ibtui batch` itself is in test_batch_end_to_end."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import ibtui
from ibtui import cli, store
from ibtui.data import SOURCES
from ibtui.errors import RunError
from ibtui.information import ESTIMATORS
from ibtui.information.kde import Kde
from ibtui.profile import Profile, parse_profile
from ibtui.recording import Recording
from ibtui.store import files, shipped
from tests.scripted_engine import ScriptedEnsemble, saved_run

PROFILE_TEXT = """
name = "walk"
title = "A walk"
replicates = 4
training.epochs = 23
measure.every = 5
"""
PROFILE = parse_profile(PROFILE_TEXT, "walk.toml")


pytestmark = pytest.mark.usefixtures("here")


def make(name: str, profile: Profile = PROFILE, **script) -> Recording:
    return saved_run(Path("runs"), profile, name, **script).recording


def alter(name: str, **arrays: np.ndarray) -> None:
    path = Path("runs") / name / "recording.npz"
    files.write_arrays(path, {**files.read_arrays(path), **arrays})


def test_list_shows_every_run_and_why_one_is_broken(call):
    make("whole")
    make("cut")
    Path("runs/cut/run.toml").write_text("schema_version = 9")
    code, out, err = call("list")
    lines = {line.split()[0]: line for line in out.splitlines()}
    assert (code, err) == (0, "")
    assert "finished" in lines["whole"]
    assert "23/23" in lines["whole"]
    assert "broken" in lines["cut"]
    assert "runs/cut/run.toml: schema_version: 9 is from a later ibtui" in out


def test_list_as_json_is_json(call):
    make("nan", diverge=(1, 3))
    results = store.load(Path("runs/nan")).manifest.results
    assert results is not None
    Path("runs/odd").mkdir()
    Path("runs/odd/recording.npz").touch()
    code, out, _ = call("list", "--json")
    odd, nan = sorted(json.loads(out), key=lambda row: row["status"])
    assert code == 0
    assert (odd["status"], odd["error"]) == ("broken", "runs/odd: is no run (it has no run.toml)")
    assert (nan["epoch"], nan["epochs"], nan["frames"]) == (23, 23, 6)
    assert nan["test_accuracy"] == results.test_accuracy


def test_list_of_nothing_says_how_to_begin(call):
    code, out, err = call("list")
    assert (code, err) == (0, "")
    assert out.startswith("runs: no runs (ibtui batch quickstart makes one)\n")


def test_runs_that_come_along_are_found_from_any_folder_and_stay_as_they_are(call):
    assert call("list")[1].endswith("\ncome along: figure-2, figure-3 (ibtui show figure-2)\n")
    assert "come along" not in call("list", "--where", "epoch>1")[1]
    assert json.loads(call("show", "figure-3", "--json")[1])["epoch"] == 8000
    assert call("export", "figure-2", "--figure", "accuracy")[1] == "figure-2-accuracy.pdf\n"
    (own,) = (folder for folder in shipped.folders() if folder.name == "figure-3")
    for change in (store.delete, lambda folder: store.rename(folder, "mine")):
        with pytest.raises(RunError, match=r"comes with the program and stays as it is"):
            change(own)
    make("figure-3")  # one's own comes first
    assert json.loads(call("show", "figure-3", "--json")[1])["epoch"] == 23
    store.delete(Path("runs/figure-3"))


def test_the_runs_folder_is_an_option_or_a_variable(call, monkeypatch):
    make("walk")
    Path("runs").rename("elsewhere")
    assert "walk" in call("list", "--runs", "elsewhere")[1]
    monkeypatch.setenv("IBTUI_RUNS", "elsewhere")
    assert "walk" in call("list")[1]
    assert call("show", "walk")[0] == 0


def test_show_gives_first_maximum_and_last_with_their_intervals(call):
    recording = make("walk")
    bits = recording.i_xt_bits[:, 0, :, 1]
    best = int(bits.mean(axis=1).argmax())

    def cell(frame: int) -> str:
        low, high = stats.t.interval(0.95, 3, bits[frame].mean(), stats.sem(bits[frame]))
        return f"{bits[frame].mean():.2f} ± {(high - low) / 2:.2f}"

    code, out, _ = call("show", "walk")
    row = next(line for line in out.splitlines() if line.startswith("T2"))
    assert code == 0
    assert row.split("  ")[0] == "T2"
    assert [part.strip() for part in row.split("  ") if part.strip()] == [
        "T2",
        "I(X;T)",
        cell(0),
        cell(best),
        str(recording.epoch[best]),
        cell(-1),
    ]
    assert "walk  A walk" in out
    assert "finished, epoch 23 of 23, 6 frames, 4 replicates" in out


def test_show_says_over_how_many_replicates_and_what_happened_to_the_others(call):
    make("walk", diverge=(1, 17), restart=(2, 11))
    out = call("show", "walk")[1]
    assert "replicate 1 diverged: its loss was not finite at epoch 17" in out
    assert "replicate 2 started again at epoch 11 (seed 1004)" in out
    assert "(3 of 4)" in next(line for line in out.splitlines() if line.startswith("T1"))
    assert "accuracy: train" in out
    assert "(3 of 4)" in next(line for line in out.splitlines() if line.startswith("accuracy"))


def test_show_tells_saturation_and_violations_of_the_data_processing_inequality(call):
    recording = make("walk")
    i_xt_bits = np.broadcast_to(np.array([11.0, 10.0, 9.0]), recording.i_xt_bits.shape).copy()
    i_xt_bits[:4, :, :, 0] = 12.0
    i_xt_bits[2:, 0, 3, 2] = 10.5
    i_ty_bits = np.broadcast_to(np.array([0.9, 0.8, 0.7]), i_xt_bits.shape)
    alter("walk", i_xt_bits=i_xt_bits, i_ty_bits=i_ty_bits)
    out = call("show", "walk")[1]
    assert "I(X;T) = H(X) in all replicates: T1 in 4 of 6 frames" in out
    assert (
        "data processing inequality violated: T2 to T3 in 4 of 6 frames, 1 of 4 replicates" in out
    )


def test_what_is_told_of_a_series_is_of_the_frames_and_replicates_it_was_measured_in(call):
    recording = make("walk")
    i_xt_bits = np.broadcast_to(np.array([12.0, 10.0, 9.0]), recording.i_xt_bits.shape).copy()
    i_xt_bits[2, 0, 1, 2] = 10.5
    i_ty_bits = np.broadcast_to(np.array([0.9, 0.8, 0.7]), i_xt_bits.shape).copy()
    for bits in (i_xt_bits, i_ty_bits):
        bits[1::2] = np.nan  # every = 2
        bits[:, :, 2:] = np.nan  # replicates = 2
    alter("walk", i_xt_bits=i_xt_bits, i_ty_bits=i_ty_bits)
    out = call("show", "walk")[1]
    assert "I(X;T) = H(X) in all replicates: T1 in 3 of 3 frames" in out
    assert (
        "data processing inequality violated: T2 to T3 in 1 of 3 frames, 1 of 2 replicates" in out
    )


def test_an_estimate_above_the_entropy_is_marked(call, tmp_path, monkeypatch):
    """Units whose correlation alone differs between labels: the copula says 2.8 of 1 bit."""
    monkeypatch.chdir(tmp_path)
    labels = np.arange(4000) % 2
    first, noise = np.random.default_rng(0).normal(size=(2, 4000))
    second = np.where(labels, 0.99, -0.99) * first + np.sqrt(1 - 0.99**2) * noise
    layer = np.stack((first, second), axis=1)
    np.savez("mine.npz", y=labels, x=noise[:, None], T1=layer)
    out = call("estimate", "mine.npz", "--estimator", "gaussian-copula")[1]
    row = next(line for line in out.splitlines() if line.startswith("T1"))
    assert row.rstrip().endswith("above H(Y) in 100%")


def test_show_tells_what_is_above_the_entropy_that_bounds_it(call):
    recording = make("walk")
    i_xt_bits = np.broadcast_to(np.array([11.0, 10.0, 9.0]), recording.i_xt_bits.shape).copy()
    i_ty_bits = np.broadcast_to(np.array([0.9, 0.8, 0.7]), i_xt_bits.shape).copy()
    i_xt_bits[1:, 0, :, 0] = 41.0
    i_ty_bits[-1, 0, 2, 1] = 0.1 + recording.header.label_bits
    alter("walk", i_xt_bits=i_xt_bits, i_ty_bits=i_ty_bits)
    out = call("show", "walk")[1]
    assert "I(X;T) above H(X), which is impossible: T1 in 5 of 6 frames, 4 of 4 replicates" in out
    assert "I(T;Y) above H(Y), which is impossible: T2 in 1 of 6 frames, 1 of 4 replicates" in out
    assert "I(X;T) = H(X)" not in out
    layers = json.loads(call("show", "walk", "--json")[1])["information"][0]["layers"]
    assert [layer["above_hx"] for layer in layers] == [20, 0, 0]
    assert [layer["above_hy"] for layer in layers] == [0, 1, 0]
    assert layers[0]["verdict"]["above_hx_share"] > 0.8
    assert layers[0]["saturated"] == 0


def test_show_gives_what_a_discretization_leaves_open_of_the_output(call):
    both = parse_profile(
        PROFILE_TEXT + 'estimator = [{ name = "exact" }, { name = "binning" }]', "walk.toml"
    )
    make("walk", both)
    lost = np.full((6, 2, 4, 3), np.nan)
    lost[:, 1] = np.arange(6)[:, None, None] * np.array([0.0, 0.25, 0.5])
    alter("walk", output_loss_bits=lost)
    exact, _, binned = call("show", "walk")[1].partition("binning-30, bits")
    rows = [line.split() for line in binned.splitlines() if line.lstrip().startswith("H(out|T)")]
    assert "H(out|T)" not in exact
    first, greatest, last = (["0.00", "\u00b1", "0.00"], *[["2.50", "\u00b1", "0.00"]] * 2)
    assert rows[2] == ["H(out|T)", *first, *greatest, "23", *last]
    assert binned.count("H(out|T): what the discretized layer leaves open") == 1
    make("exact")
    assert "H(out|T)" not in call("show", "exact")[1]


def test_show_as_json_agrees_with_the_recording(call):
    recording = make("walk", diverge=(1, 17))
    code, out, _ = call("show", "walk", "--json")
    found = json.loads(out)
    last = found["information"][0]["layers"][2]["i_ty_bits"]["last"]
    there = recording.i_ty_bits[-1, 0, [0, 2, 3], 2]
    assert code == 0
    assert last["epoch"] == 23
    assert last["replicates"] == 3
    assert math.isclose(last["mean"], there.mean())
    assert math.isclose(last["deviation"], there.std(ddof=1))
    assert found["diverged"] == [{"replicate": 1, "epoch": 17}]
    assert found["quality"]["train_accuracy"]["replicates"] == 3


def test_show_of_a_run_without_frames_says_so(call):
    ensemble = ScriptedEnsemble(PROFILE)
    store.rename(store.create(Path("runs"), PROFILE, ensemble), "young")
    code, out, _ = call("show", "young")
    assert code == 0
    assert "interrupted, epoch 0 of 23, 0 frames" in out
    assert "no frame has been recorded yet" in out
    assert (
        json.loads(call("show", "young", "--json")[1])["quality"]["test_accuracy"]["mean"] is None
    )


def test_estimators_lists_every_one_with_its_series_and_tells_one_in_full(call):
    out = call("estimators")[1]
    rows = {line.split()[0]: line for line in out.splitlines() if not line.startswith(" ")}
    assert {kind.model_fields["name"].default for kind in ESTIMATORS} < rows.keys()
    assert "kde-upper, kde-lower" in rows["kde"]
    assert "bins=30" in rows["binning"]
    out = call("estimators", "kde")[1]
    for name in ("variance", "every"):
        assert Kde.model_fields[name].description in out


def test_estimate_prints_what_the_estimators_say_of_arrays_of_ones_own(call):
    states = np.arange(64) % 16
    np.savez(
        "mine.npz",
        T1=np.stack([states % 4, states // 4], axis=1) / 4,  # 16 states, 4 bits
        T2=(states[:, None] >= 8) / 2,  # 1 bit, and all of it about the label
        labels=states >= 8,
    )
    words = ["estimate", "mine.npz", "--estimator", "exact", "--estimator", "binning:bins=2"]
    code, out, _ = call(*words, "--activation", "T1=sigmoid", "--activation", "T2=sigmoid")
    rows = [line.split()[:5] for line in out.splitlines()[2:6]]
    assert code == 0
    assert rows == [
        ["T1", "exact", "2", "4.000", "1.000"],
        ["T2", "exact", "1", "1.000", "1.000"],
        ["T1", "binning-2", "2", "2.000", "1.000"],
        ["T2", "binning-2", "1", "1.000", "1.000"],
    ]
    found = json.loads(call("estimate", "mine.npz", "--json")[1])
    assert [row["i_xt_bits"] for row in found] == [4.0, 1.0]


def test_data_list_tells_the_size_of_every_data_set(call):
    rows = {line.split()[0]: line.split() for line in call("data", "list")[1].splitlines()}
    assert rows["szt"][1:4] == ["4096", "12", "2"]
    assert SOURCES.keys() < rows.keys()


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        ("shwo x", 2, "shwo: is neither a verb nor a profile (did you mean 'show'?)"),
        ("show wolk", 2, "wolk: is no run (did you mean 'walk'?)"),
        ("replay wolk", 2, "wolk: is no run (did you mean 'walk'?)"),
        ("show walk --runs nowhere", 2, "walk: is no run (there are no runs in nowhere)"),
        ("batch", 2, "name profiles or one run to --resume (ibtui profiles: those shipped)"),
        ("batch x.toml --resume walk", 2, "name profiles or one run to --resume "),
        ("batch --resume walk --set seed=2", 2, "--resume continues a run as it is: leave out"),
        ("batch --resume walk --device cpu", 2, "--resume continues a run as it is: leave out"),
        ("batch --resume walk", 1, "runs/walk: is finished: there is nothing to resume"),
        ("batch --resume walk --epochs 1", 2, "--epochs: 1: the run has "),
        ("batch x.toml --epochs 9", 2, "--epochs goes with --resume"),
        ("replay --runs nowhere", 2, "nowhere: there are no runs in it (those that come along: "),
        ("batch missing.toml", 2, "missing.toml: is neither a file nor a shipped profile"),
        ("batch .", 2, ".: is a folder, not a profile (name a TOML file)"),
        ("profiles missing", 2, "missing: is neither a file nor a shipped profile"),
        ("estimate mine.npz", 1, "mine.npz: there is no such file (numpy.savez makes one)"),
        ("estimate mine.npz --activation a --activation b", 2, "--activation a: one name for all"),
        ("estimators kdee", 2, "no estimator is called 'kdee' (did you mean 'kde'?)"),
        ("data fetch mnits", 2, "no data set is called 'mnits' (did you mean 'mnist'?)"),
    ],
)
def test_slips_get_one_line_on_stderr_and_an_exit_code(call, words, code, line):
    make("walk")
    found, out, err = call(*words.split())
    assert (found, out) == (code, "")
    assert err.startswith(f"ibtui: {line}")
    assert err.count("\n") == 1


def test_every_problem_of_a_profile_is_told_and_stops_nothing_else(call):
    Path("bad.toml").write_text('name = "bad"\nsede = 1\nreplicates = 0\n')
    code, _, err = call("batch", "bad.toml", "worse.toml")
    assert code == 2
    assert err.splitlines() == [
        "ibtui: bad.toml: replicates: 0 is below 1 (set it to 1 or more)",
        "ibtui: bad.toml: sede: unknown key (did you mean 'seed'?)",
        "ibtui: worse.toml: is neither a file nor a shipped profile"
        + err.splitlines()[2].partition("profile")[2],
    ]


def test_a_file_or_no_verb_opens_the_app_which_needs_a_terminal():
    Path("mine.toml").write_text('name = "mine"\n')
    for words in ([], ["mine.toml"], ["--runs", "elsewhere"]):
        done = program(*words)
        assert (done.returncode, done.stdout) == (2, "")
        assert "terminal" in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_reader_that_goes_away_is_no_error():
    make("walk")
    done = subprocess.run(
        f"{sys.executable} -m ibtui show walk --json | true",
        shell=True,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""


def test_a_terminal_that_knows_only_ascii_gets_question_marks():
    make("walk")
    done = program("show", "walk", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert " ? " in done.stdout


def environment(**changes: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(ibtui.__file__).parents[1]), **changes}


def program(*words: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ibtui", *words],
        env=environment(**changes),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_an_output_that_takes_no_more_gets_one_line(here):
    make("whole")
    with open("/dev/full", "w") as full:
        words = [sys.executable, "-m", "ibtui", "list"]
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.stderr == "ibtui: the output cannot be written: No space left on device\n"
    assert done.returncode == 1


def shell(line: str, **changes: str) -> tuple[int, str]:
    """The exit code of a shell's line, in which `ibtui` is this program, and its errors."""
    line = f'ibtui() {{ "{sys.executable}" -m ibtui "$@"; }}; {line}'
    done = subprocess.run(
        ["bash", "-c", line], env=environment(**changes), capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("ibtui list >&-", 0),
        ("ibtui list <&- >&- 2>&-", 0),
        ("ibtui show nope >&-", 2),
        ("ibtui show nope <&- >&- 2>&-", 2),
        ("ibtui show nope 2>/dev/full", 2),
        ("ibtui list 2>&- >/dev/full", 1),
        ("set -o pipefail; ibtui list --json | true", 141),
        ("set -o pipefail; ibtui show whole | head -c 1 >/dev/null", 141),
    ],
)
def test_streams_that_are_closed_full_or_left_give_a_code_and_no_traceback(here, line, code):
    make("whole")
    found, told = shell(line)
    assert "Traceback" not in told
    assert found == code or (code == 141 and found == 0)  # a short output may be taken whole


@pytest.mark.parametrize(
    "changes",
    [
        {"HOME": "/nonexistent", "XDG_CONFIG_HOME": "/proc/none", "XDG_CACHE_HOME": "/proc/none"},
        {"HOME": "", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"TERM": "no-such-terminal", "COLUMNS": "x"},
        {"TERM": "dumb", "LC_ALL": "no_SUCH.locale"},
    ],
)
def test_odd_surroundings_change_no_answer(here, changes):
    make("whole")
    for line, code in (("ibtui show whole", 0), ("ibtui list", 0), ("ibtui nope", 2), ("ibtui", 2)):
        found, told = shell(line, **changes)
        assert found == code, told
        assert "Traceback" not in told


def test_a_path_without_an_end_is_one_short_line(here, call):
    make("whole")
    word = "x" * 5000
    for words in (
        [word],
        ["list", "--runs", word],
        ["show", word],
        ["batch", word],
        ["thin", "whole", word],
    ):
        code, _, told = call(*words)
        assert code in (1, 2)
        assert len(told.splitlines()) == 1
        assert len(told) < 1500


def test_a_run_that_is_named_by_a_dot_keeps_its_name(here, call, monkeypatch):
    make("whole")
    monkeypatch.chdir(here / "runs" / "whole")
    assert call("export", ".", "--json", "--out", str(here))[0] == 0
    assert (here / "whole.json").is_file()


def test_too_little_memory_is_one_line(monkeypatch, capsys):
    def full(**_: object) -> None:
        raise MemoryError("Unable to allocate 9 PiB")

    monkeypatch.setattr(cli, "app", full)
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == 1
    assert capsys.readouterr().err == (
        "ibtui: there is not enough memory: Unable to allocate 9 PiB\n"
    )


def test_a_folder_without_a_runs_files_is_no_run(here, call):
    (here / "runs" / "figures").mkdir(parents=True)
    assert "figures" not in call("list")[1]
    (here / "runs" / "figures" / "recording.npz").touch()
    assert "broken" in call("list")[1]
