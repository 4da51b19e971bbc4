"""Saved: a run on the disk as the panes see it, followed while another process writes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ibtui.errors import IbtuiError
from ibtui.profile import Profile, Recorded
from ibtui.recording import Recording
from ibtui.report.words import diverged, duration, started_again
from ibtui.store import Follower
from ibtui.store.follower import State
from ibtui.tui.draw.bands import Span


class Saved:
    """A saved run. Raises `RunError` or `ProfileError` where it cannot be read."""

    def __init__(self, folder: Path) -> None:
        self._follower = Follower(folder)
        self.folder = folder
        self.error = ""

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def profile(self) -> Profile | Recorded:
        return self._follower.run.profile

    @property
    def recording(self) -> Recording:
        return self._follower.run.recording

    @property
    def span(self) -> Span:
        planned = self._follower.run.manifest.planned
        return Span(planned.first, planned.last)

    @property
    def device(self) -> str:
        return self._follower.run.manifest.device

    @property
    def state(self) -> State:
        """live, stalled, finished, interrupted or failed."""
        return self._follower.state()

    def facts(self) -> Iterator[str]:
        """What the log says of the run when it is opened."""
        run, about = self._follower.run, self._follower.run.manifest
        yield f"{run.folder.name}: {run.status}, made {about.created.astimezone():%Y-%m-%d %H:%M}"
        for line in (run.profile.title, run.profile.expect):
            if line:
                yield line
        yield (
            f"{about.header.replicates} replicates on {about.device}, {about.frames} frames "
            f"to epoch {about.epoch} in {duration(about.seconds)}"
        )
        for restart in about.restarts:
            yield started_again(restart.replicate, restart.epoch, restart.seed)
        for column, epoch in sorted(about.diverged.items()):
            yield diverged(column, epoch)
        if about.error:
            yield about.error

    @property
    def growing(self) -> bool:
        return self._follower.run.status == "running"

    def poll(self) -> bool:
        """Read the run again where it has changed; `error` says why it could not be read."""
        try:
            changed = self._follower.poll()
        except IbtuiError as error:
            changed, self.error = str(error) != self.error, str(error)
            return changed
        self.error = self._follower.run.manifest.error
        return changed
