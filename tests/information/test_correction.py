"""Corrections of counted entropies: literal formulas, published values, integrals, simulations."""

from functools import partial
from itertools import pairwise
from math import comb, exp, log

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.special import digamma, gammaln, polygamma

from ibtui.information.correction import (
    CORRECTIONS,
    chao_shen_nats,
    chao_states,
    entropy_bits,
    grassberger_nats,
    grassberger_terms,
    miller_madow_nats,
    nsb_nats,
)

counted = st.lists(st.integers(1, 12), min_size=1, max_size=25)
each = pytest.mark.parametrize("correction", CORRECTIONS)


def grouped(counts):
    """The distinct counts, and how many states have each."""
    return np.unique(np.array(counts), return_counts=True)


def plug_in_nats(counts):
    return -sum(c / sum(counts) * log(c / sum(counts)) for c in counts)


@settings(max_examples=60, deadline=None)
@given(counts=counted)
def test_miller_madow_is_its_formula(counts):
    expected = plug_in_nats(counts) + (len(counts) - 1) / (2 * sum(counts))
    assert_allclose(miller_madow_nats(*grouped(counts)), expected, atol=1e-12)


def test_grassbergers_terms_are_an_integral():
    """G(n) = psi(n) + (-1)^n int_0^1 x^(n-1) / (x + 1) dx, eq. 28 of the paper."""
    for n in range(1, 40):
        integral = quad(lambda x, n=n: x ** (n - 1) / (x + 1), 0, 1)[0]
        assert_allclose(grassberger_terms(64)[n], digamma(n) + (-1) ** n * integral, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(counts=counted)
def test_grassberger_is_its_formula(counts):
    def term(n):
        return digamma(n) + (-1) ** n / 2 * (digamma((n + 1) / 2) - digamma(n / 2))

    expected = log(sum(counts)) - sum(n * term(n) for n in counts) / sum(counts)
    assert_allclose(grassberger_nats(*grouped(counts)), expected, atol=1e-10)


@settings(max_examples=60, deadline=None)
@given(counts=counted)
@example(counts=[1])
@example(counts=[7])
def test_chao_shen_is_its_formula(counts):
    samples = sum(counts)
    once = min(counts.count(1), samples - 1)
    shares = [(1 - once / samples) * n / samples for n in counts]
    expected = -sum(p * log(p) / (1 - (1 - p) ** samples) for p in shares)
    assert_allclose(chao_shen_nats(*grouped(counts)), expected if samples > 1 else 0, atol=1e-9)


@pytest.mark.parametrize(
    ("counts", "nats"),
    [([1] * 6, 3.840549310406), ([4, 2, 3, 2, 4, 2, 1, 1], 2.201137101279)],
)
def test_chao_shen_as_the_package_entropy_for_r_has_it(counts, nats):
    assert_allclose(chao_shen_nats(*grouped(counts)), nats, atol=1e-11)


PUBLISHED = [4, 12, 4, 5, 3, 1, 5, 1, 2, 2, 2, 2, 11, 3, 4, 12, 12, 1, 2]


@pytest.mark.parametrize(
    ("counts", "nats", "within"),
    # The example of the package ndd: its 1.0 integrates as finely as we do, its 1.10 less so.
    [([12, *PUBLISHED], 2.840012048914245, 1e-9), (PUBLISHED, 2.8060922529931225, 1e-5)],
)
def test_nsb_as_the_package_ndd_has_it(counts, nats, within):
    assert_allclose(nsb_nats(*grouped(counts), states=100), nats, atol=within)


def literal_nsb(counts, states):
    """The two integrals over the logarithm of the concentration, term by term."""
    total = sum(counts)

    def log_weight(u):
        b = exp(u)
        change = states * polygamma(1, states * b + 1) - polygamma(1, b + 1)
        evidence = gammaln(states * b) - gammaln(states * b + total)
        return u + log(change) + evidence + sum(gammaln(n + b) - gammaln(b) for n in counts)

    def mean(u):
        b = exp(u)
        known = sum((n + b) * digamma(n + b + 1) for n in counts)
        unknown = (states - len(counts)) * b * digamma(b + 1)
        return digamma(total + states * b + 1) - (known + unknown) / (total + states * b)

    places = np.linspace(log(1e-4 / states), log(1e5), 120)
    top = max(map(log_weight, places))
    parts = [p for p in places if log_weight(p) > top - 45]
    sums = np.zeros(2)
    for low, high in pairwise(parts):
        sums += [
            quad(lambda u: exp(log_weight(u) - top) * mean(u), low, high)[0],
            quad(lambda u: exp(log_weight(u) - top), low, high)[0],
        ]
    return sums[0] / sums[1]


@pytest.mark.parametrize(
    ("counts", "states"),
    [([1, 1], 3), ([50, 50], 2), ([1] * 10 + [2, 2, 5], 30), ([9, 1, 1], 400), ([1] * 12, 78)],
)
def test_nsb_is_its_integrals(counts, states):
    assert_allclose(
        nsb_nats(*grouped(counts), states=states), literal_nsb(counts, states), atol=1e-5
    )


@settings(max_examples=60, deadline=None)
@given(counts=counted)
def test_chaos_number_of_states(counts):
    """The seen ones, and pairs of those seen once for each seen twice."""
    once, twice = counts.count(1), counts.count(2)
    expected = len(counts) + -(-comb(once, 2) // (twice + 1))
    assert chao_states(*grouped(counts)) == expected


@each
@settings(max_examples=40, deadline=None)
@given(counts=counted, seed=st.integers(0, 99))
def test_the_order_of_states_does_not_matter_and_one_state_has_no_entropy(correction, counts, seed):
    of = partial(entropy_bits, correction=correction)
    shuffled = np.random.default_rng(seed).permutation(counts)
    assert_allclose(of(np.array(counts)), of(shuffled), atol=1e-9)
    assert of(np.array([max(counts)])) == 0


@each
def test_a_large_sample_needs_no_correction(correction):
    counts = np.array([40_000, 30_000, 20_000, 10_000])
    assert_allclose(entropy_bits(counts, correction), plug_in_nats(counts) / log(2), atol=1e-4)


@pytest.mark.parametrize(
    ("correction", "most"),
    [("miller-madow", 0.4), ("grassberger", 0.1), ("chao-shen", 0.12), ("nsb", 0.12)],
)
def test_a_sample_as_large_as_the_number_of_states(correction, most):
    """100 equally likely states, 100 samples: the plug-in entropy is 0.65 bits too small."""
    rng = np.random.default_rng(0)
    found, plug_in = [], []
    for _ in range(200):
        counts = np.bincount(rng.integers(100, size=100))
        found.append(entropy_bits(counts[counts > 0], correction))
        plug_in.append(plug_in_nats(counts[counts > 0].tolist()) / log(2))
    assert np.mean(plug_in) < log(100) / log(2) - 0.6
    assert_allclose(np.mean(found), log(100) / log(2), atol=most)
