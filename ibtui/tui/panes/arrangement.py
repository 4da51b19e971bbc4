"""Arrangement: which panes are on a screen of some size, as classes for the style sheet."""

from __future__ import annotations

from dataclasses import dataclass

WIDE_ENOUGH = 100  # columns from which several panes fit beside each other
WIDEST = 160  # columns from which all of them do
TALL_ENOUGH = 32  # rows from which a pane fits below the planes
LOWER = ("curves", "table", "log", "claims")


@dataclass
class Arrangement:
    """The pane one is at, the one below the planes, and what covers or hides others."""

    current: str = "planes"
    lower: str = "table"
    maximised: bool = False
    setup_hidden: bool = False
    claimed: bool = False  # whether the run has claims to show

    def single(self, width: int) -> bool:
        """Whether one pane takes the screen."""
        return self.maximised or width < WIDE_ENOUGH

    def classes(self, width: int, height: int) -> set[str]:
        """What the style sheet goes by."""
        single = self.single(width)
        found = {f"at-{self.current}", f"lower-{self.lower}"}
        found |= {"single"} if single else {"wide"} if width >= WIDEST else set()
        found |= {"low"} if not single and height < TALL_ENOUGH else set()
        found |= {"claimed"} if self.claimed else set()
        return found | ({"no-setup"} if self.setup_hidden else set())

    def pick(self, pane: str, width: int) -> None:
        """Go to a pane; beside others the setup comes and goes."""
        if pane == "setup" and not self.single(width):
            self.setup_hidden = not self.setup_hidden
        else:
            self.current = pane
        if pane in LOWER:
            self.lower = pane

    def show_setup(self, width: int) -> None:
        """Show the setup, wherever it fits."""
        self.setup_hidden = False
        if self.single(width):
            self.current = "setup"
