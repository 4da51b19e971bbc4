"""The map of the rooms: every name in it is there, and no room is missing."""

import re
from pathlib import Path

import ibtui

ROOT = Path(ibtui.__file__).parent
MAP = (ROOT / "README.md").read_text(encoding="utf-8")
PLACES = (ROOT, ROOT.parent)
NAMED = {*re.findall(r"`([\w/]+(?:/|\.(?:py|tcss|toml)))`", MAP)}


def test_every_file_and_folder_that_the_map_names_is_there():
    assert len(NAMED) > 40
    missing = [name for name in NAMED if not any((place / name).exists() for place in PLACES)]
    assert not missing


def test_every_room_is_on_the_map():
    rooms = [path.parent.name for path in ROOT.glob("*/__init__.py")]
    files = [path.name for path in ROOT.glob("*.py") if not path.name.startswith("__")]
    assert [name for name in rooms if f"{name}/" not in MAP] == []
    assert [name for name in files if name not in MAP] == []


def test_every_promise_of_security_names_tests_that_are_there():
    security = ROOT.parent / ".github" / "SECURITY.md"
    named = {*re.findall(r"`(tests/[\w/]+(?:/|\.py))`", security.read_text(encoding="utf-8"))}
    assert len(named) > 10
    assert [name for name in named if not (ROOT.parent / name).exists()] == []
