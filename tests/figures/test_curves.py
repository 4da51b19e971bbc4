"""Curves of information and accuracy: their means and bands."""

from pathlib import Path

import numpy as np
import pytest

from ibtui import figures
from ibtui.errors import UsageError
from ibtui.figures import curves
from ibtui.profile import parse_profile
from tests.figures.scripted_runs import PROFILE_TEXT, make

pytestmark = pytest.mark.usefixtures("here")


def test_curves_are_means_with_deviation_in_bits():
    run = make()
    left, right = curves.information(run, 0).axes
    bits = run.recording.i_xt_bits[:, 0, :, 1]
    line = next(line for line in left.lines if line.get_label() == "T2")
    np.testing.assert_allclose(line.get_xdata(), run.recording.epoch)
    np.testing.assert_allclose(line.get_ydata(), bits.mean(axis=1))
    band = left.collections[1].get_paths()[0].vertices[:, 1]
    assert band.min() == pytest.approx((bits.mean(axis=1) - bits.std(axis=1, ddof=1)).min())
    assert band.max() == pytest.approx((bits.mean(axis=1) + bits.std(axis=1, ddof=1)).max())
    assert (left.get_ylabel(), right.get_ylabel()) == ("$I(X{;}T)$ [bits]", "$I(T{;}Y)$ [bits]")


SCOTT = parse_profile(PROFILE_TEXT.replace("binning", "scott"), "walk.toml")


def test_cells_are_drawn_of_the_series_that_chose_them():
    run = make(profile=SCOTT)
    (axes,) = curves.cells(run, 1).axes
    line = next(line for line in axes.lines if line.get_label() == "T2")
    np.testing.assert_allclose(line.get_ydata(), run.recording.cells[:, 1, :, 1].mean(axis=1))
    assert axes.get_ylabel() == "bins or clusters"
    made = list(figures.export(run, Path(), ["cells"], "png"))
    assert [path.name for path in made] == ["walk-cells-scott.png"]
    with pytest.raises(UsageError, match="walk: holds no numbers of cells"):
        list(figures.export(run, Path(), ["cells"], "png", ["exact"]))


def test_accuracy_has_a_95_percent_interval():
    run = make()
    axes = curves.accuracy(run).axes[0]
    values = run.recording.test_accuracy
    half = 2.776445 * values.std(axis=1, ddof=1) / 5**0.5  # Student's t, 4 degrees of freedom
    band = axes.collections[1].get_paths()[0].vertices[:, 1]
    assert band.max() == pytest.approx((values.mean(axis=1) + half).max(), abs=1e-5)
