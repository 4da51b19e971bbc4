"""Draft: what the form says and has said, kept in a file for each folder. No widgets."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import platformdirs
import tomli_w

from ibtui.files import FileError, read_text
from ibtui.profile import Profile
from ibtui.profile.schema import can_show
from ibtui.profile.table import parse

LONGEST = 100  # steps that are kept
FILE_BYTES = 4 << 20  # far more than so many steps of a profile have

Table = dict[str, Any]


class DraftStep(NamedTuple):
    """A table of the form, and the one that it was made from by editing."""

    table: Table
    origin: Table

    @property
    def changed(self) -> list[str]:
        """The paths of the values that differ from those of the origin."""
        now, before = dict(_leaves(self.table)), dict(_leaves(self.origin))
        paths = [*now, *(path for path in before if path not in now)]
        return [path for path in paths if now.get(path) != before.get(path)]


class Draft:
    """The steps of a form, of which one is shown; without a `path` they are kept in memory alone.

    `trouble` says why the file could not be written, and is empty where it could.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._steps: list[DraftStep] = []
        self._at = -1
        self._editing: str | None = None  # the path whose edits are one step
        self.trouble = ""

    @classmethod
    def of(cls, folder: Path) -> Draft:
        """The draft that was left in `folder`; a new one where there is none that can be read."""
        draft = cls(file_of(folder))
        draft._read()
        return draft

    @property
    def now(self) -> DraftStep | None:
        return self._steps[self._at] if self._steps else None

    @property
    def edited(self) -> bool:
        """Whether there is anything that a person has typed."""
        return any(step.table != step.origin for step in self._steps)

    def load(self, table: Table) -> None:
        """Another profile is in the form; the one before is a step back."""
        table = deepcopy(table)
        if self.now is None or self.now.table != table:
            self._add(DraftStep(table, deepcopy(table)))
        self._editing = None

    def edit(self, table: Table, path: str) -> None:
        """The value at `path` has changed; edits of one value after the other are one step."""
        now = self.now
        if now is None or now.table == table:
            return
        step = DraftStep(deepcopy(table), now.origin)
        if path == self._editing and self._at == len(self._steps) - 1:
            self._steps[-1] = step
            self._write()
        else:
            self._add(step)
        self._editing = path

    def go(self, by: int) -> DraftStep | None:
        """The step before (-1) or after (1); None where there is none."""
        if not 0 <= self._at + by < len(self._steps):
            return None
        self._at, self._editing = self._at + by, None
        self._write()
        return self.now

    def _add(self, step: DraftStep) -> None:
        self._steps = [*self._steps[: self._at + 1], step][-LONGEST:]
        self._at = len(self._steps) - 1
        self._write()

    def _read(self) -> None:
        assert self._path is not None
        try:
            kept = parse(read_text(self._path, FILE_BYTES))
            match kept:
                case {"at": int(at), "step": [_, *_] as steps}:
                    self._steps = [_step(step) for step in steps]
                    self._at = min(max(at, 0), len(self._steps) - 1)
                case _:
                    raise ValueError("it has no steps")
        except FileError as error:
            self.trouble = "" if error.missing else str(error)
        except ValueError as error:
            # It is written over: whatever else is in a cache, it is nobody's only copy.
            self.trouble = f"{self._path}: is no draft: {error}"

    def _write(self) -> None:
        if self._path is None:
            return
        steps = [step._asdict() for step in self._steps]
        temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            text = tomli_w.dumps({"at": self._at, "step": steps})
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(text, encoding="utf-8")
            os.replace(temporary, self._path)
        except OSError as error:
            self.trouble = f"{self._path}: cannot be written: {error.strerror}"
        except (
            ValueError,
            TypeError,
        ) as error:  # what TOML cannot say
            self.trouble = f"{self._path}: cannot be written: {error}"
        else:
            self.trouble = ""


def file_of(folder: Path) -> Path:
    """Where the draft of a folder is: in the user's cache, called by the folder's path."""
    name = hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:20]
    return platformdirs.user_cache_path("ibtui") / "drafts" / f"{name}.toml"


def _step(kept: object) -> DraftStep:
    """A step from a file. Raises `ValueError` where the form cannot show it."""
    match kept:
        case {"table": dict(table), "origin": dict(origin)}:
            if can_show(table, Profile) and can_show(origin, Profile):
                return DraftStep(table, origin)
    raise ValueError("a step holds what no form does")


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        for place, inner in enumerate(value):
            yield from _leaves(inner, f"{path}.{place}")
    else:
        yield path, value
