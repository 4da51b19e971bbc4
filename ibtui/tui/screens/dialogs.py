"""Dialogs: a question, a line of text, a choice from a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, OptionList
from textual.widgets.option_list import Option

HOLDS_SECONDS = 0.2  # between looks whether a question still holds


class Ask(ModalScreen[str]):
    """A question with answers (key, text); dismissed with the key, escape gives the last one.

    A question that no longer `holds` answers itself, with the last one too.
    """

    def __init__(
        self,
        question: str,
        answers: Sequence[tuple[str, str]],
        holds: Callable[[], bool] | None = None,
    ) -> None:
        super().__init__()
        self._question, self._answers, self._holds = question, answers, holds

    def on_mount(self) -> None:
        if self._holds is not None:
            self.set_interval(HOLDS_SECONDS, self._close_when_settled)

    def _close_when_settled(self) -> None:
        if self._holds is not None and not self._holds() and self.is_current:
            self.dismiss(self._answers[-1][0])

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(self._question, markup=False)
            with Horizontal(classes="answers"):
                for key, text in self._answers:
                    yield Button(f"{text} ({key})", id=f"answer-{key}", compact=True)

    def on_key(self, event: events.Key) -> None:
        keys = [key for key, _ in self._answers]
        answer = keys[-1] if event.key == "escape" else event.key
        if answer in keys:
            # Or the screen below would take the key as well.
            event.stop()
            event.prevent_default()
            self.dismiss(answer)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss((event.button.id or "").removeprefix("answer-"))


class Prompt(ModalScreen[str | None]):
    """A line of text; escape gives None, and so does no text unless it `may_be_empty`."""

    BINDINGS: ClassVar = [("escape", "dismiss(None)", "cancel")]

    def __init__(self, question: str, text: str = "", *, may_be_empty: bool = False) -> None:
        super().__init__()
        self._question, self._text, self._may_be_empty = question, text, may_be_empty

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(self._question, markup=False)
            yield Input(self._text, compact=True)
            yield Label("enter: do it   escape: leave it", classes="hint")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        self.dismiss(text if text or self._may_be_empty else None)


class Pick(ModalScreen[str | None]):
    """One of several (id, text); escape gives None."""

    BINDINGS: ClassVar = [("escape", "dismiss(None)", "cancel")]

    def __init__(self, question: str, options: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._question, self._options = question, options

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(self._question, markup=False)
            yield OptionList(*(Option(text, id=key) for key, text in self._options), markup=False)
            yield Label("enter: take it   escape: leave it", classes="hint")

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)
