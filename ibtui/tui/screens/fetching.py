"""Fetching: a progress bar over the form while the files of a data set come."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Label, ProgressBar

from ibtui.tui.feeds.fetching import Fetching

TICK_SECONDS = 0.1
MEGABYTE = 1e6


class FetchScreen(ModalScreen[str]):
    """Dismissed with what is to be said of the end; escape stops, and what has come is kept."""

    BINDINGS: ClassVar = [("escape,q", "stop", "stop")]

    def __init__(self, name: str, fetching: Fetching) -> None:
        super().__init__()
        self._name, self._fetching = name, fetching

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(f"{self._name}: asks for its files", id="fetched", markup=False)
            yield ProgressBar(show_eta=False)
            yield Label("escape: stop; what has come is kept for the next time", classes="hint")

    def on_mount(self) -> None:
        self._timer = self.set_interval(TICK_SECONDS, self._show)

    def _show(self) -> None:
        fetching, step = self._fetching, self._fetching.step
        if not fetching.active:
            if self.is_current:  # or it waits under another screen, such as the help
                self._timer.stop()
                self.dismiss(self._end())
            return
        if step is not None:
            done, total = step.bytes_done / MEGABYTE, step.bytes_total / MEGABYTE
            said = f"{self._name}: {step.file}, {done:.1f} of {total:.1f} MB"
            self.query_one("#fetched", Label).update(said)
            self.query_one(ProgressBar).update(total=step.bytes_total, progress=step.bytes_done)
        if fetching.stopped:
            self.query_one("#fetched", Label).update(f"{self._name}: stops after this block")

    def _end(self) -> str:
        if self._fetching.error:
            return self._fetching.error
        return f"{self._name} is {'stopped' if self._fetching.stopped else 'fetched'}"

    def action_stop(self) -> None:
        self._fetching.stop()
