"""Verdicts: by hand, against a literal bootstrap, with gaps, with one replicate."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ibtui.analysis.verdict import Interval, Rule, fall_bits, rise_bits, verdicts
from ibtui.recording import ARRAYS, Header, Recording

NAN = math.nan
EPOCHS = np.array([-4, 0, 2, 5, 9])


def recording(i_xt_bits, i_ty_bits, epoch=EPOCHS) -> Recording:
    """Of information alone, (epoch, series, replicate, layer)."""
    epochs, series, replicates, layers = np.shape(i_xt_bits)
    header = Header(
        series=("exact", "other")[:series],
        layers=tuple(f"T{n + 1}" for n in range(layers)),
        units=(3,) * layers,
        replicates=replicates,
        samples=4096,
        input_bits=12.0,
        label_bits=1.0,
    )
    shapes = Recording.shapes(header, epochs)
    arrays = {name: np.full(shapes[name], np.nan) for name in ARRAYS} | {
        "epoch": epoch[:epochs],
        "i_xt_bits": np.array(i_xt_bits, float),
        "i_ty_bits": np.array(i_ty_bits, float),
    }
    return Recording(header, **arrays)


def spread_out(path, replicates=7, step=0.01):
    """(E, L) mean paths as (E, 1, R, L): the replicates lie around them, each at its distance."""
    offsets = step * (np.arange(replicates) - (replicates - 1) / 2)
    path = np.array(path, float)[:, None, None, :]
    return path + offsets[None, None, :, None] * np.linspace(0, 1, len(path))[:, None, None, None]


# Layers: one that fits and compresses, one that does neither, one whose fall is at the threshold.
XT = [[3, 12, 5], [4, 11, 5], [9, 11, 6], [8, 11, 5.7], [6, 11, 5.5]]
TY = [[0.9, 0.5, 0], [0.1, 0.5, 0], [0.4, 0.5, 0.06], [0.8, 0.5, 0.1], [0.7, 0.5, 0.1]]


def test_fitting_compression_and_turns_by_hand():
    found = verdicts(recording(spread_out(XT), spread_out(TY)), 0)
    assert [verdict.layer for verdict in found] == ["T1", "T2", "T3"]
    first, second, third = found
    assert first.fitting.value == pytest.approx(0.7)  # 0.1 at epoch 0 to 0.8: not from prefitting
    assert first.compression.value == pytest.approx(3)
    assert (first.fits, first.compresses) == (True, True)
    assert (first.turn.value, first.turn.low, first.turn.high) == (2, 2, 2)
    assert first.fitted.value == 5
    assert (second.fits, second.compresses) == (False, False)
    assert (second.fitting.value, second.compression.value) == pytest.approx((0, 0), abs=1e-12)
    assert third.compression.value == pytest.approx(0.5)
    assert third.compresses is None
    assert third.compression.low < 0.5 < third.compression.high
    assert first.line() == (
        "fits 0.70 bits [0.69, 0.71], compresses 3.00 bits [2.99, 3.01] from epoch 2 [2, 2]"
    )
    assert second.line().startswith("no fitting [0.00, 0.00], no compression [-0.01, 0.01]")
    assert "compression undecided: 0.50 bits [0.49, 0.51]" in third.line()


def test_thresholds_and_the_span_of_epochs_can_be_set_and_are_printed():
    of = recording(spread_out(XT), spread_out(TY))
    rule = Rule(fits_bits=0.75, compresses_bits=4, since=-4, until=5)
    first = verdicts(of, 0, rule)[0]
    assert first.fitting.value == pytest.approx(0)
    assert first.compression.value == pytest.approx(1)
    assert (first.fits, first.compresses) == (False, False)
    text = "\n".join(rule.lines())
    for said in ("0.75 bits", "4 bits", "epoch -4 to 5", "95% interval", "1000 resamples"):
        assert said in text


def test_the_interval_is_that_of_a_bootstrap_of_whole_replicates():
    rng = np.random.default_rng(3)
    fall = rng.gamma(2.0, 1.0, 9)  # skewed: a symmetric interval would be another
    xt = np.zeros((2, 1, 9, 1))
    xt[0, 0, :, 0] = 5
    xt[1, 0, :, 0] = 5 - fall
    found = verdicts(recording(xt, np.zeros_like(xt)), 0, Rule(since=-4, resamples=20_000))[0]
    draws = np.array([rng.choice(fall, 9).mean() for _ in range(20_000)])
    tail = stats.norm.cdf(-stats.t.ppf(0.975, 8) * (9 / 8) ** 0.5)  # expanded for 9 replicates
    low, high = np.quantile(draws, [tail, 1 - tail])
    assert found.compression.low == pytest.approx(low, abs=0.03)
    assert found.compression.high == pytest.approx(high, abs=0.03)
    assert found.compression.value == pytest.approx(fall.mean())
    narrow = verdicts(recording(xt, xt), 0, Rule(since=-4, coverage=0.5))[0].compression
    assert found.compression.low < narrow.low < narrow.high < found.compression.high


def test_the_interval_holds_the_truth_as_often_as_it_says():
    """300 layers of 5 replicates; a plain percentile interval holds it in about 84 %."""
    falls = np.random.default_rng(8).normal(3, 1, (5, 300))
    xt = np.stack([np.full_like(falls, 9), 9 - falls])[:, None]
    found = verdicts(recording(xt, np.zeros_like(xt)), 0, Rule(since=-4))
    held = np.mean([v.compression.low <= 3 <= v.compression.high for v in found])
    assert 0.9 <= held <= 0.99


@pytest.mark.parametrize(("replicates", "held"), [(2, 0.51), (3, 0.74), (4, 0.87), (8, 0.94)])
def test_intervals_of_few_replicates_hold_the_truth_as_seldom_as_is_said(replicates, held):
    falls = np.random.default_rng(9).normal(3, 1, (replicates, 600))
    xt = np.stack([np.full_like(falls, 9), 9 - falls])[:, None]
    found = verdicts(recording(xt, np.zeros_like(xt)), 0, Rule(since=-4))
    hits = np.mean([v.compression.low <= 3 <= v.compression.high for v in found])
    assert hits == pytest.approx(held, abs=3 * math.sqrt(held * (1 - held) / 600))


@pytest.mark.parametrize(
    ("replicates", "decides", "warns"), [(2, False, True), (3, True, True), (5, True, False)]
)
def test_few_replicates_decide_nothing_or_are_told(replicates, decides, warns):
    of = recording(spread_out(XT, replicates), spread_out(TY, replicates))
    first, second, _ = verdicts(of, 0)
    assert (first.fits, first.compresses) == ((True, True) if decides else (None, None))
    assert (second.fits, second.compresses) == ((False, False) if decides else (None, None))
    warning = f"only {replicates} replicates: the intervals are too narrow"
    assert (warning in first.line()) == warns
    if not decides:
        assert first.line().startswith("fitting undecided: 0.70 bits [")
        assert "compression undecided: 3.00 bits [" in first.line()
    text = " ".join(Rule().lines())
    assert "undecided where it holds the threshold and of fewer than 3 replicates" in text
    assert "of fewer than 5 replicates the intervals are too narrow" in text


def test_one_frame_has_no_verdict():
    whole = recording(spread_out(XT), spread_out(TY))
    found = verdicts(whole, 0, Rule(since=9))[0]
    assert (found.fits, found.compresses) == (None, None)
    assert found.line() == "one frame: no verdict"
    assert verdicts(whole, 0, Rule(since=5))[0].fits is not None
    full = verdicts(recording([[[[12.0]] * 6]], [[[[0.5]] * 6]]), 0, Rule(since=-4))[0]
    assert full.line() == "one frame: no verdict, I(X;T) = H(X) in 100%"


def test_the_same_seed_gives_the_same_interval_and_another_another():
    of = recording(spread_out(XT), spread_out(TY))
    one, again, other = (verdicts(of, 0, Rule(seed=seed))[0] for seed in (1, 1, 2))
    assert one.compression == again.compression
    assert one.compression != other.compression


def test_noise_alone_is_no_compression():
    """Every resample's own maximum would be biased: 200 frames of noise would seem to fall."""
    noise = np.random.default_rng(0).normal(8, 0.3, (200, 1, 6, 1))
    found = verdicts(recording(noise, noise, epoch=np.arange(200)), 0)[0]
    assert found.compression.low < found.compression.value < 0.5
    assert found.compresses is not True


