"""Verdicts of saved runs, side by side and under other thresholds."""

import json
from pathlib import Path

import numpy as np

from tests.figures.scripted_runs import make

KEPT = np.full((7, 2, 5, 3), 0.5)


def test_compare_puts_verdicts_side_by_side(call):
    falling = np.linspace(9, 5, 7)[:, None, None, None] * np.ones((7, 2, 5, 3))
    falling += (
        np.linspace(-0.1, 0.1, 5)[None, None, :, None] * np.linspace(0, 1, 7)[:, None, None, None]
    )
    make("falls", changes={"i_xt_bits": falling, "i_ty_bits": KEPT})
    make("flat", changes={"i_xt_bits": np.full((7, 2, 5, 3), 8.0)})
    code, out, _ = call("compare", "falls", "flat", "--series", "exact", "--figure", "both.svg")
    assert code == 0
    assert out.startswith("exact, bits")
    assert "binning-30" not in out
    assert "compresses 4.00 bits" in out
    assert "no compression [0.00, 0.00]" in out
    assert "by 0.5 bits or more" in out
    assert Path("both.svg").exists()
    assert "compression undecided" not in out
    stricter = call("compare", "falls", "flat", "--compresses", "4.0")[1]
    assert "compression undecided: 4.00 bits" in stricter
    assert "by 4 bits or more" in stricter
    assert call("compare", "falls", "flat", "--series", "knn")[0] == 2
    code, out, err = call("compare", "falls", "flat", "--figure", "both.gif")
    assert (code, out) == (2, "")
    assert err == "ibtui: --figure both.gif: name a .pdf, .svg or .png file\n"


def test_show_takes_the_thresholds(call):
    x = np.linspace(9, 8.8, 7)[:, None, None, None] * np.ones((7, 2, 5, 3))
    make("walk", changes={"i_xt_bits": x, "i_ty_bits": KEPT})
    assert "no compression [0.20, 0.20]" in call("show", "walk")[1]
    out = call("show", "walk", "--compresses", "0.1")[1]
    assert "compresses 0.20 bits [0.20, 0.20] from epoch 0 [0, 0] to 23 [23, 23]" in out
    assert json.loads(call("show", "walk", "--json")[1])["rule"]["compresses_bits"] == 0.5
