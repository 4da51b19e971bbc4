"""Estimators that count: corrections, nulls, and the bias of a small sample, simulated."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pydantic import ValidationError
from scipy.optimize import brentq

from ibtui.estimation import estimate, rows
from ibtui.information import ESTIMATORS
from ibtui.information.binning import Binning
from ibtui.information.correction import CORRECTIONS, entropy_bits
from ibtui.information.counted import NO_TWO, Counted
from ibtui.information.exact import Exact
from ibtui.information.histogram2d import Histogram2d
from ibtui.information.kmeans import KMeans
from tests.information.oracles import make_layer

COUNTING = [
    KMeans(clusters=5) if kind.__name__ == "KMeans" else kind()
    for kind in ESTIMATORS
    if issubclass(kind, Counted)
]
TRUE_BITS = 0.153


def binary_bits(p):
    return -p * np.log2(p) - (1 - p) * np.log2(1 - p)


def samples_of_a_source(times, samples=820, states=200):
    """Layers (state, label) of a source with I(T;Y) = `TRUE_BITS`: equally likely states."""
    rng = np.random.default_rng(0)
    off = brentq(lambda d: 1 - binary_bits(0.5 + d) - TRUE_BITS, 0.01, 0.49)
    chance = 0.5 + off * (-1.0) ** np.arange(states)
    for _ in range(times):
        t = rng.integers(states, size=samples)
        yield make_layer(t[None, :, None], (rng.random(samples) < chance[t]).astype(int))


def mean_bits(estimator, times=30):
    return np.mean([estimator.apply(one).i_ty_bits.item() for one in samples_of_a_source(times)])


@pytest.mark.parametrize(
    ("options", "least", "most"),
    [
        ({}, 0.33, 0.38),  # plug-in
        ({"shuffles": 3}, 0.19, 0.23),  # what chance alone gives
        ({"shuffles": 3, "subtract_null": True}, 0.12, 0.17),
        ({"correction": "miller-madow"}, 0.22, 0.26),
        ({"correction": "grassberger"}, 0.14, 0.19),
        ({"correction": "chao-shen"}, 0.07, 0.13),
        ({"correction": "nsb"}, 0.12, 0.17),
    ],
)
def test_820_samples_of_200_states(options, least, most):
    assert least < mean_bits(Exact(**options)) < most


@pytest.mark.parametrize("correction", CORRECTIONS)
@pytest.mark.parametrize("estimator", COUNTING, ids=lambda estimator: estimator.name)
def test_every_estimator_that_counts_takes_a_correction(estimator, correction):
    rng = np.random.default_rng(1)
    units = 1 if isinstance(estimator, Histogram2d) else 2
    values, labels = np.tanh(rng.normal(size=(2, 50, units))).round(1), np.arange(50) % 3
    inputs = rng.normal(size=(50, 1)).astype(np.float32)
    layer = make_layer(values, labels, activation="tanh", inputs=inputs)
    corrected = estimator.model_copy(update={"correction": correction})
    plain, found = estimator.measure(layer), corrected.measure(layer)
    assert corrected.series == (f"{estimator.series[0]}-{correction}",)
    assert (found.bits != plain.bits).all()
    if not estimator.discretizes or isinstance(estimator, Histogram2d):
        return
    states = plain.states.numbers.numpy()
    assert_array_equal(found.states.numbers, states)
    assert_array_equal(found.states.entropy_bits, plain.states.entropy_bits)
    for replicate, own in enumerate(states):

        def entropy(*columns):
            rows = np.unique(np.stack(columns), axis=1, return_counts=True)[1]
            return entropy_bits(rows, correction)

        h_t, h_y = entropy(own), entropy(labels)
        assert_allclose(found.i_xt_bits[0, replicate], h_t, atol=1e-9)
        i_ty_bits = h_t + h_y - entropy(own, labels)
        assert_allclose(found.i_ty_bits[0, replicate], i_ty_bits, atol=1e-9)


def test_a_null_is_subtracted_as_a_series_of_its_own():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 300)
    layer = make_layer(np.tanh(labels[:, None] + rng.normal(size=(2, 300, 2))), labels)
    plain = Binning(bins=4, bounds="layer")
    null, less = (
        plain.model_copy(update={"shuffles": 5, "subtract_null": subtract})
        for subtract in (False, True)
    )
    assert [one.series[0] for one in (plain, null, less)] == [
        "binning-4-layer",
        "binning-4-layer-null",
        "binning-4-layer-less-null",
    ]
    assert [one.is_null for one in (plain, null, less)] == [False, True, False]
    measured, chance, rest = (one.apply(layer) for one in (plain, null, less))
    assert_array_equal(rest.i_xt_bits, measured.i_xt_bits)
    assert_allclose(rest.i_ty_bits, measured.i_ty_bits - chance.i_ty_bits, rtol=0)


def test_a_correction_has_nothing_to_go_by_where_all_states_are_distinct():
    corrected = Exact(correction="chao-shen")
    distinct, repeated = np.arange(40.0)[None, :, None], np.arange(40.0)[None, :, None] // 2
    assert corrected.measure(make_layer(distinct, np.arange(40) % 2)).notes == (NO_TWO,)
    assert corrected.measure(make_layer(repeated, np.arange(40) % 2)).notes == ()


def test_a_corrected_count_is_not_held_against_the_samples_own_entropy():
    t = np.arange(60.0)[:, None] // 1.5
    made = estimate({"T": t}, np.arange(60) % 2, ["exact:correction=chao-shen"], inputs=t)
    (row,) = rows(made)
    assert row["i_xt_bits"] > made.recording.header.input_bits + 0.1
    assert (row["above_hx"], row["saturated"]) == (0, 0)


def test_there_is_nothing_to_subtract_without_shuffles():
    with pytest.raises(ValidationError, match="subtract_null needs shuffles"):
        Exact(subtract_null=True)
