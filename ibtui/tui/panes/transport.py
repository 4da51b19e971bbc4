"""Transport: the row under the planes, colour bar and position in one."""

from __future__ import annotations

import numpy as np
from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.strip import Strip

from ibtui.tui.draw.bands import Span, band_of, epoch_at, fraction
from ibtui.tui.draw.raster import cell_at
from ibtui.tui.draw.rows import Picture
from ibtui.tui.feeds.playback import Playback
from ibtui.tui.look.shown import Shown
from ibtui.tui.look.view import Look, View


class Words(Picture):
    """A few words in one row."""

    def __init__(self, *, strong: bool = False) -> None:
        super().__init__()
        self._strong, self._text, self._look = strong, "", Look()

    def say(self, text: str) -> None:
        if len(text) != len(self._text):
            self.styles.width = len(text)
        self._text = text
        self.redraw()

    def restyle(self, look: Look) -> None:
        self._look = look
        self.redraw()

    def redraw(self) -> None:
        palette, width = self._look.palette, self.size.width
        style = palette.strong if self._strong else palette.frame
        self.paint([Strip([Segment(self._text, style)]).adjust_cell_length(width, style)])


class Bar(Picture):
    """The planned epochs in their colours, bright as far as there are frames; a click seeks."""

    def __init__(self) -> None:
        super().__init__(id="bar")
        self._view, self._look = View(), Look()
        self._span, self._epoch, self._newest = Span(0, 1), None, None

    def show(self, span: Span, epoch: int | None, newest: int | None) -> None:
        self._span, self._epoch, self._newest = span, epoch, newest
        self.redraw()

    def restyle(self, view: View, look: Look) -> None:
        self._view, self._look = view, look
        self.redraw()

    def redraw(self) -> None:
        width, palette, log = self.size.width, self._look.palette, self._view.log
        if width < 1:
            return
        cursor, done, rest = "|=-" if self._look.markers == "ascii" else "█━─"
        places = [epoch_at((i + 0.5) / width, self._span, log=log) for i in range(width)]
        bands = band_of(np.array(places), self._span, len(palette.bands), log=log)
        here, newest = self._cell(self._epoch), self._cell(self._newest)
        segments = [
            Segment(cursor, palette.strong)
            if i == here
            else Segment(done, palette.bands[band])
            if i <= newest
            else Segment(rest, palette.faint)
            for i, band in enumerate(bands)
        ]
        self.paint([Strip(Segment.simplify(segments))])

    def _cell(self, epoch: int | None) -> int:
        if epoch is None:
            return -1
        share = float(fraction(epoch, self._span, log=self._view.log))
        return cell_at(min(share, 1.0), self.size.width)

    def on_click(self, event: events.Click) -> None:
        share = (event.x + 0.5) / max(self.size.width, 1)
        epoch = epoch_at(min(share, 1.0), self._span, log=self._view.log)
        self.post_message(Transport.Sought(epoch))


class Transport(Horizontal):
    """What it does, the bar, and the epoch: three pictures, of which most frames change one."""

    class Sought(Message):
        """An epoch was clicked."""

        def __init__(self, epoch: int) -> None:
            super().__init__()
            self.epoch = epoch

    def __init__(self) -> None:
        super().__init__(id="transport")
        self._view = View()
        self._state, self._bar, self._place = Words(), Bar(), Words(strong=True)

    def compose(self) -> ComposeResult:
        yield self._state
        yield self._bar
        yield self._place

    def show(self, shown: Shown, playback: Playback) -> None:
        """Show where the cursor stands, and how far there are frames."""
        span, epoch = shown.cursor.span, shown.epoch
        speed = f"{playback.speed:g}x"
        doing = "newest" if playback.follow else f"{'play' if playback.playing else 'hold'} {speed}"
        here = "-" if epoch is None else str(epoch)
        scale = " log" if self._view.log else ""
        self._state.say(f" {doing:<10} {span.first} ")
        self._place.say(f" {span.last}{scale}  epoch {here:>{len(str(span.last))}} ")
        self._bar.show(span, epoch, shown.newest)

    def clear(self) -> None:
        """Show no run."""
        self._state.say("")
        self._place.say("")
        self._bar.show(Span(0, 1), None, None)

    def restyle(self, view: View, look: Look) -> None:
        self._view = view
        self._state.restyle(look)
        self._place.restyle(look)
        self._bar.restyle(view, look)
