"""Curating: runs are renamed, deleted, given notes and tags, after asking."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ibtui import store
from ibtui.errors import IbtuiError
from ibtui.store import Listed, Notes, notes
from ibtui.tui.screens.dialogs import Ask, Prompt
from ibtui.tui.screens.host import Host

NAMED = 8  # runs that a question names


async def rename(host: Host, run: Listed) -> Path | None:
    """Give a run another name that is asked for; its new folder, None where it keeps its own."""
    if _refused(host, [run]):
        return None
    name = await host.push_screen_wait(Prompt("Another name:", run.folder.name))
    if not name or name == run.folder.name:
        return None
    try:
        return store.rename(run.folder, name)
    except IbtuiError as error:
        host.say_error(error)
        return None


async def delete(host: Host, runs: Sequence[Listed]) -> list[Path]:
    """Delete runs after asking; the folders of those that are gone."""
    if _refused(host, runs):
        return []
    if await host.push_screen_wait(Ask(_question(runs), _answers(runs))) != "y":
        return []
    gone, errors = [], []
    for run in runs:
        try:
            store.delete(run.folder)
            gone.append(run.folder)
        except IbtuiError as error:
            errors.append(error)
    for error in errors[:NAMED]:
        host.say_error(error)
    if len(runs) > 1:
        host.notify(f"{len(gone)} of {len(runs)} runs are deleted")
    return gone


async def note(host: Host, run: Listed) -> bool:
    """Write a note on a run; whether there is another one now."""
    if _refused(host, [run]):
        return False
    asked = Prompt(f"A note on {run.folder.name}:", run.row.note, may_be_empty=True)
    text = await host.push_screen_wait(asked)
    if text is None or text == run.row.note:
        return False
    return _write(host, run.folder, notes.read(run.folder)._replace(note=text))


async def tag(host: Host, runs: Sequence[Listed]) -> bool:
    """Tags of one run, or tags that several get and lose; whether any has others now."""
    if _refused(host, runs):
        return False
    if len(runs) == 1:
        question = f"Tags of {runs[0].folder.name}, separated by commas:"
        asked = Prompt(question, runs[0].row.tags, may_be_empty=True)
    else:
        asked = Prompt(f"Tags for {len(runs)} runs, separated by commas (-tag takes one away):")
    text = await host.push_screen_wait(asked)
    if text is None:
        return False
    words = notes.tags_of(text.split(","))
    changed = [_write(host, run.folder, _tagged(run, words, len(runs) > 1)) for run in runs]
    return any(changed)


def _tagged(run: Listed, words: Sequence[str], several: bool) -> Notes:
    before = notes.read(run.folder)
    if not several:
        return before._replace(tags=tuple(words))
    lost = {word[1:].strip() for word in words if word.startswith("-")}
    added = [word for word in words if not word.startswith("-")]
    kept = [word for word in before.tags if word not in lost]
    return before._replace(tags=tuple(dict.fromkeys([*kept, *added])))


def _write(host: Host, folder: Path, said: Notes) -> bool:
    try:
        notes.write(folder, said)
    except (IbtuiError, OSError) as error:
        host.say_error(error)
        return False
    return True


def _refused(host: Host, runs: Sequence[Listed]) -> bool:
    """Say so where a run came with the program, which is nobody's to change."""
    shipped = [run.folder.name for run in runs if run.read_only]
    if shipped:
        host.notify(f"{shipped[0]} came with ibtui: it stays as it is", severity="warning")
    return bool(shipped)


def _question(runs: Sequence[Listed]) -> str:
    if len(runs) > 1:
        names = [run.folder.name for run in runs[:NAMED]]
        more = [f"and {len(runs) - NAMED} more"] if len(runs) > NAMED else []
        return "\n".join([f"Delete {len(runs)} runs and everything in them?", *names, *more])
    folder = runs[0].folder
    if folder.is_symlink():
        return f"Delete {folder}, a link? What it leads to stays."
    return f"Delete {folder} and everything in it?"


def _answers(runs: Sequence[Listed]) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("y", "delete them" if len(runs) > 1 else "delete it"), ("n", "keep it")
