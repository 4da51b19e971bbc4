"""Cross-fitting: halves that share nobody, closed forms, a literal bootstrap."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ibtui.analysis import crossfit
from ibtui.analysis.phases import fall_to_end, greatest_fall, rise_from_start


def test_the_splits_of_few_replicates_are_all_that_there_are():
    over = crossfit.draws(5, 30, 0)
    assert over.splits == 10
    second = {tuple(np.flatnonzero(half)) for half in over.halves[:10, 1]}
    assert second == set(combinations(range(5), 2))


@settings(max_examples=30, deadline=None)
@given(replicates=st.integers(2, 60), seed=st.integers(0, 99))
def test_nobody_lies_in_both_halves_and_everybody_counts_as_often_as_drawn(replicates, seed):
    over = crossfit.draws(replicates, 20, seed)
    assert not ((over.halves[:, 0] > 0) & (over.halves[:, 1] > 0)).any()
    np.testing.assert_allclose(over.halves.sum(axis=2), 1)
    whole = (over.halves * over.shares[:, :, None]).sum(axis=1)
    resamples = np.repeat(over.wholes[1:], crossfit.SPLITS_OF_RESAMPLE, axis=0)
    np.testing.assert_allclose(whole[over.splits :], resamples)
    np.testing.assert_allclose(whole[: over.splits], 1 / replicates)


def test_the_estimate_is_that_of_a_literal_loop_over_the_splits():
    paths = np.random.default_rng(4).normal(0, 1, (30, 5)).cumsum(axis=0)
    over = crossfit.draws(5, 20, 0)
    found = crossfit.Search(paths, over).find(greatest_fall)
    expected = []
    for second in combinations(range(5), 2):
        first = [r for r in range(5) if r not in second]
        for looked_on, measured_on in ((first, second), (second, first)):
            mean = paths[:, looked_on].mean(axis=1)
            falls = {(a, b): mean[a] - mean[b] for b in range(30) for a in range(b + 1)}
            a, b = max(falls, key=lambda pair: falls[pair])
            expected += [paths[a, r] - paths[b, r] for r in measured_on]
    value = crossfit.measured(paths, found, over, 0.95).value
    assert value == pytest.approx(np.mean(expected))


def test_where_the_frames_are_clear_the_interval_is_nearly_that_of_student():
    falls = np.random.default_rng(3).normal(3, 0.5, 20)
    paths = np.stack([np.full(20, 9.0), 9 - falls])
    over = crossfit.draws(20, 2000, 0)
    found = crossfit.Search(paths, over).find(fall_to_end)
    interval = crossfit.measured(paths, found, over, 0.95)
    low, high = stats.t.interval(0.95, 19, falls.mean(), stats.sem(falls))
    assert interval.value == pytest.approx(falls.mean())
    half = math.sqrt(1 + 2 / 20) * (high - low) / 2  # for the skewed
    assert interval.high - interval.value == pytest.approx(half, rel=0.07)
    assert interval.value - interval.low == pytest.approx(half, rel=0.07)
    narrow = crossfit.measured(paths, found, over, 0.5)
    assert interval.low < narrow.low < narrow.high < interval.high


def test_a_share_of_the_headroom_has_the_interval_of_the_ratio():
    """A clear rise from 0.2 to 0.8 of 1: three quarters; errors in both go into the interval."""
    rng = np.random.default_rng(5)
    first, last = rng.normal(0.2, 0.02, 40), rng.normal(0.8, 0.02, 40)
    paths, over = np.stack([first, last]), crossfit.draws(40, 1000, 0)
    found = crossfit.Search(paths, over).find(rise_from_start)
    share = crossfit.measured_share(paths, found, over, 0.95, 1.0)
    ratio = (last - first).mean() / (1 - first).mean()
    residual = ((last - first) - ratio * (1 - first)) / (1 - first).mean()
    half = stats.t.ppf(0.975, 39) * stats.sem(residual)
    assert share.value == pytest.approx(ratio, abs=1e-3)
    assert share.high - share.value == pytest.approx(half, rel=0.6)
    assert share.high - share.value >= 0.9 * half


def test_two_replicates_have_a_wide_interval():
    paths = np.array([[9.0, 9.0], [6.0, 5.0]])
    over = crossfit.draws(2, 100, 0)
    found = crossfit.Search(paths, over).find(fall_to_end)
    interval = crossfit.measured(paths, found, over, 0.95)
    assert interval.high - 3.5 == pytest.approx(2**0.5 * stats.t.ppf(0.975, 1) * 0.5)


def test_smoothing_is_a_symmetric_mean_that_shortens_towards_the_ends():
    paths = np.random.default_rng(2).normal(size=(900, 3))
    found = crossfit.smoothed(paths, 2)
    np.testing.assert_allclose(found[[0, -1]], paths[[0, -1]])
    np.testing.assert_allclose(found[1], paths[:3].mean(axis=0))
    np.testing.assert_allclose(found[450], paths[448:453].mean(axis=0))
    np.testing.assert_array_equal(crossfit.smoothed(paths, 0), paths)


@pytest.mark.parametrize("replicates", [5, 20])
def test_noise_does_not_fall_on_average(replicates):
    """60 flat curves of 300 frames; their greatest frames alone would fall by more than 0.5."""
    rng = np.random.default_rng(7)
    over = crossfit.draws(replicates, 40, 0)
    falls = []
    for _ in range(60):
        paths = rng.normal(8, 0.3, (300, replicates))
        found = crossfit.Search(paths, over).find(greatest_fall)
        falls.append(crossfit.measured(paths, found, over, 0.95))
    values = np.array([one.value for one in falls])
    assert abs(values.mean()) < 4 * values.std() / math.sqrt(60)
    assert np.mean([one.low <= 0 <= one.high for one in falls]) >= 0.9


@pytest.mark.parametrize("frames", [400, 1600])
def test_a_peak_of_one_frame_is_measured_at_its_height(frames):
    """Up by 2 bits in the first frame and down within a few: means of frames would halve it."""
    frame = np.arange(frames)[:, None]
    mean = np.where(frame == 0, 8.0, 10 - 1.5 * (1 - np.exp(-(frame - 1) / 2)))
    paths = mean + np.random.default_rng(1).normal(0, 0.02, (frames, 6))
    over = crossfit.draws(6, 40, 0)
    found = crossfit.Search(paths, over).find(greatest_fall)
    assert (found.halves[..., 0] == 1).all()
    assert (found.wholes[:, 0] == 1).all()
    fall = crossfit.measured(paths, found, over, 0.95)
    assert fall.low <= 1.5 <= fall.high
    assert fall.value == pytest.approx(1.5, abs=0.05)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 9999), find=st.sampled_from((greatest_fall, fall_to_end, rise_from_start))
)
def test_frames_are_the_best_of_their_mean_and_do_not_pass_each_other(seed, find):
    paths = np.random.default_rng(seed).normal(0, 1, (1203, 4))
    over = crossfit.draws(4, 6, seed)
    search = crossfit.Search(paths, over)
    before, after = find(search.wholes), search.find(find).wholes
    for path, (high, low), (sharp, least) in zip(
        (paths @ over.wholes.T).T, before, after, strict=True
    ):
        assert (sharp <= least) == (high <= low)
        for old, new in ((high, sharp), (low, least)):
            reach = min(3, old, len(path) - 1 - old)
            assert abs(new - old) <= reach
        reach = min(3, high, len(path) - 1 - high)
        allowed = np.arange(high - reach, high + reach + 1)
        allowed = allowed[allowed <= low] if high <= low else allowed[allowed >= low]
        assert path[sharp] == pytest.approx(path[allowed].max())
        assert path[least] <= path[low] + 1e-9


def test_a_dip_beside_a_peak_is_not_taken_for_a_fall():
    paths = np.zeros((1600, 4))
    paths[800], paths[801], paths[805:809], paths[809] = -3, 4, -1, 4
    assert greatest_fall(crossfit.smoothed(paths, 4))[0].tolist() == [800, 804]
    over = crossfit.draws(4, 10, 0)
    found = crossfit.Search(paths, over).find(greatest_fall)
    assert (found.wholes == [801, 805]).all()


def test_a_curve_that_rises_falls_by_nothing_and_not_by_less():
    paths = np.linspace(5, 9, 300)[:, None] + np.random.default_rng(3).normal(0, 0.02, (300, 40))
    over = crossfit.draws(40, 40, 0)
    found = crossfit.Search(paths, over).find(greatest_fall)
    fall = crossfit.measured(paths, found, over, 0.95)
    assert fall.value < 0
    assert fall.low <= 0 <= fall.high < 0.05
