"""The one way out for text: names, titles and paths come from files of others, and may hold codes.

A terminal obeys control characters (title, clipboard, colours), a spreadsheet runs a cell that
begins like a formula, a notebook runs a script and LaTeX a macro. What goes to any of them passes
here; markup is nobody's, since the consoles and widgets of this program take text as it is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

MOST_SHOWN = 80  # characters of a foreign value in a message
MOST_IN_WORD = 300  # characters: a path is such a word
MOST_IN_NAME = 150  # of a part of a file's name
# C0 but tab and line feed, DEL, C1; line and paragraph separators; what turns the direction of
# writing; halves of characters, which cannot be encoded.
CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
LONG_WORD = re.compile(rf"\S{{{MOST_IN_WORD + 1},}}")
FORMULA = re.compile(r"\s*[=+\-@\t\r]")
NUMBER = re.compile(r"[+-]?([0-9.]+(e[+-]?[0-9]+)?|inf|nan)")
LATEX = {
    **{character: f"\\{character}" for character in "&%$#_{}"},
    **{character: f"{{{character}}}" for character in "[]*"},  # which a row's end takes as its own
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "\n": " ",
    "\t": " ",
}
IN_LATEX = re.compile("[" + re.escape("".join(LATEX)) + "]")
NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f-\x9f/\\\ud800-\udfff]|^[.\-~]+")


def printable(text: str, mark: str | None = None) -> str:
    r"""`text` without control characters: each is written `\x1b`, or replaced by `mark`."""
    return CONTROL.sub(lambda found: _escaped(found[0]) if mark is None else mark, text)


def value(found: Any, most: int = MOST_SHOWN) -> str:
    """A foreign value as Python writes it, in a line, cut after `most` characters."""
    try:
        written = repr(found)
    except ValueError:  # a whole number of more than 4300 digits
        return "a number of thousands of digits"
    return cut(printable(written), most)


def cut(text: str, most: int = MOST_SHOWN) -> str:
    """`text`, or as much of its beginning as fits, with dots behind it."""
    return text if len(text) <= most else f"{text[: most - 3]}..."


def cell(found: Any) -> Any:
    """A value for a table that a spreadsheet may open: what begins like a formula is quoted."""
    if not isinstance(found, str):
        return found
    plain = printable(found)
    return f"'{plain}" if FORMULA.match(found) and not NUMBER.fullmatch(found) else plain


def html_table(
    names: Sequence[str],
    rows: Iterable[Sequence[object]],
    below: str = "",
    *,
    above: Iterable[str] = (),
) -> str:
    """A table for a notebook, lines above and below it; every text is escaped."""

    def row(cells: Sequence[object], tag: str) -> str:
        inside = "".join(
            f'<{tag} style="text-align:left">{markup(str(found))}</{tag}>' for found in cells
        )
        return f"<tr>{inside}</tr>"

    lines = "".join(f"<div>{markup(told)}</div>" for told in above)
    body = "".join(row(cells, "td") for cells in rows)
    under = f"<div>{markup(below)}</div>" if below else ""
    return (
        f"{lines}<table><thead>{row(names, 'th')}</thead><tbody>{body}</tbody></table>{under}"
        if body
        else f"{lines}{under}"
    )


def markup(text: str) -> str:
    """`text` as HTML shows it: no tag, no entity, no control character."""
    return escape(printable(text))


def latex(text: str) -> str:
    """`text` as LaTeX sets it: no macro, no formula, no comment."""
    return IN_LATEX.sub(lambda found: LATEX[found[0]], printable(text))


def line(text: str) -> str:
    """A line for a terminal: printable, and no word of it without an end."""
    return LONG_WORD.sub(lambda found: cut(found[0], MOST_IN_WORD), printable(text))


def json_number(number: float) -> float | None:
    """`number`, or None where it is not finite, which JSON has no word for."""
    return float(number) if math.isfinite(number) else None


def file_part(name: str) -> str:
    """`name` as a part of a file's name: in this folder, not hidden, no option, not too long."""
    return NOT_IN_NAMES.sub("_", name)[:MOST_IN_NAME] or "_"


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
