"""Arrays of other libraries: what they show of themselves is enough."""

import numpy as np
import pytest

from ibtui.estimation import estimate
from ibtui.information.arrays import plain

VALUES = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
LABELS = np.arange(40) % 2


class OfDlpack:
    """An array that speaks DLPack and nothing else."""

    def __init__(self, array):
        self._array, self.shape, self.dtype = array, array.shape, array.dtype

    def __dlpack__(self, **options):
        return self._array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self._array.__dlpack_device__()


class OfArray:
    """An array that numpy can ask for."""

    def __init__(self, array):
        self._array = array

    def __array__(self, dtype=None, copy=None):
        return np.array(self._array, dtype=dtype)


@pytest.mark.parametrize("kind", [OfDlpack, OfArray])
def test_arrays_of_others_are_taken_as_they_are(kind):
    np.testing.assert_array_equal(plain(kind(VALUES)), VALUES)
    made = estimate({"T1": kind(VALUES)}, kind(LABELS), ["exact", "knn"], inputs=kind(VALUES))
    own = estimate({"T1": VALUES}, LABELS, ["exact", "knn"], inputs=VALUES)
    np.testing.assert_array_equal(made.recording.i_ty_bits, own.recording.i_ty_bits)
