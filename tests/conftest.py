import sys
from pathlib import Path

import pytest

from ibtui.cli import main
from tests import shapes

if shapes.WANTED:
    shapes.check()  # before anything imports the engine


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """An empty folder to work in, whatever folders the environment names."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("IBTUI_RUNS", raising=False)
    monkeypatch.delenv("IBTUI_DATA", raising=False)
    return tmp_path


@pytest.fixture
def call(here, monkeypatch, capsys):
    """Runs the program with words; gives its exit code and what it wrote, stdout and stderr."""

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["ibtui", *words])
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        return code, *capsys.readouterr()

    return call
