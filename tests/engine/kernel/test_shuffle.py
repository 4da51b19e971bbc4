import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ibtui.engine import dropout, randomness
from ibtui.engine.kernel.shuffle import FOR_DROPOUT, bit_length, random_raw, shuffle

seeds = st.integers(0, 2**63 - 1)
epochs = st.integers(-1000, 10**6)


def kernel_order(seed: int, epoch: int, samples: int):
    order, keys = np.empty(samples, np.int64), np.empty(samples, np.uint64)
    ends = np.empty(1 + (1 << max(bit_length(samples - 1), 1)), np.int32)
    shuffle(np.uint64(seed), epoch, keys, ends, order)
    return order


@given(seeds, epochs, st.integers(1, 5000))
def test_the_order_is_the_engines_bit_for_bit(seed, epoch, samples):
    expected = randomness.shuffled([seed], epoch, samples)[:, 0]
    np.testing.assert_array_equal(kernel_order(seed, epoch, samples), expected)


def test_the_order_of_many_samples_is_the_engines():
    expected = randomness.shuffled([7], 3, 60_000)[:, 0]
    np.testing.assert_array_equal(kernel_order(7, 3, 60_000), expected)


@given(seeds, epochs, st.integers(1, 30), st.integers(1, 5))
def test_keys_of_dropout_are_the_engines(seed, epoch, steps, layers):
    raw = np.empty(steps * layers, np.uint64)
    random_raw(np.uint64(seed), FOR_DROPOUT, epoch, raw)
    expected = dropout.keys([seed], epoch, steps, layers).numpy()[:, :, 0]
    np.testing.assert_array_equal(raw.reshape(steps, layers) >> np.uint64(32), expected)
