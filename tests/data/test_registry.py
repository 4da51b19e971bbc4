"""The registry: every data set by its name, described as it is, and light to import."""

import subprocess
import sys

import pytest
from pydantic import TypeAdapter, ValidationError

from ibtui.data import SOURCES, Sources, describe
from ibtui.errors import DataError

NAMES = ["szt", "majority", "gaussian", "iris", "wireless"]
ADAPTER = TypeAdapter(Sources)


def test_every_family_of_the_union_is_registered():
    schema = ADAPTER.json_schema()
    assert set(schema["discriminator"]["mapping"]) == set(SOURCES)
    assert {*NAMES, "mnist", "fashion-mnist", "cifar10", "npz", "csv"} == set(SOURCES)


@pytest.mark.parametrize("name", list(SOURCES))
def test_names_pick_their_family(name):
    own = {"path": "somewhere"} if name in ("npz", "csv") else {}
    source = ADAPTER.validate_python({"name": name, **own})
    assert type(source) is SOURCES[name]
    assert ADAPTER.validate_json(ADAPTER.dump_json(source)) == source


@pytest.mark.parametrize(
    "table",
    [
        {"name": "szt", "samples": 100},
        {"name": "mnist", "samples": 1},
        {"name": "mnist", "split": "random"},
        {"name": "gaussian", "seed": -1},
        {"name": "iris", "test_fraction": 1.0},
        {"name": "iris", "split_seed": "1"},
        {"name": "npz"},
        {"name": "csv", "path": "a", "label": 1.5},
    ],
)
def test_wrong_options_are_refused(table):
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(table)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_described_is_what_is_loaded(name):
    row = next(row for row in describe() if row.name == name)
    data = SOURCES[name]().load(None)
    assert (row.samples, row.inputs) == data.inputs.shape
    assert row.labels == len(data.label_names)
    assert row.where == ("scikit-learn" if name == "iris" else "from its rule")


def test_files_that_are_not_there_come_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setenv("IBTUI_DATA", str(tmp_path))
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _: tmp_path / "cache")
    rows = {row.name: row for row in describe()}
    assert rows["mnist"].where == "not here: ibtui data fetch mnist (12 MB)"
    with pytest.raises(DataError, match="no such data folder"):
        describe(tmp_path / "nowhere")
    with pytest.raises(DataError, match="no such data folder"):
        describe(tmp_path / ("x" * 300))


def test_options_say_what_they_are():
    for source in SOURCES.values():
        assert source.about
        for option, field in source.model_fields.items():
            assert option == "name" or field.description


def test_importing_the_registry_loads_nothing_heavy():
    script = "import sys, ibtui.data, ibtui.data.fetch; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    heavy = {"torch", "sklearn", "scipy", "urllib.request", "http.client", "tarfile"}
    assert heavy & set(loaded.stdout.split()) == set()
