"""What estimators say beside their numbers: kept over frames, a checkpoint and a run's folder."""

from dataclasses import replace

import numpy as np

from ibtui import store
from ibtui.analysis.remarks import Remarks
from ibtui.engine import Ensemble
from ibtui.information.readings import Note
from ibtui.recording import Remark
from ibtui.report.facts import run_values
from ibtui.report.run import remark_lines
from tests.engine.small import make_dataset, make_profile

KNN = [{"name": "exact"}, {"name": "knn"}]
BINARY = np.array([[i >> bit & 1 for bit in range(6)] for i in range(64)], np.float32)


def test_lines_that_differ_in_their_figures_are_one():
    remarks = Remarks()
    remarks.add([Note("edge", "T1", "in 3 of 9 up to 0.5 bits"), Note("knn", "T1", "ties")], 0)
    remarks.add([Note("edge", "T1", "in 2 of 9 up to 0.25 bits")], 5)
    remarks.add([Note("edge", "T2", "in 2 of 9 up to 0.25 bits")] * 2, 10)
    assert list(remarks) == [
        Remark("edge", "T1", "in 2 of 9 up to 0.25 bits", frames=2, first=0, last=5),
        Remark("knn", "T1", "ties", frames=1, first=0, last=0),
        Remark("edge", "T2", "in 2 of 9 up to 0.25 bits", frames=1, first=10, last=10),
    ]
    again = Remarks()
    again.load({"remarks": remarks.array()})
    assert list(again) == list(remarks)
    again.load({})  # a checkpoint from before there were any
    assert list(again) == list(remarks)


def test_a_run_keeps_what_its_estimators_said_and_show_tells_it(tmp_path):
    profile = make_profile(estimator=KNN)
    dataset = replace(make_dataset(64, 6), inputs=BINARY)
    whole = Ensemble(profile, dataset)
    frames = len(list(whole.frames()))
    assert {(one.series, one.frames) for one in whole.remarks} >= {("knn", frames)}

    folder = store.create(tmp_path, profile, first := Ensemble(profile, dataset))
    for frame in store.record(first, folder):
        if frame.epoch >= 2:
            first.stop()
    checkpoint = store.load_checkpoint(folder)
    for _ in store.record(Ensemble(profile, dataset, checkpoint=checkpoint), folder):
        pass
    run = store.load(folder)
    assert list(run.manifest.remarks) == whole.remarks  # no frame counts twice
    assert [one["series"] for one in run_values(run)["remarks"]] == ["knn"] * len(whole.remarks)
    (line, *_) = remark_lines(run, "knn")
    assert "neighbours tie" in line
    assert f"{frames} frames, epochs 0 to {profile.training.epochs}" in line
    assert list(remark_lines(run, "exact")) == []
