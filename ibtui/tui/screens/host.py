"""Host: what the screens ask of the app that they stand in. They know it by this alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from textual.screen import Screen

from ibtui.tui.feeds.queue import Queue
from ibtui.tui.feeds.training import Training
from ibtui.tui.look.picked import Picked
from ibtui.tui.look.view import Look
from ibtui.tui.settings import Settings
from ibtui.tui.terminal.load import DeviceLoad

Answer = TypeVar("Answer")


class Host(Protocol):
    """The app, as its screens see it."""

    @property
    def runs(self) -> Path:
        """The folder of all runs."""
        ...

    @property
    def data_dir(self) -> Path | None: ...

    @property
    def settings(self) -> Settings: ...

    @property
    def look(self) -> Look:
        """The colours and markers of the present theme on this terminal."""
        ...

    @property
    def training(self) -> Training | None:
        """The run that the app trains, or has trained last."""
        ...

    @property
    def trained(self) -> Sequence[Training]:
        """All that the app has trained, the run in training last."""
        ...

    @property
    def queue(self) -> Queue:
        """The profiles that wait for the run in training."""
        ...

    @property
    def load(self) -> DeviceLoad: ...

    def foreign_lines(self) -> Iterable[str]:
        """What others wrote to stderr since the last time."""
        ...

    def announce(self) -> None:
        """Tell the terminal how far the run in training is, and its end."""
        ...

    def go_on(self) -> None:
        """Begin the next run of the queue where the one before has ended."""
        ...

    @property
    def picked(self) -> Picked:
        """What was marked, filtered and sorted in the list of runs when it was left."""
        ...

    def action_leave(self) -> object:
        """Leave the screen that is on top."""
        ...

    def open_run(self, folder: Path) -> None:
        """Show a saved run."""
        ...

    def notify(self, message: str, **options: Any) -> None:
        """A toast."""
        ...

    def say_error(self, error: Exception) -> None: ...

    async def push_screen_wait(self, screen: Screen[Answer]) -> Answer | Any:
        """The answer of a dialog."""
        ...
