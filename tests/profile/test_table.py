"""Values typed by hand, and put into a profile's nested tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.errors import ProfileError
from ibtui.profile.table import drop, parse_list, parse_value, put


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
