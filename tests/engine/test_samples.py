"""Replicates with samples of their own: each is the run that it would be alone with them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from ibtui.engine import Ensemble
from tests.engine.small import (
    AS_WRITTEN,
    RELU_AS_CODED,
    TANH_AS_CODED,
    assert_same,
    columns,
    make_own,
    make_profile,
    passes,
    record,
    reseeded,
)
from tests.information.oracles import informations_bits, rows

ESTIMATORS = [
    {"name": "exact"},
    {"name": "binning", "bounds": "running", "replicates": 2},
    {"name": "knn"},
    {"name": "renyi", "shuffles": 2},
]
TABLES = {
    "full precision": {"estimator": ESTIMATORS},
    "as written": {"quantization": AS_WRITTEN, "estimator": ESTIMATORS},
    "as coded tanh": {"quantization": TANH_AS_CODED},
    "as coded relu": {"quantization": RELU_AS_CODED, "network": {"activation": "relu"}},
    "prefit": {"training": {"prefit_epochs": 2}},
    "in order": {"training": {"shuffle": "none"}},
    "dropout": {"network": {"dropout": 0.3}},
    "wide": {"network": {"layers": [300, 4]}, "quantization": AS_WRITTEN},
    "pooled": {"network": {"layers": [{"pool": 2}, 4]}, "quantization": AS_WRITTEN},
    "training samples": {"measure": {"on": "train"}},
    "test samples": {"measure": {"on": "test"}, "estimator": ESTIMATORS},
    "one at a time": {"measure": {"memory_gib": 2e-5}, "quantization": AS_WRITTEN},
    "over the run": {"estimator": [{"name": "binning", "bounds": "run"}]},
}


@pytest.mark.parametrize("tables", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("distinct", [None, 20])
def test_replicates_as_one_are_single_runs_on_their_samples(tables, distinct):
    own = make_own(29, classes=3, shape=(1, 5, 5), distinct=distinct)
    together = record(Ensemble(make_profile(**tables), own))
    singles = []
    for seed in (1000, 1001, 1002):
        alone = make_profile(**tables | {"seed": seed, "replicates": 1})
        singles.append(record(Ensemble(alone, own.own(seed))))
    for replicate, single in enumerate(singles):
        found = columns(together, [replicate])
        if tables.get("estimator") == ESTIMATORS and replicate == 2:  # alone it is the first
            single.i_xt_bits[:, 1] = single.i_ty_bits[:, 1] = np.nan
            single.output_loss_bits[:, 1] = np.nan
        assert_same(found, single, rtol=1e-4, atol=1e-5)
    for bits in ("input_bits", "label_bits"):
        of_each = [getattr(single.header, bits) for single in singles]
        assert getattr(together.header, bits) == pytest.approx(np.mean(of_each))


@pytest.mark.parametrize("on", ["all", "train", "test"])
def test_information_is_counted_with_each_replicates_own_labels(on):
    own = make_own(70, 5, 3, distinct=40)
    network = {"layers": [6, 2], "activation": "relu"}
    profile = make_profile(quantization=AS_WRITTEN, network=network, measure={"on": on})
    made = Ensemble(profile, own)
    recording = record(made)
    layers = passes(made)
    for replicate in range(3):
        data = own.own(1000 + replicate)
        index = {"all": np.arange(70), "train": data.train, "test": data.test}[on]
        for number, passed in enumerate(layers):
            states = rows(passed.values.numpy()[index, :, replicate])
            bits = (recording.i_xt_bits, recording.i_ty_bits)
            found = [array[-1, 0, replicate, number] for array in bits]
            assert_allclose(found, informations_bits(states, data.labels[index]), atol=1e-9)
        output = layers[-1].values.numpy()[:70, :, replicate]
        accuracy = (output.argmax(1) == data.labels)[data.train].mean()
        assert recording.train_accuracy[-1, replicate] == pytest.approx(accuracy)


def test_a_replicate_that_starts_again_keeps_its_samples():
    own = make_own(61, 5)
    never = make_profile(quantization=AS_WRITTEN)
    accuracy = np.sort(record(Ensemble(never, own)).train_accuracy[-1])
    assert accuracy[0] < accuracy[1], "the seeds must differ in accuracy for this test"
    again = {"restart_below": float(accuracy[:2].mean()), "restart_at": 4, "restart_limit": 1}
    made = Ensemble(make_profile(quantization=AS_WRITTEN, training=again), own)
    recording = record(made)
    [restart] = made.restarts
    replicate, seed = restart.replicate, restart.seed
    assert seed not in (1000, 1001, 1002)
    assert_same(recording, record(reseeded(Ensemble(never, own), made.seeds)))
    alone = make_profile(quantization=AS_WRITTEN, replicates=1)
    single = record(reseeded(Ensemble(alone, own.own(1000 + replicate)), [seed]))
    assert_same(columns(recording, [replicate]), single, rtol=1e-4, atol=1e-5)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:torch")
def test_compiled_steps_train_and_measure_on_their_replicates_samples():
    own = make_own(150, 3)

    def made(compile_, checkpoint=None):
        profile = make_profile(network={"layers": [3]}, training={"compile": compile_})
        return Ensemble(profile, own, checkpoint=checkpoint)

    expected, compiled = record(made("never")), made("always")
    frames, halfway = [], None
    for frame in compiled.frames():
        frames.append(frame)
        if frame.epoch == 2:
            halfway = compiled.checkpoint()
    assert compiled.compiled
    assert not compiled.warnings
    for at, frame in enumerate(frames):
        for name in ("train_loss_nats", "test_loss_nats", "train_accuracy", "activation_max"):
            found, wanted = getattr(frame, name), getattr(expected, name)[at]
            assert_allclose(found, wanted, rtol=1e-3, err_msg=name)
        assert_allclose(frame.i_ty_bits, expected.i_ty_bits[at], atol=1e-2)
    resumed = list(made("always", halfway).frames())
    assert [frame.epoch for frame in resumed] == [3, 4]
    for frame, other in zip(resumed, frames[3:], strict=True):
        for name in ("i_xt_bits", "i_ty_bits", "train_loss_nats", "test_loss_nats"):
            assert_array_equal(getattr(frame, name), getattr(other, name))
