"""How a table of text is laid out: header, index, trailing delimiter, label and input columns.

What is clear from the table's first rows is recognised. What may be this or that is asked about:
a `DataError` that names the option which says it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from ibtui.data.delimiter import Cells, looks_numeric
from ibtui.errors import DataError
from ibtui.options import MOST_UNITS, Words
from ibtui.problems import did_you_mean

LABELS = ("label", "labels", "class", "target", "y")
INDEX = ("", "unnamed: 0")  # how data frames head the column that counts the rows

Chosen = Annotated[int, Field(ge=-MOST_UNITS, lt=MOST_UNITS)] | Words


@dataclass(frozen=True)
class Asked:
    """What the options say of the table; None where they leave it to be recognised."""

    label: Chosen | None
    header: bool | None
    columns: tuple[Chosen, ...] | None
    skip: tuple[Chosen, ...] | None

    @property
    def chooses(self) -> bool:
        """Whether the options say which columns are inputs."""
        return self.columns is not None or self.skip is not None


@dataclass(frozen=True)
class Layout:
    """Where what is in a row of `width` cells, of which the last `surplus` ones are empty."""

    header: bool
    names: tuple[str, ...]
    label: int
    inputs: tuple[int, ...]
    width: int
    surplus: int
    left_out: tuple[str, ...]

    def named(self, column: int) -> str:
        return self.names[column] or str(column)


def lay_out(head: Sequence[Cells], asked: Asked, where: str) -> Layout:
    """The layout of a table that begins with the rows `head`, of which there is one or more.

    Raises `DataError` where it cannot be told.
    """
    surplus = _surplus(head)
    first = head[0][:-1] if surplus and not head[0][-1].strip() else head[0]
    body = [row[:-1] if surplus else row for row in head[1:]]
    width = len(body[0]) if body else len(first)
    row_names = bool(body) and len(first) == width - 1 and not any(map(looks_numeric, first))
    if row_names:  # R heads the names of its rows with nothing at all
        first = ["", *first]
    header = row_names or _has_header(first, body, asked, where)
    if header:
        names = tuple(cell.strip() for cell in first)
    else:
        names = tuple(map(str, range(len(first))))
    label = _label(names, header, asked, where)
    inputs, left_out = _inputs(names, label, header, asked, where, row_names, body)
    if not inputs:
        raise DataError(f"{where}: has no column of inputs (set data.columns)")
    return Layout(header, names, label, inputs, len(first), surplus, left_out)


def _surplus(head: Sequence[Cells]) -> int:
    """1 where every line ends with a delimiter, so that its last cell is empty."""
    body = head[1:] or head
    ends = all(len(row) > 1 and not row[-1].strip() for row in body)
    headed = len(head[0]) == len(body[0]) and head[0][-1].strip()
    return int(ends and not headed)


def _has_header(first: Cells, body: Sequence[Cells], asked: Asked, where: str) -> bool:
    if asked.header is not None:
        return asked.header
    chosen = (asked.label, *(asked.columns or ()), *(asked.skip or ()))
    if any(isinstance(one, str) for one in chosen) or not any(map(looks_numeric, first)):
        return True
    if not body:
        return False
    if not first[0].strip() and all(row[0].strip() for row in body):
        return True
    place = -1 if asked.label is None else asked.label
    assert isinstance(place, int)
    below = [row[place] for row in (first, body[0]) if -len(row) <= place < len(row)]
    if len(below) == 2 and not looks_numeric(below[0]) and looks_numeric(below[1]):
        return True
    columns = list(zip(first, *body, strict=False))
    if _counts(first):
        if any(_whole(top) and not any(map(_whole, under)) for top, *under in columns):
            return True
        raise DataError(
            f"{where}: line 1 ({', '.join(first[:4])}{', …' * (len(first) > 4)}) may number the "
            "columns or be a sample (set data.header = true or false)"
        )
    for top, *under in columns:
        if (
            top.strip()
            and not looks_numeric(top)
            and len(under) > 1
            and all(map(looks_numeric, under))
        ):
            raise DataError(
                f"{where}: line 1 has {top.strip()[:40]!r} above numbers: it may be a header, or "
                "a sample that is wrong (set data.header = true or false)"
            )
    return False


def _label(names: Sequence[str], header: bool, asked: Asked, where: str) -> int:
    if asked.label is None:
        known = [n for n, name in enumerate(names) if header and name.lower() in LABELS]
        return known[0] if len(known) == 1 else len(names) - 1
    return _place(asked.label, names, header, where, "data.label")


def _inputs(
    names: Sequence[str],
    label: int,
    header: bool,
    asked: Asked,
    where: str,
    row_names: bool,
    body: Sequence[Cells],
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The columns of inputs, and those that were left out because they are no inputs."""
    if asked.columns is not None:
        chosen = [_place(one, names, header, where, "data.columns") for one in asked.columns]
        if label in chosen:
            raise DataError(f"{where}: data.columns holds the label's column {names[label]!r}")
        places = tuple(dict.fromkeys(chosen))
    else:
        places = tuple(place for place in range(len(names)) if place != label)
    skipped = {_place(one, names, header, where, "data.skip") for one in asked.skip or ()}
    is_index = header and names[0].lower() in INDEX and label != 0 and not asked.chooses
    if is_index and (row_names or all(_whole(row[0]) for row in body)):
        return places[1:], ("the index in column 0",)
    return tuple(place for place in places if place not in skipped), ()


def _place(chosen: Chosen, names: Sequence[str], header: bool, where: str, option: str) -> int:
    if isinstance(chosen, str):
        found = [place for place, name in enumerate(names) if name == chosen]
        if header and len(found) == 1:
            return found[0]
        if len(found) > 1 and header:
            raise DataError(
                f"{where}: has {len(found)} columns {chosen!r} (set {option} to its place from 0)"
            )
        known = did_you_mean(chosen, names) if header else " (its line 1 is no header)"
        raise DataError(f"{where}: has no column {chosen!r}{known}: set {option}")
    if not -len(names) <= chosen < len(names):
        raise DataError(
            f"{where}: has {len(names)} columns, so none at {chosen} (set {option} lower)"
        )
    return chosen % len(names)


def _counts(cells: Cells) -> bool:
    """Whether the cells are 0, 1, 2, … or 1, 2, 3, …, as data frames number their columns."""
    texts = [cell.strip() for cell in cells]
    return texts in ([str(n + start) for n in range(len(texts))] for start in (0, 1))


def _whole(cell: str) -> bool:
    return cell.strip().lstrip("+-").isdecimal()
