"""Commands: what the palette offers besides the app's own: looks, and all that keys do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Protocol, get_args

from textual.app import SystemCommand
from textual.screen import Screen

from ibtui.tui.draw.palette import Ramp
from ibtui.tui.draw.raster import Markers
from ibtui.tui.keys import Keys
from ibtui.tui.screens.help import description_of, shown_keys

SAFE = ("viridis", "cividis", "grey")  # for eyes that confuse red with green


class Choose(Protocol):
    """Shows everything in another look."""

    def __call__(self, *, markers: Markers | None = None, ramp: Ramp | None = None) -> None: ...


def of_looks(choose: Choose) -> Iterator[SystemCommand]:
    """The ramps and the markers."""
    for ramp in get_args(Ramp):
        about = "colour-blind safe" if ramp in SAFE else "vivid"
        yield SystemCommand(f"Epoch colours: {ramp}", about, partial(choose, ramp=ramp))
    for markers in get_args(Markers):
        yield SystemCommand(
            f"Markers: {markers}", "How paths are drawn", partial(choose, markers=markers)
        )


def of_keys(screen: Screen, groups: Keys, settings: Mapping[str, str]) -> Iterator[SystemCommand]:
    """What the keys of a screen do; `settings` has other keys for some of them."""
    for group, bindings in groups.items():
        for binding in bindings:
            keys = settings.get(binding.id or "", binding.key)
            yield SystemCommand(
                f"{group}: {description_of(binding)}",
                f"key {shown_keys(keys)}",
                partial(screen.run_action, binding.action),
            )
