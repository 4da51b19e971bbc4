"""Advice: what is said of a sweep before it is shared out."""

import pytest

from ibtui.headless.advice import advice
from ibtui.profile import parse_profiles


@pytest.mark.parametrize(
    ("sweep", "slots", "told"),
    [
        ("", 1, []),
        ("", 4, ["one run: a run is never split"]),
        ("quantization.bits = [4, 8]", 2, []),
        ("quantization.bits = [4, 8]", 3, ["2 runs for 3 places: a run is never split"]),
        ("quantization.bits = [4, 8]\nseed = [1, 2, 3]", 2, ["3 runs differ by their seed alone"]),
        (
            f"seed = {[*range(2000)]}",
            2,
            ["many runs differ by their seed alone: one run of more repl"],
        ),
        ("seed = [1, 2]", 8, ["2 runs for 8 places", "one run of replicates = 10 starts once"]),
    ],
)
def test_what_would_be_better_is_said(sweep, slots, told):
    text = 'name = "grid"\nreplicates = 5\n' + (f"[sweep]\n{sweep}\n" if sweep else "")
    lines = [*advice(parse_profiles(text, "grid.toml"), slots)]
    assert len(lines) == len(told)
    for line, part in zip(lines, told, strict=True):
        assert part in line
