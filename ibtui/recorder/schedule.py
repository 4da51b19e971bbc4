"""Schedule: at which epochs a recorder measures, with or without an end in sight."""

from __future__ import annotations

import numpy as np

from ibtui.errors import UsageError
from ibtui.options import MOST_EPOCHS
from ibtui.profile import Measure
from ibtui.profile.schedule import log_spaced

MOST = {"every": MOST_EPOCHS, "log": 10**6}
UNTIL = 10_000  # epochs that logarithmic points are meant for where nobody says how many there are


def parse(words: str) -> Measure:
    """`every:5`, `log:200` or `all`. Raises `UsageError`."""
    name, _, number = words.partition(":")
    if name == "all" and not number:
        return Measure(every=1)
    least = {"every": 1, "log": 2}.get(name, 0)
    digits = number.isdecimal() and len(number) <= 10
    if not least or not digits or not least <= int(number) <= MOST[name]:
        raise UsageError(f"schedule: {words!r} is not known (every:5, log:200, all)")
    if name == "log":
        return Measure(schedule="log", points=int(number))
    return Measure(every=int(number))


class Schedule:
    """`due(epoch)` says whether an epoch is measured.

    The first epoch asked for is, and the last of `epochs`. Logarithmic points without an end are
    spaced as those of 10,000 epochs, and go on at that pace beyond.
    """

    def __init__(self, measure: Measure, epochs: int | None) -> None:
        self.measure, self.epochs = measure, epochs
        self._begun = False
        logarithmic = measure.schedule == "log"
        self._points = log_spaced(epochs or UNTIL, measure.points if logarithmic else 2)

    def is_last(self, epoch: int) -> bool:
        """Whether it is the last one, of epochs counted from 1, or from 0."""
        return self.epochs is not None and epoch >= self.epochs - 1

    def due(self, epoch: int) -> bool:
        """Whether this epoch is measured."""
        first, self._begun = not self._begun, True
        if first or self.is_last(epoch):
            return True
        if self.measure.schedule == "linear":
            return epoch % self.measure.every == 0
        while self.epochs is None and epoch > self._points[-1]:
            ratio = UNTIL ** (1 / (self.measure.points - 1))
            further = max(self._points[-1] + 1, round(self._points[-1] * ratio))
            self._points = np.append(self._points, further)
        at = int(np.searchsorted(self._points, epoch))
        return at < len(self._points) and int(self._points[at]) == epoch
