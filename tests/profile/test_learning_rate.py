"""The learning rate of every epoch, by hand."""

import pytest

from ibtui.profile import Training
from ibtui.profile.learning_rate import learning_rate


def rates(epochs, **keys):
    training = Training(learning_rate=0.2, epochs=12, **keys)
    return [learning_rate(training, epoch) for epoch in epochs]


def test_it_is_constant_unless_a_schedule_is_asked_for():
    assert rates([-3, 0, 11]) == [0.2] * 3


def test_a_cosine_falls_from_the_rate_through_its_half_towards_zero():
    assert rates([0, 4, 6, 8, 12], schedule="cosine") == pytest.approx([0.2, 0.15, 0.1, 0.05, 0])


def test_a_cosine_that_went_on_is_the_longer_one_from_the_end_of_the_shorter():
    keys = {"schedule": "cosine", "earlier_epochs": (6,)}
    assert rates([0, 3, 5.9999, 6, 9], **keys) == pytest.approx(
        [0.2, 0.1, 0, 0.1, 0.2 * (1 - 0.5**0.5) / 2], abs=1e-5
    )


def test_steps_multiply_it_and_take_a_tenth_unless_told():
    steps = {"schedule": "step", "schedule_every": 5}
    assert rates([0, 4, 5, 9, 10], **steps) == pytest.approx([0.2, 0.2, 0.02, 0.02, 0.002])
    assert rates([5, 10], **steps, schedule_factor=0.5) == pytest.approx([0.1, 0.05])


@pytest.mark.parametrize(
    "keys", [{"schedule": "cosine"}, {"schedule": "step", "schedule_every": 1}]
)
def test_prefitting_goes_at_the_first_rate(keys):
    assert rates([-100, -1], **keys) == [0.2, 0.2]
