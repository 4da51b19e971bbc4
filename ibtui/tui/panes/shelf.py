"""Shelf: the list of runs with its filter above, and what there is no column for below."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from ibtui.errors import IbtuiError
from ibtui.report.filter import parse, select
from ibtui.report.words import duration
from ibtui.store import Listed
from ibtui.text import printable
from ibtui.tui.look.picked import Picked
from ibtui.tui.look.view import Look
from ibtui.tui.panes.run_list import RunList


class Shelf(Vertical):
    """`all` are the runs of the folder; None until it was looked at."""

    class Changed(Message):
        """Other runs are listed, or the list was sorted."""

    def __init__(self, picked: Picked) -> None:
        super().__init__(id="shelf")
        self.all: dict[Path, Listed] | None = None
        self.picked, self.list = picked, RunList(picked)
        self.filter = Input(picked.text, placeholder="bits=4 and tanh", compact=True, id="filter")
        self._about = Static("", id="about", markup=False)
        self._problem = self._told = ""

    def compose(self) -> ComposeResult:
        yield self.filter
        yield self.list
        yield self._about

    def on_mount(self) -> None:
        self._fold_filter()

    def restyle(self, look: Look) -> None:
        self.list.restyle(look)

    @property
    def here(self) -> Path | None:
        """The folder of the run under the cursor."""
        return self.list.here.folder if self.list.here else None

    @property
    def chosen(self) -> list[Listed]:
        """The marked runs, or the one under the cursor where none is marked."""
        here = [self.list.here] if self.list.here else []
        marked = [one for one in (self.all or {}).values() if one.folder in self.picked.marked]
        return marked or here

    def take(self, listed: Sequence[Listed], here: Path | None = None) -> None:
        """Show the runs as they are now, the cursor on the one in `here`."""
        self.all = {one.folder: one for one in listed}
        self.picked.keep(self.all)
        self.show(here)

    def show(self, here: Path | None = None) -> None:
        """Show the runs that the filter leaves; one that is half typed leaves those of before."""
        try:
            found = self._found(self.picked.text, self.picked.sort)
        except IbtuiError as error:
            self._problem = str(error)
        else:
            self._problem = ""
            self.list.show(found, here)
        self.post_message(self.Changed())

    def _found(self, text: str, sort: str | None) -> Sequence[Listed]:
        runs = list((self.all or {}).values())
        conditions = parse(text, words=True) if text else []
        return select(runs, conditions, sort, lambda one: one.row)

    def sort(self, key: str | None) -> None:
        """Sort by a key, `-key` from the largest. Raises `UsageError` where no run has it."""
        self._found("", key)
        self.picked.sort = key
        self.show()
        self.list.refresh()

    @on(RunList.Sorted)
    def _sort_by(self, event: RunList.Sorted) -> None:
        """Sort by a key; the second time from the largest, the third time by none."""
        ways = (event.key, f"-{event.key}", None)
        at = ways.index(self.picked.sort) if self.picked.sort in ways else 2
        self.sort(ways[(at + 1) % 3])

    def tell(self, trouble: str, empty: str) -> None:
        """Say below the list what is wrong, or else what there is to say of the run here."""
        told = self._problem or trouble or about(self.list.here)
        told = empty if self.all == {} else told
        if told != self._told:  # each update is a layout
            self._told = told
            self._about.update(told)

    # The filter

    def open_filter(self) -> None:
        self.filter.add_class("open")
        self.filter.focus()

    def clear_filter(self) -> None:
        self.filter.value = ""
        self.picked.text = ""
        self._close_filter()

    @on(Input.Changed, "#filter")
    def _filter_by(self, event: Input.Changed) -> None:
        text = event.value.strip()
        if text != self.picked.text:
            self.picked.text = text
            self.show()

    @on(Input.Submitted, "#filter")
    def _close_filter(self) -> None:
        self._fold_filter()
        self.list.focus()

    def _fold_filter(self) -> None:
        self.filter.set_class(bool(self.picked.text), "open")


def about(one: Listed | None) -> str:
    """A run in a few lines: its title or note or what went wrong, who writes it, its tags."""
    if one is None:
        return ""
    row = one.row
    lines = [row.error or row.note or str(row.profile_keys.get("title", "")) or row.name]
    if one.worker:
        speed = f" at {one.epochs_per_second:.3g} epochs/s" if one.epochs_per_second else ""
        left = "" if one.seconds_left is None else f", {duration(one.seconds_left)} left"
        lines.append(f"{one.worker}{speed}{left}")
    if row.tags:
        lines.append(f"tags: {row.tags}")
    if one.read_only:
        lines.append("came with ibtui")
    return "\n".join(map(printable, lines))
