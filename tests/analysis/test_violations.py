"""What is impossible, and what says nothing: by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from ibtui.analysis.violations import above_entropy, dpi_violations, saturated
from tests.analysis.small import BINNING, EPOCHS, EXACT, random_information, recording


def test_dpi_violations_are_rises_along_the_layers_of_either_information():
    i_xt_bits = np.broadcast_to(np.array([11.0, 10.0, 9.0]), (EPOCHS, 2, 5, 3)).copy()
    i_ty_bits = i_xt_bits / 12
    i_xt_bits[1, EXACT, 3] = [11.0, 10.0, 10.0 + 1e-12]
    i_xt_bits[2, EXACT, 4] = [10.0, 10.5, 9.0]
    i_ty_bits[3, EXACT, 0] = [0.5, 0.5, 0.6]
    i_ty_bits[0, EXACT, 1] = [0.5, math.nan, 0.6]
    found = dpi_violations(recording(i_xt_bits=i_xt_bits, i_ty_bits=i_ty_bits), EXACT)
    assert found.shape == (EPOCHS, 5, 2)
    assert np.argwhere(found).tolist() == [[2, 4, 0], [3, 0, 1]]


def test_a_rise_within_the_rounding_of_its_series_is_none():
    i_xt_bits = np.broadcast_to(np.array([11.0, 10.0, 10.0 + 1e-7]), (EPOCHS, 2, 5, 3)).copy()
    i_xt_bits[0, :, 0, 0] = 12.0 - 1e-7
    of = recording(i_xt_bits=i_xt_bits, i_ty_bits=i_xt_bits / 12)
    of = replace(of, header=replace(of.header, tolerance_bits=(1e-9, 1e-5)))
    assert dpi_violations(of, 0)[:, :, 1].all()
    assert not dpi_violations(of, 1).any()
    assert not saturated(of, 0).any()
    assert np.argwhere(saturated(of, 1)).tolist() == [[0, 0, 0]]


def test_saturation_is_information_at_its_ceiling():
    i_xt_bits = random_information(5, 1, 11)
    i_xt_bits[1, BINNING, 2, 0] = 12.0
    i_xt_bits[2, BINNING, 3, 1] = 12.0 - 1e-12
    i_xt_bits[3, BINNING, 4, 2] = 12.0 - 1e-6
    i_xt_bits[0, EXACT, 0, 0] = 12.0
    i_xt_bits[3, BINNING, 1, 1] = 12.0 + 1e-6  # rounding
    i_xt_bits[3, BINNING, 1, 2] = 41.0  # impossible, and nothing's ceiling
    found = saturated(recording(i_xt_bits=i_xt_bits), BINNING)
    assert np.argwhere(found).tolist() == [[1, 2, 0], [2, 3, 1], [3, 1, 1]]


@pytest.mark.parametrize("said", ["", "-null", "-less-null"])
def test_a_corrected_count_is_not_held_against_the_entropy_of_its_samples(said):
    full = np.full((EPOCHS, 2, 5, 3), 12.5)
    of = recording(i_xt_bits=full, i_ty_bits=full / 25)
    of = replace(of, header=replace(of.header, series=(f"exact-nsb{said}", f"exact{said}")))
    assert not above_entropy(of, 0).i_xt.any()
    assert not saturated(of, 0).any()
    assert above_entropy(of, 1).i_xt.all()


def test_no_information_is_above_the_entropy_that_bounds_it():
    bits = np.full((EPOCHS, 2, 5, 3), 0.5)
    i_xt_bits, i_ty_bits = bits.copy(), bits.copy()
    i_xt_bits[1, BINNING, 2, 0] = 41.0
    i_xt_bits[0, EXACT, 0, 0] = 41.0
    i_xt_bits[2, BINNING, 2, :] = [12.0, 12.001, math.nan]
    of = recording(i_xt_bits=i_xt_bits, i_ty_bits=i_ty_bits)
    i_ty_bits[3, BINNING, 4, 2] = of.header.label_bits + 0.02
    i_ty_bits[3, BINNING, 4, 1] = of.header.label_bits + 0.001
    found = above_entropy(of, BINNING)
    assert np.argwhere(found.i_xt).tolist() == [[1, 2, 0]]
    assert np.argwhere(found.i_ty).tolist() == [[3, 4, 2]]


def test_the_ceiling_of_noisy_labels_is_what_the_inputs_know_of_them():
    i_ty_bits = np.full((EPOCHS, 2, 5, 3), 0.3)
    i_ty_bits[2, EXACT, 1, 0] = 0.5
    of = recording(i_xt_bits=i_ty_bits, i_ty_bits=i_ty_bits)
    assert not above_entropy(of, EXACT).i_ty.any()
    noisy = replace(of, header=replace(of.header, shared_bits=0.295))
    assert np.argwhere(above_entropy(noisy, EXACT).i_ty).tolist() == [[2, 1, 0]]
