"""Help: all keys, made from the bindings as they are at present, remapped ones included."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.keys import format_key
from textual.screen import ModalScreen
from textual.widgets import Static

from ibtui.tui.keys import Keys
from ibtui.tui.settings import Settings, settings_file

WORDS = (
    "A plane shows I(X;T), how much each layer T knows of the input, against I(T;Y), how much it "
    "knows of the label. A path is one layer; its colour is the epoch, its digit the layer. "
    "Replicates are numbered from 0, here as in all files. "
    "The dotted line is the limit of the data: min(I(X;T), H(Y)), or the curve up to I(X;Y) where "
    "equal inputs have different labels; of data whose source is noisy, a lower one is "
    "the limit of that source. In the table, `sat` says that I(X;T) has reached H(X), `>H` that "
    "I(X;T) is above H(X) or I(T;Y) above its ceiling, and `DPI` that a layer seems to know more "
    "than the one before it; true information can do neither of these two. "
    "H(out|T), of a series that discretizes, is what its states leave open of "
    "the network's own output: 0 where they are fine enough."
)


def help_text(keys: Keys, keymap: dict[str, str]) -> Text:
    """All bindings by group, under the keys that `keymap` (id: keys) gives them."""
    text = Text()
    for group, bindings in keys.items():
        text.append(f"{group}\n", style="bold")
        for binding in bindings:
            pressed = keymap.get(binding.id or "", binding.key)
            text.append(f"  {shown_keys(pressed):<14}", style="bold")
            text.append(f" {description_of(binding)}\n")
        text.append("\n")
    text.append("Mouse\n", style="bold")
    text.append("  wheel          zoom about the pointer; drag moves the view\n")
    text.append("  click          on the colour bar or a curve: go to that epoch\n\n")
    text.append(f"Settings, in {settings_file()}\n", style="bold")
    for name, field in Settings.model_fields.items():
        text.append(f"  {name:<18}", style="bold")
        text.append(f"{field.description}\n")
    text.append("\n")
    text.append(WORDS)
    return text


def shown_keys(keys: str) -> str:
    """`plus,equals_sign` as `+ =`."""
    return " ".join(format_key(key.strip()) for key in keys.split(","))


def description_of(binding: Binding) -> str:
    return binding.tooltip or binding.description


class Help(ModalScreen[None]):
    """The keys, and what the picture means."""

    BINDINGS: ClassVar = [
        ("escape", "dismiss", "close"),
        ("q", "dismiss", "close"),
        ("question_mark", "dismiss", "close"),
    ]

    def __init__(self, keys: Keys, keymap: dict[str, str]) -> None:
        super().__init__()
        self._keys, self._keymap = keys, keymap

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog help") as scroll:
            scroll.border_title = "keys (escape closes)"
            yield Static(help_text(self._keys, self._keymap))