def test_replicates_with_gaps_are_left_out_and_counted():
    xt, ty = spread_out(XT, replicates=4), spread_out(TY, replicates=4)
    xt[3:, :, 1] = ty[3:, :, 1] = NAN  # diverged at epoch 5
    xt[:, :, 2, 1] = NAN  # this layer was not measured in one more
    xt[2] = NAN  # a frame in which the series was not due
    found = verdicts(recording(xt, ty), 0)
    assert [verdict.used for verdict in found] == [3, 2, 3]
    assert found[0].compression.value == pytest.approx(2, abs=0.01)  # 8 at epoch 5 to 6
    assert found[1].line().endswith("only 2 of 4 replicates: the intervals are too narrow")
    xt[:] = NAN
    missing = verdicts(recording(xt, ty), 0)[0]
    assert missing.used == 0
    assert missing.line() == "not measured in any of 4 replicates"
    assert (missing.fits, missing.compresses) == (None, None)


def test_a_recording_without_frames_is_not_measured():
    found = verdicts(recording(np.zeros((0, 1, 4, 3)), np.zeros((0, 1, 4, 3))), 0)
    assert [verdict.line() for verdict in found] == ["not measured in any of 4 replicates"] * 3


def test_one_replicate_has_no_interval_and_no_verdict():
    first = verdicts(recording(spread_out(XT, 1), spread_out(TY, 1)), 0)[0]
    assert (first.fits, first.compresses) == (None, None)
    assert first.line() == (
        "rises 0.70 bits (one replicate, no interval), "
        "falls 3.00 bits (one replicate, no interval) from epoch 2"
    )


