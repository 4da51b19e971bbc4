"""Private parts of Textual and plotext that the app reaches into, each with the reason why.

Nothing else in the app does: where another version of either breaks something, it is here.
"""

from __future__ import annotations

import codecs
import sys
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from plotext._figure import _figure_class
from textual.app import App
from textual.events import Mount
from textual.filter import LineFilter
from textual.widgets import Select
from textual.widgets._select import NoSelection, SelectCurrent, SelectOverlay

UNCOLOURED = "default"  # plotext's word for a cell without a colour


class Figure(_figure_class):
    """A plotext figure of its own: plotext's public functions all draw on one global figure."""

    def begin(self, width: int, height: int) -> None:
        """Empty the figure. Its size is set directly: `plot_size` clamps to the terminal's."""
        self.monitor.data_init()
        self.monitor.axes_init()
        self.clear_color()
        self._set_size(width, height)

    def cells(self) -> Iterable[tuple[Iterable[str], Iterable[Any]]]:
        """The characters and colours of each row: `build` gives text with escape codes alone."""
        self._set_sizes()
        self._build_matrix()
        matrix = self.monitor.matrix
        return zip(reversed(matrix.marker), reversed(matrix.fullground), strict=True)


class HastySelect(Select[str]):
    """A Select that may be removed, or given a value, before it is composed.

    Textual composes no children into a widget that is being removed, and mounts it all the same;
    a Select then looks for its children in vain, and the error ends the app. A form that is
    filled anew, and an app that is left, while fields still come in, remove such widgets.
    """

    def on_mount(self, event: Mount) -> None:
        if not self.query(SelectOverlay):
            event.prevent_default()

    def _watch_value(self, value: str | NoSelection) -> None:
        if self.query(f"{SelectCurrent.__name__} #label"):
            super()._watch_value(value)
        else:
            # Mounting sets the value kept in `_value`, as a change that is shown and told.
            self._value = value
            self.set_reactive(HastySelect.value, self.NULL)


def forgive_input() -> None:
    """Let a byte that is no UTF-8, from a bad line or terminal, come in as U+FFFD.

    Textual decodes what is typed strictly, in a thread whose end is the end of the app.
    """
    if sys.platform == "win32":
        return
    from textual.drivers import linux_driver

    def forgiving(encoding: str) -> Callable[[], codecs.IncrementalDecoder]:
        return partial(codecs.getincrementaldecoder(encoding), errors="replace")

    setattr(linux_driver, "getincrementaldecoder", forgiving)  # noqa: B010  # it is no export


def add_filter(app: App[Any], line_filter: LineFilter) -> None:
    """Pass all that the app draws through a filter; Textual adds only filters of its own."""
    app._filters.append(line_filter)


def write_raw(app: App[Any], text: str) -> None:
    """Send a sequence that Textual has no word for to the terminal, between two frames."""
    if app._driver is not None:
        app._driver.write(text)
