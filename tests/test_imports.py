import os
import subprocess
import sys
from pathlib import Path

import pytest
import tomli

import ibtui
from ibtui import store
from ibtui.profile import parse_profile
from ibtui.store import shipped
from tests.scripted_engine import ScriptedEnsemble

HEAVY = {"torch", "scipy", "sklearn", "matplotlib", "kneed"}
SCREEN = {"textual", "plotext"}
PACKAGE = Path(ibtui.__file__).parent


def loaded(code: str, folder: Path = PACKAGE.parent) -> set[str]:
    """The top-level modules that a fresh interpreter, started in `folder`, has after `code`."""
    script = f"import sys\n{code}\nprint('\\n' + ' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}


def test_parts_that_do_not_train_load_nothing_heavy():
    data = [
        "analysis.summary",
        "data",
        "information",
        "profile",
        "recording",
        "report.facts",
        "store",
    ]
    parts = [*data, "cli", "headless.batch", "report.run", "session", "tui"]
    assert not loaded("\n".join(f"import ibtui.{part}" for part in parts)) & HEAVY


@pytest.mark.parametrize("words", ["--help", "batch --help", "list", "show walk", "estimators"])
def test_verbs_that_do_not_train_load_nothing_heavy_and_no_screen(words, tmp_path):
    profile = parse_profile('name = "walk"\ntraining.epochs = 3', "walk.toml")
    ensemble = ScriptedEnsemble(profile)
    folder = store.create(tmp_path / "runs", profile, ensemble)
    list(store.record(ensemble, folder))
    store.rename(folder, "walk")
    found = loaded(
        f"sys.argv = ['ibtui', *{words.split()!r}]\n"
        "from ibtui.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code",
        tmp_path,
    )
    assert not found & (HEAVY | SCREEN)


def test_a_run_by_the_kernel_loads_no_torch_and_no_screen(tmp_path):
    """Torch takes longer to load than a short run takes to train."""
    words = "batch quickstart --device cpu --replicates 1 --set training.epochs=5"
    found = loaded(
        f"sys.argv = ['ibtui', *{words.split()!r}]\n"
        "from ibtui.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code",
        tmp_path,
    )
    assert "numba" in found  # which asks for scipy's version
    assert not found & ((HEAVY | SCREEN) - {"scipy"})


def test_the_wheel_lists_every_package():
    """setuptools finds none by itself here, because `ibtui.profiles` lies elsewhere in the tree."""
    table = tomli.loads((PACKAGE.parent / "pyproject.toml").read_text())
    packages = {
        ".".join(path.parent.relative_to(PACKAGE.parent).parts)
        for path in PACKAGE.rglob("__init__.py")
    }
    assert {*table["tool"]["setuptools"]["packages"]} == packages | {"ibtui.profiles", "ibtui.runs"}


def test_the_wheel_takes_the_runs_that_come_along_and_no_others():
    table = tomli.loads((PACKAGE.parent / "pyproject.toml").read_text())["tool"]["setuptools"]
    runs = PACKAGE.parent / table["package-dir"]["ibtui.runs"]
    taken = {path for glob in table["package-data"]["ibtui.runs"] for path in runs.glob(glob)}
    assert taken == {file for folder in shipped.folders() for file in folder.iterdir()}
    for folder in shipped.folders():
        assert sum(file.stat().st_size for file in folder.iterdir()) < 2e6
