"""The data sets that are made from a rule, against their definitions and published figures."""

import hashlib
import itertools
import math
import sys

import numpy as np
import pytest

from ibtui.data import SOURCES, Szt
from ibtui.data.binary import ANTIPODES, EDGES
from ibtui.data.wireless import DELAY_SPREAD_SECONDS, SPACING_HZ, SUBCARRIERS, TAPS, simulate
from ibtui.errors import DataError


def load(name, **options):
    return SOURCES[name](**options).load(None)


def test_szt_labels_are_the_published_ones():
    data = Szt().load(None)
    digest = hashlib.sha256(data.labels.astype(np.uint8).tobytes()).hexdigest()
    assert digest == "77732f16f85e91b49d3997196b56163b3bd362d8cf631468a8de3f986e88359f"
    assert data.labels.sum() == 2118
    assert data.label_bits() == pytest.approx(0.999157, abs=5e-7)


def test_szt_inputs_count_upward_in_binary():
    data = Szt().load(None)
    places = 2.0 ** np.arange(11, -1, -1)
    assert np.array_equal(data.inputs @ places, np.arange(4096))
    assert data.input_bits() == 12
    assert len(data.train) == 3276


def test_szt_pairs_are_an_icosahedron():
    digits = "0123456789ab"
    near = {v: {w for pair in EDGES.split() if v in pair for w in pair} - {v} for v in digits}
    assert [len(near[v]) for v in digits] == [5] * 12
    for v in digits:  # the five around a vertex form a ring
        assert [len(near[v] & near[w]) for w in near[v]] == [2] * 5
    far = [v + w for v, w in itertools.combinations(digits, 2) if not near[v] & (near[w] | {w})]
    assert far == ANTIPODES.split()


def test_majority_ignores_the_first_bit():
    data = load("majority")
    for i in (0b011000110010, 0b111000110011, 0b100000111111, 0b111111000000):
        assert data.labels[i] == (f"{i:012b}"[1:].count("1") >= 6)
    assert data.labels[0b011000110010] == 0  # the thesis's two examples
    assert data.labels[0b111000110011] == 1
    assert np.bincount(data.labels).tolist() == [2048, 2048]
    assert data.label_bits() == 1


def test_gaussian_is_labelled_by_its_sign():
    data = load("gaussian", samples=5000, seed=3)
    assert data.inputs.shape == (5000, 1)
    assert np.array_equal(data.labels == 1, data.inputs[:, 0] > 0)
    # Mean and variance of 5000 normal numbers, four standard errors wide.
    assert abs(data.inputs.mean()) < 4 / math.sqrt(5000)
    assert abs(data.inputs.var() - 1) < 4 * math.sqrt(2 / 5000)


def test_replicates_of_their_own_gaussian_sample_share_its_split_alone():
    data = load("gaussian", samples=500, seed=3, per_replicate=True)
    assert data.own is not None
    one, again, other = (data.own(seed) for seed in (1000, 1000, 1001))
    another = load("gaussian", samples=500, seed=4, per_replicate=True)
    assert another.own is not None
    assert np.array_equal(one.inputs, again.inputs)
    drawn = np.stack([d.inputs[:, 0] for d in (data, one, other, another.own(1000))])
    assert len(np.unique(drawn)) == 2000
    for own in (one, other):
        assert own.own is None
        assert np.array_equal(own.labels == 1, own.inputs[:, 0] > 0)
        assert np.array_equal(own.train, np.arange(400))
        assert np.array_equal(own.test, np.arange(400, 500))
        assert abs(own.labels[own.test].sum() - own.labels.sum() / 5) < 1  # stratified


@pytest.mark.parametrize("name", ["gaussian", "wireless"])
def test_seeds_decide_the_draws(name):
    first, again, other = (load(name, samples=40, seed=seed) for seed in (5, 5, 6))
    assert np.array_equal(first.inputs, again.inputs)
    assert np.array_equal(first.labels, again.labels)
    assert not np.array_equal(first.inputs, other.inputs)


