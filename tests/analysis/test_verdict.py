"""Verdicts: by hand, of noise alone, with gaps, with few replicates, of runs that go on."""

import math
from dataclasses import replace

import numpy as np
import pytest

from ibtui.analysis.rule import Rule
from ibtui.analysis.verdict import verdicts
from ibtui.analysis.wording import verdict_line
from ibtui.recording import ARRAYS, Header, Recording

NAN = math.nan
EPOCHS = np.array([-4, 0, 2, 5, 9])


def recording(i_xt_bits, i_ty_bits, epoch=EPOCHS) -> Recording:
    """Of information alone, (epoch, series, replicate, layer)."""
    epochs, series, replicates, layers = np.shape(i_xt_bits)
    header = Header(
        series=("exact", "other")[:series],
        layers=tuple(f"T{n + 1}" for n in range(layers)),
        units=(3,) * layers,
        replicates=replicates,
        samples=4096,
        input_bits=12.0,
        label_bits=1.0,
    )
    shapes = Recording.shapes(header, epochs)
    arrays = {name: np.full(shapes[name], np.nan) for name in ARRAYS} | {
        "epoch": epoch[:epochs],
        "i_xt_bits": np.array(i_xt_bits, float),
        "i_ty_bits": np.array(i_ty_bits, float),
    }
    return Recording(header, **arrays)


def spread_out(path, replicates=7, step=0.01):
    """(E, L) mean paths as (E, 1, R, L): the replicates lie around them, each at its distance."""
    offsets = step * (np.arange(replicates) - (replicates - 1) / 2)
    path = np.array(path, float)[:, None, None, :]
    return path + offsets[None, None, :, None] * np.linspace(0, 1, len(path))[:, None, None, None]


# Layers: one that fits and compresses, one that does neither, one whose fall is at the threshold.
XT = [[3, 12, 5], [4, 11, 5], [9, 11, 6], [8, 11, 5.7], [6, 11, 5.5]]
TY = [[0.9, 0.5, 0], [0.1, 0.5, 0], [0.4, 0.5, 0.06], [0.8, 0.5, 0.1], [0.78, 0.5, 0.1]]


def one_layer(xt, ty, step=0.01):
    """The verdict on one layer with these mean paths from epoch 0 on, 10 epochs a frame."""
    paths = [spread_out(np.array(path)[:, None], step=step) for path in (xt, ty)]
    (only,) = verdicts(recording(*paths, epoch=10 * np.arange(len(xt))), 0)
    return only


def test_fitting_compression_and_turns_by_hand():
    found = verdicts(recording(spread_out(XT), spread_out(TY)), 0)
    assert [verdict.layer for verdict in found] == ["T1", "T2", "T3"]
    first, second, third = found
    assert first.phases.rise.value == pytest.approx(0.7)  # 0.1 at epoch 0 to 0.8, not prefitting
    assert first.phases.rise_share.value == pytest.approx(0.7 / 0.9, rel=1e-3)
    assert first.phases.fall.value == pytest.approx(3)
    assert (first.fits, first.compresses, first.forgets, first.lasts) == (True, True, False, True)
    assert (first.phases.peak.value, first.phases.peak.low, first.phases.peak.high) == (2, 2, 2)
    assert (first.phases.trough.value, first.phases.fell) == (9, 7)
    assert first.phases.fitted.value == 5
    assert (second.fits, second.compresses) == (False, False)
    bits = second.phases.rise.value, second.phases.fall.value
    assert bits == pytest.approx((0, 0), abs=0.005)
    assert third.phases.fall.value == pytest.approx(0.5)
    assert third.compresses is None
    assert third.phases.fall.low < 0.5 < third.phases.fall.high


def test_thresholds_and_the_span_of_epochs_can_be_set_and_are_printed():
    of = recording(spread_out(XT), spread_out(TY))
    rule = Rule(fits_bits=0.75, compresses_bits=4, since=-4, until=5)
    first = verdicts(of, 0, rule)[0]
    assert first.phases.rise.value == pytest.approx(0, abs=0.01)
    assert first.phases.fall.value == pytest.approx(1)
    assert (first.fits, first.compresses) == (False, False)
    text = "\n".join(rule.lines())
    for said in ("0.75 bits", "4 bits", "epoch -4 to 5", "95% interval", "100 times"):
        assert said in text


