"""The limits that the data of a run set its plane."""

import numpy as np

from ibtui.analysis import limits
from ibtui.data import Szt
from ibtui.data.wireless import Wireless


def test_data_whose_inputs_determine_the_label_have_the_smaller_of_both_as_limit():
    ((name, limit),) = limits.limits(Szt(), 0.9)
    assert name == "IB limit"
    np.testing.assert_allclose(limit.at(np.array([0.0, 0.4, 0.9, 12.0])), [0.0, 0.4, 0.9, 0.9])
    assert limits.noisy_limit(Szt()) is None


def test_a_noisy_source_has_a_lower_limit_of_its_own(monkeypatch):
    monkeypatch.setattr(limits, "GROUPS", 6)
    (_, certain), (name, limit) = limits.limits(Wireless(samples=901), 1.0)
    assert name == "IB limit of the noisy source"
    grid = np.linspace(0.1, 3, 30)
    assert (limit.at(grid) < certain.at(grid)).all()
    assert 0.6 < limit.i_ty_bits[-1] < 0.77  # I(X;Y) is about 0.76 bit
    assert limits.noisy_limit(Wireless(samples=901)) is limit
