"""Choice: a compact Select that may be removed, or given a value, before it is composed."""

from __future__ import annotations

from collections.abc import Sequence

from textual.events import Mount
from textual.widgets import Select
from textual.widgets._select import NoSelection, SelectCurrent, SelectOverlay


class Choice(Select[str]):
    """One of `words`, or `value` where that is none of them.

    Textual composes no children into a widget that is being removed, and mounts it all the same;
    a Select then looks for its children in vain, and the error ends the app. A form that is
    filled anew, and an app that is left, while fields still come in, remove such widgets.
    """

    def __init__(self, words: Sequence[str], value: str) -> None:
        words = words if value in words else (*words, value)
        options = [(word, word) for word in words]
        super().__init__(options, value=value, allow_blank=False, compact=True)

    def on_mount(self, event: Mount) -> None:
        if not self.query(SelectOverlay):
            event.prevent_default()

    def _watch_value(self, value: str | NoSelection) -> None:
        if self.query(f"{SelectCurrent.__name__} #label"):
            super()._watch_value(value)
        else:
            # Mounting sets the value kept in `_value`, as a change that is shown and told.
            self._value = value
            self.set_reactive(Choice.value, self.NULL)
