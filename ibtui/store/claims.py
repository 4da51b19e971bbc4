"""Claims: who may decide on a profile's run, and make it, under a folder that many share."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ibtui.errors import RunError
from ibtui.files import FileError, read_text
from ibtui.profile import Profile
from ibtui.profile.experiment import experiment
from ibtui.store import lock
from ibtui.store.files import refused, replacing

FOLDER, MADE = ".claims", "made"


class RunClaim:
    """The right to decide on the run of one profile, and to make it."""

    def __init__(self, folder: Path, *, from_dead: bool) -> None:
        self._folder, self.from_dead = folder, from_dead  # who may have noted nothing yet

    def note(self, run: Path) -> None:
        """Remember the run's folder: a list of folders can come late over a network, this not."""
        try:
            with replacing(self._folder / MADE) as handle:
                handle.write(run.name.encode())
        except RunError:
            return  # it only helps

    def noted(self) -> str | None:
        """The name of the folder of the run that was made last under this claim."""
        return _noted(self._folder)


@contextmanager
def claim(root: Path, profile: Profile) -> Iterator[RunClaim]:
    """Claim the run of `profile` under `root`, for as long as it takes to make it.

    What a dead process claimed is taken over. Raises `HeldError` where a living one has it,
    `RunError` where the disk refuses.
    """
    folder = _folder(root, profile)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refused(root, error) from None
    with lock.holding(folder / lock.NAME) as hold:
        yield RunClaim(folder, from_dead=hold.from_dead)


def noted(root: Path, profile: Profile) -> str | None:
    """The name of the folder of the profile's run that was made last under a claim."""
    return _noted(_folder(root, profile))


def _folder(root: Path, profile: Profile) -> Path:
    text = json.dumps(experiment(profile), sort_keys=True, default=str)
    return root / FOLDER / hashlib.sha256(text.encode()).hexdigest()[:32]


def _noted(folder: Path) -> str | None:
    try:
        name = read_text(folder / MADE, 1024)
    except FileError:
        return None
    return None if "/" in name or name[:1] in (".", "") else name
