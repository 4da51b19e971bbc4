"""Verdicts and runs as tables of a notebook; text from files is escaped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ibtui.analysis.interval import Interval
from ibtui.analysis.reasons import NAMES
from ibtui.analysis.rule import COMPRESSES_BITS, FITS_BITS, Rule
from ibtui.analysis.summary import milestones
from ibtui.analysis.verdict import Said, Verdict, verdicts
from ibtui.analysis.wording import compression_words, fitting_words, verdict_line
from ibtui.errors import UsageError
from ibtui.problems import did_you_mean
from ibtui.report.layers import DIGITS, mean_and_half
from ibtui.report.run import run_lines
from ibtui.store import Run
from ibtui.text import html_table, line

if TYPE_CHECKING:
    from pandas import DataFrame

MOST_ROWS = 100
SHOWN = ("i_xt_bits", "i_ty_bits")


class Verdicts(tuple[Verdict, ...]):
    """Verdicts in the order of series and layers; a notebook shows them as a table."""

    __slots__ = ()

    def frame(self) -> DataFrame:
        """A row a series and layer: words (None: undecided), and bits with their intervals."""
        from ibtui.notebook.tables import must_have

        must_have("pandas")
        import pandas

        return pandas.DataFrame([_values(one) for one in self])

    def __repr__(self) -> str:
        return "\n".join(line(f"{one.series}  {one.layer}  {verdict_line(one)}") for one in self)

    def _repr_html_(self) -> str:
        rows = [(one.series, one.layer, verdict_line(one)) for one in self]
        return html_table(("series", "layer", "verdict"), rows[:MOST_ROWS], _more(len(rows)))


def verdicts_of(
    run: Run,
    series: str | None = None,
    fits_bits: float | None = None,
    compresses_bits: float | None = None,
) -> Verdicts:
    """The verdicts of one series of a run, or of all. Raises `UsageError`."""
    names = run.recording.header.series
    if series not in (None, *names):
        near = did_you_mean(str(series), names)
        raise UsageError(f"{run.folder.name} has no series {series!r}{near}")
    rule = Rule(
        fits_bits=FITS_BITS if fits_bits is None else fits_bits,
        compresses_bits=COMPRESSES_BITS if compresses_bits is None else compresses_bits,
    )
    return Verdicts(
        one
        for k, name in enumerate(names)
        if series in (None, name)
        for one in verdicts(run.recording, k, rule, planned=run.manifest.planned.last)
    )


def run_table(run: Run) -> str:
    """A run as HTML: what there is to say of it, then a row a series and layer."""
    recording, header = run.recording, run.recording.header
    said = iter(verdicts_of(run)) if len(recording) > 1 else iter(())
    rows = []
    for k, series in enumerate(header.series if len(recording) else ()):
        stones = {
            name: milestones(recording.epoch, getattr(recording, name)[:, k]) for name in SHOWN
        }
        for n, layer in enumerate(header.layers):
            ends = [
                mean_and_half(stone.at_layer(n), DIGITS[name], header.replicates)
                for name, found in stones.items()
                for stone in (found.first, found.last)
            ]
            rows.append((series, layer, *ends, *_words(next(said, None))))
    names = (
        *("series", "layer"),
        *(f"{NAMES[name]} {part}, bits" for name in SHOWN for part in ("first", "last")),
        *(f"{NAMES[name]} says" for name in reversed(SHOWN)),
    )
    return html_table(names, rows[:MOST_ROWS], _more(len(rows)), above=run_lines(run))


def _words(verdict: Verdict | None) -> tuple[str, str]:
    if verdict is None or not verdict.used or verdict.frames < 2:
        return "", ""
    return fitting_words(verdict), compression_words(verdict)


def _more(rows: int) -> str:
    return f"and {rows - MOST_ROWS:,} rows more" if rows > MOST_ROWS else ""


def _values(one: Verdict) -> dict[str, str | int | float | Said]:
    words = {name: getattr(one, name) for name in ("fits", "compresses", "forgets", "lasts")}
    return {
        "series": one.series,
        "layer": one.layer,
        "epoch": one.epoch,
        "replicates": one.used,
        **words,
        **dict(_bits("rise", one.phases.rise)),
        **dict(_bits("fall", one.phases.fall)),
    }


def _bits(name: str, interval: Interval) -> Iterator[tuple[str, float]]:
    yield f"{name}_bits", interval.value
    yield f"{name}_low", interval.low
    yield f"{name}_high", interval.high
