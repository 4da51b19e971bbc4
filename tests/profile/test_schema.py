"""The form's view of a profile: every field has a slot, and every value survives being typed."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from ibtui.data import Sources
from ibtui.information import Estimators
from ibtui.options import Options
from ibtui.profile import Profile, load_profile, shipped, to_table, validate
from ibtui.profile.schema import (
    _members,
    show_list,
    show_value,
    slots,
    tag,
)
from ibtui.profile.table import parse_list, parse_value
from ibtui.tui.setup.form import by_path


class Blue(Options):
    name: Literal["blue"] = "blue"
    depth: int = Field(3, description="how deep")


class Red(Options):
    name: Literal["red"] = "red"
    label: str | None = None
    warm: bool = True
    shade: Literal["light", "dark"] | None = None
    count: int | Literal["all"] = 7
    sizes: tuple[int, ...] = (2, 3)


class Paint(Options):
    title: str = ""
    colour: Blue | Red = Blue()
    coats: tuple[Blue | Red, ...] = ()
    frame: Blue | None = None
    ground: Red = Red()


def kinds(model: type[BaseModel]) -> dict[str, str]:
    return {slot.key: slot.kind for slot in slots(model)}


def test_each_kind_of_field_has_its_editor():
    assert kinds(Paint) == {
        "title": "text",
        "colour": "one_of",
        "coats": "tables",
        "frame": "optional",
        "ground": "one_of",
    }
    assert kinds(Red) == {
        "label": "text",
        "warm": "switch",
        "shade": "choice",
        "count": "value",
        "sizes": "list",
    }


def test_slots_carry_choices_defaults_descriptions_and_whether_they_may_be_left_out():
    found = {slot.key: slot for slot in slots(Red)}
    assert found["shade"].choices == ("light", "dark")
    assert found["count"].choices == ("all",)
    assert [found[key].optional for key in ("label", "shade", "count")] == [True, True, False]
    assert next(slots(Blue)).description == "how deep"
    assert next(slots(Blue)).default == 3


def test_a_profile_has_sections_for_its_tables_and_lists_for_its_layers():
    found = {slot.key: slot for slot in slots(Profile)}
    assert found["quantization"].kind == "optional"
    assert found["network"].kind == found["training"].kind == found["measure"].kind == "table"
    assert {slot.key: slot.kind for slot in slots(found["network"].tables[0])}["layers"] == "list"


def test_every_data_set_and_estimator_can_be_picked_and_all_its_options_edited():
    """A new one appears in the form because it is in the union, and for no other reason."""
    found = {slot.key: slot for slot in slots(Profile)}
    for key, union in (("data", Sources), ("estimator", Estimators)):
        members = tuple(_members(union))
        assert found[key].tables == members
        assert len({tag(table) for table in members}) == len(members)
        for table in members:
            assert {slot.key for slot in slots(table)} == set(table.model_fields) - {"name"}


@pytest.mark.parametrize("name", shipped.names())
def test_shipped_profiles_survive_being_shown_and_typed(name):
    table = to_table(load_profile(shipped.find_profile(name)))

    def typed(value):
        if isinstance(value, dict):
            return {key: typed(inner) for key, inner in value.items()}
        if isinstance(value, list) and value and isinstance(value[0], dict) and "name" in value[0]:
            return [typed(inner) for inner in value]
        if isinstance(value, list):
            return parse_list(show_list(value))
        return value if isinstance(value, (str, bool)) else parse_value(show_value(value))

    assert validate(typed(table), "typed") == validate(table, "given")


@given(st.one_of(st.integers(-(2**62), 2**62), st.floats(allow_nan=False, allow_infinity=False)))
def test_numbers_survive_being_shown_and_typed(number):
    back = parse_value(show_value(number))
    assert back == number
    assert type(back) is type(number)


def test_layers_are_typed_as_an_array_without_its_brackets():
    layers = [{"conv": 2, "kernel": 3}, {"pool": 2}, 20]
    assert show_list(layers) == "{ conv = 2, kernel = 3 }, { pool = 2 }, 20"
    assert parse_list(show_list(layers)) == layers
    assert parse_list("10, 7,") == [10, 7]
    assert parse_list("ten") == "ten"
    assert parse_value("full") == "full"


def test_problems_are_found_by_their_path():
    lines = [
        "form: training.epochs: -1 is below 0 (set it to 0 or more)",
        "form: two estimators give the series 'exact' (give one a label)",
        "form: network.layers.2: 0 is below 1 (set it to 1 or more)",
    ]
    assert by_path(lines) == {
        "training.epochs": "-1 is below 0 (set it to 0 or more)",
        "": "two estimators give the series 'exact' (give one a label)",
        "network.layers.2": "0 is below 1 (set it to 1 or more)",
    }
