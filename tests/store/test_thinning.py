"""Thinned runs: some frames of the whole one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui import store
from ibtui.errors import RunError
from ibtui.store.thinning import kept_frames
from tests.store.scripted_runs import TEXT, finished, interrupted


def test_a_thinned_run_has_the_frames_of_the_whole_one_and_is_never_taken_for_it(root):
    folder = finished(root)
    whole = store.load(folder)
    assert store.thin(whole, 4, root / "small") == 4
    small = store.load(root / "small")
    # Wanted are 0, 23/9 = 2.6, 92/9 = 10.2 and 23 of 0, 5, 10, 15, 20, 23.
    assert small.recording.epoch.tolist() == [0, 5, 10, 23]
    for name, array in whole.recording.arrays().items():
        np.testing.assert_array_equal(getattr(small.recording, name), array[[0, 1, 2, 5]])
    assert (small.status, small.manifest.frames, small.manifest.thinned_from) == ("finished", 4, 6)
    assert small.manifest.results == whole.manifest.results
    assert (root / "small" / "profile.toml").read_text() == TEXT
    entries = {entry.folder: entry for entry in store.list_runs(root)}
    assert entries[folder].is_of(whole.profile)
    assert not entries[root / "small"].is_of(whole.profile)
    assert store.thin(small, 2, root / "smaller") == 2
    assert store.load(root / "smaller").manifest.thinned_from == 6


def test_thinning_keeps_every_frame_of_a_short_run_and_refuses_what_it_would_harm(root):
    folder = finished(root)
    assert store.thin(store.load(folder), 200, root / "all") == 6
    with pytest.raises(RunError, match="exists already"):
        store.thin(store.load(folder), 3, root / "all")
    halfway = interrupted(root)
    store.thin(store.load(halfway), 2, root / "half")
    with pytest.raises(RunError, match="is thinned"):
        store.load_checkpoint(root / "half")
    assert store.load_checkpoint(halfway) is not None
    assert not list(root.glob(".new-*"))


def test_thinning_follows_no_link_and_enters_no_folder_that_is_there(root, tmp_path):
    folder = finished(root)
    (root / ".new-small").mkdir()
    (root / ".new-small" / "mine").write_text("precious")
    store.thin(store.load(folder), 3, root / "small")
    assert sorted(path.name for path in (root / "small").iterdir()) == [
        "profile.toml",
        "recording.npz",
        "run.toml",
        "weights.npz",
    ]
    assert (root / ".new-small" / "mine").read_text() == "precious"
    (root / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(RunError, match="exists already"):
        store.thin(store.load(folder), 3, root / "link")
    (tmp_path / "secret").write_text("precious")
    (folder / "profile.toml").unlink()
    (folder / "profile.toml").symlink_to(tmp_path / "secret")
    with pytest.raises(RunError, match=r"profile.toml: is a link, and nothing is copied"):
        store.thin(store.load(folder), 3, root / "other")
    assert not (root / "other").exists()


@given(st.lists(st.integers(-50, 9000), min_size=1, unique=True), st.integers(2, 300))
def test_thinning_keeps_the_ends_and_at_most_what_was_asked(epochs, frames):
    epoch = np.sort(np.array(epochs))
    kept = kept_frames(epoch, frames)
    assert len(kept) <= frames
    assert (np.diff(kept) > 0).all()
    assert (kept[0], kept[-1]) == (0, len(epoch) - 1)
