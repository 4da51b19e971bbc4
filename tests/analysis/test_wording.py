"""The lines that verdicts are told in."""

from dataclasses import replace

import numpy as np

from ibtui.analysis.verdict import verdicts
from ibtui.analysis.wording import verdict_line
from ibtui.report.diagnosis import diagnosis_lines
from tests.analysis.test_verdict import TY, XT, one_layer, recording, spread_out


def test_a_line_says_what_by_how_much_when_and_in_how_many():
    first, second, third = verdicts(recording(spread_out(XT), spread_out(TY)), 0)
    line = verdict_line(first)
    assert line.startswith("fits 0.70 bits [0.69, 0.71], 78% of its headroom, compresses 3.00 bits")
    assert " from epoch 2 [2, 2] to 9 [9, 9] (by 0.5 or more in 7 of 7 replicates)" in line
    assert "no fitting [" in verdict_line(second)
    assert ", no compression [" in verdict_line(second)
    assert "compression undecided: 0.50 bits [" in verdict_line(third)
    going = verdicts(recording(spread_out(XT), spread_out(TY)), 0, planned=616)[1]
    assert "compression undecided so far: " in verdict_line(going)


def test_a_line_tells_what_passes_from_what_lasts_and_forgetting_from_compression():
    passing = verdict_line(one_layer([8, 9, 7.4, 7.5, 9.5, 11], [0.5] * 6))
    assert "compresses 1.60 bits [" in passing
    assert "from epoch 10 [10, 10] to 20 [20, 20] and recovers" in passing
    partly = verdict_line(one_layer([8, 11, 7, 9, 9, 9], [0.5] * 6))
    assert "to 20 [20, 20], of which 2.00 bits [" in partly
    edge = verdict_line(one_layer([8, 11, 7, 10.5, 10.5, 10.5], [0.5] * 6))
    assert "whether it lasts is undecided (0.50 bits [" in edge
    forgets = verdict_line(one_layer([12, 12, 10, 9], [0.5, 0.9, 0.6, 0.4]))
    assert "forgets: I(X;T) falls 3.00 bits [" in forgets
    assert " and I(T;Y) 0.50 bits [" in forgets
    either = verdict_line(one_layer([12, 12, 10, 9], [0.5, 0.9, 0.85, 0.8]))
    assert "to compress or to forget: I(T;Y) falls 0.10 bits [" in either
    assert "(nothing left to rise by)" in verdict_line(one_layer([12] * 3, [0.995, 0.999, 1]))


def test_replicates_that_fall_are_counted_where_their_mean_does_not():
    xt = np.full((40, 1, 8, 1), 9.0)
    for replicate, at in enumerate((5, 15, 25)):
        xt[at:, :, replicate] -= 1.0
    xt += np.random.default_rng(1).normal(0, 0.01, xt.shape)
    (only,) = verdicts(recording(xt, np.full_like(xt, 0.5), np.arange(40)), 0)
    assert only.phases.fell == 3
    assert "(by 0.5 or more in 3 of 8 replicates)" in verdict_line(only)


def test_what_is_above_its_ceiling_is_told_by_the_ceilings_name():
    of = recording(spread_out(XT), spread_out(TY))
    noisy = replace(of, header=replace(of.header, shared_bits=0.4))
    assert "I(T;Y) above I(X;Y) in" in verdict_line(verdicts(noisy, 0)[0])
    assert any("I(T;Y) above I(X;Y), which" in line for line in diagnosis_lines(noisy, 0))
    assert "above" not in verdict_line(verdicts(of, 0)[0])
