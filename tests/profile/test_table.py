"""Values typed by hand, and put into a profile's nested tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.errors import ProfileError, complain
from ibtui.profile import parse_profiles
from ibtui.profile.table import drop, parse, parse_list, parse_value, put


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("100", 100),
        (" 1e-4 ", 1e-4),
        ("true", True),
        ("[1, 2]", [1, 2]),
        ("{ conv = 2 }", {"conv": 2}),
        ('"8"', "8"),
        (" tanh ", "tanh"),
        ("", ""),
        ("1" * 5000, "1" * 5000),
        ("[" * 5000, "[" * 5000),
        ("\udcff", "\udcff"),
    ],
)
def test_a_value_is_toml_or_the_text_itself(text, value):
    assert parse_value(text) == value


def test_a_list_is_what_stands_between_the_brackets():
    assert parse_list("10, 7,") == [10, 7]
    assert parse_list("") == []
    assert parse_list(" ten ") == "ten"
    assert parse_list("1], [2") == "1], [2"


@given(st.text(st.characters(exclude_characters="\r\n")))
def test_no_line_of_text_is_an_error(text):
    parse_value(text)
    parse_list(text)


def test_values_are_placed_in_nested_tables_and_taken_out():
    table = {"estimator": [{"name": "exact"}, {"name": "binning", "bins": 30}]}
    put(table, "estimator.1.bins", 100, "here")
    put(table, "training.epochs", 7, "here")
    drop(table, "estimator.0.label")
    assert table == {
        "estimator": [{"name": "exact"}, {"name": "binning", "bins": 100}],
        "training": {"epochs": 7},
    }
    drop(table, "training.epochs")
    assert table["training"] == {}
    drop(table, "quantization.bits")
    assert "quantization" not in table


def test_a_place_that_does_not_exist_is_told():
    table = {"name": "x", "estimator": [{"name": "exact"}]}
    for path, problem in (
        ("estimator.1.bins", "'1' is not an index below 1"),
        ("estimator.-1.bins", "'-1' is not an index below 1"),
        ("layers.0", "the profile has no array 'layers'"),
        ("name.first", "name is not a table"),
    ):
        with pytest.raises(ProfileError, match=f"^here: {problem}"):
            put(table, path, 1, "here")


BEYOND = {
    "arrays": "x = " + "[" * 40 + "]" * 40,
    "arrays beyond Python": "x = " + "[" * 5000 + "]" * 5000,
    "tables": ".".join("a" * 40) + " = 1",
    "tables beyond Python": ".".join("a" * 5000) + " = 1",
    "digits": "x = " + "9" * 5000,
    "hexadecimal digits": "x = 0x" + "f" * 5000,
    "64 bits": f"x = {2**63}",
    "key": "k" * 1000 + " = 1",
    "inline": "x = " + "{a=" * 200 + "1" + "}" * 200,
}


@pytest.mark.parametrize("text", BEYOND.values(), ids=BEYOND)
def test_too_much_of_anything_is_one_short_line(text):
    with pytest.raises(ValueError, match=r"deep|digits|bits|characters") as caught:
        parse(text)
    assert len(str(caught.value)) < 300
    with pytest.raises(ProfileError) as refused:
        parse_profiles(text, "odd.toml")
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("key", ["a." * 2000 + "b", "estimator." + "9" * 5000, "x.\u0661"])
def test_a_path_that_leads_nowhere_is_one_short_line(key):
    for overrides, sweep in (((f"{key}=1",), ""), ((), f'[sweep]\n"{key}" = [1]')):
        with pytest.raises(ProfileError) as caught:
            parse_profiles(
                f'name = "a"\nestimator = [{{ name = "exact" }}]\n{sweep}', "a", overrides
            )
        assert len(str(caught.value)) < 400


def test_hostile_keys_and_values_are_cut_and_plain(capsys):
    keys = f'name = "a"\n"{"k" * 199}" = 1\n"\\u001b]0;t\\u0007" = 1\n'
    text = f'{keys}training.epochs = "{"v" * 10**5}"'
    with pytest.raises(ProfileError) as caught:
        parse_profiles(text, "odd.toml")
    complain(caught.value)
    told = capsys.readouterr().err
    assert "\x1b" not in told
    assert max(map(len, told.splitlines())) < 250
