"""Made: the runs of a profile under a folder to which others add runs meanwhile."""

from __future__ import annotations

import json
import time
from pathlib import Path

from ibtui.profile import Profile
from ibtui.store import claims, index
from ibtui.store.shelf import Entry, entry_of, folders

REST = 20  # times as long as a listing took nothing is listed again: of 100,000 runs it takes long


class Made:
    """What has been made of each profile; every folder is read once, and again when it matters."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._read: set[str] = set()
        self._folders: dict[str, list[str]] = {}  # by the profile's name
        self._listed, self._took = -1e9, 0.0  # when, and for how long

    def of(
        self, profile: Profile, noted: str | None = None, *, thoroughly: bool = False
    ) -> list[Entry]:
        """The runs of exactly this profile as they are now, newest first.

        `noted` is a folder that is one, though the list of folders may not show it yet. What
        others have just begun without a claim shows a little later, if not `thoroughly` looked for.
        """
        self._list(thoroughly)
        names = {*self._folders.get(profile.name, ()), *([noted] if noted else [])}
        entries = filter(None, (entry_of(self._root / name) for name in names))
        mine = (entry for entry in entries if entry.is_of(profile))
        return sorted(mine, key=lambda entry: (entry.created, entry.folder.name), reverse=True)

    def finished(self, profile: Profile) -> Path | None:
        """The folder of a finished run of this profile, if one is known."""
        found = self.of(profile, claims.noted(self._root, profile))
        return next((entry.folder for entry in found if entry.status == "finished"), None)

    def _list(self, thoroughly: bool) -> None:
        start = time.monotonic()
        if not self._read:
            for row in index.rows(self._root):
                if row.status != "broken":
                    self._keep(row.name, json.loads(row.keys).get("name"))
        elif not thoroughly and start - self._listed < REST * self._took:
            return
        found = [path for path in folders(self._root) if path.name not in self._read]
        self._listed = time.monotonic()
        self._took = self._listed - start
        for path in found:
            entry = entry_of(path)
            # A broken one is looked at again: it may have been half there.
            if entry is not None and entry.manifest is not None:
                self._keep(path.name, entry.manifest.profile.get("name"))

    def _keep(self, folder: str, name: object) -> None:
        self._read.add(folder)
        if isinstance(name, str):
            self._folders.setdefault(name, []).append(folder)