def test_saturation_and_dpi_violations_are_shares_of_what_was_looked_at():
    xt = spread_out([[12, 3, 1]] * 5, replicates=4, step=0)
    ty = spread_out([[0.9, 0.5, 0.1]] * 5, replicates=4, step=0)
    xt[3, 0, 2, 1] = 12.0
    xt[4, 0, :2, 2] = 5.0
    xt[0] = 12.0  # prefitting does not count
    first, second, third = verdicts(recording(xt, ty), 0)
    assert [v.saturated for v in (first, second, third)] == [1, 1 / 16, 0]
    assert [v.breaks_dpi for v in (first, second, third)] == [0, 0, 2 / 16]
    assert "I(X;T) = H(X) in 100%" in first.line()
    assert "violates the DPI in 12%" in third.line()


def test_information_above_its_entropy_is_said_to_be_impossible_and_not_saturated():
    xt = spread_out([[41, 12, 1]] * 5, replicates=4, step=0)
    ty = spread_out([[0.9, 0.5, 0.1]] * 5, replicates=4, step=0)
    ty[3, 0, :2, 1] = 1.49
    first, second, third = verdicts(recording(xt, ty), 0)
    assert [v.saturated for v in (first, second, third)] == [0, 1, 0]
    assert [v.above_hx for v in (first, second, third)] == [1, 0, 0]
    assert [v.above_hy for v in (first, second, third)] == [0, 2 / 16, 0]
    assert "I(X;T) above H(X) in 100%" in first.line()
    assert "= H(X)" not in first.line()
    assert "I(T;Y) above H(Y) in 12%" in second.line()
    assert "above" not in third.line()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), epochs=st.integers(1, 5), replicates=st.integers(1, 7))
def test_verdicts_agree_with_the_rise_and_fall_of_the_mean(seed, epochs, replicates):
    bits = np.random.default_rng(seed).uniform(0, 4, (2, epochs, 2, replicates, 3))
    of = recording(*bits)
    found = verdicts(of, 1, Rule(since=-4, resamples=50))
    xt, ty = bits[:, :, 1].mean(axis=2)
    np.testing.assert_allclose([v.compression.value for v in found], fall_bits(xt), atol=1e-8)
    np.testing.assert_allclose([v.fitting.value for v in found], rise_bits(ty), atol=1e-8)
    assert (fall_bits(xt) >= 0).all()
    for verdict, path in zip(found, xt.T, strict=True):
        assert verdict.turn.value == EPOCHS[path.argmax()]


def test_an_interval_says_yes_no_or_neither():
    said = [Interval(0, low, high).above(0.5) for low, high in ((0.5, 1), (0, 0.49), (0, 0.5))]
    assert said == [True, False, None]
    assert Interval(-0.001, -0.004, 1.25).show(2) == "0.00 [0.00, 1.25]"
    assert Interval(7, NAN, NAN).show(0) == "7"
