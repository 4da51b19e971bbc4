"""The user's own samples: a table of text (CSV), as spreadsheets and data frames write it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ibtui.data.dataset import Dataset, first_not_finite
from ibtui.data.delimiter import DECIMAL_COMMA, guess, is_number
from ibtui.data.folder import find_own
from ibtui.data.labels import numbered
from ibtui.data.layout import LABELS, Asked, Chosen, Layout, lay_out
from ibtui.data.own import MANY, Own
from ibtui.errors import DataError
from ibtui.files import FileError, open_regular
from ibtui.options import MOST_UNITS, Words

BLOCK = 4096  # rows of text held at once
HEAD_ROWS, HEAD_BYTES = 100, 1 << 16  # from which the layout and the delimiter are told
COUNTED = 10  # rows from which on a column 0, 1, 2, … is more than a chance

Row = tuple[int, list[str]]  # the number of its (last) line in the file, and its cells


class Csv(Own):
    """Your own table: one sample a line, numbers in every column but the label's."""

    about: ClassVar[str] = "your own table, in a .csv file"

    name: Literal["csv"] = "csv"
    path: Words = Field(min_length=1, description="the .csv file")
    label: Chosen | None = Field(
        default=None,
        description="the label's column: its name, or its place from 0 (default: the one called "
        f"{', '.join(LABELS)}, else the last)",
    )
    columns: tuple[Chosen, ...] | None = Field(
        default=None,
        max_length=MOST_UNITS,
        description="the columns of inputs: names or places (default: all others)",
    )
    skip: tuple[Chosen, ...] | None = Field(
        default=None,
        max_length=MOST_UNITS,
        description="columns to leave out (default: an index, told by its header)",
    )
    header: bool | None = Field(
        default=None, description="whether line 1 names the columns (default: told by its cells)"
    )
    delimiter: str | None = Field(
        default=None,
        min_length=1,
        max_length=1,
        description="what parts the columns (default: told from the first lines)",
    )
    decimal: Literal[".", ","] = Field(default=".", description="what begins a number's fraction")

    def load(self, folder: Path | None) -> Dataset:
        path = find_own(self.path, folder)
        try:
            with open_regular(path) as stream:
                text, delimiter = _text(stream, self.delimiter, path)
                reader = csv.reader(text, delimiter=delimiter, strict=True, skipinitialspace=True)
                return self._read(_rows(reader), delimiter, str(path))
        except FileError as error:
            raise DataError(str(error)) from None
        except UnicodeError as error:
            raise DataError(
                f"{path}: no readable table of text: {error} (save it as UTF-8)"
            ) from None
        except csv.Error as error:
            raise DataError(f"{path}: no readable table of text: {error}") from None
        except OSError as error:
            raise DataError(f"{path}: cannot be read: {error.strerror}") from None

    def _read(self, rows: Iterator[Row], delimiter: str, where: str) -> Dataset:
        head = list(islice(rows, HEAD_ROWS))
        if not head:
            raise DataError(f"{where}: is empty (give one sample a line)")
        if len(head[0][1]) == 1 == len(head[-1][1]):
            line = head[0][0]
            raise DataError(f"{where}: line {line} has one column (is {delimiter!r} right?)")
        asked = Asked(self.label, self.header, self.columns, self.skip)
        layout = lay_out([cells for _, cells in head], asked, where)
        inputs, texts, lines = self._columns(chain(head[layout.header :], rows), layout, where)
        if not asked.chooses:
            _must_not_count(inputs, layout, where)
        if self.header is None and not layout.header:
            _must_be_a_sample(texts, where)
        values = _as_numbers(texts)
        labels, names = numbered(values, where, self.many_labels, MANY, lines)
        return self.divided(inputs, labels, names, origin=where, left_out=layout.left_out)

    def _columns(
        self, rows: Iterator[Row], layout: Layout, where: str
    ) -> tuple[NDArray[np.float32], list[str], list[int]]:
        """Inputs (N, U), the labels' texts and their lines. Raises `DataError` with the place."""
        blocks, labels, lines = [], [], []
        while block := list(islice(rows, BLOCK)):
            for line, cells in block:
                _must_fit(line, cells, layout, where)
                labels.append(cells[layout.label].strip())
                lines.append(line)
            values = [[cells[column] for column in layout.inputs] for _, cells in block]
            numbers = _numbers(values, self.decimal)
            place = first_not_finite(numbers)
            if place is not None:
                row, column = place
                raise DataError(
                    f"{where}: line {block[row][0]}, column {layout.named(layout.inputs[column])}: "
                    f"{values[row][column][:40]!r} is no finite number "
                    f"({_remedy(values[row][column])})"
                )
            blocks.append(numbers)
        if not blocks:
            raise DataError(f"{where}: holds no samples below its header")
        return np.concatenate(blocks), labels, lines


