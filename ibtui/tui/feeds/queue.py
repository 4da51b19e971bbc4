"""Queue: the profiles that wait for the run in training, and how they go on without the app."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import platformdirs

from ibtui.profile import Profile, to_toml
from ibtui.store.files import refused, replacing_text

KEEP_LOG_SECONDS = 7 * 86400.0


class Queue:
    """Profiles in the order in which they will be trained."""

    def __init__(self) -> None:
        self.waiting: list[Profile] = []

    def __len__(self) -> int:
        return len(self.waiting)

    def add(self, profiles: Iterable[Profile]) -> None:
        self.waiting.extend(profiles)

    def take(self) -> Profile | None:
        """The next one, which waits no more; None where none waits."""
        return self.waiting.pop(0) if self.waiting else None

    def move(self, at: int, by: int) -> int:
        """Change places with a neighbour; the place where it is then."""
        to = min(max(at + by, 0), len(self.waiting) - 1)
        self.waiting.insert(to, self.waiting.pop(at))
        return to

    def remove(self, at: int) -> Profile:
        return self.waiting.pop(at)

    def clear(self) -> None:
        self.waiting.clear()


def commands(
    folder: Path | None, profiles: Iterable[Path], runs: Path, data_dir: Path | None
) -> list[list[str]]:
    """The calls of `ibtui batch` that go on with a run, and with the profiles after it."""
    program = [sys.executable, "-m", "ibtui", "batch", "--quiet", "--out", str(runs)]
    if data_dir is not None:
        program += ["--data-dir", str(data_dir)]
    found = [[*program, "--resume", str(folder)]] if folder is not None else []
    return found + [[*program, str(path)] for path in profiles]


def remove_ended(root: Path) -> None:
    """Remove what processes left that ended long ago: folders with an old log and no profiles."""
    old = time.time() - KEEP_LOG_SECONDS
    for folder in root.iterdir():
        with suppress(OSError):
            if not any(folder.glob("*.toml")) and (folder / "log").stat().st_mtime < old:
                shutil.rmtree(folder)


def detach(
    folder: Path | None, waiting: Iterable[Profile], runs: Path, data_dir: Path | None
) -> Path:
    """Train on in a process of its own, which outlives the app and the line; the file of its log.

    Raises `RunError` where it cannot be started.
    """
    root = platformdirs.user_cache_path("ibtui") / "background"
    place = root / str(os.getpid())
    try:
        place.mkdir(parents=True, exist_ok=True)
        remove_ended(root)
        paths = []
        for number, profile in enumerate(waiting):
            path = place / f"{number:04}-{profile.name}.toml"
            with replacing_text(path) as handle:
                handle.write(to_toml(profile))
            paths.append(path.absolute())
        where = runs.absolute()
        calls = commands(folder.absolute() if folder else None, paths, where, data_dir)
        clear = [["rm", "-f", "--", *map(str, paths)]] if paths else []
        log = place / "log"
        with open(log, "wb") as output:
            subprocess.Popen(
                ["sh", "-c", "; ".join(map(shlex.join, calls + clear))],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # no signal of this terminal reaches it
            )
    except OSError as error:
        raise refused(place, error) from None
    return log
