import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ibtui.engine.kernel.products import add_bias, back, by_weights, sums

sizes = st.integers(1, 21)


def made(inputs, units, stride, seed):
    random = np.random.default_rng(seed)
    return [
        random.normal(size=shape).astype(np.float32)
        for shape in ((inputs, stride), (inputs, units), (units,), (units, stride))
    ]


@given(sizes, sizes, st.integers(1, 3), st.integers(0, 2**32))
def test_sums_go_term_by_term_and_the_bias_comes_last(inputs, units, vectors, seed):
    stride = 16 * vectors
    h, w, bias, _ = made(inputs, units, stride, seed)
    z = np.empty(units * stride, np.float32)
    sums(h.ravel(), inputs, w.ravel(), z, units, stride)
    add_bias(z, bias, units, stride)
    expected = h[0] * w[0][:, None]
    for row, of_input in zip(h[1:], w[1:], strict=True):
        expected = expected + row * of_input[:, None]
    np.testing.assert_array_equal(z.reshape(units, stride), expected + bias[:, None])


@given(sizes, sizes, st.integers(1, 3), st.integers(0, 2**32))
def test_both_products_backward(inputs, units, vectors, seed):
    stride = 16 * vectors
    h, w, _, g = made(inputs, units, stride, seed)
    below, dw = np.empty(inputs * stride, np.float32), np.empty(inputs * units, np.float32)
    back(g.ravel(), units, w.ravel(), below, inputs, stride)
    by_weights(h.ravel(), inputs, g.ravel(), units, dw, stride)
    wide = np.float64
    np.testing.assert_allclose(
        below.reshape(inputs, stride), w.astype(wide) @ g.astype(wide), rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(
        dw.reshape(inputs, units), h.astype(wide) @ g.T.astype(wide), rtol=1e-4, atol=1e-4
    )


def test_what_cancels_is_exactly_zero():
    """With a fused product the rounding of the first term would be left over."""
    h = np.full((2, 16), 0.1, np.float32)
    w, z = np.array([0.3, -0.3], np.float32), np.empty(16, np.float32)
    sums(h.ravel(), 2, w, z, 1, 16)
    assert (z == 0).all()
