"""Fields: one line of the form for each field of a profile, whatever its kind."""

from __future__ import annotations

from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Checkbox, Input, Label, Select, Static

from ibtui.profile.schema import Slot, show_list, show_value
from ibtui.profile.table import parse_list, parse_value
from ibtui.tui.setup.choice import Choice

UNSET = "(default)"


class Absent:
    """The value of an optional field that is left out."""


ABSENT = Absent()


class Field(Vertical):
    """A label, an editor, and below them what is wrong with the value."""

    class Edited(Message):
        """A field has another value (`ABSENT`: none)."""

        def __init__(self, field: Field, value: Any) -> None:
            super().__init__()
            self.field, self.value = field, value

    def __init__(self, path: str, slot: Slot, value: Any) -> None:
        super().__init__(classes=f"field {slot.kind}")
        self.path, self.slot, self.value = path, slot, value
        self.tooltip = Content(slot.description) if slot.description else None
        self._problem = Static("", classes="problem", markup=False)
        self._problem.display = False

    def compose(self) -> ComposeResult:
        with Horizontal(classes="line"):
            yield Label(self.slot.key, classes="key", markup=False)
            yield from self._editor()
        if self.slot.kind == "list":
            yield Input(show_list(self.value or ()), compact=True, select_on_focus=False)
        yield self._problem

    def _editor(self) -> ComposeResult:
        slot = self.slot
        match slot.kind:
            case "choice":
                words = (UNSET, *slot.choices) if slot.optional else slot.choices
                yield Choice(words, UNSET if self.value is None else str(self.value))
            case "switch":
                yield Checkbox(value=bool(self.value), compact=True)
            case "list":
                yield Button("+", classes="more", compact=True, tooltip="repeat the last one")
                yield Button("-", classes="less", compact=True, tooltip="remove the last one")
            case _:
                placeholder = UNSET if slot.optional else ""
                text = self.value if slot.kind == "text" else show_value(self.value)
                yield Input(
                    text or "", placeholder=placeholder, compact=True, select_on_focus=False
                )

    def tell(self, problem: str) -> None:
        """Show what is wrong, or nothing."""
        self._problem.update(problem)
        self._problem.display = bool(problem)
        self.set_class(bool(problem), "wrong")

    def _edit(self, value: Any) -> None:
        if value != self.value or type(value) is not type(self.value):
            self.value = value
            self.post_message(self.Edited(self, value))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        text = event.value
        if self.slot.optional and not text.strip():
            self._edit(ABSENT)
        elif self.slot.kind == "text":
            self._edit(text)
        else:
            self._edit(parse_list(text) if self.slot.kind == "list" else parse_value(text))

    @on(Select.Changed)
    def _chose(self, event: Select.Changed) -> None:
        event.stop()
        self._edit(ABSENT if event.value == UNSET else event.value)

    @on(Checkbox.Changed)
    def _ticked(self, event: Checkbox.Changed) -> None:
        event.stop()
        self._edit(event.value)

    @on(Button.Pressed)
    def _resized(self, event: Button.Pressed) -> None:
        event.stop()
        values = list(self.value) if isinstance(self.value, (list, tuple)) else []
        if event.button.has_class("more"):
            values = [*values, values[-1] if values else 1]
        else:
            values = values[:-1]
        self.query_one(Input).value = show_list(values)
