"""Files: profiles read from TOML, with overrides; the runs of a sweep, made when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, overload

from ibtui.errors import ProfileError
from ibtui.files import FileError, read_text
from ibtui.profile import sweep
from ibtui.profile.model import MOST_BYTES, Profile, validate
from ibtui.profile.table import parse, parse_value, put
from ibtui.profile.trust import Given, take_given
from ibtui.text import cut

MOST_CHECKED = 1000  # runs of a sweep that are read before any is begun


class Profiles(Sequence[Profile]):
    """The profiles of all runs of a sweep.

    The runs that tell most mistakes are read at once, and kept: all, of a sweep that is not
    large. Each of the others is read where it is asked for, and may raise `ProfileError` then.
    """

    def __init__(self, runs: sweep.Runs, where: str, given: Given) -> None:
        self._runs, self._where, self._given = runs, where, given
        self._change: Callable[[Profile], Profile] | None = None
        self._read = {at: self._profile(at) for at in runs.telling(MOST_CHECKED)}

    def __len__(self) -> int:
        return len(self._runs)

    @overload
    def __getitem__(self, at: int) -> Profile: ...
    @overload
    def __getitem__(self, at: slice) -> list[Profile]: ...
    def __getitem__(self, at: int | slice) -> Profile | list[Profile]:
        places = range(len(self))[at]
        if isinstance(places, range):
            return [self[place] for place in places]
        found = self._read.get(places)
        if found is None:
            found = self._profile(places)
        return self._change(found) if self._change else found

    def name(self, at: int) -> str:
        """The name of a run as the sweep gives it, without its profile being made."""
        return self._runs.name(range(len(self))[at])

    def checked(self) -> Iterator[Profile]:
        """The profiles that have been read already."""
        return (self[at] for at in self._read)

    def changed(self, change: Callable[[Profile], Profile]) -> Profiles:
        """The same runs, each changed where it is asked for."""
        found = object.__new__(Profiles)
        found.__dict__ = {**self.__dict__, "_change": change}
        return found

    def _profile(self, at: int) -> Profile:
        named = "" if len(self._runs) == 1 else f": {cut(self._runs.name(at))}"
        table = self._runs.table(at)
        take_given(table, self._given)
        return validate(table, f"{self._where}{named}")


def load_profile(path: Path, overrides: Sequence[str] = (), *, trust: bool = False) -> Profile:
    """Read `path` and apply overrides (`training.epochs=100`).

    A profile with a `[sweep]` gives its first run. Raises `ProfileError` with every problem of
    the file at once.
    """
    return load_profiles(path, overrides, trust=trust)[0]


def load_profiles(path: Path, overrides: Sequence[str] = (), *, trust: bool = False) -> Profiles:
    """Read `path` and apply overrides: the profiles of all runs that its `[sweep]` stands for.

    Code that it names as `module:Class` is loaded if an override names it too, or under `trust`.
    Raises `ProfileError`, and `PluginError` of such code.
    """
    return parse_profiles(text_of(path), str(path), overrides, trust=trust)


def text_of(path: Path) -> str:
    """The text of a profile's file. Raises `ProfileError`."""
    try:
        return read_text(path, MOST_BYTES)
    except FileError as error:
        said = f"{path}: cannot be read: No such file or directory"
        raise ProfileError([said if error.missing else str(error)]) from None


def parse_profile(text: str, where: str, overrides: Sequence[str] = ()) -> Profile:
    """Parse a profile's text, of a sweep the first run; `where` names it in messages.

    Raises `ProfileError`.
    """
    return parse_profiles(text, where, overrides)[0]


def parse_profiles(
    text: str, where: str, overrides: Sequence[str] = (), *, trust: bool = False
) -> Profiles:
    """Parse a profile's text: the profiles of all runs. Raises as `load_profiles`."""
    try:
        table = parse(text)
    except ValueError as error:
        raise ProfileError([f"{where}: not valid TOML: {error}"]) from None
    for override in overrides:
        _override(table, override, where)
    where = where if not overrides else f"{where} with --set"
    return Profiles(sweep.expand(table, where), where, Given.of(overrides, trust=trust))


def _override(table: dict[str, Any], assignment: str, where: str) -> None:
    """Put `training.epochs=100` or `estimator.0.bins=30` into `table`; values are TOML or text."""
    path, equals, text = assignment.partition("=")
    keys = [key.strip() for key in path.split(".")]
    if not equals or not all(keys):
        raise ProfileError(
            [f"--set {cut(assignment)}: is not KEY=VALUE (for example training.epochs=100)"]
        )
    key = ".".join(keys)
    if key in sweep.swept(table, where):
        raise ProfileError(
            [f"--set {cut(assignment)}: {key} is swept (set sweep.{key} to a list, or sweep.cases)"]
        )
    put(table, key, parse_value(text), f"--set {cut(assignment)}")
