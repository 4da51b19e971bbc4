"""Claims: a pane with what a paper says of its experiment, and what the runs say of that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from ibtui.tui.look.shown import Shown
from ibtui.tui.look.view import Look, View

if TYPE_CHECKING:  # judges load when there is something to judge
    from ibtui.claims import ClaimRow

SOON = "The claims of this run's experiment are being judged."
NONE = "This run's profile is no paper's, or was changed: it has no claims to judge."


class ClaimsPane(VerticalScroll, can_focus=True):
    """Each claim once, below it the runs that judge it, with a word and their numbers."""

    def __init__(self) -> None:
        super().__init__(id="claims", classes="pane")
        self._rows: Sequence[ClaimRow] | None = None
        self._look = Look()
        self._said = Static(NONE)

    def compose(self) -> ComposeResult:
        yield self._said

    def show(self, shown: Shown) -> None:
        if shown.claims is not self._rows:
            self._rows = shown.claims
            self._say()

    def clear(self) -> None:
        """Show no run."""
        self._rows = None
        self._say()

    def restyle(self, view: View, look: Look) -> None:
        if look != self._look:
            self._look = look
            self._say()

    def _say(self) -> None:
        if self._rows:
            self._said.update(worded(self._rows, self._look))
        else:
            self._said.update(NONE if self._rows is None else SOON)


def worded(rows: Sequence[ClaimRow], look: Look) -> Text:
    """The claims and their judgements, one below the other."""
    palette = look.palette
    styles = {"confirmed": palette.good, "contradicted": palette.bad, "undecided": palette.frame}
    text, before = Text(), None
    for row in rows:
        if row.claim is not before:
            text.append("\n" if before is not None else "")
            text.append(f"{row.claim.where}: ", palette.strong)
            text.append(f"{row.claim.text}\n")
        word = row.judgement.word
        text.append(f"  {word}", styles[word])
        case = ", ".join(f"{ref.run} {ref.series}" for ref in row.case)
        text.append(f"  {case}: ", palette.frame)
        text.append(f"{row.judgement.numbers}\n")
        before = row.claim
    return text