def _text(stream: BinaryIO, delimiter: str | None, path: Path) -> tuple[io.TextIOWrapper, str]:
    """The file as text, and what parts its columns. Raises `DataError` or `UnicodeError`."""
    start = stream.read(HEAD_BYTES)
    stream.seek(0)
    encoding = "utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    if encoding != "utf-16" and b"\0" in start:
        raise DataError(f"{path}: is no text (save the table as CSV)")
    text = io.TextIOWrapper(stream, encoding=encoding, newline="")
    if delimiter is not None:
        return text, delimiter
    whole = len(start) < HEAD_BYTES
    lines = start.decode(encoding, errors="replace").splitlines(keepends=True)
    found = guess("".join(lines if whole else lines[:-1]))
    if len(found) > 1:
        several = " or ".join(map(repr, found))
        raise DataError(f"{path}: its columns may be parted by {several} (set data.delimiter)")
    return text, found[0] if found else ","


def _rows(reader) -> Iterator[Row]:
    """The rows that hold something; lines that begin with # before the first are comments."""
    begun = False
    for cells in reader:
        begun = begun or (bool(cells) and not cells[0].startswith("#"))
        if begun and any(cell.strip() for cell in cells):
            yield reader.line_num, cells


def _must_fit(line: int, cells: list[str], layout: Layout, where: str) -> None:
    if len(cells) != layout.width + layout.surplus:
        raise DataError(
            f"{where}: line {line} has {len(cells)} columns, not {layout.width + layout.surplus}"
        )
    if layout.surplus and cells[-1].strip():
        raise DataError(f"{where}: line {line} goes on where the lines before it end")
    if not cells[layout.label].strip():
        raise DataError(f"{where}: line {line} has no label (give one or drop the line)")


def _must_not_count(inputs: NDArray[np.float32], layout: Layout, where: str) -> None:
    """Raise `DataError` where a column of inputs does nothing but count the samples."""
    n = len(inputs)
    if n < COUNTED:
        return
    steps = np.arange(n, dtype=np.float32)
    for column in range(inputs.shape[1]):
        start = inputs[0, column]
        if start in (0, 1) and np.array_equal(inputs[:, column], steps + start):
            name = layout.names[layout.inputs[column]]
            option = repr(name) if layout.header else str(layout.inputs[column])
            raise DataError(
                f"{where}: column {option} only counts the samples: leave it out by "
                f"data.skip = [{option}], or keep it by data.skip = []"
            )


def _must_be_a_sample(texts: list[str], where: str) -> None:
    """Raise `DataError` where line 1 has a label of its own, as a header of numbers has."""
    others = len(set(texts[1:]))
    if len(texts) > 3 and texts[0] not in texts[1:] and others * 2 <= len(texts) - 1:
        raise DataError(
            f"{where}: the label {texts[0][:40]!r} is in line 1 alone: that may be a header, or a "
            "sample (set data.header = true or false)"
        )


def _remedy(cell: str) -> str:
    if DECIMAL_COMMA.fullmatch(cell):
        return 'set data.decimal = ","'
    if cell.strip() and not is_number(cell):
        return "mend it, drop the line, or leave the column out by data.skip"
    return "mend it or drop the line"


def _numbers(values: list[list[str]], decimal: str) -> NDArray[np.float32]:
    """Texts as numbers; text that is not a number becomes NaN, which the caller reports."""
    if decimal == ",":
        values = [[cell.replace(",", ".") for cell in row] for row in values]
    with np.errstate(over="ignore"):
        try:
            return np.array(values).astype(np.float32)
        except ValueError:
            cells = [[cell if is_number(cell) else "nan" for cell in row] for row in values]
            return np.array(cells).astype(np.float32)


def _as_numbers(texts: list[str]) -> NDArray:
    """Labels that are all numbers as such (so that 10 comes after 9), else as text."""
    labels = np.array(texts)
    for kind in (np.int64, np.float64):
        try:
            return labels.astype(kind)
        except (ValueError, OverflowError):
            continue
    return labels
