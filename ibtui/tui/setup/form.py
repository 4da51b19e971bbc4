"""Form: a profile to fill in, made from the profile's own model and checked as one types."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widgets import Label, Select, Static

from ibtui.errors import ProfileError
from ibtui.profile import Profile, to_table, validate
from ibtui.profile.schema import slots
from ibtui.profile.table import drop, put
from ibtui.tui.setup.choice import Choice
from ibtui.tui.setup.draft import Draft
from ibtui.tui.setup.fields import ABSENT, Field
from ibtui.tui.setup.sections import Section, Title

WHERE = "form"
RUN = "the profile stands for several runs: this one is in the form, with the changes made to it"
OPEN = ("experiment", "network", "estimator")
MOST_PICKED = 1000  # runs of a sweep that are offered: a list of more can't be looked through
CHECK_SECONDS = 0.15  # after the last key, so that fast typing is checked once


class Form(VerticalScroll, can_focus=False):
    """The fields of `table`, plain TOML values; `profile` is None while something is wrong.

    The form shows one run of a `sweep`, and lets one pick another. It begins with what the `draft`
    says.
    """

    class Checked(Message):
        """The profile has changed, and been checked."""

    def __init__(self, profile: Profile, draft: Draft, sweep: Sequence[Profile] = ()) -> None:
        super().__init__(id="form")
        self._draft = draft
        if draft.now is None:
            draft.load(to_table(profile))
        self._show_draft()
        # What was left in the draft is no run of the sweep.
        self._begin_with(profile, sweep if self.table == to_table(profile) else ())
        self._timer = None
        self._filled = False
        self._opened = {*OPEN}
        self._edited_path = ""
        self._rest = Static("", classes="problem", markup=False)

    def _begin_with(self, profile: Profile, sweep: Sequence[Profile]) -> None:
        self._sweep, self._run = sweep, profile.name
        self._names = [run.name for run in sweep[:MOST_PICKED]]

    def _show_draft(self) -> None:
        """Take the table of the draft's step; its problems come when it is checked."""
        step = self._draft.now
        assert step is not None
        self.table = deepcopy(step.table)
        try:
            self.profile: Profile | None = validate(self.table, WHERE)
        except ProfileError:
            self.profile = None

    def on_mount(self) -> None:
        # The many fields come after the first picture, or that would have to wait for them.
        self.call_after_refresh(self._fill)

    def _fill(self) -> None:
        self._filled = True
        self.refresh(recompose=True)
        self.call_after_refresh(self.check)

    def compose(self) -> ComposeResult:
        if not self._filled:
            return
        if len(self._sweep) > 1:
            with Horizontal(classes="picker") as picker:
                more = len(self._sweep) - len(self._names)
                picker.tooltip = f"{RUN}; {more:,} more are not listed" if more else RUN
                yield Label("run of sweep", classes="key")
                yield Choice(self._names, self._run)
        plain = [slot for slot in slots(Profile) if not slot.tables]
        for slot in plain:
            yield Field(slot.key, slot, self.table.get(slot.key, slot.default))
        for slot in slots(Profile):
            if slot.tables:
                yield Section(slot, self.table.get(slot.key), opened=slot.key in self._opened)
        yield self._rest

    @property
    def place(self) -> tuple[int, int] | None:
        """Which run of how many the form started from, counted from 1; None without a sweep."""
        if len(self._sweep) < 2 or self._run not in self._names:
            return None
        return self._names.index(self._run) + 1, len(self._sweep)

    @property
    def sweep(self) -> Sequence[Profile]:
        """All runs of the sweep, as it was loaded; empty without one."""
        return self._sweep if len(self._sweep) > 1 else ()

    def load(self, profile: Profile, sweep: Sequence[Profile] = ()) -> None:
        """Show another profile, which may be a run of a sweep; what was there is a step back."""
        self._keep()
        self._draft.load(to_table(profile))
        self._show_draft()
        self._begin_with(profile, sweep)
        self._fill()
        self.post_message(self.Checked())

    def go(self, by: int) -> bool:
        """A step of the draft back or on; whether there is one."""
        self._keep()
        if self._draft.go(by) is None:
            return False
        self._show_draft()
        self._fill()
        self.post_message(self.Checked())
        return True

    @property
    def changed(self) -> list[str]:
        """The paths of the values that have been edited since the profile was loaded."""
        return self._draft.now.changed if self._draft.now else []

    @property
    def origin(self) -> str:
        """The name of the profile that was loaded."""
        return str(self._draft.now.origin.get("name", "")) if self._draft.now else ""

    def _keep(self) -> None:
        """Put what was edited into the draft."""
        self._draft.edit(self.table, self._edited_path)

    @on(Select.Changed)
    def _picked(self, event: Select.Changed) -> None:
        event.stop()
        if event.value != self._run:
            self.load(self._sweep[self._names.index(str(event.value))], self._sweep)

    @on(Field.Edited)
    def _edited(self, event: Field.Edited) -> None:
        event.stop()
        self._put(event.field.path, event.value)
        self._check_soon()

    # All that mounts and removes fields happens here, one after the other: fields that two
    # handlers mount at a time would be there twice.

    @on(Title.Toggled)
    async def _toggled(self, event: Title.Toggled) -> None:
        event.stop()
        self._opened ^= {event.section.path}
        await event.section.toggle()

    @on(Section.Reshaped)
    async def _reshaped(self, event: Section.Reshaped) -> None:
        event.stop()
        self._put(event.section.path, ABSENT if event.value is None else event.value)
        # The section shows the table that fields of it will be put into, and no copy.
        await event.section.show(self.table.get(event.section.path))
        self._check_soon()

    def _put(self, path: str, value: Any) -> None:
        if path != self._edited_path:
            self._keep()
        self._edited_path = path
        if value is ABSENT:
            drop(self.table, path)
        else:
            put(self.table, path, value, WHERE)

    def _check_soon(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(CHECK_SECONDS, self.check)

    def check(self) -> Profile | None:
        """Check now, and keep the draft; the profile, or None where something is wrong."""
        self._keep()
        problems: dict[str, str] = {}
        try:
            self.profile = validate(self.table, WHERE)
        except ProfileError as error:
            self.profile = None
            problems = by_path(error.problems)
        for section in self.query(Section):
            path = section.path
            section.tell(
                {k: v for k, v in problems.items() if k == path or k.startswith(f"{path}.")}
            )
        rest, changed = dict(problems), self.changed
        for widget in (*self.query(Section), *self.query(Field)):
            own = (p for p in changed if p == widget.path or p.startswith(f"{widget.path}."))
            widget.set_class(any(own), "edited")
        for field in self.query(Field):
            if "." not in field.path:
                field.tell(rest.pop(field.path, ""))
        sections = tuple(section.path for section in self.query(Section))
        loose = [text for path, text in rest.items() if path.split(".")[0] not in sections]
        self._rest.update("\n".join(loose))
        self._rest.display = bool(loose)
        self.post_message(self.Checked())
        return self.profile

    def show_problem(self) -> None:
        """Scroll to the first field or section with a problem."""
        wrong = [*self.query("Field.wrong"), *self.query("Section.wrong")]
        if wrong:
            wrong[0].scroll_visible(animate=False)


def by_path(problems: list[str]) -> dict[str, str]:
    """`form: training.epochs: 0 is ...` as {"training.epochs": "0 is ..."}; no path: ""."""
    found: dict[str, str] = {}
    for line in problems:
        text = line.removeprefix(f"{WHERE}: ")
        path, separator, reason = text.partition(": ")
        if not separator or " " in path:
            path, reason = "", text
        found[path] = f"{found[path]}\n{reason}" if path in found else reason
    return found
