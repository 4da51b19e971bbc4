"""The shelf of runs: listed, renamed, deleted."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal

from ibtui.errors import ProfileError, RunError, UsageError, complain
from ibtui.files import is_file, is_folder
from ibtui.problems import did_you_mean
from ibtui.profile import Profile
from ibtui.profile.experiment import experiment
from ibtui.store import lock, manifest, shipped
from ibtui.store.files import refused
from ibtui.store.manifest import Manifest, Status
from ibtui.store.reader import CHECKPOINT, RECORDING, current_status

LONGEST = 200
NAMES = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{LONGEST - 1}}}")


@dataclass(frozen=True)
class Entry:
    """A run in a list; a broken one has no manifest but the reason in `error`."""

    folder: Path
    status: Status | Literal["broken"]
    created: datetime
    manifest: Manifest | None = None
    error: str = ""

    def is_of(self, profile: Profile) -> bool:
        """Whether it is a run of this experiment and seed, all its frames kept.

        Words about it may have changed since, and keys that came later had their defaults.
        """
        about = self.manifest
        if about is None or about.thinned_from or about.gathered:
            return False
        if about.profile.get("name") != profile.name:
            return False
        try:
            made = about.resolved_profile(self.folder)
        except ProfileError:
            return False
        return experiment(made) == experiment(profile)


def list_runs(root: Path) -> list[Entry]:
    """All runs under `root`, newest first, from their manifests alone; broken ones say why.

    A folder with none of a run's files is no run.

    Raises `RunError` where `root` cannot be read; a root that does not exist holds no runs.
    """
    runs = (path for path in folders(root) if is_run(path))
    entries = [entry for entry in map(entry_of, runs) if entry]
    return sorted(entries, key=lambda entry: (entry.created, entry.folder.name), reverse=True)


def folders(root: Path) -> list[Path]:
    """What can be a run under `root`: all that is not hidden. Raises `RunError`."""
    try:
        return [root / name for name in os.listdir(root) if name[0] != "."]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError(f"{root}: cannot be read: {error.strerror}") from None


def find_run(word: str, root: Path) -> Path:
    """The run that `word` means: a folder, a name under `root`, or one that comes along.

    Raises `UsageError` with the nearest name.
    """
    for folder in (Path(word), root / word):
        if is_file(folder / manifest.NAME):
            return folder if folder.name not in ("", "..") else folder.resolve()
    if word in shipped.names():
        return shipped.folder() / word
    names = [entry.folder.name for entry in list_runs(root)]
    near = did_you_mean(Path(word).name, names) if names else f" (there are no runs in {root})"
    raise UsageError(f"{word}: is no run{near}")


def newest_run(root: Path) -> Path:
    """The run under `root` that was begun last and can be read. Raises `UsageError` without one."""
    for entry in list_runs(root):
        if not _unusable(entry):
            return entry.folder
    raise UsageError(
        f"{root}: there are no runs in it (those that come along: {', '.join(shipped.names())})"
    )


def find_runs(words: Sequence[str], root: Path) -> list[Path]:
    """The runs that words mean, each once: as `find_run`, or a folder for all runs in it.

    Of a folder those are left out, with a line on stderr, that are broken or have no frame yet.
    Raises `UsageError` where a word means none.
    """
    found = []
    for word in words:
        folder = Path(word)
        inside = [] if is_run(folder) or not is_folder(folder) else list_runs(folder)
        if not inside:
            found.append(find_run(word, root))
        usable = [entry for entry in inside if not _unusable(entry)]
        for entry in inside:
            if why := _unusable(entry):
                complain(f"{why} (left out)")
        if inside and not usable:
            raise UsageError(f"{word}: none of its runs can be read")
        found += [entry.folder for entry in reversed(usable)]
    return list(dict.fromkeys(found))


def _unusable(entry: Entry) -> str:
    if entry.manifest is None:
        return entry.error
    return "" if entry.manifest.frames else f"{entry.folder}: has no frames yet"


def rename(folder: Path, name: str) -> Path:
    """Give a run's folder another name and return its new path. Raises `RunError`."""
    _refuse_live(folder)
    if not NAMES.fullmatch(name):
        raise RunError(
            f"{name[:LONGEST]!r} is no name for a run (letters, digits, '.', '_' and '-', a letter "
            f"or digit first, at most {LONGEST} of them)"
        )
    target = folder.with_name(name)
    if os.path.lexists(target):
        raise RunError(f"{target}: exists already (choose another name)")
    try:
        return folder.rename(target)
    except OSError as error:
        raise refused(folder, error) from None


def delete(folder: Path) -> None:
    """Delete a run's folder; of a run that is a link, the link alone.

    Raises `RunError` where it is no run, or a process writes it.
    """
    if not is_file(folder / manifest.NAME):
        raise RunError(f"{folder}: is no run (it has no {manifest.NAME}): not deleted")
    _refuse_live(folder)
    try:
        if folder.is_symlink():
            folder.unlink()
            return
        # A hidden name comes first, so that a deletion cut short leaves no run with missing files.
        hidden = folder.with_name(f".deleted-{os.getpid()}-{time.monotonic_ns()}")
        shutil.rmtree(folder.rename(hidden))
    except OSError as error:
        raise refused(folder, error) from None


def is_run(folder: Path) -> bool:
    """Whether the folder has any of a run's files."""
    names = (manifest.NAME, RECORDING, CHECKPOINT)
    return any(os.path.lexists(folder / name) for name in names)


def entry_of(folder: Path) -> Entry | None:
    """The run in `folder`, a broken one too; None where it is gone."""
    try:
        about = manifest.read(folder)
        return Entry(folder, current_status(folder, about), about.created, about)
    except RunError as error:
        try:
            changed = datetime.fromtimestamp(folder.stat().st_mtime, timezone.utc)
        except FileNotFoundError:  # deleted or renamed since it was listed
            return None
        except OSError:  # a file server that is away
            changed = datetime.fromtimestamp(0, timezone.utc)
        return Entry(folder, "broken", changed, error=str(error))


def _refuse_live(folder: Path) -> None:
    if shipped.holds(folder):
        raise RunError(f"{folder}: comes with the program and stays as it is (copy it first)")
    if lock.is_held(folder):
        raise RunError(f"{folder}: is being written (stop it first)")
