import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from ibtui.analysis.summary import (
    distances,
    median_replicate,
    milestones,
    spread,
    student_quantile,
)
from tests.analysis.small import BINNING, EPOCHS, EXACT, random_information, recording


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 5, 9, 10, 49, 50, 255, 1000, 65535])
@pytest.mark.parametrize("coverage", [0.5, 0.95, 0.99])
def test_student_quantile_is_scipys(degrees, coverage):
    expected = stats.t.ppf((1 + coverage) / 2, degrees)
    assert student_quantile(degrees, coverage) == pytest.approx(expected, rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(arrays(np.float64, (2, 7, 3), elements=st.one_of(st.floats(-1e3, 1e3), st.just(math.nan))))
def test_spread_is_that_of_the_values_that_are_there(values):
    found = spread(values, axis=1)
    for e in range(2):
        for n in range(3):
            there = [v for v in values[e, :, n].tolist() if not math.isnan(v)]
            assert found.used[e, n] == len(there)
            if not there:
                assert math.isnan(found.mean[e, n])
                continue
            mean = math.fsum(there) / len(there)
            assert found.mean[e, n] == pytest.approx(mean, abs=1e-9)
            if len(there) == 1:
                assert math.isnan(found.deviation[e, n])
                assert math.isnan(found.low[e, n])
                continue
            deviation = math.sqrt(math.fsum((v - mean) ** 2 for v in there) / (len(there) - 1))
            assert found.deviation[e, n] == pytest.approx(deviation, abs=1e-9)
            if deviation > 1e-6:
                low, high = stats.t.interval(
                    0.95, len(there) - 1, mean, deviation / math.sqrt(len(there))
                )
                assert found.low[e, n] == pytest.approx(low, abs=1e-6)
                assert found.high[e, n] == pytest.approx(high, abs=1e-6)


def test_the_interval_of_three_numbers():
    """1, 2, 3: mean 2, deviation 1, t(2) = 4.3027, half width 4.3027 / sqrt 3 = 2.4841."""
    found = spread(np.array([1.0, math.nan, 2.0, 3.0]), axis=0)
    assert (float(found.mean), float(found.deviation), int(found.used)) == (2.0, 1.0, 3)
    assert float(found.high) - 2 == pytest.approx(2.48414, abs=1e-5)
    assert 2 - float(found.low) == pytest.approx(2.48414, abs=1e-5)


def test_milestones_are_first_greatest_of_the_mean_and_last():
    values = np.zeros((EPOCHS, 5, 3))
    values[:, :, 0] = np.array([1.0, 3.0, 2.0, 2.5])[:, None] + np.arange(5)
    values[:, :, 1] = np.array([math.nan, 4.0, 4.0, math.nan])[:, None]  # a schedule of its own
    values[:, :, 2] = math.nan
    values[1, 4, 0] = 100.0  # one replicate's peak moves the mean's
    found = milestones(np.array([0, 5, 10, 12]), values)
    assert found.first.mean[:2].tolist() == [3.0, 4.0]
    assert found.first_epoch[:2].tolist() == [0, 5]
    assert found.greatest_epoch[:2].tolist() == [5, 5]
    assert found.greatest.mean[0] == pytest.approx((3 + 4 + 5 + 6 + 100) / 5)
    assert found.last.mean[:2].tolist() == [4.5, 4.0]
    assert found.last_epoch[:2].tolist() == [12, 10]
    assert found.last.used.tolist() == [5, 5, 0]
    assert math.isnan(found.last.mean[2])


def test_milestones_of_a_recording_without_frames_are_not_measured():
    found = milestones(np.zeros(0, np.int64), np.zeros((0, 5, 3)))
    assert found.first.used.tolist() == [0, 0, 0]
    assert np.isnan(found.last.mean).all()


def test_the_median_replicate_has_median_distance_from_the_mean_over_both_axes():
    information = random_information(3, 1, 2)
    found = recording(i_xt_bits=information, i_ty_bits=information / 7)
    paths = np.concatenate([information[:, BINNING], information[:, BINNING] / 7], axis=2)
    mean = paths.mean(axis=1)
    expected = [math.dist(paths[:, r].ravel(), mean.ravel()) for r in range(5)]
    assert distances(found, BINNING) == pytest.approx(expected)
    assert median_replicate(found, BINNING) == int(np.argsort(expected)[2])


def test_a_diverged_replicate_has_no_distance_and_an_unmeasured_frame_does_not_count():
    information = random_information(4, 1, 2)
    information[2, EXACT] = math.nan
    information[:, EXACT, :, 1] = math.nan
    information[3, EXACT, 0] = math.nan
    found = distances(recording(i_xt_bits=information, i_ty_bits=information), EXACT)
    assert np.isnan(found).tolist() == [True, False, False, False, False]
    ranked = 1 + np.argsort(found[1:])
    assert (
        median_replicate(recording(i_xt_bits=information, i_ty_bits=information), EXACT)
        == (ranked[1])
    )
    patchy = np.full((EPOCHS, 2, 5, 3), math.nan)
    patchy[0] = random_information(6, 1, 2)[0]
    patchy[1, :, :, 0] = [1, 2, 3, 4, math.nan]
    patchy[2, :, :4, 0] = math.nan
    patchy[2, :, 4, 0] = 1.0
    assert median_replicate(recording(i_xt_bits=patchy, i_ty_bits=patchy), EXACT) == 0
