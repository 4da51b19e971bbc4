"""Notes: what people write beside a run, a line and tags, in a file of their own.

Nothing of the run is touched: whoever reads runs passes the file over, and a run that is written
can be written about.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import tomli_w

from ibtui.errors import RunError
from ibtui.files import FileError, read_text
from ibtui.profile.table import parse
from ibtui.store.files import refused, replacing
from ibtui.text import cut, printable

NAME = "notes.toml"
MOST_BYTES = 64 << 10
MOST_NOTE = 500  # characters that are shown of a note
MOST_TAGS, MOST_TAG = 20, 40


class Notes(NamedTuple):
    """A line about a run, and words that several runs may share."""

    note: str = ""
    tags: tuple[str, ...] = ()


def read(folder: Path) -> Notes:
    """The notes beside a run; none where there is no file, or none that can be read."""
    try:
        return _notes(_table(folder))
    except RunError:
        return Notes()


def write(folder: Path, notes: Notes) -> None:
    """Write the notes beside a run; what else the file holds stays. Raises `RunError`.

    A file that cannot be read is somebody's: it is refused, not replaced.
    """
    table = _table(folder)
    table.update(note=_line(notes.note, MOST_NOTE), tags=list(tags_of(notes.tags)))
    if not any(table.values()):
        try:
            (folder / NAME).unlink(missing_ok=True)
        except OSError as error:
            raise refused(folder / NAME, error) from None
        return
    with replacing(folder / NAME) as handle:
        tomli_w.dump(table, handle)


def tags_of(words: Iterable[str]) -> tuple[str, ...]:
    """The words as tags: each once, in their order, without what a terminal obeys, not too many."""
    tags = (_line(word, MOST_TAG).replace(",", " ").strip() for word in words)
    return tuple(dict.fromkeys(tag for tag in tags if tag))[:MOST_TAGS]


def _table(folder: Path) -> dict[str, Any]:
    path = folder / NAME
    try:
        return parse(read_text(path, MOST_BYTES))
    except FileError as error:
        if error.missing:
            return {}
        raise RunError(str(error)) from None
    except ValueError as error:
        raise RunError(f"{path}: cannot be read: {error} (mend it or delete it)") from None


def _notes(table: dict[str, Any]) -> Notes:
    note, tags = table.get("note", ""), table.get("tags", [])
    words = tags if isinstance(tags, list) else []
    return Notes(
        _line(note, MOST_NOTE) if isinstance(note, str) else "",
        tags_of(word for word in words if isinstance(word, str)),
    )


def _line(text: str, most: int) -> str:
    return cut(" ".join(printable(text).split()), most)
