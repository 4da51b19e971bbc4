"""Claims that two things are alike, judged by runs made by hand."""

import numpy as np
import pytest

from ibtui.claims import Reading, alike
from tests.claims.by_hand import reading

XT = [[12, 11.9, 7], [12, 11.9, 9], [12, 9, 5]]
TY = [[1, 0.9, 0.1], [1, 0.95, 0.8], [1, 0.98, 0.9]]
FLAT = [[12, 8, 5]] * 3


def test_readings_disagree_where_one_says_yes_and_another_no():
    falls, flat = reading(XT, TY), reading(FLAT, TY)
    found = alike.readings_disagree(falls, flat)
    assert found.said is True
    assert "T2 compresses by exact and not by exact" in found.numbers
    assert alike.readings_disagree(flat, flat).said is False
    broken = reading([[12, 8, 9]] * 3, TY)
    assert "the DPI" in alike.readings_disagree(flat, broken).numbers
    edge = reading([[12, 8, 5], [12, 7.5, 5], [12, 7.5, 5]], TY, scatter=0.3)
    assert alike.readings_disagree(edge, edge).said is None


def test_planes_are_alike_where_all_layers_are_near():
    flat = reading(FLAT, TY)
    assert alike.planes_are_alike(flat, reading([[12, 8.4, 5]] * 3, TY)).said is True
    assert alike.planes_are_alike(flat, reading([[12, 9.5, 5]] * 3, TY)).said is False
    assert alike.planes_are_alike(flat, reading(FLAT, [[1, 0.5, 0.1]] * 3)).said is False
    unfinished = reading(FLAT, TY, planned=99)
    assert alike.planes_are_alike(flat, unfinished).said is None


def test_phases_are_alike():
    falls, flat = reading(XT, TY), reading(FLAT, TY)
    assert alike.phases_are_alike()(falls, falls).said is True
    assert alike.phases_are_alike(1)(falls, flat).said is True
    assert alike.phases_are_alike(1, 2)(falls, flat).said is False


def test_layers_coincide():
    same = reading([[12, 8, 8]] * 3, [[1, 0.9, 0.9]] * 3, scatter=0)
    assert alike.layers_coincide(2, 3)(same).said is True
    assert alike.layers_coincide(1, 2)(same).said is False


def scattered(low: float, high: float) -> Reading:
    """Six replicates whose deviation is `low` where information is little, `high` elsewhere."""
    one = reading([[3, 4, 10]] * 3, TY, scatter=0)
    apart = np.linspace(-1, 1, 6)[:, None]
    sizes = np.array([low, low, high])
    one.run.recording.i_xt_bits[:] += apart * sizes
    return one


def test_replicates_vary_less_where_information_is_large():
    judge = alike.replicates_vary_less_where_information_is_large
    assert judge(scattered(1.0, 0.1)).said is True
    assert judge(scattered(0.1, 1.0)).said is False
    assert alike.replicates_vary_more(scattered(1, 1), scattered(0.1, 0.1)).said is True
    assert alike.replicates_vary_more(scattered(0.1, 0.1), scattered(1, 1)).said is False


@pytest.mark.parametrize(("size", "said"), [(0.2, True), (4.0, False)])
def test_the_median_replicate_is_near_the_mean_or_not(size, said):
    assert alike.the_median_replicate_is_like_the_mean(scattered(size, size)).said is said


def of_bins(few: float, many: float) -> tuple[Reading, Reading]:
    one = reading([[[12, few, 3]] * 3, [[12, many, 3]] * 3], [TY, TY], series=("few", "many"))
    return Reading(one.run, 0), Reading(one.run, 1)


def test_what_grows_less_with_the_bins():
    assert alike.grows_less(*of_bins(7, 8), *of_bins(7, 10)).said is True
    assert alike.grows_less(*of_bins(7, 10), *of_bins(7, 8)).said is False


def test_bounds_close_up_where_their_last_gap_is_small():
    lower = [[1, 0.2, 0.1], [1, 0.5, 0.2], [1, 0.9, 0.3]]
    upper = [[1, 0.9, 0.9], [1, 0.95, 0.8], [1, 0.92, 0.7]]
    one = reading([FLAT, FLAT], [upper, lower], series=("upper", "lower"), scatter=0)
    both = Reading(one.run, 0), Reading(one.run, 1)
    assert alike.bounds_close_up(2)(*both).said is True
    assert alike.bounds_close_up(2)(*both).numbers.startswith("gap of T2 0.70 to 0.02")
    assert alike.bounds_close_up(2, 3)(*both).said is False
