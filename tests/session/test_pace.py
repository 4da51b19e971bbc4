"""The pace of a run: over its newest frames."""

from ibtui.session.pace import FRAMES, SECONDS, Pace


def test_there_is_no_pace_before_the_second_frame():
    pace = Pace()
    assert pace.epochs_per_second is None
    pace.note(10.0, 0)
    assert pace.epochs_per_second is None
    pace.note(12.0, 5)
    assert pace.epochs_per_second == 2.5


def test_an_old_pace_is_forgotten():
    """Frames every second: of 10 epochs at first, of 3 from then on."""
    pace = Pace()
    for at in range(50):
        pace.note(at, 10 * at)
    assert pace.epochs_per_second == 10
    for at in range(1, FRAMES + 1):
        pace.note(49 + at, 490 + 3 * at)
    assert pace.epochs_per_second == 3


def test_frames_that_follow_fast_are_taken_together_over_some_seconds():
    """A hundred frames a second of one epoch each; the newest 20 alone come twice as fast."""
    pace = Pace()
    for at in range(1000):
        pace.note(at / 100, at)
    for at in range(1, FRAMES + 1):
        pace.note(9.99 + at / 200, 999 + at)
    took, of_them = FRAMES / 200, 100 * (SECONDS - FRAMES / 200)
    assert pace.epochs_per_second is not None
    assert abs(pace.epochs_per_second - (of_them + FRAMES) / SECONDS) < 1
    assert took < SECONDS


def test_a_pause_says_nothing_of_the_pace():
    pace = Pace()
    pace.note(0.0, 0)
    pace.note(1.0, 4)
    pace.forget()
    assert pace.epochs_per_second is None
    pace.note(1000.0, 8)
    pace.note(1001.0, 12)
    assert pace.epochs_per_second == 4
