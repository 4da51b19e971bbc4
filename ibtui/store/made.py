"""Made: the runs of a profile under a folder to which others add runs meanwhile."""

from __future__ import annotations

from pathlib import Path

from ibtui.profile import Profile
from ibtui.store.shelf import Entry, entry_of, folders


class Made:
    """What has been made of each profile; every folder is read once, and again when it matters."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._read: set[str] = set()
        self._folders: dict[str, list[str]] = {}  # by the profile's name

    def of(self, profile: Profile, noted: str | None = None) -> list[Entry]:
        """The runs of exactly this profile as they are now, newest first.

        `noted` is a folder that is one, though the list of folders may not show it yet.
        """
        for path in folders(self._root):
            if path.name not in self._read:
                self._note(path)
        names = {*self._folders.get(profile.name, ()), *([noted] if noted else [])}
        entries = filter(None, (entry_of(self._root / name) for name in names))
        mine = (entry for entry in entries if entry.is_of(profile))
        return sorted(mine, key=lambda entry: (entry.created, entry.folder.name), reverse=True)

    def _note(self, path: Path) -> None:
        entry = entry_of(path)
        if entry is None or entry.manifest is None:
            return  # a broken one is looked at again: it may have been half there
        self._read.add(path.name)
        name = entry.manifest.profile.get("name")
        if isinstance(name, str):
            self._folders.setdefault(name, []).append(path.name)
