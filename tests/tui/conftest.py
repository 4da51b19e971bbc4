"""A terminal with all colours, a form that checks at once."""

import os

import pytest
from platformdirs import user_cache_path

COMPILED = os.environ.get("NUMBA_CACHE_DIR") or str(user_cache_path("ibtui", appauthor=False))


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv("NUMBA_CACHE_DIR", COMPILED)  # the kernel is compiled once for all tests
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("ibtui.tui.setup.form.CHECK_SECONDS", 0.001)


@pytest.fixture
def closed_form(monkeypatch):
    """The pilot waits for every widget at every key; the form's are tested elsewhere."""
    monkeypatch.setattr("ibtui.tui.setup.form.OPEN", ())
