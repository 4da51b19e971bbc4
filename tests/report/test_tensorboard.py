"""Runs as TensorBoard reads them."""

import numpy as np
import pytest

from ibtui.profile import parse_profile
from ibtui.report import tensorboard
from tests.scripted_engine import saved_run

PROFILE = parse_profile(
    'name = "b"\nreplicates = 4\ntraining.epochs = 20\nmeasure.every = 5\n'
    'estimator = [{ name = "exact" }, { name = "kde" }]',
    "b.toml",
)


def test_tensorboard_reads_every_curve_as_the_mean_over_replicates(here, call):
    from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer

    run = saved_run(here / "runs", PROFILE, "one", diverge=(2, 12))
    saved_run(here / "runs", PROFILE, "two")
    code, out, err = call("export", "runs", "--tensorboard", "events")
    assert (code, out.split(), err) == (0, ["events/one", "events/two"], "")
    read = EventMultiplexer().AddRunsFromDirectory(str(here / "events")).Reload()
    assert sorted(read.Runs()) == ["one", "two"]
    recording, header = run.recording, run.recording.header
    points = read.Tensors("one", "kde-upper, I(T;Y) in bits/T2")
    k = header.series.index("kde-upper")
    expected = np.nanmean(recording.i_ty_bits[:, k, :, 1], axis=1)
    assert [point.step for point in points] == recording.epoch.tolist()
    found = [point.tensor_proto.float_val[0] for point in points]
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    began = run.manifest.created.timestamp()
    np.testing.assert_allclose(
        [point.wall_time for point in points], began + recording.seconds, rtol=0, atol=1e-3
    )
    scores = read.Tensors("one", "scores/test_accuracy")
    last = float(np.nanmean(recording.test_accuracy[-1]))
    assert scores[-1].tensor_proto.float_val[0] == pytest.approx(last)
    tags = read.Runs()["one"]["tensors"]
    assert len(tags) == 4 + 3 * 3 * 3 + 2 * 3  # H(out|T) of the series that discretize


def test_events_are_not_mixed_with_those_of_before_and_the_library_is_asked_for(
    here, call, monkeypatch
):
    saved_run(here / "runs", PROFILE, "one")
    assert call("export", "one", "--tensorboard", "events")[0] == 0
    code, _, err = call("export", "one", "--tensorboard", "events")
    assert (code, "has events already" in err) == (1, True)
    monkeypatch.setattr(tensorboard, "find_spec", lambda name: None)
    code, _, err = call("export", "one", "--tensorboard", "others")
    assert (code, "pip install 'ibtui[tensorboard]'" in err) == (2, True)
    assert not (here / "others").exists()
