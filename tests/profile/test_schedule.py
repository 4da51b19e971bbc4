"""Schedules: the first epoch, epoch 0 and the last are always measured."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.errors import ProfileError
from ibtui.profile import validate
from ibtui.profile.schedule import frame_count, planned_epochs


def planned(epochs, prefit_epochs=0, **measure):
    training = {"epochs": epochs, "prefit_epochs": prefit_epochs}
    return planned_epochs(validate({"name": "a", "training": training, "measure": measure}, "a"))


@pytest.mark.parametrize(
    ("epochs", "prefit", "every", "wanted"),
    [
        (10, 0, 5, [0, 5, 10]),
        (11, 0, 5, [0, 5, 10, 11]),
        (3, 0, 5, [0, 3]),
        (0, 0, 5, [0]),
        (4, 7, 3, [-7, -4, -1, 0, 2, 4]),
        (0, 4, 2, [-4, -2, 0]),
        (3, 0, 1, [0, 1, 2, 3]),
    ],
)
def test_linear_schedules(epochs, prefit, every, wanted):
    assert planned(epochs, prefit, every=every).tolist() == wanted


def test_logarithmic_schedules_are_dense_at_first_and_even_in_the_logarithm():
    epochs = planned(8000, schedule="log", points=200)
    assert epochs[:12].tolist() == list(range(12))
    assert epochs[-1] == 8000
    assert 120 < len(epochs) <= 201
    late = np.diff(np.log(epochs[epochs > 200].astype(float)))
    assert late.std() < 0.05 * late.mean()


@given(
    epochs=st.integers(0, 20000),
    prefit=st.integers(0, 3000),
    measure=st.one_of(
        st.builds(lambda n: {"every": n}, st.integers(1, 30000)),
        st.builds(lambda n: {"schedule": "log", "points": n}, st.integers(2, 400)),
    ),
)
def test_every_schedule_begins_passes_zero_and_ends(epochs, prefit, measure):
    found = planned(epochs, prefit, **measure)
    assert found.dtype == np.int64
    assert found[0] == -prefit
    assert found[-1] == epochs
    assert 0 in found
    assert (np.diff(found) > 0).all()
    training = {"epochs": epochs, "prefit_epochs": prefit}
    profile = validate({"name": "a", "training": training, "measure": measure}, "a")
    assert frame_count(profile) == len(found)
    if "points" in measure:
        assert len(found) <= measure["points"] + 2


@given(
    ends=st.lists(st.integers(1, 5000), min_size=2, max_size=4, unique=True).map(sorted),
    prefit=st.integers(0, 300),
    measure=st.one_of(
        st.builds(lambda n: {"every": n}, st.integers(1, 3000)),
        st.builds(lambda n: {"schedule": "log", "points": n}, st.integers(2, 100)),
    ),
)
def test_a_run_that_went_on_keeps_the_frames_that_it_had(ends, prefit, measure):
    *earlier, last = ends
    training = {"epochs": last, "prefit_epochs": prefit, "earlier_epochs": earlier}
    profile = validate({"name": "a", "training": training, "measure": measure}, "a")
    found = planned_epochs(profile)
    assert (np.diff(found) > 0).all()
    assert frame_count(profile) == len(found)
    assert found[found <= ends[0]].tolist() == planned(ends[0], prefit, **measure).tolist()
    after, at_once = found[found > ends[-2]], planned(last, prefit, **measure)
    assert after.tolist() == at_once[at_once > ends[-2]].tolist()


@pytest.mark.parametrize("earlier", [[], [5, 5], [7, 3], [10], [0, 3]])
def test_earlier_ends_ascend_to_the_true_one(earlier):
    training = {"epochs": 10, "earlier_epochs": earlier}
    with pytest.raises(ProfileError, match=r"training\.earlier_epochs"):
        validate({"name": "a", "training": training}, "a")


@pytest.mark.parametrize(
    ("measure", "frames"),
    [
        ({"every": 3}, (10**9 - 1 + 7) // 3 + 1 + 2),  # neither 0 nor the last is one of every 3
        ({"every": 10**9}, 2 + 2),
        ({"schedule": "log", "points": 10**6}, None),
    ],
)
def test_frames_are_counted_where_nobody_could_hold_them(measure, frames):
    training = {"epochs": 10**9 - 1, "prefit_epochs": 7}
    profile = validate({"name": "a", "training": training, "measure": measure}, "a")
    assert frame_count(profile) == (frames or len(planned_epochs(profile)))
