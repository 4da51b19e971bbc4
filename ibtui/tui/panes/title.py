"""Title: the row above a plane: its axis, what it shows, and how, in the words that fit."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from textual.strip import Strip

from ibtui.tui.draw.names import DROPPED, shortened
from ibtui.tui.look.view import Look


def fitted(
    axis: str,
    unit: str,
    name: str,
    notes: Sequence[str],
    names: Sequence[str],
    width: int,
    dropped: str,
) -> tuple[str, str, str]:
    """Axis, name and note of a title of `width` columns, in the longest words that fit.

    The axis loses its unit first, then the note is its brief one (the second of `notes`), then the
    name is shortened, as tells it from the other `names`.
    """
    room = 0
    for head, note in ((f"{axis} {unit}", notes[0]), (axis, notes[0]), (axis, notes[1])):
        room = width - len(head) - len(note) - 5  # " head  name note "
        if len(name) <= room:
            return head, name, note
    return axis, shortened([name, *names], max(room, 1), dropped)[0], notes[1]


def title_row(
    axis: str,
    unit: str,
    name: str,
    notes: Sequence[str],
    names: Sequence[str],
    hints: Sequence[str],
    width: int,
    look: Look,
) -> Strip:
    """The row of `fitted` words; of `hints`, longest first, the first that there is room for."""
    axis, name, note = fitted(axis, unit, name, notes, names, width, DROPPED[look.markers])
    gap = max(width - len(axis) - len(name) - len(note) - 4, 1)
    hint = next((hint for hint in hints if len(hint) < gap), "")
    parts = [
        Segment(f" {axis}  ", look.palette.frame),
        Segment(name, look.palette.strong),
        Segment(" " * (gap - len(hint))),
        Segment(note, look.palette.frame),
        Segment(f"{hint} ", look.palette.strong),
    ]
    return Strip(parts).adjust_cell_length(width)
