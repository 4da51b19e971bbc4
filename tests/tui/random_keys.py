"""Random keys: what a cat does: keys, pasted text, and a terminal that is resized."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator

from textual import events
from textual.pilot import Pilot

from ibtui.tui.keys import GROUPS

NAMED = ("enter", "escape", "tab", "shift+tab", "backspace", "delete", "home", "end", "pagedown")
NAMED += ("up", "down", "left", "right", "ctrl+p", "ctrl+z", "ctrl+q", "ctrl+c", "ctrl+u", "ctrl+k")
PASTED = ("1e12", "\x1b[31m", "quickstart", "[[estimator]]", "0" * 400, "\u202etxet\n", "é")
SIZES = ((80, 24), (120, 40), (200, 60), (20, 5), (1, 1), (100, 32), (160, 10))
CHUNK = 12  # keys between two looks at the app


def some_keys(rng: random.Random, count: int) -> Iterator[str]:
    """Half of them do something in the laboratory; the others are typed."""
    bound = [key for group in GROUPS.values() for one in group for key in one.key.split(",")]
    bound = [key for key in bound if key != "ctrl+z"]  # nobody could bring it back
    for _ in range(count):
        match rng.randrange(4):
            case 0:
                yield rng.choice(string.ascii_letters + string.digits + ",.-_/ ")
            case 1:
                yield rng.choice([name for name in NAMED if name != "ctrl+z"])
            case _:
                yield rng.choice(bound)


async def press_at_random(pilot: Pilot, count: int, seed: int) -> None:
    """Press `count` keys; now and then paste, or resize the terminal."""
    rng, app = random.Random(seed), pilot.app
    keys = list(some_keys(rng, count))
    for start in range(0, count, CHUNK):
        await app._press_keys(keys[start : start + CHUNK])
        match rng.randrange(8):
            case 0:
                app.post_message(events.Paste(rng.choice(PASTED)))
            case 1:
                await pilot.resize_terminal(*rng.choice(SIZES))
        await pilot.pause(0)
        assert app.is_running
