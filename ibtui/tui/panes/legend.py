"""Legend: which letter and colour is which run, in one row."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from ibtui.tui.draw.names import DROPPED, shortened
from ibtui.tui.look.many import Laid
from ibtui.tui.look.view import Look

AROUND = 4  # columns: " a " before a name, and a space behind it


def legend(runs: Sequence[Laid], width: int, look: Look) -> Strip:
    """Letters and names, these as long as the row allows, what tells them apart last of all."""
    room = max((width - 1) // max(len(runs), 1) - AROUND, 0)
    names = [run.name for run in runs]
    short = shortened(names, room, DROPPED[look.markers]) if room > 2 else [""] * len(runs)
    segments = []
    for run, name in zip(runs, short, strict=True):
        colour = look.palette.run(run.slot or 0)
        bold = Style(bold=True, reverse=run.pinned)
        segments += [Segment(" "), Segment(run.letter, colour + bold)]
        segments.append(Segment(f" {set_cell_size(name, min(room, len(name)))} ", colour))
    return Strip(segments).adjust_cell_length(width)
