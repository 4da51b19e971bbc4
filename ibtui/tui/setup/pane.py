"""Setup: the pane with the form, and below it what a run of it will cost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from ibtui.data import Source
from ibtui.profile import Profile
from ibtui.tui.setup.cost import DataSize, cost_text, samples_of
from ibtui.tui.setup.draft import Draft
from ibtui.tui.setup.fields import Field
from ibtui.tui.setup.form import Form


class Setup(Vertical):
    """The form and the cost of what it says; data are loaded in a thread to be counted."""

    def __init__(
        self,
        profile: Profile,
        draft: Draft,
        data_dir: Path | None,
        sweep: Sequence[Profile] = (),
    ) -> None:
        super().__init__(id="setup", classes="pane")
        self.form = Form(profile, draft, sweep)
        self.speed: float | None = None  # replicate-epochs per second of the last run
        self._data_dir = data_dir
        self._cost = Static("", id="cost", markup=False)
        self._hint = Static("", id="hint", markup=False)
        self._edits = Static("", id="edits", markup=False)
        self._counted: tuple[Source, DataSize | str] | None = None

    def compose(self) -> ComposeResult:
        yield self._edits
        yield self.form
        yield self._hint
        yield self._cost

    def on_mount(self) -> None:
        self.weigh()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Say what the field is that one is in; the mouse has tooltips for that."""
        field = next((node for node in event.widget.ancestors if isinstance(node, Field)), None)
        self._hint.update(field.slot.description if field else "")

    def on_descendant_blur(self) -> None:
        self._hint.update("")

    @on(Form.Checked)
    def weigh(self) -> None:
        """Say what the form's profile costs, if it is valid, and what was edited of it."""
        profile = self.form.profile
        self._edits.update(edits_line(self.form.origin, self.form.changed))
        if profile is None:
            self._cost.update("")
        elif self._counted is not None and self._counted[0] == profile.data:
            self._cost.update(cost_text(profile, self._counted[1], self.speed))
        else:
            self._count(profile)

    def count_again(self) -> None:
        """Count the data anew: their files have come."""
        self._counted = None
        self.weigh()

    @work(exclusive=True)
    async def _count(self, profile: Profile) -> None:
        samples = await asyncio.to_thread(samples_of, profile, self._data_dir)
        self._counted = (profile.data, samples)
        self.weigh()


def edits_line(origin: str, changed: Sequence[str]) -> str:
    """Which profile was loaded, and how many of its values were edited since."""
    if not changed:
        return origin
    values = "1 value" if len(changed) == 1 else f"{len(changed)} values"
    return f"{origin}: {values} edited (z undoes)"
