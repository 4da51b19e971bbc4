"""Quick: what a run scaled down measures, and that it stays below what is worth compiling."""

import pytest

from ibtui.information import ESTIMATORS
from ibtui.profile import Profile
from ibtui.profile.quick import STEPS, quick
from ibtui.profile.schedule import WORTH_COMPILING

COSTLY = {"gaussian-mixture", "kde", "kmeans", "knn", "renyi"}


def profile(*estimators: str) -> Profile:
    table = {
        "name": "costs",
        "replicates": 50,
        "data": {"name": "szt"},
        "network": {"layers": (3,)},
        "training": {"epochs": 8000, "batch_size": 256},
        "estimator": tuple({"name": name} for name in estimators),
    }
    return Profile.model_validate(table)


@pytest.mark.parametrize("kind", ESTIMATORS, ids=lambda kind: kind.model_fields["name"].default)
def test_a_costly_estimator_measures_two_replicates_in_some_frames(kind):
    name = kind.model_fields["name"].default
    (small,) = quick(profile(name)).estimator
    expected = (8, 2) if name in COSTLY else (1, None)
    assert (small.every, small.replicates) == expected


def test_the_cost_that_is_shown_decides_nothing(monkeypatch):
    exact, renyi = ESTIMATORS[0], next(k for k in ESTIMATORS if k.__name__ == "Renyi")
    monkeypatch.setattr(exact, "cost", "N^2 K")
    monkeypatch.setattr(renyi, "costly", False)
    assert [one.every for one in quick(profile("exact", "renyi")).estimator] == [1, 1]


def test_a_quick_run_is_not_worth_compiling():
    small = quick(profile("exact"))
    assert small.training.epochs * -(-3276 // 256) < WORTH_COMPILING
    assert 0 < STEPS < WORTH_COMPILING
