"""Keys of a profile as `ibtui keys` and the page on profiles list them."""

import json

import pytest

from ibtui.errors import UsageError
from ibtui.information import ESTIMATORS
from ibtui.profile import Profile, parse_profile, to_table
from ibtui.profile.keys import NEEDED, below, keys, value_at, without_index
from ibtui.tui.keys import BY_ID
from ibtui.tui.settings import Settings

FOUND = {key.path: key for key in keys(Profile)}


def paths(table: dict, prefix: str = "") -> set[str]:
    """Every key of a profile's table, as it is listed."""
    found = set()
    for key, value in table.items():
        inner = value[0] if isinstance(value, list) and isinstance(value[0], dict) else value
        if isinstance(inner, dict):
            found |= paths(inner, f"{prefix}{key}.")
        else:
            found.add(f"{prefix}{key}")
    return found


def test_every_key_of_a_profile_is_listed_with_its_meaning():
    profile = parse_profile('name = "a"\nquantization.bits = 4', "a.toml")
    assert paths(to_table(profile)) <= FOUND.keys()
    for kind in ESTIMATORS:
        assert {f"estimator.{name}" for name in kind.model_fields} <= FOUND.keys()
    assert [key.path for key in keys(Profile) if not key.meaning] == []
    assert [key.path for key in keys(Settings) if not key.meaning] == []


def test_defaults_are_those_of_the_profile():
    profile = parse_profile('name = "a"', "a.toml")
    assert FOUND["name"].default == NEEDED
    for path in ("network.layers", "training.batch_size", "training.epsilon", "measure.on", "seed"):
        assert FOUND[path].default == value_at(profile, path)
    assert FOUND["network.layers"].default == "[10, 7, 5, 4, 3]"
    assert FOUND["quantization.bits"].default == "8"
    assert FOUND["data.name"].default == "szt"
    assert FOUND["estimator.name"].default == "exact"


def test_a_key_of_some_tables_says_which():
    bins = [key for key in keys(Profile) if key.path == "estimator.bins"]
    assert [key.of for key in bins] == [("binning",), ("quantile",), ("histogram2d",)]
    assert FOUND["estimator.shuffles"].of == ()
    assert FOUND["data.split"].of == ("mnist", "fashion-mnist", "cifar10")


def test_a_prefix_picks_and_a_wrong_one_is_told_the_nearest():
    assert {key.path for key in below(keys(Profile), "estimator.12.bi")} == {
        "estimator.bins",
        "estimator.bits",
    }
    assert without_index("estimator.0.bins") == "estimator.bins"
    assert without_index("data.x0.y1") == "data.x0.y1"
    with pytest.raises(UsageError, match=r"trainig: no key begins so \(did you mean 'training\."):
        below(keys(Profile), "trainig")


def test_the_verb_prints_them(call):
    code, out, err = call("keys")
    assert (code, err) == (0, "")
    assert all(path in out for path in FOUND)
    code, out, _ = call("keys", "measure.h")
    assert [line.split()[0] for line in out.splitlines()[1:] if line[0] != " "] == [
        "measure.histograms",
        "measure.histogram_replicates",
        "measure.histograms_by",
    ]
    assert call("keys", "nothing")[0] == 2


def test_config_tells_its_file_and_what_it_says(call, here, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(here))
    code, out, _ = call("config")
    assert code == 0
    assert out.startswith(
        f"{here / 'ibtui' / 'config.toml'} (is not there: these are the defaults)"
    )
    (here / "ibtui").mkdir()
    words = {"unit": "nats", "keys": {"run": "R"}}
    text = "\n".join(f"{key} = {json.dumps(value)}" for key, value in words.items())
    (here / "ibtui" / "config.toml").write_text(text.replace('": ', '" = '))
    code, out, _ = call("config")
    assert (code, out.splitlines()[0]) == (0, str(here / "ibtui" / "config.toml"))
    rows = {line.split()[0]: line.split() for line in out.splitlines()[2:]}
    assert rows["unit"][1:3] == ["nats", "bits"]
    assert {key.path for key in keys(Settings)} <= rows.keys()
    code, out, _ = call("config", "keys")
    rows = {line.split()[0]: line.split()[1] for line in out.splitlines()[1:]}
    assert rows.keys() >= BY_ID.keys()
    assert rows["run"] == "R"
    (here / "ibtui" / "config.toml").write_text("unt = 1")
    code, _, err = call("config")
    assert code == 2
    assert "config.toml: unt: unknown key (did you mean 'unit'?)" in err
    assert call("config", "other")[0] == 2
