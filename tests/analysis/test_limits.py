"""The limits that the data of a run set its plane."""

import numpy as np
import pytest

from ibtui.analysis import limits
from ibtui.data import Szt
from ibtui.data.wireless import Wireless
from ibtui.recording import Header


def header(label_bits: float, **known) -> Header:
    return Header(("exact",), ("T1",), (3,), 5, 1024, 4.0, label_bits, **known)


def test_data_whose_inputs_determine_the_label_have_the_smaller_of_both_as_limit():
    ((name, limit),) = limits.limits(Szt(), header(0.9))
    assert name == "IB limit"
    np.testing.assert_allclose(limit.at(np.array([0.0, 0.4, 0.9, 12.0])), [0.0, 0.4, 0.9, 0.9])
    assert limits.noisy_limit(Szt()) is None


def test_a_noisy_source_has_a_lower_limit_of_its_own(monkeypatch):
    monkeypatch.setattr(limits, "GROUPS", 6)
    (_, certain), (name, limit) = limits.limits(Wireless(samples=901), header(1.0))
    assert name == "IB limit of the noisy source"
    grid = np.linspace(0.1, 3, 30)
    assert (limit.at(grid) < certain.at(grid)).all()
    assert 0.6 < limit.i_ty_bits[-1] < 0.77  # I(X;Y) is about 0.76 bit
    assert limits.noisy_limit(Wireless(samples=901)) is limit


def flipped(inputs: int, copies: int, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Inputs 0, 1, ... that occur so often each, their parity as label, a share of it flipped."""
    x = np.repeat(np.arange(inputs, dtype=np.float32), copies)[:, None]
    labels = (x[:, 0] % 2).astype(np.int64)
    turned = np.arange(len(labels)) % copies < round(share * copies)
    return x, np.where(turned, 1 - labels, labels)


def test_equal_inputs_of_different_labels_end_the_limit_at_what_they_share():
    """16 inputs, each 65 times, a fifth of the labels flipped: 1 - h(0.2) = 0.278 bit."""
    x, labels = flipped(16, 65, 0.2)
    found = limits.shared(x, labels)
    assert found.bits == pytest.approx(1 + 0.2 * np.log2(0.2) + 0.8 * np.log2(0.8))
    of = header(1.0, shared_bits=found.bits, limit=found.corners)
    assert of.ceiling_bits == found.bits
    ((name, limit),) = limits.named_limits(of, None)
    assert name == "IB limit"
    assert limit.at(np.array([0.0, 4.0, 12.0])) == pytest.approx(
        [0, found.bits, found.bits], abs=1e-6
    )
    # Mrs. Gerber's lemma: X is known through a channel that errs in 11 %, which makes 0.5 bit.
    through = 0.110028 * 0.8 + (1 - 0.110028) * 0.2
    expected = 1 + through * np.log2(through) + (1 - through) * np.log2(1 - through)
    assert limit.at(np.array(0.5)) == pytest.approx(expected, abs=2e-3)


def test_inputs_that_determine_their_labels_share_all_of_them():
    x, labels = flipped(6, 7, 0.0)
    assert limits.shared(x, labels) == limits.Shared(pytest.approx(1.0))
    distinct = np.arange(5, dtype=np.float32)[:, None]
    assert limits.shared(distinct, np.array([0, 1, 0, 1, 1])).bits == pytest.approx(
        0.970951, abs=1e-6
    )


def test_too_many_kinds_of_inputs_have_the_outer_limit():
    rng = np.random.default_rng(0)
    x = np.repeat(np.arange(90, dtype=np.float32), 101)[:, None]
    ones = np.arange(101)[None] < np.arange(5, 95)[:, None]
    found = limits.shared(x, rng.permuted(ones, axis=1).ravel().astype(np.int64))
    assert not found.corners
    of = header(1.0, shared_bits=found.bits)
    ((name, limit),) = limits.named_limits(of, None)
    assert name == "outer IB limit"
    assert limit.at(np.array([0.1, 5.0])) == pytest.approx([0.1, found.bits])
