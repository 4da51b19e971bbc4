"""The cost of a run, against what the engine builds."""

from copy import deepcopy

import pytest

from ibtui.data import SOURCES
from ibtui.engine.network import build
from ibtui.errors import ProfileError
from ibtui.profile import Profile, to_table, validate
from ibtui.profile.schema import slots
from ibtui.profile.table import parse_list, parse_value, put
from ibtui.tui.setup.cost import DataSize, cost_text, layer_sizes, samples_of

NETWORKS = [
    ({"layers": [10, 7, 5, 4, 3]}, DataSize((12,), 2, 4096)),
    ({"layers": [6, 4], "output": "sigmoid"}, DataSize((12,), 2, 4096)),
    ({"layers": [5], "outputs": 9}, DataSize((4,), 3, 150)),
    (
        {"layers": [{"conv": 2, "kernel": 3}, {"pool": 2}, {"conv": 3, "kernel": 2}, 20]},
        DataSize((1, 28, 28), 10, 70_000),
    ),
    (
        {"layers": [{"conv": 4, "kernel": 5, "stride": 3, "padding": 1}, {"pool": 3}]},
        DataSize((3, 32, 31), 10, 60_000),
    ),
]


@pytest.mark.parametrize(("network", "samples"), NETWORKS)
def test_units_and_parameters_are_those_of_the_engine(network, samples):
    options = validate({"name": "x", "network": network}, "x").network
    built = build(options, samples.shape, samples.classes, "x")
    sizes = layer_sizes(options, samples)
    assert tuple(units for units, _ in sizes) == built.units
    assert sum(count for _, count in sizes) == built.parameters


@pytest.mark.parametrize("layers", [[{"pool": 30}], [7, {"conv": 2}], [{"conv": 1, "kernel": 40}]])
def test_layers_that_the_engine_refuses_are_said_not_to_fit(layers):
    options = validate({"name": "x", "network": {"layers": layers}}, "x").network
    samples = DataSize((1, 28, 28), 10, 70_000)
    with pytest.raises(ProfileError):
        build(options, samples.shape, samples.classes, "x")
    assert layer_sizes(options, samples) is None


def test_the_cost_says_parameters_states_frames_and_time():
    profile = validate(
        {
            "name": "x",
            "replicates": 50,
            "quantization": {"bits": 4},
            "training": {"epochs": 8000, "prefit_epochs": 1000},
        },
        "x",
    )
    samples = samples_of(profile, None)
    assert samples == DataSize((12,), 2, 4096)
    assert cost_text(profile, samples, None).splitlines() == [
        "294 parameters x 50 replicates",
        "states 2^40 2^28 2^20 2^16 2^12 2^8, 4,096 samples",
        "1,801 frames in 9,000 epochs",
    ]
    assert cost_text(profile, samples, 3000.0).splitlines()[-1] == (
        "about 2:30 at the last run's speed"
    )


@pytest.mark.parametrize("name", ["gaussian", "wireless"])
def test_what_would_be_drawn_is_counted_without_drawing_it(name, monkeypatch):
    profile = validate({"name": "x", "data": {"name": name, "samples": 150}}, "x")
    dataset = profile.data.load(None)
    drawn = DataSize(dataset.shape, len(dataset.label_names), len(dataset.labels))
    monkeypatch.setattr(type(profile.data), "load", None)
    assert samples_of(profile, None) == drawn
    many = validate({"name": "x", "data": {"name": name, "samples": 10**8}}, "x")
    assert "100,000,000 samples" in cost_text(many, samples_of(many, None), None)


TYPED = (
    *("9" * digits for digits in (10, 19, 20, 40, 400, 5000)),
    *("-1", "0", "1e400", "inf", "nan", "true", "{}", "[]", "[" * 3000, "2024-01-01"),
    *("\x00", "\udcff", "a" * 300, "a" * 5000, "\u00e9" * 200, "~nobody/x"),
)
TABLES = (
    {"name": "x", "quantization": {}, "measure": {"schedule": "log"}},
    *({"name": "x", "data": {"name": name}} for name in ("gaussian", "wireless", "mnist")),
    {"name": "x", "data": {"name": "csv", "path": "a.csv"}},
)


def fields(model, prefix=""):
    for slot in slots(model):
        if slot.kind in ("table", "optional"):
            yield from fields(slot.tables[0], f"{prefix}{slot.key}.")
        elif not slot.tables:
            yield f"{prefix}{slot.key}", slot


@pytest.mark.parametrize("table", TABLES)
def test_nothing_that_is_typed_into_a_field_is_more_than_a_problem(table):
    """A field's text becomes a value, a checked profile and a cost, or a line that says why not."""
    whole = to_table(validate(table, "form"))
    source = SOURCES[whole["data"]["name"]]
    for path, slot in (*fields(Profile), *fields(source, "data.")):
        for text in TYPED:
            typed = deepcopy(whole)
            parse = parse_list if slot.kind == "list" else parse_value
            put(typed, path, text if slot.kind == "text" else parse(text), "form")
            try:
                profile = validate(typed, "form")
            except ProfileError:
                continue
            data = samples_of(profile, None) if path.startswith("data.") else "not asked"
            assert cost_text(profile, data, 3000.0)


def test_data_that_cannot_be_loaded_say_why(tmp_path):
    profile = validate({"name": "x", "data": {"name": "npz", "path": "nowhere.npz"}}, "x")
    said = samples_of(profile, tmp_path)
    assert isinstance(said, str)
    assert "nowhere.npz" in said
    assert said in cost_text(profile, said, None)
