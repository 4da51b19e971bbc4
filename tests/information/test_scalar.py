"""Per-unit and two-dimensional counts, against dictionaries and numpy's histogram."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from ibtui.errors import MeasureError
from ibtui.information.histogram2d import Histogram2d
from ibtui.information.neuron_mean import NeuronMean
from tests.information.oracles import informations_bits, make_layer


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), memory=st.sampled_from([1, 4000, 1 << 30]))
def test_neuron_mean_counts_each_unit_alone(seed, memory):
    rng = np.random.default_rng(seed)
    values = rng.integers(-3, 4, (3, 19, 5)) / 7
    labels = np.arange(19) % 3
    measured = NeuronMean().measure(make_layer(values, labels, memory_bytes=memory))
    for replicate, own in enumerate(values):
        units = [informations_bits(unit.tolist(), labels.tolist()) for unit in own.T]
        found = measured.i_xt_bits[0, replicate], measured.i_ty_bits[0, replicate]
        assert_allclose(found, np.mean(units, axis=0), atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), bins=st.sampled_from([2, 5, 30]))
def test_histogram2d_is_numpys(seed, bins):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(50, 1)).astype(np.float32)
    t = (x + rng.normal(size=(2, 50, 1)) * 0.3).astype(np.float32)
    labels = np.arange(50) % 3
    measured = Histogram2d(bins=bins).measure(make_layer(t, labels, inputs=x))
    for replicate, own in enumerate(t):
        joint = np.histogram2d(x[:, 0].astype(float), own[:, 0].astype(float), bins=bins)[0] / 50
        p_x, p_t = joint.sum(1, keepdims=True), joint.sum(0, keepdims=True)
        some = joint > 0
        expected = (joint[some] * np.log2(joint[some] / (p_x * p_t)[some])).sum()
        assert_allclose(measured.i_xt_bits[0, replicate], expected, atol=1e-9)
        edges = np.histogram_bin_edges(own[:, 0].astype(float), bins)[1:-1]
        states = np.digitize(own[:, 0].astype(float), edges).tolist()
        of_labels = informations_bits(states, labels.tolist())[1]
        assert_allclose(measured.i_ty_bits[0, replicate], of_labels, atol=1e-9)


def test_histogram2d_of_the_identity_is_the_entropy_of_its_bins():
    x = np.arange(32, dtype=np.float32)[:, None]
    measured = Histogram2d(bins=8).measure(make_layer(x[None], np.arange(32) % 2, inputs=x))
    assert_allclose(measured.i_xt_bits, [[3.0]])


@pytest.mark.parametrize(("units", "inputs"), [(2, 1), (1, 3)])
def test_histogram2d_is_for_scalars(units, inputs):
    layer = make_layer(np.ones((1, 4, units)), [0, 1, 0, 1], inputs=np.ones((4, inputs)))
    with pytest.raises(MeasureError, match=f"not {inputs} and {units}"):
        Histogram2d().measure(layer)
