"""A run by a recorder: read like any other, killed, gone on with, refused in clear words."""

import os
import signal
import subprocess
import sys
import textwrap
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from ibtui import store
from ibtui.errors import MeasureError, RunError, UsageError
from ibtui.estimation import estimate
from ibtui.profile import Recorded
from ibtui.recorder import Recorder

X = np.random.default_rng(0).normal(size=(60, 3))
Y = (X[:, 0] > 0).astype(int)
ESTIMATORS = ["exact", "binning:bins=30,bounds=running", "knn:every=2"]


def layers(epoch, replicates=2):
    """Layers whose values widen with the epoch, T2 in few states."""
    hidden = np.tanh((epoch + 1) * X[:, :2] + np.arange(replicates)[:, None, None])
    return {"T1": hidden, "T2": np.round(hidden[..., :1] * 3)}


def recorded(folder, epochs=range(12), **options):
    options = {"x": X, "y": Y, "estimators": ESTIMATORS, **options}
    with Recorder(folder, **options) as record:
        for epoch in epochs:
            record(epoch, activations=layers(epoch), loss=1 / (epoch + 1), accuracy=[0.5, 0.6])
    return store.load(folder)


def interrupted(epochs, error=KeyboardInterrupt):
    yield from epochs
    raise error


def test_what_is_recorded_is_what_estimate_says_of_the_same_arrays(tmp_path):
    run = recorded(tmp_path / "mine", estimators=["exact", "binning-width", "knn"])
    assert run.recording.epoch.tolist() == list(range(12))
    for at, epoch in enumerate(run.recording.epoch):
        made = estimate(layers(epoch), Y, ["exact", "binning-width", "knn"], inputs=X).recording
        for name in ("i_xt_bits", "i_ty_bits", "output_loss_bits", "activation_max"):
            assert_array_equal(getattr(run.recording, name)[at], getattr(made, name)[0], name)
    assert_array_equal(run.recording.train_loss_nats[3], [0.25, 0.25])
    assert_array_equal(run.recording.train_accuracy[3], [0.5, 0.6])
    assert np.isnan(run.recording.test_accuracy).all()
    header = run.recording.header
    assert (header.layers, header.units, header.replicates) == (("T1", "T2"), (2, 1), 2)
    assert header.input_bits == pytest.approx(np.log2(60))
    assert header.shared_bits == pytest.approx(header.label_bits)


def test_the_run_says_what_it_is_and_invents_no_network(tmp_path):
    run = recorded(tmp_path / "mine", title="a toy")
    assert run.manifest.kind == "recorded"
    assert isinstance(run.profile, Recorded)
    assert not {"network", "training", "quantization"} & set(run.manifest.profile)
    assert run.profile.title == "a toy"
    assert (run.profile.data.samples, run.profile.data.inputs) == (60, 3)
    assert not (run.folder / "profile.toml").exists()
    assert run.status == "finished"
    planned = run.manifest.planned
    assert (planned.first, planned.last, run.manifest.epoch) == (0, 11, 11)


@pytest.mark.parametrize("words", [("list",), ("show", "mine"), ("show", "mine", "--json")])
def test_the_verbs_read_it(call, here, words):
    recorded(here / "runs/mine")
    code, out, err = call(*words)
    assert (code, err) == (0, "")
    assert "mine" in out


def test_it_is_exported_compared_and_thinned(call, here):
    recorded(here / "runs/mine", epochs=range(4), estimators=["exact", "knn:every=2"])
    recorded(here / "runs/other", epochs=range(6))
    assert call("export", "mine", "--csv", "--json", "--out", "numbers")[0] == 0
    assert call("export", "mine", "--out", "figures")[0] == 0
    assert call("compare", "mine", "other", "--figure", "both.svg")[0] == 0
    assert call("thin", "mine", "small", "--frames", "2")[0] == 0
    assert store.load(here / "small").recording.epoch.tolist() == [0, 3]
    code, _, err = call("batch", "--resume", "mine")
    assert code == 1
    assert "Recorder.resume" in err


