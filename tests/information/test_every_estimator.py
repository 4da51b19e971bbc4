"""What holds for every estimator of the registry: degenerate layers, invariances, options."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from pydantic import TypeAdapter

from ibtui.errors import MeasureError
from ibtui.information import ESTIMATORS, Estimators, blocks
from ibtui.information.arrays import layer_of as own_layer
from ibtui.information.binning import Binning
from ibtui.information.discretized import Discretized
from ibtui.information.edge import Edge
from ibtui.information.histogram2d import Histogram2d
from ibtui.information.kmeans import KMeans
from ibtui.information.knn import Knn
from ibtui.information.neuron_mean import NeuronMean
from tests.information.oracles import informations_bits, make_layer

ALL = [cls() for cls in ESTIMATORS]
COUNTED = [e for e in ALL if isinstance(e, Discretized) or e.name in ("exact", "neuron-mean")]
FIXED = [KMeans(clusters=5) if e.name == "kmeans" else e for e in ALL]  # a knee may be none
BOUNDED = [*COUNTED, Histogram2d(), KMeans(clusters=5), KMeans(clusters=5, inputs=True)]
each = pytest.mark.parametrize("estimator", ALL, ids=lambda estimator: estimator.name)


def each_of(estimators):
    return pytest.mark.parametrize("estimator", estimators, ids=lambda e: e.series[0])


def layer_of(estimator, values, labels, seed=0, **context):
    """A tanh layer; one unit alone for the estimator of scalars."""
    values = np.asarray(values)
    if isinstance(estimator, Histogram2d):
        values = values[:, :, :1]
    inputs = np.random.default_rng(seed).normal(size=(values.shape[1], 1)).astype(np.float32)
    return make_layer(values, labels, activation="tanh", inputs=inputs, **context)


@each
def test_a_constant_layer_knows_nothing(estimator):
    labels = np.arange(40) % 3
    measured = estimator.measure(layer_of(estimator, np.full((2, 40, 3), 0.25), labels))
    assert measured.i_xt_bits.shape == measured.i_ty_bits.shape == (len(estimator.series), 2)
    assert measured.i_xt_bits.dtype == measured.i_ty_bits.dtype == np.float64
    # KSG's mean of psi(n) is no exact psi(k); the rest is rounding.
    within = 0.2 if isinstance(estimator, Knn) else 1e-6
    assert_allclose(measured.i_xt_bits, 0, atol=within)
    assert_allclose(measured.i_ty_bits, 0, atol=1e-6)


@each
def test_one_sample(estimator):
    layer = layer_of(estimator, [[[0.1, 0.2]], [[0.3, 0.4]]], [0], classes=2)
    if isinstance(estimator, Knn):
        with pytest.raises(MeasureError, match="have no 3 neighbours"):
            estimator.measure(layer)
    else:
        assert_allclose(estimator.measure(layer).bits, 0, atol=1e-9)


@each
def test_one_label_alone(estimator):
    values = np.random.default_rng(0).normal(size=(2, 30, 3))
    measured = estimator.measure(layer_of(estimator, np.tanh(values), np.zeros(30, int)))
    assert_allclose(measured.i_ty_bits, 0, atol=1e-6)


@each
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite(estimator, value):
    values = np.zeros((3, 5, 2))
    values[1, 2, 0] = value
    with pytest.raises(MeasureError, match="replicate 1 has NaN or infinite activations"):
        estimator.measure(layer_of(estimator, values, [0, 1, 1, 0, 1]))


@each
def test_the_layer_equal_to_the_labels(estimator):
    labels = np.arange(60) % 4
    values = (labels[:, None] == np.arange(4)) * 0.9 + np.zeros((2, 60, 4))
    if isinstance(estimator, Histogram2d):
        values = labels[:, None] / 4 + np.zeros((2, 60, 1))
    i_ty_bits = estimator.measure(layer_of(estimator, values, labels)).i_ty_bits[0]
    of_one_unit = informations_bits((labels == 0).tolist(), labels.tolist())[1]
    expected = {"neuron-mean": of_one_unit, "kde": None, "edge": None}.get(estimator.name, 2.0)
    if estimator.name == "gaussian-copula":  # no variance within a label: infinite
        assert np.isnan(i_ty_bits).all()
    elif expected is None:
        assert ((i_ty_bits > 1) & (i_ty_bits <= 2 + 1e-9)).all()
    else:
        within = {"renyi": 0.01, "knn": 0.04}.get(estimator.name, 1e-9)
        assert_allclose(i_ty_bits, expected, atol=within)


def measured_and_permuted(estimator, seed, *, samples=False, units=False, labels=False):
    """A layer as it is, and with its samples or units in another order or its labels renamed."""
    rng = np.random.default_rng(seed)
    values, of_samples = np.tanh(rng.normal(size=(2, 36, 3))), np.arange(36) % 3
    layer = layer_of(estimator, values, of_samples)
    values = layer.values.numpy()
    order = rng.permutation(36) if samples else np.arange(36)
    of_units = rng.permutation(values.shape[2]) if units else np.arange(values.shape[2])
    names = rng.permutation(3) if labels else np.arange(3)
    permuted = make_layer(
        values[:, order][:, :, of_units],
        names[of_samples[order]],
        activation="tanh",
        inputs=layer.inputs.numpy()[order],
    )
    return estimator.measure(layer).bits, estimator.measure(permuted).bits


@each_of(FIXED)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_names_of_labels_do_not_matter(estimator, seed):
    measured, renamed = measured_and_permuted(estimator, seed, labels=True)
    assert_allclose(renamed, measured, atol=1e-6)


@each_of([e for e in FIXED if not isinstance(e, Edge)])  # its axes are random, unit by unit
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_order_of_units_does_not_matter(estimator, seed):
    measured, permuted = measured_and_permuted(estimator, seed, units=True)
    assert_allclose(permuted, measured, atol=1e-6)


@each_of([e for e in FIXED if not isinstance(e, KMeans)])  # its first centres are drawn samples
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_order_of_samples_does_not_matter(estimator, seed):
    measured, permuted = measured_and_permuted(estimator, seed, samples=True)
    assert_allclose(permuted, measured, atol=1e-6)


@each
def test_many_replicates_equal_single_ones_in_any_memory(estimator):
    values = np.tanh(np.random.default_rng(1).normal(size=(3, 48, 4)))
    labels = np.arange(48) % 2
    together = estimator.measure(layer_of(estimator, values, labels)).bits
    for memory_bytes in (1 << 30, 1 << 18):
        alone = [
            estimator.measure(
                layer_of(estimator, own[None], labels, memory_bytes=memory_bytes)
            ).bits
            for own in values
        ]
        assert_allclose(np.concatenate(alone, axis=2), together, atol=1e-9)


@each
@pytest.mark.parametrize("memory_bytes", [1 << 30, 1 << 12])
def test_estimators_that_discretize_say_which_state_each_sample_is_in(estimator, memory_bytes):
    values = np.tanh(np.random.default_rng(2).normal(size=(3, 48, 4))).round(1)
    labels = np.arange(48) % 2
    if not estimator.discretizes:
        assert estimator.measure(layer_of(estimator, values, labels)).states is None
        return
    layer = layer_of(estimator, values, labels, memory_bytes=memory_bytes)
    measured = estimator.measure(layer)
    states = measured.states
    assert states.numbers.shape == (3, 48)
    found = [informations_bits(own, labels.tolist()) for own in states.numbers.tolist()]
    assert_allclose(states.entropy_bits, [h_t for h_t, _ in found], atol=1e-9)
    assert_allclose(measured.i_ty_bits[0], [i_ty for _, i_ty in found], atol=1e-9)


@each
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_measuring_leaves_the_layer_as_it_was(estimator, kind):
    values = np.tanh(np.random.default_rng(1).normal(size=(2, 40, 3))).astype(kind)
    inputs, labels = values[0, :, 1:2].copy(), np.arange(40) % 2
    own = values[:, :, :1] if isinstance(estimator, Histogram2d) else values
    # In the memory of own arrays, where no estimator's first step makes a copy of float64.
    given = own_layer(np.ascontiguousarray(own), labels, 2, inputs, "tanh", 1 << 30)
    for layer in (layer_of(estimator, values, labels), given):
        fields = (layer.values, layer.words, layer.inputs, layer.labels)
        kept = [field.clone() for field in fields]
        estimator.measure(layer)
        for now, before in zip(fields, kept, strict=True):
            assert_array_equal(now, before)


@each
def test_a_second_measurement_repeats_the_first(estimator):
    layer = layer_of(
        estimator, np.tanh(np.random.default_rng(1).normal(size=(2, 70, 3))), np.arange(70) % 2
    )
    assert_array_equal(estimator.measure(layer).bits, estimator.measure(layer).bits)


@each_of(BOUNDED)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), samples=st.integers(2, 60), classes=st.integers(1, 4))
def test_counted_information_is_bounded(estimator, seed, samples, classes):
    rng = np.random.default_rng(seed)
    values = np.tanh(rng.normal(size=(2, samples, 3)) * 10.0 ** rng.integers(-2, 3))
    labels = rng.integers(0, classes, samples)
    layer = layer_of(estimator, values, labels, classes=classes)
    measured = estimator.measure(layer)
    (i_xt, i_ty), states = measured.bits, measured.states
    h_t = i_xt if states is None else states.entropy_bits
    h_y = informations_bits(labels.tolist(), labels.tolist())[0]
    assert (i_xt >= -1e-9).all()
    assert (i_xt <= h_t + 1e-9).all()
    assert (h_t <= np.log2(samples) + 1e-9).all()
    assert (i_ty >= -1e-9).all()
    assert (i_ty <= np.minimum(h_t, h_y) + 1e-9).all()
    if not isinstance(estimator, NeuronMean):
        exact = COUNTED[0].measure(layer)
        assert (h_t <= exact.i_xt_bits + 1e-9).all()  # levels are a function of the values
        assert (i_ty <= exact.i_ty_bits + 1e-9).all()
    if isinstance(estimator, KMeans):
        assert (h_t <= np.log2(estimator.clusters) + 1e-9).all()


@each
def test_options_survive_a_profile(estimator):
    adapter = TypeAdapter(Estimators)
    table = estimator.model_dump(mode="json", exclude_none=True)
    assert adapter.validate_python(table) == estimator
    assert estimator.source
    assert estimator.cost
    assert all(
        field.description for name, field in type(estimator).model_fields.items() if name != "name"
    )


def test_names_of_families_and_series_are_unique():
    assert len({e.name for e in ALL}) == len(ALL)
    series = [name for e in ALL for name in e.series]
    assert len(set(series)) == len(series)


@pytest.mark.parametrize(
    ("name", "missing", "said"),
    [
        ("kmeans", "sklearn", "kmeans: needs scikit-learn"),
        ("kmeans", "kneed", "kmeans: needs kneed"),
        ("knn", "scipy", "knn: needs scipy"),
        ("gaussian-copula", "scipy", "gaussian-copula: needs scipy"),
    ],
)
def test_a_missing_library_is_named_with_its_remedy(monkeypatch, name, missing, said):
    estimator = TypeAdapter(Estimators).validate_python({"name": name})
    for module in {missing, *(m for m in sys.modules if m.partition(".")[0] == missing)}:
        monkeypatch.setitem(sys.modules, module, None)  # importing it fails now
    values = np.random.default_rng(0).normal(size=(1, 30, 2))
    with pytest.raises(MeasureError, match=f"{said}.*pip install 'ibtui\\[estimators\\]'"):
        estimator.measure(layer_of(estimator, values, np.arange(30) % 2))
    with pytest.raises(MeasureError, match=said):
        estimator.check_modules()


def test_shuffled_labels_give_what_chance_gives():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 400)
    values = np.tanh(labels[:, None] + rng.normal(size=(2, 400, 2)))
    layer = make_layer(values, labels, activation="tanh")
    true, null = Binning(bins=4), Binning(bins=4, shuffles=100)
    measured, chance = true.apply(layer), null.apply(layer)
    assert null.series == ("binning-4-null",)
    assert_array_equal(chance.i_xt_bits, measured.i_xt_bits)
    # The bias of counting 16 states and 2 labels: (16 - 1)(2 - 1) / (2 N ln 2) bits.
    assert_allclose(chance.i_ty_bits, [[15 / (2 * 400 * np.log(2))] * 2], rtol=0.15)
    assert (measured.i_ty_bits > 5 * chance.i_ty_bits).all()
    assert_array_equal(null.apply(layer).bits, chance.bits)


@pytest.mark.parametrize("units", [3, 31])
@each_of(COUNTED)
def test_a_layer_in_many_blocks_counts_as_one(monkeypatch, estimator, units):
    values = np.tanh(np.random.default_rng(2).normal(size=(3, 77, units)).round(1))
    layer = layer_of(estimator, values, np.arange(77) % 2)
    whole = estimator.measure(layer).bits
    for values_at_once in (1, 8 * 3 * units, 10 * 3 * units):
        monkeypatch.setattr(blocks, "CACHED", values_at_once)
        assert_array_equal(estimator.measure(layer).bits, whole)
