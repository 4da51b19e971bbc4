"""Weights that a run keeps: cut and joined as its frames are, and read with suspicion."""

import numpy as np
import pytest

from ibtui import store
from ibtui.errors import RunError
from ibtui.profile import parse_profile
from ibtui.store.weights import load_weights, weights_of
from tests.scripted_engine import saved_run
from tests.store.scripted_runs import (
    KEEPING,
    PROFILE,
    TEXT,
    assert_same_weights,
    finished,
    interrupted,
    reference_weights,
    replace_array,
    resume,
    scripted,
)

HEADER = scripted().header


def test_weights_of_all_frames_are_kept_those_of_a_replicate_that_began_again_too(root):
    folder = finished(root, KEEPING)
    assert_same_weights(folder, reference_weights())
    epochs, size = weights_of(folder)
    assert (epochs.tolist(), size) == (
        [0, 5, 10, 15, 20, 23],
        (folder / "weights.npz").stat().st_size,
    )


@pytest.mark.parametrize("kept", ["end", "none"])
def test_the_end_alone_is_kept_unless_all_or_nothing_is_asked_for(root, kept):
    profile = parse_profile(f'{TEXT}measure.weights = "{kept}"', "walk.toml")
    run = saved_run(root, profile)
    if kept == "none":
        assert not (run.folder / "weights.npz").exists()
        assert weights_of(run.folder) is None
        return
    found = load_weights(run.folder, HEADER)
    assert found.epoch.tolist() == [23]
    expected = run.recording.activation_max[-1].astype(np.float32)
    np.testing.assert_array_equal(found.arrays["range_max"][0], expected)
    assert profile == PROFILE  # so that runs of earlier versions are of it too


def test_a_thinned_run_keeps_the_weights_of_its_frames(root):
    folder = finished(root, KEEPING)
    store.thin(store.load(folder), 3, root / "thin")
    thin = store.load(root / "thin").recording.epoch
    assert_same_weights(root / "thin", reference_weights().at(thin))


def test_a_gathered_run_keeps_what_all_keep(root):
    runs = [
        saved_run(root, one.model_copy(update={"seed": seed}), name)
        for name, one, seed in (("a", KEEPING, 1), ("b", KEEPING, 20), ("c", PROFILE, 40))
    ]
    store.gather(runs[:2], root / "ab")
    header = store.load(root / "ab").recording.header
    joined, parts = (
        load_weights(root / "ab", header),
        [load_weights(run.folder, HEADER) for run in runs],
    )
    for name, array in joined.arrays.items():
        expected = np.concatenate([part.arrays[name] for part in parts[:2]], axis=1)
        np.testing.assert_array_equal(array, expected)
    store.gather(runs, root / "abc")
    header = store.load(root / "abc").recording.header
    assert load_weights(root / "abc", header).epoch.tolist() == [23]
    (runs[2].folder / "weights.npz").unlink()
    store.gather(runs, root / "without")
    assert not (root / "without" / "weights.npz").exists()


def test_a_run_whose_weights_went_missing_is_not_resumed_as_if_they_were_there(root):
    folder = interrupted(root, 3, KEEPING)
    (folder / "weights.npz").unlink()
    with pytest.raises(RunError, match=r"weights.npz: lacks frames that the run has recorded"):
        resume(folder, KEEPING)
    assert store.load(folder).status == "interrupted"


DAMAGE = {
    "no epoch": ("epoch", None, "array 'epoch' is missing"),
    "epochs of another type": ("epoch", np.arange(6.0), "epoch is float64"),
    "epochs that fall": ("epoch", np.arange(6)[::-1].copy(), "epoch does not ascend"),
    "fewer frames": ("epoch", np.arange(5), r"is \(6, 4, .*\), not \(5, 4, "),
    "no range": ("range_min", None, "array 'range_min' is missing"),
    "another width": ("range_max", np.zeros((6, 4, 2), np.float32), "range_max is"),
    "another layer": ("T4_weights", np.zeros((6, 4, 1), np.float32), "'T4_weights' is no array of"),
    "another array": ("mine", np.zeros((6, 4), np.float32), "'mine' is no array of"),
    "float64": ("T1_biases", np.zeros((6, 4, 1)), "T1_biases is float64"),
    "fewer replicates": ("T1_biases", np.zeros((6, 3, 1), np.float32), "T1_biases is"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_foreign_weights_are_one_line_with_a_remedy_and_the_run_loads(root, damage):
    folder = finished(root, KEEPING)
    name, array, said = DAMAGE[damage]
    replace_array(folder / "weights.npz", name, array)
    with pytest.raises(RunError, match=said) as caught:
        load_weights(folder, HEADER)
    assert str(caught.value).endswith("(delete weights.npz, and the run stands without it)")
    assert len(store.load(folder).recording) == 6


def test_weights_that_claim_more_than_the_memory_are_refused_unread(root, monkeypatch):
    folder = finished(root, KEEPING)
    monkeypatch.setattr("ibtui.npz.memory_bytes", lambda: 500)
    with pytest.raises(RunError, match="more than this machine's"):
        load_weights(folder, HEADER)
