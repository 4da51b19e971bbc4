"""Verdicts of runs as a table that a paper takes in: LaTeX, with the package booktabs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from ibtui.analysis.interval import Interval, rounded
from ibtui.analysis.rule import Rule
from ibtui.errors import refused
from ibtui.report.many import Told, differing, said, told_of
from ibtui.report.numbers import ELSEWHERE
from ibtui.store.files import replacing_text
from ibtui.text import latex

NAME = "runs-verdicts.tex"
HEADINGS = ("series", "layer", "fits", "rise of $I(T;Y)$", "compresses", "fall of $I(X;T)$")


def write_latex(folders: Sequence[Path], out: Path, rule: Rule) -> Path:
    """Write runs-verdicts.tex, a row a run, series and layer; bits, with intervals in brackets.

    Runs and the keys in which they differ have columns where there are several runs. Raises
    `RunError`.
    """
    path, keys, several = out / NAME, differing(folders), len(folders) > 1
    first = ("run", *keys) if several else ()
    lines = [f"% {line}" for line in rule.lines()]
    lines += ["% \\usepackage{booktabs}", f"\\begin{{tabular}}{{{'l' * len((*first, *HEADINGS))}}}"]
    lines += ["\\toprule", _row([*map(latex, first), *HEADINGS]), "\\midrule"]
    rows = (_row([*_cells(one, several)]) for one in told_of(folders, rule))
    try:
        out.mkdir(parents=True, exist_ok=True)
        with replacing_text(path, ELSEWHERE) as handle:
            for line in (*lines, *rows, "\\bottomrule", "\\end{tabular}"):
                handle.write(f"{line}\n")
    except OSError as error:
        raise refused(path, error, elsewhere=ELSEWHERE) from None
    return path


def _cells(one: Told, several: bool) -> Iterator[str]:
    if several:
        yield from (latex(str(word)) for word in (one.run, *one.keys.values()))
    yield latex(one.series)
    yield latex(one.verdict.layer)
    yield said(one.verdict.fits)
    yield _bits(one.verdict.phases.rise)
    yield said(one.verdict.compresses)
    yield _bits(one.verdict.phases.fall)


def _bits(found: Interval) -> str:
    if not math.isfinite(found.value):
        return "--"
    value = f"${rounded(found.value, 2)}$"
    if not math.isfinite(found.low):
        return value
    return f"{value} $[{rounded(found.low, 2)}, {rounded(found.high, 2)}]$"


def _row(cells: Sequence[str]) -> str:
    return f"{' & '.join(cells)} \\\\"
