"""Table: a widget with one row a layer: information now, how it got there, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.strip import Strip

from ibtui.analysis.violations import above_entropy, dpi_violations, saturated
from ibtui.recording import Floats, Recording
from ibtui.report.words import number
from ibtui.tui.draw.bands import fraction
from ibtui.tui.draw.labels import digit
from ibtui.tui.draw.names import DROPPED, shortened
from ibtui.tui.draw.raster import Markers, cell_at
from ibtui.tui.look.averages import Averages, PerReplicate
from ibtui.tui.look.claimed import counted
from ibtui.tui.look.judged import brief
from ibtui.tui.look.shown import Shown
from ibtui.tui.look.tracks import chosen_replicate
from ibtui.tui.look.view import NATS_PER_BIT, Cursor, Look, View
from ibtui.tui.panes.crosshair import Kept, Lit
from ibtui.tui.panes.picture import RunPicture

SPARKS: dict[Markers, str] = {
    "braille": "▁▂▃▄▅▆▇█",
    "block": "▁▂▃▄▅▆▇█",
    "ascii": "_.-=+*%#",
}
FIXED = 60  # columns of everything but the sparklines
CAPACITY = 9  # columns of a layer's capacity, where there is room beside the sparklines
LOST = 9  # columns of H(out|T), for series that have it
NAME = 11  # columns of a series' name that are there in any case: above name and units of a layer
NARROWEST_SPARKS = 8


@dataclass(frozen=True)
class LayerRow:
    """A layer at the cursor, in bits; `saturated`, `above`, `broken` are shares of the replicates.

    `above` and `broken` are impossible: I(X;T) above H(X), or I(T;Y) above H(Y) or I(X;Y); and a
    layer that knows more of X or Y than the one before it, against the data processing inequality.
    """

    name: str
    units: int
    i_xt_bits: float
    i_xt_deviation: float
    since_maximum: float
    i_ty_bits: float
    i_ty_deviation: float
    output_loss_bits: float  # H(output | T discretized), NaN where nothing is discretized
    saturated: float
    above: float
    broken: float
    share: Floats  # of the planned epochs, of each point of the paths
    i_xt_path: Floats
    i_ty_path: Floats


def rows_of(
    recording: Recording, cursor: Cursor, averages: Averages, series: int, view: View
) -> list[LayerRow]:
    """The rows at the last frame up to the cursor in which the series was measured."""
    stop = min(cursor.at + 1, len(recording))
    xt = averages.of(recording, "i_xt_bits", series)
    ty = averages.of(recording, "i_ty_bits", series)
    lost = averages.of(recording, "output_loss_bits", series).mean[:stop]
    x, y, xd, yd = xt.mean[:stop], ty.mean[:stop], xt.deviation[:stop], ty.deviation[:stop]
    replicate = chosen_replicate(recording, averages, series, view)
    if replicate is not None:
        x = recording.i_xt_bits[:stop, series, replicate]
        y = recording.i_ty_bits[:stop, series, replicate]
        lost = recording.output_loss_bits[:stop, series, replicate]
        xd, yd = np.full_like(x, np.nan), np.full_like(y, np.nan)
    measured = np.flatnonzero(~np.isnan(x).all(axis=1))
    if not len(measured):
        return []
    at = int(measured[-1])
    frame = recording.take(slice(at, at + 1))
    full, broken = saturated(frame, series)[0], dpi_violations(frame, series)[0]
    above = above_entropy(frame, series)
    alive = ~np.isnan(recording.i_xt_bits[at, series]).all(axis=1)
    count = max(int(alive.sum()), 1)
    share = fraction(recording.epoch[measured], cursor.span, log=view.log)
    highest = np.nanmax(x[measured], axis=0)
    return [
        LayerRow(
            name=name,
            units=recording.header.units[i],
            i_xt_bits=float(x[at, i]),
            i_xt_deviation=float(xd[at, i]),
            since_maximum=float(x[at, i] - highest[i]),
            i_ty_bits=float(y[at, i]),
            i_ty_deviation=float(yd[at, i]),
            output_loss_bits=float(lost[at, i]),
            saturated=float(full[:, i].sum() / count),
            above=float((above.i_xt | above.i_ty)[0, :, i].sum() / count),
            broken=float(broken[:, i - 1].sum() / count) if i else 0.0,
            share=share,
            i_xt_path=x[measured, i],
            i_ty_path=y[measured, i],
        )
        for i, name in enumerate(recording.header.layers)
    ]


def sparkline(share: Floats, values: Floats, width: int, top: float, markers: Markers) -> str:
    """`values`, each at its `share` (0 to 1) of `width` characters, from least to greatest.

    A character shows the last value before its end, so what is drawn stays as it is while a run
    goes on. What moves by less than a twentieth of `top`, the most it could be, moves little.
    """
    known = np.isfinite(values)
    share, values = share[known], values[known]
    if width < 1 or not len(values):
        return ""
    ends = np.arange(1, cell_at(float(min(share[-1], 1.0)), width) + 2) / width
    low, reach, glyphs = values.min(), np.ptp(values), SPARKS[markers]
    values = values[np.maximum(np.searchsorted(share, ends, side="right") - 1, 0)]
    height = (values - low) / (max(reach, top / 20) or 1.0)
    steps = np.clip((height * len(glyphs)).astype(np.int64), 0, len(glyphs) - 1)
    return "".join(glyphs[step] for step in steps)


def marks(row: LayerRow) -> list[tuple[str, bool]]:
    """What there is to say against a row's numbers, and whether it shows them to be impossible.

    There is room for two: where one replicate is above H(X), that others reach it says little.
    """
    found = [(">H", row.above, True), ("sat", 0.0 if row.above else row.saturated, False)]
    found.append(("DPI", row.broken, True))
    return [(mark + _share(share), impossible) for mark, share, impossible in found if share]


def name_width(series: Sequence[str], spare: int) -> int:
    """The columns that names of series take, NAME and some of `spare` ones.

    They leave the sparklines what those need at least; where that is not there, they take all.
    """
    least = 2 * (NARROWEST_SPARKS + 1)
    room = spare - least if spare >= least else max(spare, 0)
    return NAME + min(max(max(map(len, series)) - NAME, 0), room)


class LayerTable(RunPicture):
    """The layers of one series at the cursor."""

    def __init__(self) -> None:
        super().__init__(id="table", classes="pane")

    def show(self, shown: Shown) -> None:
        known = self.shown and _lines_of(self.shown)
        super().show(shown)
        if known != _lines_of(shown):
            self.refresh(layout=True)

    def draw(self, shown: Shown, view: View, look: Look) -> list[Strip]:
        width, height = self.size
        recording, series = shown.recording, shown.series(view.series)
        rows = rows_of(recording, shown.cursor, shown.averages, series, view)
        header = recording.header
        tops = (header.input_bits, header.label_bits)
        lost = 0 if all(np.isnan(row.output_loss_bits) for row in rows) else LOST
        name = name_width(header.series, width - FIXED - lost)
        spare = width - FIXED - lost - (name - NAME)
        known = any(np.isfinite(bits) for bits in shown.capacities_bits)
        extra = CAPACITY if known and spare - CAPACITY >= 2 * (NARROWEST_SPARKS + 1) else 0
        sparks = max((spare - extra) // 2 - 1, 0)
        capacities = shown.capacities_bits if extra else ()
        title = shortened(header.series, name, DROPPED[look.markers])[series]
        over = f"{'capacity':>{CAPACITY}}" if extra else ""
        strips = [self._head(f"{title:<{name}}{over}", sparks, lost)]
        strips += [
            self._row(i, row, name, sparks, lost, view.factor, tops, capacities)
            for i, row in enumerate(rows)
        ]
        strips += self._below(shown, chosen_replicate(recording, shown.averages, series, view))
        strips = [strip.adjust_cell_length(width) for strip in strips[:height]]
        return strips + [Strip.blank(width)] * (height - len(strips))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self.post_message(Lit(self._layer_at(event)))

    def on_leave(self) -> None:
        self.post_message(Lit(None))

    def on_click(self, event: events.Click) -> None:
        layer = self._layer_at(event)
        if layer is not None:
            self.post_message(Kept(layer))

    def _layer_at(self, event: events.MouseEvent) -> int | None:
        """The layer whose numbers, or whose verdict, the mouse is on."""
        place = event.get_content_offset(self)
        if self.shown is None or place is None:
            return None
        row = place.y
        layers = len(self.shown.recording.header.layers)
        if 1 <= row <= layers:
            return row - 1
        verdict = row - layers - 2
        return verdict if 0 <= verdict < len(self.shown.verdicts) else None

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        if self.shown is None:
            return 1
        layers = len(self.shown.recording.header.layers)
        return 2 + layers + (layers if self.shown.verdicts else 0) + bool(self.shown.claims)

    def _below(self, shown: Shown, replicate: int | None) -> Iterator[Strip]:
        """Accuracy and loss at the cursor, and what the series says of each layer."""
        palette = self._look.palette
        if shown.epoch is not None:
            yield Strip([Segment(f" {quality(shown, replicate, self.view)}", palette.strong)])
        for i, verdict in enumerate(shown.verdicts):
            colour = palette.layer(i) + Style(bold=True)
            yield Strip(
                [Segment(f" {digit(i)} ", colour), Segment(brief(verdict, self.size.width - 4))]
            )
        if shown.claims:
            words = f" claims: {counted(shown.claims)} (6 shows them)"
            yield Strip([Segment(words, palette.strong)])

    def _head(self, title: str, sparks: int, lost: int) -> Strip:
        unit = self.view.unit
        over = f"{'I(X;T)':>7} {unit}{'vs max':>7}{'I(T;Y)':>9} {unit} "
        over += f"{'H(out|T)':>{lost - 1}} " if lost else ""
        curves = f"{'I(X;T)':{sparks}} {'I(T;Y)':{sparks}}" if sparks >= NARROWEST_SPARKS else ""
        return Strip([Segment(f" {title}{over}{curves}", self._look.palette.strong)])

    def _row(
        self,
        i: int,
        row: LayerRow,
        name: int,
        sparks: int,
        lost: int,
        factor: float,
        tops: tuple[float, float],
        capacities: Sequence[float],
    ) -> Strip:
        palette, markers = self._look.palette, self._look.markers
        colour = palette.layer(i)
        lit = palette.strong if self.view.bright == i else None
        plus = "±" if markers != "ascii" else "~"
        segments = [
            Segment(f" {digit(i)}", colour + Style(bold=True)),
            Segment(f" {row.name:<3}{row.units:>5}{'':{name - NAME}}", lit),
            *([Segment(f"{capacities[i] * factor:>{CAPACITY}.4g}")] if capacities else []),
            Segment(f"{number(row.i_xt_bits * factor, 2):>7}"),
            Segment(f"{plus}{number(row.i_xt_deviation * factor, 2):<5}", palette.frame),
            Segment(f"{number(row.since_maximum * factor, 2):>7}"),
            Segment(f"{number(row.i_ty_bits * factor, 3):>8}"),
            Segment(f"{plus}{number(row.i_ty_deviation * factor, 3):<5} ", palette.frame),
        ]
        if lost:
            segments.append(Segment(f"{number(row.output_loss_bits * factor, 2):>{lost - 1}} "))
        if sparks >= NARROWEST_SPARKS:
            for path, top in ((row.i_xt_path, tops[0]), (row.i_ty_path, tops[1])):
                line = sparkline(row.share, path, sparks, top, markers)
                segments.append(Segment(f"{line:{sparks}} ", colour))
        styles = palette.frame, palette.bad
        segments += [Segment(f"{mark} ", styles[impossible]) for mark, impossible in marks(row)]
        return Strip(segments)


def _lines_of(shown: Shown) -> tuple[int, int, bool]:
    """What the height of the table depends on."""
    return len(shown.recording.header.layers), len(shown.verdicts), bool(shown.claims)


def quality(shown: Shown, replicate: int | None, view: View) -> str:
    """`accuracy 0.985 train 0.979 test   loss 0.052 train 0.061 test bits`, at the cursor."""
    recording, at = shown.recording, shown.cursor.at

    def value(quantity: PerReplicate, scale: float = 1.0) -> str:
        if replicate is None:
            return number(float(shown.averages.of(recording, quantity).mean[at]) * scale, 3)
        return number(float(getattr(recording, quantity)[at, replicate]) * scale, 3)

    scale = view.factor / NATS_PER_BIT
    accuracy = f"accuracy {value('train_accuracy')} train {value('test_accuracy')} test"
    train, test = value("train_loss_nats", scale), value("test_loss_nats", scale)
    return f"{accuracy}   loss {train} train {test} test {view.unit}"


def _share(share: float) -> str:
    return "" if share >= 1 else f" {share:.0%}"
