"""Where layers crowd a plane, and the part of it that tells them apart."""

import numpy as np
import pytest

from ibtui.tui.look.crowd import around, crowd, digits
from ibtui.tui.look.viewport import Viewport

NONE = np.nan


@pytest.mark.parametrize(
    ("x", "y", "found"),
    [
        ([0.1, 0.5, 0.9], [0.5, 0.5, 0.5], []),
        ([0.995, 0.99, 0.5, 0.985], [0.99, 0.99, 0.99, 0.98], [0, 1, 3]),
        ([0.1, 0.1, 0.9, 0.9, 0.9], [0.1, 0.1, 0.9, 0.9, 0.9], [2, 3, 4]),
        ([0.1, NONE, 1.2, 0.1], [0.1, 0.1, 0.1, 0.1], [0, 3]),
        ([0.30, 0.34, 0.32], [0.5, 0.5, 0.5], [0, 1, 2]),  # the last one joins the others
        ([NONE], [NONE], []),
    ],
)
def test_a_crowd_is_of_layers_at_most_a_cell_apart(x, y, found):
    assert crowd(np.array(x), np.array(y), 50, 20) == found


def test_the_part_of_a_crowd_holds_it_and_lies_in_the_plane():
    plane = Viewport.whole(12.0, 1.0)
    x, y = np.array([12.0, 11.93, 11.8]), np.array([0.999, 0.999, 0.97])
    part = around(plane, x, y)
    assert part.left < 11.8 < 12.0 < part.right <= plane.right
    assert part.bottom < 0.97 < 0.999 < part.top <= plane.top
    assert (plane.right - plane.left) / (part.right - part.left) > 5
    assert around(plane, np.full(2, 6.0), np.full(2, 0.5)).right == pytest.approx(6.3)


def test_layers_are_named_by_their_digits():
    assert digits([0, 1, 2, 3]) == "1-4"
    assert digits([0, 1, 3]) == "124"
    assert digits([4, 5]) == "56"
