"""Sweeps that are drawn: in their ranges, spread, the same again, and mistakes."""

import pytest

from ibtui.errors import ProfileError
from ibtui.profile import parse_profiles
from ibtui.profile.draw import Range

TEXT = """
name = "drawn"
[sweep]
{way}
training.learning_rate = {{ low = 1e-4, high = 0.1, log = true }}
quantization.bits = {{ low = 2, high = 5 }}
network.activation = ["tanh", "relu"]
"""


def drawn(way: str, *overrides: str):
    return parse_profiles(TEXT.format(way=way), "drawn.toml", overrides)


@pytest.mark.parametrize("way", ["random = 64", "sobol = 64"])
def test_runs_are_spread_over_the_ranges_and_the_same_again(way):
    found = drawn(way)
    assert [profile.name for profile in found[:2]] == ["drawn-00", "drawn-01"]
    assert len(found) == 64
    rates = [profile.training.learning_rate for profile in found]
    assert min(rates) >= 1e-4
    assert max(rates) <= 0.1
    assert 16 < sum(rate < 10**-2.5 for rate in rates) < 48  # half of them by size
    bits = [profile.quantization.bits for profile in found if profile.quantization]
    assert {*bits} == {2, 3, 4, 5}
    assert {profile.network.activation for profile in found} == {"tanh", "relu"}
    assert [*found] == [*drawn(way)]
    assert found != drawn(way, "seed=7")


def test_sobol_points_share_out_evenly_what_chance_does_not():
    bits = [one.quantization.bits for one in drawn("sobol = 64") if one.quantization]
    assert [bits.count(n) for n in (2, 3, 4, 5)] == [16] * 4
    assert len(drawn("sobol = 5")) == 5


def test_whole_numbers_have_equal_shares_and_both_ends():
    whole = Range(1, 4, False)
    assert [whole.at(share) for share in (0, 0.24, 0.26, 0.74, 0.76, 1)] == [1, 1, 2, 3, 4, 4]
    assert Range(0.01, 1.0, True).at(0.5) == 0.1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TEXT.format(way=""), "is a range: say how many runs are drawn"),
        (TEXT.format(way="random = 0"), "sweep.random: is not a number of runs"),
        (TEXT.format(way="random = 1\nsobol = 1"), "has both random and sobol"),
        ('name = "x"\nsweep.random = 3\n', "is empty"),
        ('name = "x"\n[sweep]\nrandom = 3\nseed = { low = 3, high = 2 }\n', "is no range"),
        ('name = "x"\n[sweep]\nrandom = 3\nseed = { low = 0, high = 2, log = true }\n', "above 0"),
    ],
)
def test_mistakes(text, message):
    with pytest.raises(ProfileError, match=message):
        parse_profiles(text, "drawn.toml")


def test_a_key_that_is_drawn_is_not_set():
    with pytest.raises(ProfileError, match=r"quantization\.bits is swept"):
        drawn("random = 3", "quantization.bits=4")