def test_a_recorder_gone_on_with_gives_the_run_of_one_that_went_through(tmp_path):
    whole = recorded(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        recorded(tmp_path / "mine", epochs=interrupted(range(8)))
    assert store.load(tmp_path / "mine").status == "interrupted"
    with Recorder.resume(tmp_path / "mine") as record:
        assert record.epoch == 7
        for epoch in range(5, 12):  # from its own checkpoint, before the last frame
            record(epoch, activations=layers(epoch), loss=1 / (epoch + 1), accuracy=[0.5, 0.6])
    found = store.load(tmp_path / "mine")
    assert found.status == "finished"
    for name, array in whole.recording.arrays().items():
        if name != "seconds":
            assert_array_equal(getattr(found.recording, name), array, name)
    assert (np.diff(found.recording.seconds) >= 0).all()


def test_a_recorder_killed_leaves_a_folder_that_loads_and_goes_on(tmp_path):
    code = textwrap.dedent(
        f"""
        import os, signal, sys
        sys.path.insert(0, {os.getcwd()!r})
        from tests.recorder.test_recorder import *
        record = Recorder("mine", x=X, y=Y, estimators=["exact"])
        for epoch in range(5):
            record(epoch, activations=layers(epoch))
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    run = store.load(tmp_path / "mine")
    assert run.status == "interrupted"
    assert len(run.recording) >= 1
    assert run.manifest.planned.last > run.manifest.epoch  # nobody knows that it is over
    with Recorder.resume(tmp_path / "mine") as record:
        at = record.epoch
        record(at + 1, activations=layers(at + 1))
    assert store.load(tmp_path / "mine").recording.epoch[-1] == at + 1


def test_one_that_fails_says_so_and_keeps_its_frames(tmp_path):
    failing = interrupted(range(2), ZeroDivisionError("of the loop"))
    with pytest.raises(ZeroDivisionError):
        recorded(tmp_path / "mine", epochs=failing)
    run = store.load(tmp_path / "mine")
    assert (run.status, run.manifest.error) == ("failed", "of the loop")
    assert run.recording.epoch.tolist() == [0, 1]


def test_what_estimators_say_is_kept_with_the_run_and_goes_on_with_it(tmp_path):
    ties = np.repeat(X[:20], 3, axis=0)
    with Recorder(tmp_path / "mine", x=ties, y=Y, estimators=["exact", "knn"]) as record:
        for epoch in range(3):
            record(epoch, activations={"T1": np.round(X[:, :1]), "T2": X[:, :2]})
    said = store.load(tmp_path / "mine").manifest.said_of
    begin = [line[:20] for line in said("exact")["T1"]]
    assert begin == ["T is no function of ", "was seen at 5 levels"]
    assert not any("levels" in line for line in said("exact")["T2"])
    before = store.load(tmp_path / "mine").manifest.remarks
    assert {(one.first, one.last, one.frames) for one in before} == {(0, 2, 3)}
    with Recorder.resume(tmp_path / "mine") as record:
        record(3, activations={"T1": np.round(X[:, :1]), "T2": X[:, :2]})
    after = store.load(tmp_path / "mine").manifest.remarks
    assert {(one.first, one.last, one.frames) for one in after} == {(0, 3, 4)}


def test_what_is_not_due_is_not_looked_at(tmp_path):
    with Recorder(tmp_path / "mine", y=Y, schedule="every:5", epochs=12) as record:
        said = [record(epoch, activations=layers(epoch)) for epoch in range(1, 5)]
        assert said == [True, False, False, False]
        assert not record(4, activations=object())
        assert record(4, activations=layers(4), always=True)
        assert [epoch for epoch in range(5, 13) if record(epoch, activations=layers(epoch))] == [
            *(5, 10, 11, 12)
        ]


def test_a_replicate_that_diverges_has_no_information_and_the_others_have(tmp_path):
    with Recorder(tmp_path / "mine", y=Y) as record:
        record(0, activations=layers(0))
        broken = layers(1)
        broken["T1"][1, 7, 0] = np.nan
        record(1, activations=broken)
    run = store.load(tmp_path / "mine")
    assert run.manifest.diverged == {1: 1}
    assert np.isnan(run.recording.i_xt_bits[1, 0, 1]).all()
    assert_array_equal(
        run.recording.i_xt_bits[1, 0, 0],
        estimate(layers(1), Y, ["exact"]).recording.i_xt_bits[0, 0, 0],
    )


def test_an_estimator_that_fails_later_warns_and_ends_nothing(tmp_path):
    narrow = {"T1": X[:, :1]}
    with Recorder(tmp_path / "mine", x=X[:, :1], y=Y, estimators=["exact", "knn"]) as record:
        record(0, activations=narrow)
        constant = {"T1": np.full((60, 1), 1e30)}
        record(1, activations=constant)
    run = store.load(tmp_path / "mine")
    assert run.recording.i_xt_bits[1, 0].item() == 0


def test_what_cannot_be_recorded_is_refused_with_a_remedy(tmp_path):
    recorded(tmp_path / "mine", epochs=[0])
    with pytest.raises(RunError, match=r"exists already \(Recorder.resume"):
        Recorder(tmp_path / "mine", y=Y)
    with pytest.raises(UsageError, match="is no name for a run"):
        Recorder(tmp_path / "a b", y=Y)
    with pytest.raises(UsageError, match=r"schedule: 'log' is not known"):
        Recorder(tmp_path / "a", y=Y, schedule="log")
    with pytest.raises(UsageError, match="choose bounds=running"):
        Recorder(tmp_path / "a", y=Y, estimators=["binning:bounds=run"])
    with pytest.raises(MeasureError, match="needs the inputs"):
        Recorder(tmp_path / "a", y=Y, estimators=["knn"])(0, activations=layers(0))
    wrongs: tuple[dict[str, Any], ...] = (
        {"schedule": f"every:{10**12}"},
        {"schedule": "log:" + "9" * 5000},
        {"title": "x" * 5000},
        {"epochs": -1},
        {"epochs": 10**12},
        {"memory_bytes": 0},
    )
    for wrong in wrongs:
        with pytest.raises(UsageError) as caught:
            Recorder(tmp_path / "a", y=Y, **wrong)
        assert next(iter(wrong)).removesuffix("_bytes") in str(caught.value)
    assert not (tmp_path / "a").exists()
    with Recorder(tmp_path / "b", y=Y) as record:
        record(0, activations=layers(0))
        with pytest.raises(UsageError, match="are of layers T1 2 and 2 replicates, but the run is"):
            record(1, activations={"T1": layers(1)["T1"]})
        with pytest.raises(UsageError, match="comes after"):
            record(0, activations=layers(0))
        with pytest.raises(UsageError, match="activations: are missing"):
            record(2)


@pytest.mark.parametrize(
    ("epochs", "words"), [(None, "log:20"), (300, "log:20"), (40, "every:7"), (None, "all")]
)
def test_schedules(epochs, words):
    from ibtui.profile import validate
    from ibtui.profile.schedule import planned_epochs
    from ibtui.recorder.schedule import Schedule, parse

    schedule = Schedule(parse(words), epochs)
    last = epochs or 100_000
    due = [epoch for epoch in range(last + 1) if schedule.due(epoch)]
    if epochs:
        table = {"name": "a", "training": {"epochs": epochs}}
        table["measure"] = parse(words).model_dump()
        del table["measure"]["histograms"], table["measure"]["histogram_replicates"]
        planned = planned_epochs(validate(table, "a"))
        assert due == sorted({*planned.tolist(), epochs - 1})
    elif words == "all":
        assert len(due) == last + 1
    else:
        assert due[-1] > 10_000
        ratios = np.divide(due[-3:], due[-4:-1])
        np.testing.assert_allclose(ratios, 10_000 ** (1 / 19), rtol=1e-3)
