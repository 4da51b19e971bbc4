"""The runs that come with the program, found by bare name anywhere: `ibtui show figure-2`."""

from __future__ import annotations

from pathlib import Path

from ibtui.store import manifest

PATTERN = "figure-*"  # in a source tree others lie beside them


def folder() -> Path:
    """Where they lie: inside the installed package, or beside it in a source tree."""
    inside = Path(__file__).parents[1] / "runs"
    return inside if inside.is_dir() else inside.parents[1] / "runs"


def folders() -> list[Path]:
    """All of them, by name; whoever lists them reads each by `store.entry_of`."""
    return sorted(path.parent for path in folder().glob(f"{PATTERN}/{manifest.NAME}"))


def names() -> list[str]:
    return [path.name for path in folders()]


def holds(run: Path) -> bool:
    """Whether this folder is one of them, which nobody writes into, renames or deletes."""
    return run.name in names() and run.resolve() == (folder() / run.name).resolve()
