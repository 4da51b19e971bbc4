"""Examples: what comes along to begin from, listed and copied."""

from __future__ import annotations

import ast
import json
import os
import shutil
from pathlib import Path

import tomli
from rich.table import Table
from rich.text import Text

from ibtui.errors import UsageError
from ibtui.problems import did_you_mean
from ibtui.report.screen import console, say

FOLDER = Path(__file__).parents[1] / "examples"
NOT_COPIED = ("build", "__pycache__", "*.egg-info", ".ipynb_checkpoints", "*.pyc")


def examples() -> dict[str, Path]:
    """The examples by their names: a folder's, or a file's without its ending."""
    if not FOLDER.is_dir():
        return {}
    found = (path for path in sorted(FOLDER.iterdir()) if path.name[0] not in "._")
    return {path.stem: path for path in found if path.is_dir() or path.suffix in (".py", ".ipynb")}


def about(path: Path) -> str:
    """One line on an example, from where its kind says what it is."""
    if path.is_dir():
        package = path / "pyproject.toml"
        table = tomli.loads(package.read_text(encoding="utf-8")) if package.is_file() else {}
        return str(table.get("project", {}).get("description", ""))
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        words = "".join(cells[0]["source"]) if cells else ""
    else:
        words = ast.get_docstring(ast.parse(text)) or ""
    return words.strip().partition("\n")[0].lstrip("# ")


def print_examples() -> None:
    """All examples, and how one is copied."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, path in examples().items():
        table.add_row(name, Text(about(path)))
    screen = console()
    screen.print(table)
    say(screen, "\nibtui help examples NAME copies one into this folder")


def copy_example(name: str) -> Path:
    """Copy an example into the working folder; its place there.

    Raises `UsageError` where there is none of that name, or where something is in its place.
    """
    found = examples()
    if name not in found:
        raise UsageError(f"{name}: is no example{did_you_mean(name, found)}")
    path = found[name]
    target = Path(path.name)
    if os.path.lexists(target):
        raise UsageError(f"{target}: exists already (move it away, or copy the example elsewhere)")
    try:
        if path.is_dir():
            shutil.copytree(path, target, ignore=shutil.ignore_patterns(*NOT_COPIED))
        else:
            shutil.copyfile(path, target)
    except OSError as error:
        raise UsageError(f"{target}: cannot be written: {error.strerror}") from None
    return target
