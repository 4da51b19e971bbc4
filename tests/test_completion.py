"""What shells are offered for the tab key, through the protocol in which they ask."""

import os
import subprocess
import sys

import pytest

from ibtui.information import ESTIMATORS
from ibtui.plugins import name_of
from ibtui.profile import shipped
from ibtui.report import manual
from tests.scripted_engine import saved_run
from tests.test_cli import PROFILE


@pytest.fixture
def offered(call, monkeypatch):
    """The words that bash is offered for the last of these."""

    def offered(*words: str) -> list[str]:
        monkeypatch.setenv("_IBTUI_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", " ".join(("ibtui", *words)))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        code, out, err = call()
        assert (code, err) == (0, "")
        return out.split()

    return offered


def test_verbs_options_and_profiles(offered):
    verbs = offered("")
    assert {"batch", "show", "help", "keys", "config", "data"} <= {*verbs}
    assert "open" not in verbs
    assert offered("rep") == ["replay", "reproduce"]
    assert offered("qui") == ["quickstart"]
    assert offered("data", "f") == ["fetch"]
    assert offered("export", "--movie-s") == ["--movie-seconds", "--movie-scale"]
    assert offered("lorenzen-fig2-as-coded", "--tr") == ["--trust"]
    assert offered("batch", "") == shipped.names()
    assert offered("batch", "quickstart", "szt") == ["szt-tanh"]
    assert offered("profiles", "quick") == ["quickstart"]
    assert offered("reproduce", "thesis-fig3.3") == ["thesis-fig3.3"]
    assert offered("compare", "--unit", "n") == ["nats"]


def test_runs_of_the_folder_that_is_meant(offered, here, monkeypatch):
    saved_run(here / "runs", PROFILE, "mine")
    saved_run(here / "others", PROFILE, "more")
    (here / "runs" / "no-run").mkdir()
    assert offered("show", "") == ["mine", "figure-2", "figure-3"]
    assert offered("compare", "mine", "fig") == ["figure-2", "figure-3"]
    assert offered("show", "--runs", "others", "m") == ["more"]
    assert offered("batch", "--out", "others", "--resume", "m") == ["more"]
    assert offered("show", "--runs", "nowhere", "m") == []
    monkeypatch.setenv("IBTUI_RUNS", "others")
    for verb in ("show", "replay", "export", "measure", "thin", "gather"):
        assert offered(verb, "m") == ["more"]


def test_estimators_keys_data_sets_and_topics(offered):
    assert {*map(name_of, ESTIMATORS)} <= {*offered("estimators", "")}
    assert offered("estimate", "a.npz", "--estimator", "gaussian-") == [
        "gaussian-copula",
        "gaussian-mixture",
    ]
    assert offered("measure", "a", "--estimator", "kde:") == offered(
        "estimate", "a.npz", "--estimator", "kde:"
    )
    assert "binning:bins=" in offered("measure", "a", "--estimator", "binning:b")
    assert offered("batch", "quickstart", "--set", "training.op") == ["training.optimizer="]
    assert "estimator.2.bins=" in offered("batch", "--set", "estimator.2.b")
    assert offered("batch", "--set", "estimator.b")[:1] == []
    assert "estimator.0.bins=" in offered("batch", "--set", "est")
    assert offered("keys", "quantization.w") == ["quantization.weight_bits", "quantization.weights"]
    assert offered("compare", "a", "--against", "quantization.b") == ["quantization.bits"]
    assert "mnist" in offered("data", "fetch", "")
    assert "szt" not in offered("data", "fetch", "")
    assert offered("help", "") == manual.topics()
    assert offered("help", "examples", "pl") == ["plugin"]
    assert offered("help", "files", "pl") == []


def test_nothing_is_offered_and_nothing_said_where_nothing_fits(offered):
    for words in (("nothing", "here"), ("show", "zzz"), ("batch", "--set", "zzz"), ("zzz",)):
        assert offered(*words) == []


def test_words_that_can_be_a_value_follow_a_key(monkeypatch, call):
    from ibtui.verbs.completion import assignments

    assert assignments("training.optimizer=ad") == [
        "training.optimizer=adam",
        "training.optimizer=adamw",
    ]
    assert assignments("estimator.1.bounds=r") == [
        "estimator.1.bounds=running",
        "estimator.1.bounds=run",
    ]


def test_completion_loads_no_torch(here):
    asked = {"_IBTUI_COMPLETE": "complete_bash", "COMP_CWORD": "4"}
    asked["COMP_WORDS"] = "ibtui batch quickstart --set meas"
    program = (
        "import sys\nsys.argv = ['ibtui']\nfrom ibtui.cli import main\n"
        "try:\n    main()\nfinally:\n    assert 'torch' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **asked}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "measure.every=" in done.stdout.split()


def test_it_can_be_shown_and_installed(here):
    shell = {**os.environ, "HOME": str(here), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    for words in (["--show-completion", "bash"], ["--install-completion", "bash"]):
        done = subprocess.run(
            [sys.executable, "-m", "ibtui", *words], env=shell, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert "_IBTUI_COMPLETE" in done.stdout or "bash" in done.stdout
    installed = (here / ".bash_completions" / "ibtui.sh").read_text()
    assert "_IBTUI_COMPLETE=complete_bash" in installed
