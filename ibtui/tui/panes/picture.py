"""Picture of a run: what the panes of one run have in common."""

from __future__ import annotations

from textual.strip import Strip

from ibtui.tui.draw.rows import Picture
from ibtui.tui.look.shown import Shown
from ibtui.tui.look.view import Look, View


class RunPicture(Picture):
    """A picture of one run, in the present view and look."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.shown: Shown | None = None
        self.view, self._look = View(), Look()

    def show(self, shown: Shown) -> None:
        self.shown = shown
        self.redraw()

    def clear(self) -> None:
        """Show no run."""
        self.shown = None
        self.paint([Strip.blank(self.size.width)] * self.size.height)

    def restyle(self, view: View, look: Look) -> None:
        self.view, self._look = view, look
        self.redraw()

    def redraw(self) -> None:
        if self.size and self.shown is not None:
            self.paint(self.draw(self.shown, self.view, self._look))

    def draw(self, shown: Shown, view: View, look: Look) -> list[Strip]:
        """Rows that fill the widget."""
        raise NotImplementedError
