"""A folder for runs, and writers that save every frame."""

import pytest

from ibtui.store import writer


@pytest.fixture(autouse=True)
def _save_every_frame(monkeypatch):
    monkeypatch.setattr(writer, "SAVE_SECONDS", 0.0)
    monkeypatch.setattr(writer, "SAVE_SHARE", 1e9)


@pytest.fixture
def root(tmp_path):
    return tmp_path / "runs"
