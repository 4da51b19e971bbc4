"""The four terms of the true I(X;T): what they sum to, and each against a dictionary count."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from ibtui.engine import Ensemble
from ibtui.errors import UsageError
from ibtui.estimation import parse as parsed
from ibtui.information import ESTIMATORS, Exact
from ibtui.information.decomposed import TERMS, Decomposed
from ibtui.information.joint import number_rows, with_noise
from tests.engine.small import make_dataset, make_profile, record
from tests.information.oracles import entropy_bits, make_layer, rows

SPECS = (
    "binning:bins=3,bounds=layer",
    "binning:bins=4,bounds=activation",
    "binning-width:width=0.5",
    "requantized:bits=2",
    "quantile:bins=3",
    "scott",
    "sturges",
    "doane",
    "kmeans:clusters=3",
    "kmeans:clusters=4,inputs=true",
)
each = pytest.mark.parametrize("spec", SPECS)


def parse(spec) -> Decomposed:
    estimator = parsed(spec)
    assert isinstance(estimator, Decomposed)
    return estimator


def joint_bits(*states) -> float:
    return entropy_bits(list(zip(*states, strict=True)))


def terms_bits(x, binned_x, t, binned_t) -> list[float]:
    """The conditional informations by the entropies that define them, of hashable states."""

    def given(one, other, *known):
        both = joint_bits(one, *known) + joint_bits(other, *known)
        return both - joint_bits(one, other, *known) - (joint_bits(*known) if known else 0.0)

    return [
        given(binned_x, binned_t),
        given(x, binned_t, binned_x),
        given(binned_x, t, binned_t),
        given(x, t, binned_x, binned_t),
    ]


def random_layer(seed, noisy=False, samples=60):
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(samples, 2)).astype(np.float32)
    if noisy:
        inputs = inputs[rng.integers(0, 25, samples)]
    sums = inputs @ rng.normal(size=(3, 2, 2)).astype(np.float32)
    values = np.round(np.tanh(sums) * 4) / 4  # states repeat
    if noisy:
        values = values + rng.integers(0, 2, values.shape) * 0.0625
    values = np.clip(values, -1, 1)
    layer = make_layer(values, rng.integers(0, 2, samples), activation="tanh", inputs=inputs)
    numbers = number_rows(inputs) if noisy else None
    return (layer if numbers is None else with_noise(layer, numbers)), inputs, values


@each
@pytest.mark.parametrize("noisy", [False, True])
def test_each_term_is_the_dictionary_count_and_they_sum_to_exact(spec, noisy):
    estimator = parse(f"{spec},decompose=true" if ":" in spec else f"{spec}:decompose=true")
    layer, inputs, values = random_layer(SPECS.index(spec), noisy)
    found = estimator.measure(layer)
    assert len(estimator.series) == len(found.i_xt_bits) == 5
    cells = estimator.cells_of_inputs(layer)
    assert cells is not None
    assert found.states is not None
    for replicate in range(3):
        binned = found.states.numbers[replicate].tolist()
        expected = terms_bits(rows(inputs), cells.tolist(), rows(values[replicate]), binned)
        assert_allclose(found.i_xt_bits[1:, replicate], expected, atol=1e-9)
    exact = Exact().measure(layer)
    assert_allclose(found.i_xt_bits[1:].sum(0), exact.i_xt_bits[0], atol=1e-9)
    assert (found.i_xt_bits[1:] > -1e-9).all()
    assert np.isnan(found.i_ty_bits[1:]).all()
    plain = parse(spec).measure(layer)
    for name in ("i_xt_bits", "i_ty_bits"):
        np.testing.assert_array_equal(getattr(found, name)[0], getattr(plain, name)[0])


def test_terms_of_random_networks_sum_to_exact():
    estimators = [
        {"name": "exact"},
        {"name": "binning", "bins": 3, "decompose": True},
        {"name": "requantized", "bits": 1, "decompose": True},
    ]
    profile = make_profile(
        estimator=estimators,
        network={"layers": [2, 2]},
        quantization={"bits": 3},
        training={"backend": "kernel"},
    )
    found = record(Ensemble(profile, make_dataset(inputs=1)))
    assert found.header.series[1:6] == ("binning-3", *(f"binning-3-{term}" for term in TERMS))
    assert profile.nulls == (False, False, *[True] * 4, False, *[True] * 4)
    for first in (2, 7):
        terms = found.i_xt_bits[:, first : first + 4]
        assert_allclose(terms.sum(1), found.i_xt_bits[:, 0], atol=1e-9)
        assert (terms.max((0, 2, 3))[[0, 2]] > 0.1).all()  # a constant sum would show nothing
        assert np.isnan(found.output_loss_bits[:, first : first + 4]).all()


def test_inputs_that_keep_apart_lose_nothing():
    """X' = X: what is lost is lost in T alone, I(T;X) - I(T';X)."""
    values = np.linspace(-1, 1, 32).reshape(1, 32, 1)
    layer = make_layer(values, np.arange(32) % 2, activation="tanh", inputs=values[0])
    found = parse("binning:bins=8,decompose=true").measure(layer)
    assert_allclose(found.i_xt_bits[:, 0], [3, 3, 0, 0, 2], atol=1e-12)
    layer = make_layer(values, np.arange(32) % 2, activation="tanh", inputs=torch.eye(32))
    found = parse("binning:bins=8,decompose=true").measure(layer)
    assert_allclose(found.i_xt_bits[:, 0], [3, 3, 0, 2, 0], atol=1e-12)


def test_every_estimator_that_discretizes_can_decompose_and_its_name_stays():
    for cls in ESTIMATORS:
        assert issubclass(cls, Decomposed) == cls.discretizes
    assert parse("scott:decompose=false") == parse("scott")
    assert parse("scott:decompose=true").series[0] == "scott"
    assert parse("scott:decompose=true,label=mine").series[2] == "mine-lost-in-x"
    with pytest.raises(UsageError, match="decompose goes with plain counts"):
        parse("scott:decompose=true,shuffles=3")
