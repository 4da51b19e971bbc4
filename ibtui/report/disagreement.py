"""How far a series is from the exact count, as a table."""

from __future__ import annotations

import math

from rich.table import Table

from ibtui.analysis.disagreement import Disagreement
from ibtui.analysis.interval import Interval
from ibtui.report.words import number


def disagreement_table(found: Disagreement) -> Table:
    """How far one series is from the exact count, and what its verdicts say otherwise."""
    title = f"{found.series} against exact, bits, {found.frames} frames"
    table = Table(box=None, pad_edge=False, title=title, title_justify="left")
    table.add_column("layer", no_wrap=True)
    for name in ("off I(X;T)", "I(T;Y)", "I(T;Y) rises", "exact", "I(X;T) falls", "exact"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("differs on")
    for one in found.layers:
        said, truth = one.said.phases, one.truth.phases
        bits = one.error_xt, one.error_ty, said.rise, truth.rise, said.fall, truth.fall
        agrees = ("fitting", one.agrees_on_fitting), ("compression", one.agrees_on_compression)
        otherwise = [what for what, same in agrees if same is False]
        table.add_row(one.layer, *(_cell(each) for each in bits), ", ".join(otherwise))
    lines = {one.reason: None for one in found.layers if not one.met or one.said.frames < 2}
    if lines:
        table.caption, table.caption_justify = f"-: {'; '.join(lines)}", "left"
    return table


def _cell(bits: Interval) -> str:
    """`1.234 ± 0.15`; `-` where the two never met."""
    if math.isnan(bits.low):
        return number(bits.value, 3)
    return f"{number(bits.value, 3)} ± {number(bits.high - bits.value, 2)}"
