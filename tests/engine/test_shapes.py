"""The axes in the engine's signatures are those of its arrays."""

from tests.engine import shapes

CHECKED = (
    "forward",
    "layers",
    "optimizer",
    "noise",
    "prefit",
    "weights",
    "checkpoint",
    "histograms",
)
WRONG = """
import torch
from tests.engine import shapes
shapes.check()
from ibtui.engine.dropout import drop
drop(torch.zeros(3, 4, 2), torch.arange(3), torch.arange(5), 0.1)
"""


def test_arrays_have_the_axes_that_the_signatures_say():
    tests = [f"tests/engine/test_{name}.py" for name in CHECKED]
    ended = shapes.python("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests)
    assert ended.returncode == 0, ended.stdout[-3000:]


def test_an_array_of_other_axes_is_refused():
    ended = shapes.python("-c", WRONG)
    assert "TypeCheckError" in ended.stderr
    assert "'key'" in ended.stderr


def test_most_modules_name_their_axes():
    assert len(shapes.modules("engine")) >= 15