def test_iris_has_150_flowers_two_of_them_alike():
    data = load("iris")
    assert data.inputs.shape == (150, 4)
    assert data.label_names == ("setosa", "versicolor", "virginica")
    assert data.label_bits() == pytest.approx(math.log2(3))
    assert data.input_bits() == pytest.approx(math.log2(150) - 2 / 150)  # Fisher's two twins
    assert np.bincount(data.labels[data.test]).tolist() == [10, 10, 10]


def test_iris_without_its_library_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(DataError, match=r"scikit-learn \(pip install 'ibtui\[iris\]'\)"):
        load("iris")


def test_tdl_a_has_unit_delay_spread():
    delay, power_db = TAPS.T
    share = 10 ** (power_db / 10) / (10 ** (power_db / 10)).sum()
    variance = share @ delay**2 - (share @ delay) ** 2
    assert len(TAPS) == 23
    # The table's delays are normalised to a delay spread of 1, to their four decimals.
    assert math.sqrt(variance) == pytest.approx(1, abs=1e-4)


def test_wireless_channel_has_the_moments_of_its_taps():
    gain = np.exp(2.0 * simulate(30000, seed=1).log_magnitude)
    shadow = math.exp((4 * math.log(10) / 10) ** 2 / 2)  # mean of a log-normal of 4 dB
    assert gain.mean() == pytest.approx(shadow, rel=0.02)
    # E|H_k|^2|H_l|^2 = E[shadow^2] (1 + |r|^2) with r the mean of exp(2 pi i f tau) over the taps.
    delay, power_db = TAPS.T
    share = 10 ** (power_db / 10) / (10 ** (power_db / 10)).sum()
    for k in (1, 40, SUBCARRIERS - 1):
        turn = np.exp(-2j * np.pi * delay * DELAY_SPREAD_SECONDS * SPACING_HZ * k)
        expected = shadow**4 * (1 + abs(share @ turn) ** 2)
        assert (gain[:, 0] * gain[:, k]).mean() == pytest.approx(expected, rel=0.15)


def test_wireless_information_and_best_accuracy():
    """I(X;Y) and the best accuracy, from the probabilities by which blocks failed."""
    blocks = simulate(65536, seed=0)
    p = np.clip(blocks.failure, 1e-300, 1 - 1e-16)
    noise_bits = -(p * np.log2(p) + (1 - p) * np.log2(1 - p))
    assert 1 - noise_bits.mean() == pytest.approx(0.765, abs=0.01)
    assert np.maximum(p, 1 - p).mean() == pytest.approx(0.931, abs=0.004)
    decided = (blocks.failure > 0.5) == blocks.failed
    assert decided.mean() == pytest.approx(0.931, abs=0.006)


def test_wireless_failure_follows_the_rate_of_the_inputs():
    """The probabilities, recomputed from the returned inputs alone."""
    blocks = simulate(5000, seed=2)
    snr = 10**0.6
    rate = np.log2(1 + snr * np.exp(2 * blocks.log_magnitude.astype(np.float64))).mean(axis=1)
    expected = [1 / (1 + math.exp((r - np.median(rate)) / 0.15)) for r in rate]
    assert blocks.failure == pytest.approx(expected, abs=1e-4)
    inner = np.abs(blocks.failure - 0.5) < 0.3
    sums = blocks.failed[inner].sum() - blocks.failure[inner].sum()
    assert abs(sums) < 4 * math.sqrt((blocks.failure * (1 - blocks.failure))[inner].sum())


@pytest.mark.parametrize(("samples", "counts"), [(4096, [2048, 2048]), (7, [4, 3])])
def test_wireless_is_balanced(samples, counts):
    data = load("wireless", samples=samples)
    assert np.bincount(data.labels).tolist() == counts
    assert data.inputs.shape == (samples, 256)
    assert data.label_names == ("received", "failed")
    assert data.input_bits() == math.log2(samples)
