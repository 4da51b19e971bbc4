"""Gathering: the replicates of several runs in one, and what is not of one experiment refused."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from ibtui import Recorder, store
from ibtui.errors import RunError, UsageError
from ibtui.profile import parse_profile
from ibtui.store import gather
from tests.scripted_engine import ScriptedEnsemble

Y = np.arange(40) % 2


def trained(root, seed=1000, replicates=2, extra="", **script):
    text = f'name = "walk"\nseed = {seed}\nreplicates = {replicates}\n{extra}'
    profile = parse_profile(text + "\ntraining.epochs = 20\nmeasure.every = 5", "walk.toml")
    ensemble = ScriptedEnsemble(profile, **script)
    folder = store.create(root, profile, ensemble)
    list(store.record(ensemble, folder))
    return store.load(folder)


def recorded(root, name, epochs, width=3):
    with Recorder(root / name, y=Y) as record:
        for epoch in epochs:
            generator = np.random.default_rng(epoch)
            record(epoch, activations={"T": generator.integers(3, size=(40, width))}, loss=epoch)
    return store.load(root / name)


def test_replicates_stand_side_by_side(tmp_path):
    one = trained(tmp_path, 1000, 2, restart=(1, 7))
    two = trained(tmp_path, 1010, 3, diverge=(2, 11))
    assert gather([one, two], tmp_path / "all") == 5
    found = store.load(tmp_path / "all")
    assert found.recording.header.replicates == 5
    for name in ("i_xt_bits", "output_loss_bits"):
        of_both = [getattr(run.recording, name) for run in (one, two)]
        assert_array_equal(getattr(found.recording, name), np.concatenate(of_both, axis=2))
    both = [run.recording.test_accuracy for run in (one, two)]
    assert_array_equal(found.recording.test_accuracy, np.concatenate(both, axis=1))
    assert found.manifest.seeds == (*one.manifest.seeds, *two.manifest.seeds)
    assert [(r.replicate, r.epoch) for r in found.manifest.restarts] == [(1, 7)]
    assert set(found.manifest.diverged) == {4}
    assert found.manifest.gathered == (one.folder.name, two.folder.name)
    assert found.profile.replicates == 5
    assert found.status == "finished"
    assert not store.list_runs(tmp_path)[0].is_of(found.profile)
    with pytest.raises(RunError, match="is gathered of others"):
        store.load_checkpoint(tmp_path / "all")


def test_runs_of_recorders_at_the_epochs_that_all_have(call, here):
    recorded(here / "runs", "mine-1", range(10))
    recorded(here / "runs", "mine-2", range(0, 12, 2))
    code, out, err = call("gather", "mine-1", "mine-2", "--as", "mine")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "runs/mine: 2 replicates of 2 runs, 5 frames",
        "mine-1: 5 frames are left out, not all runs have them",
        "mine-2: 1 frames are left out, not all runs have them",
    ]
    found = store.load(here / "runs/mine")
    assert found.recording.epoch.tolist() == [0, 2, 4, 6, 8]
    assert found.manifest.kind == "recorded"
    assert found.profile.name == "mine"
    assert call("show", "mine")[0] == 0


def test_what_is_not_of_one_experiment_is_refused(tmp_path):
    one = trained(tmp_path, 1000)
    other = trained(tmp_path, 2000, extra="network.layers = [3, 2, 2]")
    with pytest.raises(UsageError, match=r"are of different experiments: network\.layers differs"):
        gather([one, other], tmp_path / "all")
    with pytest.raises(UsageError, match="both have the seed 1001"):
        gather([one, trained(tmp_path, 1001)], tmp_path / "all")
    with pytest.raises(UsageError, match="nothing to gather"):
        gather([one], tmp_path / "all")
    mine = recorded(tmp_path, "a", range(2))
    with pytest.raises(UsageError, match="differ in their units"):
        gather([mine, recorded(tmp_path, "b", range(2), width=4)], tmp_path / "all")
    with pytest.raises(UsageError, match="are one run"):
        gather([mine, mine], tmp_path / "all")
    with pytest.raises(UsageError, match="no epoch is measured in all"):
        gather([mine, recorded(tmp_path, "c", range(3, 5))], tmp_path / "all")
    assert not (tmp_path / "all").exists()


def test_other_machines_make_no_other_experiment(tmp_path):
    one = trained(tmp_path, 1000, extra='training.device = "cpu"')
    two = trained(tmp_path, 2000, extra='training.backend = "torch"')
    gather([one, two], tmp_path / "all")
    assert store.load(tmp_path / "all").recording.header.replicates == 4