def test_where_both_informations_fall_a_layer_forgets_and_does_not_compress():
    both = one_layer([12, 12, 10, 9], [0.5, 0.9, 0.6, 0.4])
    assert (both.falls, both.compresses, both.forgets) == (True, False, True)
    assert both.phases.forgotten.value == pytest.approx(0.5, abs=0.01)
    alone = one_layer([12, 12, 10, 9], [0.5, 0.9, 0.88, 0.87])
    assert (alone.compresses, alone.forgets) == (True, False)
    edge = one_layer([12, 12, 10, 9], [0.5, 0.9, 0.85, 0.8])
    assert (edge.falls, edge.compresses, edge.forgets) == (True, None, None)
    assert one_layer([12, 12, 12, 12], [0.5, 0.9, 0.5, 0.4]).forgets is False


def test_a_fall_in_mid_run_that_recovers_is_told_apart_from_one_that_lasts():
    passing = one_layer([8, 9, 7.4, 7.5, 9.5, 11], [0.5] * 6)
    assert (passing.compresses, passing.lasts) == (True, False)
    assert passing.phases.fall.value == pytest.approx(1.6, abs=0.01)
    assert (passing.phases.peak.value, passing.phases.trough.value) == (10, 20)
    partly = one_layer([8, 11, 7, 9, 9, 9], [0.5] * 6)
    assert (partly.compresses, partly.lasts) == (True, True)
    bits = partly.phases.fall.value, partly.phases.lasting.value
    assert bits == pytest.approx((4, 2), abs=0.02)


def test_fitting_is_a_rise_in_bits_or_of_half_the_headroom():
    near = one_layer([12] * 4, [0.983, 0.99, 0.998, 0.999], step=1e-4)
    assert near.fits is True
    assert near.phases.rise_share.value == pytest.approx(0.016 / 0.017, abs=0.01)
    assert one_layer([12] * 4, [0.9, 0.91, 0.92, 0.92]).fits is False
    full = one_layer([12] * 4, [0.995, 0.996, 0.9965, 0.997], step=1e-4)
    assert full.fits is False
    assert math.isnan(full.phases.rise_share.value)
    of = recording(*(spread_out([[8], [8.0]]) for _ in range(2)), epoch=np.array([0, 5]))
    ty = spread_out([[8], [8.15]])
    of = replace(of, header=replace(of.header, shared_bits=8.2), i_ty_bits=ty)
    assert verdicts(of, 0)[0].phases.rise_share.value == pytest.approx(0.75, abs=0.01)


