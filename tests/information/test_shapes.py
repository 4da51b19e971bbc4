"""The axes in the estimators' signatures are those of their arrays."""

from tests.engine import shapes

CHECKED = "arrays", "copula", "joint", "kde", "knn", "layer", "renyi", "scalar"
WRONG = """
import torch
from tests.engine import shapes
shapes.check()
from ibtui.information.count import count
count(torch.zeros(1, 3, 5, dtype=torch.int64), 62, torch.zeros(4, dtype=torch.int64), 2)
"""


def test_arrays_have_the_axes_that_the_signatures_say():
    tests = [f"tests/information/test_{name}.py" for name in CHECKED]
    ended = shapes.python("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests)
    assert ended.returncode == 0, ended.stdout[-3000:]


def test_an_array_of_other_axes_is_refused():
    ended = shapes.python("-c", WRONG)
    assert "TypeCheckError" in ended.stderr
    assert "'labels'" in ended.stderr


def test_most_modules_name_their_axes():
    assert len(shapes.modules("information")) >= 25
