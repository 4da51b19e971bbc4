"""Terminal: what the terminal can show, and keeping everything but the app from writing on it."""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from ibtui.errors import UsageError
from ibtui.text import printable
from ibtui.tui.draw.raster import Markers

LINES = 1000  # of what others wrote, kept until the log pane takes them
# Box drawing, blocks and arrows of the widgets, by what they look like.
ASCII = str.maketrans(
    {
        **dict.fromkeys("─━═╌┄┈╍┅┉▁▔▂▀▄⎺⎽╺╸╴╶", "-"),
        **dict.fromkeys("│┃║╎┆┊╏▎▏▕▌▐▊▍▋▉█", "|"),
        **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╯╰┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬┤┬▗▖▘▝▛▜▙▟▚▞", "+"),
        **dict.fromkeys("•●○◉⬤·∙…⋯", "."),
        **dict.fromkeys("▶▸►→⯈▷❯›", ">"),  # noqa: RUF001
        **dict.fromkeys("◀◂◄←⯇◁❮‹", "<"),  # noqa: RUF001
        **dict.fromkeys("▼▾↓⮟▽", "v"),
        **dict.fromkeys("▲▴↑⮝△", "^"),
        **dict.fromkeys("✓✔☑", "x"),
        **dict.fromkeys("░▒▓▇▆▅▃", "#"),
        "±": "~", "×": "x", "–": "-", "—": "-", "⭘": "o", "’": "'", "^": "^",  # noqa: RUF001
    }
)  # fmt: skip


def require_terminal() -> None:
    """Raises `UsageError` where there is no terminal, or one that cannot place text."""
    if not (_is_tty(sys.__stdin__) and _is_tty(sys.__stdout__)):
        raise UsageError("this is no terminal: the app needs one (without it, use `ibtui batch`)")
    if os.environ.get("TERM", "dumb") in ("", "dumb"):
        raise UsageError("TERM=dumb: the app needs a terminal that can place text (set TERM)")


def speaks_utf8(environment: Mapping[str, str]) -> bool:
    """Whether the locale says that the terminal takes UTF-8.

    Python itself turns a C locale into UTF-8 (PEP 538 sets LC_CTYPE so), and thereby says nothing
    of the terminal: an explicit C or other charset in LC_ALL or LANG means ASCII.
    """
    coerced = environment.get("LC_CTYPE", "") in ("C.UTF-8", "C.utf8", "UTF-8")
    names = ("LC_ALL", "LANG") if coerced else ("LC_ALL", "LC_CTYPE", "LANG")
    locale = next((environment[name] for name in names if environment.get(name)), "")
    return not locale or "utf8" in locale.lower().replace("-", "")


def markers_for(wish: Markers | str, environment: Mapping[str, str]) -> Markers:
    """The markers to draw with; `auto` asks the locale."""
    if wish == "auto":
        return "braille" if speaks_utf8(environment) else "ascii"
    return wish  # type: ignore[return-value]


class Printable(LineFilter):
    """Leaves out control characters, which take no cell, so that names cannot steer a terminal."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            segment
            if segment.control or segment.text.isprintable()
            else Segment(printable(segment.text, ""), segment.style)
            for segment in segments
        ]


class AsciiOnly(LineFilter):
    """Replaces everything beyond ASCII, one character for one."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            segment
            if segment.text.isascii()
            else Segment(to_ascii(segment.text), segment.style, segment.control)
            for segment in segments
        ]


def to_ascii(text: str) -> str:
    """`text` with a similar character, or `?`, in place of each one beyond ASCII."""
    return text.translate(ASCII).encode("ascii", "replace").decode()


@contextmanager
def own_screen() -> Iterator[deque[str]]:
    """Give the app the terminal alone: what others write to stderr becomes the lines yielded.

    Native libraries write warnings straight to file descriptor 2, and would write across the
    picture. The app draws on a duplicate of stdout's terminal.
    """
    lines: deque[str] = deque(maxlen=LINES)
    saved, stream = os.dup(2), sys.__stderr__
    reading, writing = os.pipe()
    drawing = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
    os.dup2(writing, 2)
    os.close(writing)
    sys.__stderr__ = drawing  # type: ignore[misc]  # where Textual's driver draws
    reader = threading.Thread(target=_read_lines, args=(reading, lines), daemon=True)
    reader.start()
    try:
        yield lines
    finally:
        sys.__stderr__ = stream  # type: ignore[misc]
        os.dup2(saved, 2)  # closes the pipe's last end, which ends the reader
        os.close(saved)
        drawing.close()
        reader.join(1.0)


def _read_lines(descriptor: int, lines: deque[str]) -> None:
    with os.fdopen(descriptor, "r", encoding="utf-8", errors="replace") as pipe:
        for line in pipe:
            lines.append(line.rstrip("\n"))


def _is_tty(stream: object) -> bool:
    try:
        return bool(stream and stream.isatty())  # type: ignore[attr-defined]
    except ValueError:  # closed
        return False
