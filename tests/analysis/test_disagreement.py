"""Disagreement: by hand, with gaps, with dead replicates."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from ibtui.analysis.disagreement import disagreements
from ibtui.analysis.rule import Rule
from ibtui.analysis.verdict import verdicts
from ibtui.errors import UsageError
from ibtui.recording import Header, Recording

NAN = np.nan


def recording(i_xt_bits, i_ty_bits, series=("exact", "binning-30")):
    """A recording of information alone, (epoch, series, replicate, layer)."""
    i_xt_bits, i_ty_bits = np.array(i_xt_bits, float), np.array(i_ty_bits, float)
    epochs, _, replicates, layers = i_xt_bits.shape
    names = tuple(f"T{n + 1}" for n in range(layers))
    header = Header(tuple(series), names, (3,) * layers, replicates, 16, 4.0, 1.0)
    arrays = {name: np.zeros(s) for name, s in Recording.shapes(header, epochs).items()}
    arrays |= {"epoch": 5 * np.arange(epochs), "i_xt_bits": i_xt_bits, "i_ty_bits": i_ty_bits}
    return Recording(header, **arrays)


def paths(exact, other, replicates=4):
    """(epoch, layer) paths of two series, the same for all replicates."""
    stacked = np.stack([np.array(exact, float), np.array(other, float)], axis=1)
    return np.repeat(stacked[:, :, None], replicates, axis=2)


# The second series compresses in T2 where the truth does not, and not in T3 where it does.
XT = paths([[4, 4, 1], [4, 4, 4], [4, 4, 2]], [[3, 2, 2], [3, 4, 2], [3, 1, 2]])
TY = paths([[1, 0, 0.5], [1, 0.5, 0.5], [1, 0.9, 0.5]], [[1, 0, 0], [1, 0.05, 0.3], [1, 0, 0.2]])


def values(found, name: str) -> list[float]:
    return [getattr(one, name).value for one in found.layers]


def bits(found, whose: str, name: str) -> list[float]:
    return [getattr(getattr(one, whose).phases, name).value for one in found.layers]


def agreement(found) -> tuple[list, list]:
    fitting = [one.agrees_on_fitting for one in found.layers]
    return fitting, [one.agrees_on_compression for one in found.layers]


def test_errors_rises_and_falls():
    (only,) = disagreements(recording(XT, TY))
    assert only.series == "binning-30"
    assert only.frames == 3
    assert_allclose(values(only, "error_xt"), [1, 5 / 3, 1])
    assert_allclose(values(only, "error_ty"), [0, (0.45 + 0.9) / 3, (0.5 + 0.2 + 0.3) / 3])
    assert_allclose(bits(only, "said", "rise"), [0, 0.05, 0.3])
    assert_allclose(bits(only, "truth", "rise"), [0, 0.9, 0])
    assert_allclose(bits(only, "said", "fall"), [0, 3, 0])
    assert_allclose(bits(only, "truth", "fall"), [0, 0, 2])
    assert agreement(only) == ([True, False, False], [True, False, False])
    (other,) = disagreements(recording(XT, TY), rule=Rule(fits_bits=0.04, compresses_bits=5))
    assert agreement(other) == ([True, True, False], [True, True, True])


def test_only_frames_and_replicates_that_both_have_count():
    xt, ty = XT.copy(), TY.copy()
    xt[1, 1] = ty[1, 1] = NAN  # not due in the middle frame, where the truth has its maximum
    xt[:, :, 1] = ty[:, :, 1] = NAN  # a replicate that diverged
    (only,) = disagreements(recording(xt, ty))
    assert only.frames == 2
    assert_allclose(bits(only, "truth", "fall"), [0, 0, 0])
    assert_allclose(bits(only, "said", "fall"), [0, 1, 0])
    assert_allclose(values(only, "error_xt"), [1, 2.5, 0.5])
    assert only.layers[0].truth.used == 3


def test_replicates_are_averaged_before_a_claim_is_made():
    # Half of the replicates fall by 2 and half rise by 2: the mean claims nothing, the error stays.
    xt = np.zeros((2, 2, 6, 1))
    xt[:, 1, ::2, 0], xt[:, 1, 1::2, 0] = [[2], [0]], [[0], [2]]
    (only,) = disagreements(recording(xt, np.zeros_like(xt)))
    (layer,) = only.layers
    assert layer.said.phases.fall.low < 0 < layer.said.phases.fall.high
    assert layer.agrees_on_compression is None
    assert_allclose(layer.error_xt.value, 1)


def test_series_that_never_met_agree_on_nothing():
    xt = XT.copy()
    xt[:, 1] = NAN
    (only,) = disagreements(recording(xt, TY))
    assert only.frames == 0
    assert not any(one.met for one in only.layers)
    assert agreement(only) == ([None] * 3, [None] * 3)


def test_the_reference_is_named():
    (only,) = disagreements(recording(XT, TY), reference="binning-30")
    assert only.series == "exact"
    with pytest.raises(
        UsageError, match=r"no series is called 'truth' .there are exact, binning-30"
    ):
        disagreements(recording(XT, TY), reference="truth")


def test_verdicts_that_have_been_made_are_taken_where_both_have_all_of_it():
    xt, ty = XT.copy(), TY.copy()
    of = recording(xt, ty)
    known = [verdicts(of, k) for k in range(2)]
    (only,) = disagreements(of, known=known)
    assert [one.truth for one in only.layers] == known[0]
    assert all(one.truth is known[0][n] for n, one in enumerate(only.layers))
    assert repr(only) == repr(disagreements(of)[0])
    xt[1, 1] = ty[1, 1] = NAN
    of = recording(xt, ty)
    known = [verdicts(of, k) for k in range(2)]
    (only,) = disagreements(of, known=known)
    assert all(one.said is known[1][n] for n, one in enumerate(only.layers))
    assert [one.truth.frames for one in only.layers] == [2, 2, 2]
