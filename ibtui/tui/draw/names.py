"""Names of series in few columns: shortened in the middle, so that what differs can be read."""

from __future__ import annotations

from collections.abc import Sequence

from ibtui.tui.draw.raster import Markers

DROPPED: dict[Markers, str] = {"braille": "…", "block": "…", "ascii": "~"}


def shortened(names: Sequence[str], width: int, dropped: str) -> list[str]:
    """Each name in at most `width` characters; of a longer one start and end, joined by `dropped`.

    A name is cut in its middle, or as near to it as tells it from all others: two that are cut at
    different places differ in where `dropped` is.
    """
    middle = (width - 1) / 2
    starts = sorted(range(width), key=lambda start: abs(start - middle))

    def cut(name: str, start: int) -> str:
        end = len(name) - (width - 1 - start)
        return name if len(name) <= width else f"{name[:start]}{dropped}{name[end:]}"

    def alone(name: str, start: int) -> bool:
        return all(cut(name, start) != cut(other, start) for other in names if other != name)

    return [
        cut(name, next((start for start in starts if alone(name, start)), starts[0]))
        for name in names
    ]
