"""The folder of runs: names, the list, renaming, deleting."""

import pytest

from ibtui import store
from ibtui.errors import RunError, UsageError
from ibtui.store import manifest
from tests.store.scripted_runs import assert_same, finished, interrupted, new, reference, scripted


def test_folders_are_named_by_profile_and_time_and_never_shared(root):
    first, second, third = (new(root, scripted()) for _ in range(3))
    about = store.load(first).manifest
    name = f"walk-{about.created.astimezone():%Y%m%d-%H%M%S}"
    assert first.name == name
    assert len({first, second, third}) == 3
    assert all(path.name.startswith("walk-") for path in (second, third))
    assert sorted(path.name for path in root.iterdir()) == sorted(
        path.name for path in (first, second, third)
    )


def test_the_list_is_newest_first_and_marks_broken_runs_and_passes_over_hidden_folders(root):
    folders = {name: interrupted(root) for name in ("old", "young", "broken")}
    folders = {name: store.rename(folder, name) for name, folder in folders.items()}
    about = manifest.read(folders["old"])
    earlier = about.model_copy(update={"created": about.created.replace(year=2001)})
    manifest.write(folders["old"], earlier)
    (folders["broken"] / "run.toml").write_text("status = ")
    (root / ".new-1").mkdir()
    (root / "README.md").write_text("not a run")

    entries = store.list_runs(root)
    assert {entry.folder.name for entry in entries[:2]} == {"young", "broken"}
    assert entries[2].folder.name == "old"
    by_name = {entry.folder.name: entry for entry in entries}
    assert by_name["young"].status == "interrupted"
    assert by_name["broken"].status == "broken"
    assert by_name["broken"].manifest is None
    assert by_name["broken"].error.startswith(f"{root / 'broken' / 'run.toml'}: cannot be read")
    assert store.list_runs(root / "nowhere") == []


def test_rename_takes_only_a_free_plain_name(root):
    folder, other = finished(root), interrupted(root)
    odd = ("a\n", "a\x1b[31m", "-rf", "a ", "a\\b", "~", "a\0b", "a" * 201, "a" * 3000)
    for name in ("", "a/b", "..", ".hidden", other.name, *odd):
        with pytest.raises(RunError):
            store.rename(folder, name)
    renamed = store.rename(folder, "figure-2")
    assert renamed == root / "figure-2"
    assert_same(store.load(renamed).recording, reference())
    assert not folder.exists()


def test_delete_removes_runs_and_nothing_else(root):
    folder = finished(root)
    precious = root / "thesis"
    precious.mkdir()
    (precious / "chapter").write_text("x")
    with pytest.raises(RunError, match="is no run"):
        store.delete(precious)
    store.delete(folder)
    assert [path.name for path in root.iterdir()] == ["thesis"]


def test_a_run_that_is_a_link_loses_only_the_link(root, tmp_path):
    folder = finished(root)
    real = folder.rename(tmp_path / "elsewhere")
    (root / "link").symlink_to(real)
    store.delete(root / "link")
    assert list(root.iterdir()) == []
    assert_same(store.load(real).recording, reference())


def test_what_a_deletion_left_behind_does_not_hold_up_the_next(root):
    folder = finished(root)
    left = root / f".deleted-{folder.name}"
    left.mkdir()
    (left / "rest").write_text("x")
    store.delete(folder)
    assert list(root.iterdir()) == [left]


@pytest.mark.parametrize("word", ["a" * 300, "a\0b", "a/" * 3000])
def test_words_that_can_be_no_path_are_no_runs(root, word):
    finished(root)
    for find in (store.find_run, lambda word, root: store.find_runs([word], root)):
        with pytest.raises(UsageError, match="is no run"):
            find(word, root)


def test_a_run_is_of_its_experiment_whatever_is_said_of_it_and_whatever_keys_came_later(root):
    folder = finished(root)
    profile = store.load(folder).profile
    text = (folder / "run.toml").read_text()
    later = ("noise = ", "epsilon_added = ")
    older = [line for line in text.splitlines() if not line.startswith(later)]
    (folder / "run.toml").write_text("\n".join(older))
    (entry,) = store.list_runs(root)
    assert entry.is_of(profile)
    assert entry.is_of(profile.model_copy(update={"title": "Another", "expect": "nothing"}))
    assert not entry.is_of(profile.model_copy(update={"seed": profile.seed + 1}))
    assert not entry.is_of(profile.model_copy(update={"replicates": profile.replicates + 1}))
