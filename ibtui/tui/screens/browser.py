"""Browser: the runs folder: open, compare, rename, delete."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Static

from ibtui import store
from ibtui.errors import IbtuiError
from ibtui.tui.feeds.saved import Saved
from ibtui.tui.keys import Keys, shared
from ibtui.tui.screens.compare import Compare
from ibtui.tui.screens.dialogs import Ask, Prompt
from ibtui.tui.screens.host import Host

COLUMNS = ("", "run", "status", "epoch", "accuracy", "date", "series")


class Browser(Screen[None]):
    """All runs, newest first; broken ones say why in the line below the table."""

    KEYS: ClassVar[Keys] = {
        "Runs": (
            Binding("enter", "open", "open", tooltip="open the run", priority=True),
            Binding("space", "mark", "mark", tooltip="mark the run for comparing, or no more"),
            Binding("c", "compare", "compare two", tooltip="compare the two marked runs"),
            Binding("n", "rename", "rename", tooltip="give the run another name"),
            Binding("d", "delete", "delete", tooltip="delete the run, after asking"),
            Binding("r", "reload", "reload", tooltip="read the folder again"),
            Binding("q,escape", "app.leave", "back", tooltip="back to the laboratory"),
            *shared("help", "picture"),
        )
    }
    BINDINGS: ClassVar[list[BindingType]] = [*KEYS["Runs"]]

    def __init__(self, host: Host) -> None:
        super().__init__()
        self._host = host
        self._entries: list[store.Entry] = []
        self._marked: list[Path] = []
        self._about = Static("", id="about", markup=False)

    def compose(self) -> ComposeResult:
        yield Static(f" runs in {self._host.runs.absolute()}", id="heading", markup=False)
        yield DataTable(cursor_type="row", zebra_stripes=True)
        yield self._about
        yield Footer(compact=True)

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        for column in COLUMNS:
            table.add_column(column, key=column)
        self.action_reload()

    def action_reload(self) -> None:
        """Read the folder again; the cursor stays on its run."""
        self._read(self._here and self._here.folder)

    def _read(self, here: Path | None) -> None:
        """List the runs, with the cursor on `here`, or in its row where that run is gone."""
        table = self.query_one(DataTable)
        row = table.cursor_row
        try:
            self._entries = store.list_runs(self._host.runs)
        except IbtuiError as error:
            self._entries = []
            self._host.say_error(error)
        table.clear()
        places = [entry.folder for entry in self._entries]
        self._marked = [folder for folder in self._marked if folder in places]
        for entry in self._entries:
            shown = map(Text, cells(entry, entry.folder in self._marked))  # names may hold brackets
            table.add_row(*shown, key=str(entry.folder))
        table.move_cursor(row=places.index(here) if here in places else row)
        self._tell()

    @property
    def _here(self) -> store.Entry | None:
        row = self.query_one(DataTable).cursor_row
        return self._entries[row] if 0 <= row < len(self._entries) else None

    @on(DataTable.RowHighlighted)
    def _tell(self) -> None:
        entry = self._here
        if entry is None:
            self._about.update(" There are no runs yet.")
        elif entry.manifest is None:
            self._about.update(f" {entry.error}")
        else:
            title = str(entry.manifest.profile.get("title", ""))
            self._about.update(f" {entry.manifest.error or title or entry.folder}")

    @on(DataTable.RowSelected)
    def action_open(self) -> None:
        if self._here is not None:
            self._host.open_run(self._here.folder)

    def action_mark(self) -> None:
        """Mark a run for comparing; of three marks the oldest goes."""
        entry = self._here
        if entry is None:
            return
        if entry.folder in self._marked:
            self._marked.remove(entry.folder)
        else:
            self._marked = [*self._marked, entry.folder][-2:]
        self.action_reload()

    def action_compare(self) -> None:
        """The two marked runs, or the marked one and the one under the cursor."""
        folders = list(self._marked)
        if len(folders) == 1 and self._here and self._here.folder not in folders:
            folders.append(self._here.folder)
        if len(folders) != 2:
            self.notify("Mark two runs first (space)", severity="warning")
            return
        try:
            runs = [Saved(folder) for folder in folders]
        except IbtuiError as error:
            self._host.say_error(error)
            return
        self.app.push_screen(Compare(self._host, runs[0], runs[1]))

    @work
    async def action_rename(self) -> None:
        entry = self._here
        if entry is None:
            return
        name = await self._host.push_screen_wait(Prompt("Another name:", entry.folder.name))
        if name and name != entry.folder.name:
            try:
                folder = store.rename(entry.folder, name)
            except IbtuiError as error:
                self._host.say_error(error)
                return
            self._marked = [folder if one == entry.folder else one for one in self._marked]
            self._read(folder)

    @work
    async def action_delete(self) -> None:
        entry = self._here
        if entry is None:
            return
        answers = (("y", "delete it"), ("n", "keep it"))
        question = f"Delete {entry.folder} and everything in it?"
        if entry.folder.is_symlink():
            question = f"Delete {entry.folder}, a link? What it leads to stays."
        if await self._host.push_screen_wait(Ask(question, answers)) == "y":
            try:
                store.delete(entry.folder)
            except IbtuiError as error:
                self._host.say_error(error)
            self.action_reload()


def cells(entry: store.Entry, marked: bool) -> tuple[str, ...]:
    """A run's cells in the table."""
    made = f"{entry.created.astimezone():%Y-%m-%d %H:%M}"
    about = entry.manifest
    mark = "*" if marked else ""
    if about is None:
        return (mark, entry.folder.name, entry.status, "", "", made, "")
    accuracy = f"{about.results.test_accuracy:.3f}" if about.results else ""
    epoch = f"{about.epoch}/{about.planned.last}"
    series = ", ".join(about.header.series)
    return (mark, entry.folder.name, entry.status, epoch, accuracy, made, series)
