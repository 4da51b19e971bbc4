"""The profiles that come with the program, found by bare name: `ibtui batch quickstart`."""

from __future__ import annotations

import os
from pathlib import Path

from ibtui.errors import UsageError
from ibtui.files import is_file
from ibtui.problems import did_you_mean


def folder() -> Path:
    """Where they lie: inside the installed package, or beside it in a source tree."""
    inside = Path(__file__).parents[1] / "profiles"
    return inside if inside.is_dir() else inside.parents[1] / "profiles"


def names() -> list[str]:
    """All bare names, sorted."""
    return sorted(path.stem for path in folder().glob("*.toml"))


def find_profile(word: str) -> Path:
    """The file that `word` means: a path, or the bare name of a shipped profile.

    Raises `UsageError` with the nearest name.
    """
    path = Path(word)
    if is_file(path):
        return path
    if word in names():
        return folder() / f"{word}.toml"
    if os.path.isdir(word):  # False too for what can be no path
        raise UsageError(f"{word}: is a folder, not a profile (name a TOML file)")
    raise UsageError(
        f"{word}: is neither a file nor a shipped profile{did_you_mean(path.stem, names())}"
    )
