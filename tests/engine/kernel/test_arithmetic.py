import numpy as np
import pytest

from ibtui.engine.kernel import arithmetic
from ibtui.engine.kernel.cache import exact


@exact
def of_each(kind, x, out):
    for k in range(x.shape[0]):
        if kind == 0:
            out[k] = arithmetic.tanh(x[k])
        elif kind == 1:
            out[k] = arithmetic.exp(x[k])
        elif kind == 2:
            out[k] = arithmetic.sigmoid(x[k])
        elif kind == 3:
            out[k] = np.float32(arithmetic.erf_double(np.float64(x[k])))
        else:
            out[k] = np.float32(arithmetic.log_double(np.float64(x[k])))


def erf(x):
    torch = pytest.importorskip("torch")
    return torch.erf(torch.from_numpy(x)).numpy()


FUNCTIONS = [
    (0, np.tanh, -12, 12),
    (1, np.exp, -80, 80),
    (2, lambda x: 1 / (1 + np.exp(-x)), -80, 80),
    (3, erf, -5, 5),
    (4, np.log, 1e-30, 1e30),
]
NAMES = ["tanh", "exp", "sigmoid", "erf", "log"]
each = pytest.mark.parametrize(("kind", "function", "low", "high"), FUNCTIONS, ids=NAMES)


def call(kind, x):
    out = np.empty_like(x)
    of_each(kind, x, out)
    return out


def neighbours(low, high, many):
    """Runs of neighbouring float32 all over a range."""
    random = np.random.default_rng(0)
    signs, most = [], np.float32(max(abs(low), abs(high))).view(np.int32)
    starts = random.integers(np.float32(1e-4).view(np.int32), most - many, 60).astype(np.int32)
    for start in starts:
        signs.append(np.arange(start, start + many, dtype=np.int32).view(np.float32))
    return signs + ([-run[::-1] for run in signs] if low < 0 else [])


@each
def test_a_function_is_right_to_an_ulp(kind, function, low, high):
    for x in neighbours(low, high, 20_000):
        expected = function(x.astype(np.float64))
        ulp = np.spacing(np.abs(expected.astype(np.float32))).astype(np.float64)
        assert (np.abs(call(kind, x) - expected) / ulp).max() < 1.0


@each
def test_a_function_never_steps_back(kind, function, low, high):
    for x in neighbours(low, high, 20_000):
        assert (np.diff(call(kind, x)) >= 0).all()
    assert (np.diff(call(kind, np.linspace(low, high, 400_001, dtype=np.float32))) >= 0).all()


def test_what_is_too_large_or_no_number_comes_out_as_it_should():
    x = np.array([np.inf, -np.inf, np.nan, 200, -200, 0, -0.0], np.float32)
    np.testing.assert_array_equal(call(0, x), np.array([1, -1, np.nan, 1, -1, 0, 0], np.float32))
    np.testing.assert_array_equal(call(1, x), [np.inf, 0, np.nan, np.inf, 0, 1, 1])
    np.testing.assert_allclose(call(2, x), [1, 0, np.nan, 1, 0, 0.5, 0.5], atol=1e-38)
    assert np.signbit(call(0, x)[-1])
