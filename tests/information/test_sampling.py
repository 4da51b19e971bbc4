"""What is said where states are many for the samples."""

from math import log, nan

import numpy as np
import pytest

from ibtui.estimation import estimate
from ibtui.information.counted import NO_TWO
from ibtui.information.sampling import chance_bits, few_samples_line


@pytest.mark.parametrize(("states", "labels"), [(2, 2), (16, 2), (50, 4)])
def test_chance_is_the_first_term_of_the_bias(states, labels):
    expected = (states - 1) * (labels - 1) / (2 * 9000 * log(2))
    assert chance_bits(9000, np.log2(states), np.log2(labels)) == pytest.approx(expected)
    assert chance_bits(10, 12.0, 1.0) == 1.0


def test_a_line_only_of_few_samples():
    assert few_samples_line(1000, np.log2(99), 1.0) is None
    assert few_samples_line(1000, nan, 1.0) is None
    line = few_samples_line(1000, np.log2(128), 1.0)
    assert line is not None
    assert line.startswith("1000 samples in about 128 states: exact of these samples")
    assert "chance alone gives some 0.09 bits of I(T;Y)" in line


def test_an_estimate_says_it_of_uncorrected_counts_alone():
    t = np.arange(100.0)[:, None]
    names = ["exact", "exact:correction=chao-shen", "exact:shuffles=2", "kde"]
    made = estimate({"T1": t, "T2": t // 50}, np.arange(100) % 2, names)
    assert [(note.series, note.layer) for note in made.notes if "chance" in note.line] == [
        ("exact", "T1")
    ]
    assert [note for note in made.notes if "chance" not in note.line] == [
        ("exact-chao-shen", "T1", NO_TWO)
    ]
