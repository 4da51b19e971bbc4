"""Queue: what trains, what has trained here, and what waits; the order can be changed."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Static

from ibtui.report.words import duration
from ibtui.tui.keys import Keys, shared
from ibtui.tui.screens.host import Host
from ibtui.tui.screens.said import time_left

COLUMNS = ("state", "run", "done", "left", "replicates", "epochs")
TICK_SECONDS = 0.5


class QueueScreen(Screen[None]):
    """One row a run: those that have ended, the one in training, those that wait."""

    KEYS: ClassVar[Keys] = {
        "Queue": (
            Binding("K,shift+up", "move(-1)", "earlier", tooltip="train it earlier"),
            Binding("J,shift+down", "move(1)", "later", tooltip="train it later"),
            Binding("d,delete", "remove", "remove", tooltip="take it out of the queue"),
            Binding("x", "app.stop", "stop", tooltip="stop the run in training, or all"),
            Binding("q,escape", "app.leave", "back", tooltip="back to the laboratory"),
            *shared("help", "picture"),
        )
    }
    BINDINGS: ClassVar[list[BindingType]] = [*KEYS["Queue"]]

    def __init__(self, host: Host) -> None:
        super().__init__()
        self._host = host
        self._rows: list[tuple[str, ...]] = []

    def compose(self) -> ComposeResult:
        yield Static(" queue: what trains in this app, one after the other", id="heading")
        yield DataTable(cursor_type="row", zebra_stripes=True)
        yield Footer(compact=True)

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        for column in COLUMNS:
            table.add_column(column, key=column)
        self.show()
        self.set_interval(TICK_SECONDS, self.show)

    def show(self) -> None:
        """Show the queue as it is now; the cursor stays in its row."""
        rows = [*self._begun(), *self._waiting()]
        if rows == self._rows:
            return
        self._rows = rows
        table = self.query_one(DataTable)
        at = table.cursor_row
        table.clear()
        for row in rows:
            table.add_row(*map(Text, row))
        table.move_cursor(row=at)

    def _begun(self) -> list[tuple[str, ...]]:
        return [
            (
                own.state,
                own.name,
                f"{own.share:.0%}",
                time_left(own),
                str(own.profile.replicates),
                str(own.profile.training.epochs),
            )
            for own in self._host.trained
        ]

    def _waiting(self) -> list[tuple[str, ...]]:
        """The time of those that wait is that of the run in training, by replicates and epochs."""
        own = self._host.training
        rate = own.epochs_per_second if own is not None else None
        speed = rate * own.profile.replicates if own is not None and rate else None

        def left(replicates: int, epochs: int) -> str:
            return f"about {duration(replicates * epochs / speed)}" if speed else ""

        return [
            (
                "waiting",
                one.name,
                "",
                left(one.replicates, one.training.prefit_epochs + one.training.epochs),
                str(one.replicates),
                str(one.training.epochs),
            )
            for one in self._host.queue.waiting
        ]

    @property
    def _place(self) -> int | None:
        """The place in the queue of the run under the cursor; None where it waits no more."""
        place = self.query_one(DataTable).cursor_row - len(self._host.trained)
        return place if 0 <= place < len(self._host.queue) else None

    def action_move(self, by: int) -> None:
        if self._place is None:
            self.notify("Only a run that waits can be moved", severity="warning")
            return
        to = self._host.queue.move(self._place, by)
        self.show()
        self.query_one(DataTable).move_cursor(row=len(self._host.trained) + to)

    def action_remove(self) -> None:
        if self._place is None:
            self.notify("Only a run that waits can be removed", severity="warning")
            return
        gone = self._host.queue.remove(self._place)
        self.notify(f"{gone.name} is out of the queue")
        self.show()
