"""The kernel as a backend: frames, threads, neighbours, checkpoints."""

import numpy as np
import pytest

from ibtui.engine import Ensemble, layers
from ibtui.engine.kernel import threads
from tests.engine.kernel.both import ensemble, in_order, recorded
from tests.engine.small import (
    AS_WRITTEN,
    RELU_AS_CODED,
    TABLES,
    TANH_AS_CODED,
    assert_same,
    columns,
    make_dataset,
    make_own,
    record,
    reseeded,
    without_test,
)

DENSE = {name: tables for name, tables in TABLES.items() if name != "convolutions"}
each = pytest.mark.parametrize("tables", DENSE.values(), ids=DENSE)
EXACT_ALONE = {
    "whole": {},
    "tanh": {"quantization": TANH_AS_CODED},
    "relu": {"quantization": RELU_AS_CODED, "network": {"activation": "relu"}},
    "written": {"quantization": AS_WRITTEN},
    "sigmoid": {"quantization": AS_WRITTEN, "network": {"output": "sigmoid"}},
    "sigmoid of logits": {"quantization": TANH_AS_CODED, "network": {"output": "sigmoid"}},
    "wide and fine": {"quantization": {"bits": 16}, "network": {"layers": [70, 9]}},
    "test samples": {"measure": {"on": "test"}},
    "training samples": {"measure": {"on": "train"}, "quantization": AS_WRITTEN},
}


def kernel(tables, dataset=None, **training) -> Ensemble:
    return ensemble("kernel", make_dataset() if dataset is None else dataset, tables, **training)


@pytest.mark.parametrize("tables", EXACT_ALONE.values(), ids=EXACT_ALONE)
@pytest.mark.parametrize(
    "data", [make_dataset(), make_own(), make_dataset(90, distinct=20)], ids=["one", "own", "twice"]
)
def test_a_first_frame_is_torchs(tables, data, monkeypatch):
    monkeypatch.setattr(layers.Dense, "__call__", in_order)
    one, other = (next(ensemble(name, data, tables).frames()) for name in ("torch", "kernel"))
    for field, value in vars(one).items():
        if field != "seconds" and value is not None:
            np.testing.assert_allclose(
                getattr(other, field), value, rtol=1e-6, atol=1e-6, err_msg=field
            )


@pytest.mark.parametrize("tables", EXACT_ALONE.values(), ids=EXACT_ALONE)
def test_states_counted_are_those_of_the_words(tables):
    """The count of the kernel itself, and that of the words it hands to others."""
    twice = [{"name": "exact"}, {"name": "exact", "replicates": 3, "label": "from words"}]
    whole = record(kernel(tables | {"estimator": twice}, make_dataset(90, distinct=60)))
    for bits in (whole.i_xt_bits, whole.i_ty_bits):
        np.testing.assert_allclose(bits[:, 0], bits[:, 1], rtol=0, atol=1e-12)


@pytest.mark.parametrize("tables", EXACT_ALONE.values(), ids=EXACT_ALONE)
@pytest.mark.parametrize("bits", [1, 3, 8])
def test_requantized_is_counted_as_the_estimator_counts_it(tables, bits):
    """Its bits and what it loses of the output: by the kernel, and of the values it gives."""
    twice = [
        {"name": "requantized", "bits": bits},
        {"name": "requantized", "bits": bits, "replicates": 3, "label": "of values"},
    ]
    whole = record(kernel(tables | {"estimator": twice}, make_dataset(90, distinct=60)))
    for found in (whole.i_xt_bits, whole.i_ty_bits, whole.output_loss_bits):
        np.testing.assert_allclose(found[:, 0], found[:, 1], rtol=0, atol=1e-12)
    assert bits > 1 or (whole.output_loss_bits[:, 0] > 0.1).any()
    alone = record(kernel(tables | {"estimator": twice[:1]}, make_dataset(90, distinct=60)))
    for name in ("i_xt_bits", "i_ty_bits", "output_loss_bits", "train_loss_nats"):
        first = getattr(whole, name)
        first = first[:, :1] if first.ndim == 4 else first
        np.testing.assert_array_equal(getattr(alone, name), first)


@each
def test_a_replicate_alone_is_as_among_others(tables):
    many = kernel(tables | {"replicates": 5})
    alone = reseeded(kernel(tables | {"replicates": 1}), many.seeds[3:4])
    assert_same(record(alone), columns(record(many), [3]))


@each
def test_two_threads_are_as_one(tables, monkeypatch):
    found = []
    for cores in (1, 2, 3):
        monkeypatch.setattr(threads, "CORES", cores)
        found.append(recorded(kernel(tables | {"replicates": 5})))
    for recording, state in found[1:]:
        assert_same(recording, found[0][0])
        for name in state.keys() - {"seconds"}:
            np.testing.assert_array_equal(state[name], found[0][1][name], name)


@each
def test_a_run_goes_on_bit_for_bit(tables):
    whole, state = recorded(kernel(tables))
    part = kernel(tables)
    frames = part.frames()
    for _ in range(3):
        next(frames)
    rest = Ensemble(part.profile, make_dataset(), checkpoint=part.checkpoint())
    last = list(rest.frames())[-1]
    np.testing.assert_array_equal(last.i_xt_bits, whole.i_xt_bits[-1])
    for name, array in rest.checkpoint().items():
        if name != "seconds":
            np.testing.assert_array_equal(array, state[name], name)


def test_a_run_that_is_saved_before_its_first_frame_finds_its_ranges_later():
    tables = {"quantization": AS_WRITTEN}
    saved = kernel(tables).checkpoint()
    late = Ensemble(kernel(tables).profile, make_dataset(), checkpoint=saved)
    assert_same(record(late), record(kernel(tables)))


def test_restarts_are_as_if_their_seeds_had_been_the_first():
    one = kernel({"replicates": 4}, restart_below=1.0, restart_at=2, restart_limit=1)
    found = record(one)
    assert one.restarts
    for restart in one.restarts:
        alone = reseeded(kernel({"replicates": 1}), [restart.seed])
        assert_same(columns(found, [restart.replicate]), record(alone))


def test_what_is_no_number_stays_with_its_replicate():
    tables = {"replicates": 3, "quantization": RELU_AS_CODED, "network": {"activation": "relu"}}
    sound = record(kernel(tables))
    one = kernel(tables)
    frames = one.frames()
    next(frames)
    one._replicates.state.rows.parameters[1, 0] = np.nan
    rest = list(frames)
    assert one.diverged == {1: 1}
    for frame, expected in zip(rest, sound.i_xt_bits[1:], strict=True):
        np.testing.assert_array_equal(frame.i_xt_bits[:, [0, 2]], expected[:, [0, 2]])
        assert np.isnan(frame.i_xt_bits[:, 1]).all()


def test_equal_states_below_give_equal_states_above():
    tables = {"quantization": None, "network": {"layers": [40, 30, 20]}}
    found = record(kernel(tables, make_dataset(200, 7, distinct=30)))
    assert (np.diff(found.i_xt_bits, axis=-1) <= 0).all()


def test_a_data_set_without_test_samples():
    found = record(kernel({}, without_test(make_dataset())))
    assert np.isnan(found.test_accuracy).all()
    assert np.isfinite(found.train_accuracy).all()


def test_values_and_words_are_measured_in_parts_where_memory_is_short():
    estimators = {"estimator": [{"name": "exact"}, {"name": "binning", "bins": 4}]}
    whole = record(kernel(estimators))
    parts = record(kernel(estimators | {"measure": {"memory_gib": 0.00015}}))
    assert_same(parts, whole)
