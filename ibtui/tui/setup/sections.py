"""Sections: the tables of a profile as groups of fields that open and close."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Checkbox, Label, Select, Static

from ibtui.profile.schema import Slot, picked, show_list, show_value, slots, tag
from ibtui.tui.setup.choice import Choice
from ibtui.tui.setup.fields import Field

SUMMARY = 2  # values that a closed section shows beside its name


class Title(Static, can_focus=True):
    """The line that opens and closes a section."""

    class Toggled(Message):
        """The section is to open or close."""

        def __init__(self, section: Section) -> None:
            super().__init__()
            self.section = section

    def on_click(self) -> None:
        self._toggle()

    def on_key(self, event: events.Key) -> None:
        if event.key in ("enter", "space"):
            event.stop()
            self._toggle()

    def _toggle(self) -> None:
        assert isinstance(self.parent, Section)
        self.post_message(self.Toggled(self.parent))


class Section(Vertical):
    """A table of the profile. Closed it has no widgets inside; the form keeps the values."""

    class Reshaped(Message):
        """The table is to be replaced by `value` (None: removed), which has other fields."""

        def __init__(self, section: Section, value: Any) -> None:
            super().__init__()
            self.section, self.value = section, value

    def __init__(self, slot: Slot, value: Any, *, opened: bool = False) -> None:
        super().__init__(classes="section")
        self.slot, self.value, self.opened = slot, value, opened
        self._title = Title("", markup=False)
        self._inside = Vertical(classes="inside")
        self._problems: dict[str, str] = {}

    @property
    def path(self) -> str:
        return self.slot.key

    def compose(self) -> ComposeResult:
        yield self._title
        yield self._inside

    async def on_mount(self) -> None:
        await self.show(self.value)

    async def show(self, value: Any) -> None:
        """Show the fields of `value`, anew."""
        self.value = value
        await self._inside.remove_children()
        self._inside.display = self.opened
        if self.opened:
            await self._inside.mount_all(self._widgets())
        self.tell(self._problems)

    def tell(self, problems: Mapping[str, str]) -> None:
        """Show the problems of this section, by path, beside their fields."""
        self._problems = dict(problems)
        rest = dict(problems)
        for field in self.query(Field):
            mine = [
                path for path in rest if path == field.path or path.startswith(f"{field.path}.")
            ]
            field.tell("\n".join(rest.pop(path) for path in mine))
        self.set_class(bool(problems), "wrong")
        arrow = "v" if self.opened else ">"
        summary = "" if self.opened else self._summary()
        said = "".join(
            f"\n  {path.removeprefix(self.path).lstrip('.')} {text}" for path, text in rest.items()
        )
        self._title.update(f"{arrow} {self.slot.key}  {summary}{said}")

    def _summary(self) -> str:
        value = self.value
        if isinstance(value, list):
            return ", ".join(str(item.get("label") or item.get("name")) for item in value)
        if not isinstance(value, Mapping):
            return "none"
        if "name" in value:
            return str(value["name"])
        shown = list(value.values())[:SUMMARY]
        return " ".join(show_list(v) if isinstance(v, list) else show_value(v) for v in shown)

    def _widgets(self) -> Iterator[Widget]:
        value, tables = self.value, self.slot.tables
        match self.slot.kind:
            case "one_of":
                yield Picker(tables, value, 0)
                yield from _fields(self.path, picked(tables, value), value)
            case "tables":
                for place, item in enumerate(value):
                    yield Picker(tables, item, place, removable=len(value) > 1)
                    path = f"{self.path}.{place}"
                    yield from _fields(path, picked(tables, item), item)
                yield Button(f"add {self.slot.key}", classes="add", compact=True)
            case "optional":
                yield Checkbox("on", value is not None, compact=True, classes="on")
                if value is not None:
                    yield from _fields(self.path, tables[0], value)
            case _:
                yield from _fields(self.path, picked(tables, value), value)

    async def toggle(self) -> None:
        """Open or close."""
        self.opened = not self.opened
        await self.show(self.value)

    @on(Checkbox.Changed, ".on")
    def _switched(self, event: Checkbox.Changed) -> None:
        event.stop()
        if event.value != (self.value is not None):
            self.post_message(self.Reshaped(self, {} if event.value else None))

    @on(Button.Pressed, ".add")
    def _add(self, event: Button.Pressed) -> None:
        event.stop()
        used = {item["name"] for item in self.value}
        names = [tag(table) for table in self.slot.tables]
        name = next((name for name in names if name not in used), names[0])
        self.post_message(self.Reshaped(self, [*self.value, {"name": name}]))

    def pick(self, place: int, name: str | None) -> None:
        """Another table of the given name at `place`; None removes it."""
        if self.slot.kind == "one_of":
            self.post_message(self.Reshaped(self, _renamed(self.slot.tables, self.value, name)))
            return
        items = list(self.value)
        if name is None:
            del items[place]
        else:
            items[place] = _renamed(self.slot.tables, items[place], name)
        self.post_message(self.Reshaped(self, items))


class Picker(Horizontal):
    """Picks which of several tables one is; in a list of them, also removes it."""

    def __init__(
        self,
        tables: tuple[type[BaseModel], ...],
        value: Mapping[str, Any],
        place: int,
        *,
        removable: bool = False,
    ) -> None:
        super().__init__(classes="picker")
        self._names = [tag(table) for table in tables]
        self._now, self._place, self._removable = value.get("name"), place, removable

    def compose(self) -> ComposeResult:
        yield Label("name", classes="key")
        yield Choice(self._names, str(self._now))
        if self._removable:
            yield Button("x", classes="remove", compact=True, tooltip="remove it")

    @on(Select.Changed)
    def _chose(self, event: Select.Changed) -> None:
        event.stop()
        if event.value != self._now:
            self._now = event.value
            self._section().pick(self._place, str(event.value))

    @on(Button.Pressed)
    def _removed(self, event: Button.Pressed) -> None:
        event.stop()
        self._section().pick(self._place, None)

    def _section(self) -> Section:
        return next(node for node in self.ancestors if isinstance(node, Section))


def _fields(path: str, model: type[BaseModel], value: Mapping[str, Any]) -> Iterator[Field]:
    for slot in slots(model):
        default = slot.default
        yield Field(f"{path}.{slot.key}", slot, value.get(slot.key, default))


def _renamed(
    tables: tuple[type[BaseModel], ...], value: Mapping[str, Any], name: str | None
) -> dict[str, Any]:
    """The table called `name`, with what it has in common with the one that was there."""
    model = picked(tables, {"name": name})
    common = {key: kept for key, kept in value.items() if key in model.model_fields}
    return {**common, "name": name}
