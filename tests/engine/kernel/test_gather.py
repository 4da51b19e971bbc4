import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ibtui.engine.kernel.gather import encode


@given(st.integers(1, 400), st.integers(1, 2000), st.integers(0, 2**32))
def test_codes_stand_for_the_very_values(distinct, count, seed):
    random = np.random.default_rng(seed)
    values = random.normal(size=distinct).astype(np.float32)[random.integers(0, distinct, count)]
    codes, table = np.empty(count, np.uint8), np.zeros(256, np.float32)
    known = len(np.unique(values))
    found = encode(values, codes, table)
    assert found == (known if known <= 256 else -1)
    if found > 0:
        np.testing.assert_array_equal(table[codes].view(np.int32), values.view(np.int32))


def test_both_zeros_have_codes_of_their_own():
    values, codes = np.array([0.0, -0.0, 0.0], np.float32), np.empty(3, np.uint8)
    assert encode(values, codes, np.zeros(256, np.float32)) == 2
    np.testing.assert_array_equal(codes, [0, 1, 0])
