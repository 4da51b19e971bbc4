"""The axes in signatures of the engine and of the estimators are those of their arrays."""

import pytest

from tests import shapes

CHECKED = {
    "engine": (
        "forward",
        "layers",
        "optimizer",
        "noise",
        "prefit",
        "weights",
        "checkpoint",
        "histograms",
    ),
    "information": ("arrays", "copula", "joint", "kde", "knn", "layer", "renyi", "scalar"),
}
WRONG = """
import torch
from tests import shapes
shapes.check()
from jaxtyping import TypeCheckError
from ibtui.engine.dropout import drop
from ibtui.information.count import count
calls = (
    lambda: drop(torch.zeros(3, 4, 2), torch.arange(3), torch.arange(5), 0.1),
    lambda: count(torch.zeros(1, 3, 5, dtype=torch.int64), 62, torch.zeros(4).long(), 2),
)
for call in calls:
    try:
        call()
    except TypeCheckError as wrong:
        print(wrong)
"""


def test_arrays_have_the_axes_that_the_signatures_say():
    tests = [f"tests/{room}/test_{name}.py" for room, names in CHECKED.items() for name in names]
    ended = shapes.python("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests)
    assert ended.returncode == 0, ended.stdout[-3000:]


def test_an_array_of_other_axes_is_refused():
    ended = shapes.python("-c", WRONG)
    assert "'key'" in ended.stdout
    assert "'labels'" in ended.stdout


@pytest.mark.parametrize(("room", "least"), [("engine", 15), ("information", 25)])
def test_most_modules_name_their_axes(room, least):
    assert len(shapes.modules(room)) >= least
