"""Notice: what the terminal itself is told of a run: its title with the per cent done, and the end.

The title is that of the window or tab, so a run can be watched from another one.
"""

from __future__ import annotations

from collections.abc import Callable

from ibtui.text import printable

KEEP_TITLE, GIVE_TITLE_BACK = "\x1b[22;0t", "\x1b[23;0t"


class Notice:
    """Tells through `write`, which sends text to the terminal; each title once."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._title = ""

    def progress(self, name: str, share: float) -> None:
        """The run has done this share (0 to 1) of its epochs."""
        self._entitle(f"{int(100 * share)}% {name}")

    def end(self, name: str, state: str) -> None:
        """The run has ended: title, bell, and a message (OSC 9) where the terminal shows such."""
        said = f"{name} {state}"
        self._entitle(said)
        self._write(f"\x07\x1b]9;ibtui: {printable(said)}\x07")

    def close(self) -> None:
        """Give the terminal the title back that it had."""
        if self._title:
            self._write(GIVE_TITLE_BACK)

    def _entitle(self, title: str) -> None:
        if title == self._title:
            return
        keep = "" if self._title else KEEP_TITLE
        self._title = title
        self._write(f"{keep}\x1b]0;{printable(title)} - ibtui\x07")
