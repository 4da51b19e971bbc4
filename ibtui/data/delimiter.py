"""Which character parts the columns of a table of text, told from how the table begins."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from itertools import islice

CANDIDATES = (",", ";", "\t", "|", " ")
ROWS = 20
DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+([eE][+-]?\d+)?\s*")

Cells = list[str]


def guess(text: str) -> tuple[str, ...]:
    """The delimiters that part `text` (whole lines) into equal rows and leave most numbers.

    One where it is clear, several where they do equally well, none where none does.
    """
    scores = {delimiter: _numbers(_rows(text, delimiter)) for delimiter in CANDIDATES}
    best = max(scores.values())
    return tuple(one for one, score in scores.items() if score == best) if best >= 0 else ()


def is_number(cell: str) -> bool:
    """Whether a cell is a number as Python writes it, NaN and infinity among them."""
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell


def looks_numeric(cell: str) -> bool:
    """Whether a cell is a number, be it with a decimal comma."""
    return is_number(cell) or bool(DECIMAL_COMMA.fullmatch(cell))


def _rows(text: str, delimiter: str) -> list[Cells]:
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, skipinitialspace=True)
    try:
        return list(islice((row for row in reader if row and row[0][:1] != "#"), ROWS))
    except csv.Error:
        return []


def _numbers(rows: Sequence[Cells]) -> float:
    """The share of cells that are numbers; -1 where the rows are no table."""
    widths = {len(row) for row in rows[1:]} or {len(row) for row in rows}
    if len(widths) != 1 or max(widths) < 2 or abs(len(rows[0]) - max(widths)) > 1:
        return -1
    body = rows[1:] or rows
    found = [looks_numeric(cell) for row in body for cell in row]
    return sum(found) / len(found)
