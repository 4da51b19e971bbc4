"""Intervals and what they say of a threshold."""

import math

import numpy as np
import pytest
from scipy import stats

from ibtui.analysis.interval import Interval, mean


def test_an_interval_says_yes_no_or_neither():
    said = [Interval(0, low, high).above(0.5) for low, high in ((0.5, 1), (0, 0.49), (0, 0.5))]
    assert said == [True, False, None]
    assert Interval(-0.001, -0.004, 1.25).show(2) == "0.00 [0.00, 1.25]"
    assert Interval(7, math.nan, math.nan).show(0) == "7"
    assert Interval(7, math.nan, math.nan).above(0.5) is None


def test_a_mean_has_the_interval_of_student():
    values = np.array([1.0, 4.0, math.nan, 2.5, 0.5])
    there = values[~np.isnan(values)]
    expected = stats.t.interval(0.95, 3, there.mean(), stats.sem(there))
    found = mean(values)
    assert found.value == pytest.approx(2.0)
    assert (found.low, found.high) == pytest.approx(expected)
