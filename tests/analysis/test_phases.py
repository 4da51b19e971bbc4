"""Frames of falls and rises against a slow search, and each replicate's own fall."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ibtui.analysis import phases
from ibtui.analysis.rule import Rule


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), frames=st.integers(1, 12), count=st.integers(1, 5))
def test_the_greatest_fall_is_that_of_a_search_over_all_pairs(seed, frames, count):
    paths = np.random.default_rng(seed).integers(0, 6, (frames, count)).astype(float)
    for path, (peak, trough) in zip(paths.T, phases.greatest_fall(paths), strict=True):
        falls = {(a, b): path[a] - path[b] for b in range(frames) for a in range(b + 1)}
        assert peak <= trough
        assert path[peak] - path[trough] == max(falls.values())
        assert (path[peak + 1 : trough] < path[peak]).all()
    ends = phases.fall_to_end(paths)
    rises = phases.rise_from_start(paths)
    assert ends[:, 0].tolist() == paths.argmax(axis=0).tolist() == rises[:, 0].tolist()
    assert set(ends[:, 1]) == {frames - 1}
    assert set(rises[:, 1]) == {0}


def test_rounding_does_not_move_a_maximum():
    path = np.array([[1.0], [5.0], [5.0 + 1e-12], [3.0], [3.0 - 1e-12]])
    assert phases.greatest_fall(path).tolist() == [[2, 3]]


def test_a_replicates_own_fall_is_found_between_its_own_frames():
    frames = np.arange(400)[:, None]
    late = 9 - 2.0 * (frames > np.array([50, 200, 350]))
    np.testing.assert_allclose(phases.own_falls(late), 2)
    np.testing.assert_allclose(phases.own_falls(late[::60]), 2)
    noise = np.random.default_rng(1).normal(8, 0.3, (1600, 200))
    assert (phases.own_falls(noise) >= 0.5).mean() < 0.05


def test_the_greatest_value_and_the_change_of_any_quantity():
    rng = np.random.default_rng(2)
    path = np.concatenate([np.linspace(0.5, 0.9, 30), np.linspace(0.9, 0.8, 30)])[:, None]
    accuracy = path + rng.normal(0, 0.01, 8)
    best = phases.greatest(accuracy, Rule())
    assert best.value == pytest.approx(accuracy.mean(axis=1).max(), abs=1e-9)
    assert phases.change(accuracy, phases.fall_to_end, Rule()).value == pytest.approx(0.1, abs=1e-9)
    accuracy[3, :7] = np.nan
    assert np.isnan(phases.greatest(accuracy, Rule()).value)


def test_a_replicate_that_falls_from_its_first_frame_on_is_counted_and_noise_there_is_not():
    noise = np.random.default_rng(8).normal(8, 0.05, (400, 12))
    falling = noise - 0.8 * (np.arange(400) > 0)[:, None]
    np.testing.assert_allclose(phases.own_falls(falling), 0.8, atol=0.2)
    ending = noise - 0.8 * (np.arange(400) == 399)[:, None]
    np.testing.assert_allclose(phases.own_falls(ending), 0.8, atol=0.2)
    started = noise.copy()
    started[0] += 0.1  # what two standard deviations of noise are
    assert abs(phases.own_falls(started)).max() < 0.15
