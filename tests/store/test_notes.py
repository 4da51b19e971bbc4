"""Notes lie beside a run, and neither the run nor its list suffers from what stands in them."""

import os

import pytest
import tomli

from ibtui import store
from ibtui.errors import RunError
from ibtui.store import notes
from ibtui.store.notes import Notes
from tests.store.scripted_runs import finished


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != notes.NAME}


def test_what_is_written_is_read_and_the_run_stays_as_it_was(root):
    folder = finished(root)
    before = bytes_of(folder)
    said = Notes("the one of the paper", ("good", "figure 2"))
    notes.write(folder, said)
    assert notes.read(folder) == said
    assert bytes_of(folder) == before
    [row] = store.rows(root)
    assert (row.note, row.tags) == ("the one of the paper", "good, figure 2")
    assert row.values()["tags"] == ["good", "figure 2"]


def test_what_thins_renames_and_loads_passes_them_over(root):
    folder = finished(root)
    notes.write(folder, Notes("a note", ("x",)))
    store.thin(store.load(folder), 3, root / "thin")
    assert notes.read(root / "thin") == Notes()
    renamed = store.rename(folder, "other")
    assert notes.read(renamed) == Notes("a note", ("x",))
    assert store.load(renamed).status == "finished"


def test_the_list_sees_a_note_that_is_changed_behind_its_back(root, monkeypatch):
    monkeypatch.setattr("ibtui.store.index.WORTH_KEEPING", 1)
    folder, lister = finished(root), store.Lister(root)
    for text in ("", "first", "second"):
        if text:
            notes.write(folder, Notes(text))
        assert [one.row.note for one in lister.look()] == [text]
        assert [row.note for row in store.rows(root)] == [text]


def test_what_others_wrote_stays_and_notes_that_are_taken_back_leave_no_file(root):
    folder = finished(root)
    (folder / notes.NAME).write_text('stars = 5\nnote = "old"\n')
    notes.write(folder, Notes("new"))
    assert tomli.loads((folder / notes.NAME).read_text())["stars"] == 5
    (folder / notes.NAME).unlink()
    notes.write(folder, Notes("once"))
    notes.write(folder, Notes())
    assert not (folder / notes.NAME).exists()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"\xff\xfe", Notes()),
        (b"note = ", Notes()),
        (b"note = 3\ntags = 'x'\n", Notes()),
        (b"tags = ['a', 3, 'a', '', ' b  c ', 'd,e']\n", Notes("", ("a", "b c", "d e"))),
        (b'note = "\\u001b]0;title\\u0007 line\\nfeed"\n', Notes(r"\x1b]0;title\x07 line feed")),
        (b"x" * (notes.MOST_BYTES + 1), Notes()),
    ],
)
def test_foreign_notes_are_taken_for_what_they_are(root, content, found):
    folder = finished(root)
    (folder / notes.NAME).write_bytes(content)
    assert notes.read(folder) == found
    [row] = store.rows(root)
    assert row.note == found.note


@pytest.mark.parametrize("damage", [b"note = ", b"\xff", "folder", "pipe"])
def test_notes_that_cannot_be_read_are_refused_and_not_replaced(root, damage):
    folder = finished(root)
    path = folder / notes.NAME
    match damage:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case _:
            path.write_bytes(damage)
    assert notes.read(folder) == Notes()
    with pytest.raises(RunError, match=r"notes\.toml"):
        notes.write(folder, Notes("mine"))
    assert os.path.lexists(path)


def test_a_long_note_and_many_tags_are_cut():
    tags = notes.tags_of(f"tag{i}" for i in range(100))
    assert len(tags) == notes.MOST_TAGS
    assert len(notes.tags_of(["x" * 1000])[0]) == notes.MOST_TAG