@pytest.mark.parametrize("replicates", [3, 5, 16, 50])
def test_noise_alone_is_no_compression_and_does_not_seem_to_fall(replicates):
    noise = np.random.default_rng(0).normal(8, 0.3, (1600, 1, replicates, 1))
    found = verdicts(recording(noise, noise / 8, epoch=np.arange(1600)), 0)[0]
    assert abs(found.phases.fall.value) < 0.6 / math.sqrt(replicates)
    assert found.phases.fall.low < 0 < found.phases.fall.high
    assert found.compresses is not True
    assert found.phases.fell <= max(1, replicates // 10)


def test_a_run_that_goes_on_decides_no_absence():
    of = recording(spread_out(XT), spread_out(TY))
    whole, going = verdicts(of, 0, planned=9), verdicts(of, 0, planned=616)
    assert [v.compresses for v in whole] == [True, False, None]
    assert [v.compresses for v in going] == [True, None, None]
    assert [v.fits for v in going] == [True, None, None if whole[2].fits is not True else True]
    assert (going[0].lasts, going[0].whole) == (None, False)
    prefit = verdicts(of, 0, Rule(since=-4, until=0), planned=616)
    assert [v.fits for v in prefit] == [False] * 3  # all of that span is there


@pytest.mark.parametrize(
    ("replicates", "decides", "warns"), [(2, False, True), (3, True, True), (5, True, False)]
)
def test_few_replicates_decide_nothing_or_are_told(replicates, decides, warns):
    of = recording(spread_out(XT, replicates), spread_out(TY, replicates))
    first, second, _ = verdicts(of, 0)
    assert (first.fits, first.compresses) == ((True, True) if decides else (None, None))
    assert (second.fits, second.compresses) == ((False, False) if decides else (None, None))
    warning = f"only {replicates} replicates: the intervals can be too narrow"
    assert (warning in verdict_line(first)) == warns
    if not decides:
        assert verdict_line(first).startswith("fitting undecided: 0.70 bits [")
        assert "compression undecided: 3.00 bits [" in verdict_line(first)
    text = " ".join(Rule().lines())
    assert "undecided where it holds the threshold and of fewer than 3 replicates" in text
    assert "of fewer than 5 the intervals can be too narrow" in text


def test_one_frame_has_no_verdict():
    whole = recording(spread_out(XT), spread_out(TY))
    found = verdicts(whole, 0, Rule(since=9))[0]
    assert (found.fits, found.compresses) == (None, None)
    assert verdict_line(found) == "one frame: no verdict"
    assert verdicts(whole, 0, Rule(since=5))[0].fits is not None
    full = verdicts(recording([[[[12.0]] * 6]], [[[[0.5]] * 6]]), 0, Rule(since=-4))[0]
    assert verdict_line(full) == "one frame: no verdict, I(X;T) = H(X) in 100%"


def test_the_same_seed_gives_the_same_interval_and_another_another():
    of = recording(spread_out(XT), spread_out(TY))
    one, again, other = (verdicts(of, 0, Rule(seed=seed))[0] for seed in (1, 1, 2))
    assert one.phases.fall == again.phases.fall
    assert one.phases.fall != other.phases.fall


def test_replicates_with_gaps_are_left_out_and_counted():
    xt, ty = spread_out(XT, replicates=4), spread_out(TY, replicates=4)
    xt[3:, :, 1] = ty[3:, :, 1] = NAN  # diverged at epoch 5
    xt[:, :, 2, 1] = NAN  # this layer was not measured in one more
    xt[2] = NAN  # a frame in which the series was not due
    found = verdicts(recording(xt, ty), 0)
    assert [verdict.used for verdict in found] == [3, 2, 3]
    assert found[0].phases.fall.value == pytest.approx(2, abs=0.01)  # 8 at epoch 5 to 6
    line = verdict_line(found[1])
    assert line.endswith("only 2 of 4 replicates: the intervals can be too narrow")
    xt[:] = NAN
    missing = verdicts(recording(xt, ty), 0)[0]
    assert missing.used == 0
    assert verdict_line(missing) == "not measured in any of 4 replicates"
    assert (missing.fits, missing.compresses) == (None, None)


def test_a_recording_without_frames_is_not_measured():
    found = verdicts(recording(np.zeros((0, 1, 4, 3)), np.zeros((0, 1, 4, 3))), 0)
    lines = [verdict_line(verdict) for verdict in found]
    assert lines == ["not measured in any of 4 replicates"] * 3


def test_one_replicate_has_no_interval_and_no_verdict():
    first = verdicts(recording(spread_out(XT, 1), spread_out(TY, 1)), 0)[0]
    assert (first.fits, first.compresses) == (None, None)
    assert verdict_line(first) == (
        "rises 0.70 bits (one replicate, no interval), 78% of its headroom, "
        "falls 3.00 bits (one replicate, no interval) from epoch 2 to 9"
    )


def test_saturation_and_dpi_violations_are_shares_of_what_was_looked_at():
    xt = spread_out([[12, 3, 1]] * 5, replicates=4, step=0)
    ty = spread_out([[0.9, 0.5, 0.1]] * 5, replicates=4, step=0)
    xt[3, 0, 2, 1] = 12.0
    xt[4, 0, :2, 2] = 5.0
    xt[0] = 12.0  # prefitting does not count
    first, second, third = verdicts(recording(xt, ty), 0)
    assert [v.saturated for v in (first, second, third)] == [1, 1 / 16, 0]
    assert [v.breaks_dpi for v in (first, second, third)] == [0, 0, 2 / 16]
    assert "I(X;T) = H(X) in 100%" in verdict_line(first)
    assert "violates the DPI in 12%" in verdict_line(third)


def test_information_above_its_entropy_is_said_to_be_impossible_and_not_saturated():
    xt = spread_out([[41, 12, 1]] * 5, replicates=4, step=0)
    ty = spread_out([[0.9, 0.5, 0.1]] * 5, replicates=4, step=0)
    ty[3, 0, :2, 1] = 1.49
    first, second, third = verdicts(recording(xt, ty), 0)
    assert [v.saturated for v in (first, second, third)] == [0, 1, 0]
    assert [v.above_hx for v in (first, second, third)] == [1, 0, 0]
    assert [v.above_hy for v in (first, second, third)] == [0, 2 / 16, 0]
    assert "I(X;T) above H(X) in 100%" in verdict_line(first)
    assert "= H(X)" not in verdict_line(first)
    assert "I(T;Y) above H(Y) in 12%" in verdict_line(second)
    assert "above" not in verdict_line(third)
