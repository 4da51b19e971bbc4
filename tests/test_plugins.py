"""Plug-ins: found where installed, loaded by the user's word alone, and unable to end a run."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ibtui
from ibtui import data, networks, store
from ibtui.errors import DataError, ProfileError
from ibtui.estimation import estimate, parse, rows
from ibtui.information import PLUGINS
from ibtui.plugins import PluginError
from ibtui.profile import load_profile, to_table, validate
from ibtui.recorder import Recorder

ROOT = Path(ibtui.__file__).parent.parent
EXAMPLE = ROOT / "ibtui/examples/plugin"
MARK = "was-loaded"
MINE = f'''
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field

from ibtui.data import Source
from ibtui.information import Estimator, Information
from ibtui.networks import Factory

Path({MARK!r}).touch()


class Width(Estimator):
    """The number of units, which is no information."""

    name: Literal["width"] = "width"
    times: int = Field(default=1, ge=1, description="times it")
    raises: str = ""

    def measure(self, layer):
        if self.raises == "in place":
            layer.values.zero_()
        elif self.raises:
            raise {{"value": ValueError, "exit": ArithmeticError}}[self.raises]("it is so")
        replicates, _, units = layer.values.shape
        shape = (2, replicates) if self.times == 99 else (1, replicates)
        return Information(np.full(shape, self.times * units), np.zeros(shape))


class Bad(Source):
    name: Literal["bad"] = "bad"

    def load(self, folder):
        return {{}}["x"]


class Nameless(Estimator):
    pass


class Net(Factory):
    """One layer."""

    name: Literal["net"] = "net"
    units: int = Field(default=3, ge=1, description="units")

    def build(self, shape, classes):
        from torch import nn

        hidden = nn.Sequential(nn.Linear(shape[0], self.units), nn.Tanh())
        return nn.Sequential(hidden, nn.Linear(self.units, classes))

    def layers(self):
        return {{"hidden": "0", "logits": "1"}}
'''
X = np.random.default_rng(0).normal(size=(40, 3))
Y = (X[:, 0] > 0).astype(int)


@pytest.fixture
def mine(tmp_path, monkeypatch, request):
    """A module of this name in the working folder, forgotten afterwards."""
    name = f"mine_{abs(hash(request.node.name)):x}"
    monkeypatch.chdir(tmp_path)
    # A thread that compiles changes the filters of warnings, which are the whole process's.
    monkeypatch.setattr("ibtui.session.engine.warm", lambda: None)
    (tmp_path / f"{name}.py").write_text(MINE)
    yield name
    forget()


def profile(name, **keys):
    table = {
        "name": "a",
        "replicates": 2,
        "training": {"epochs": 5, "batch_size": "full", "backend": "torch"},
    }
    own = {"name": name, **keys}
    return {**table, "data": {"name": "iris"}, "estimator": [{"name": "exact"}, own]}


def was_loaded():
    return Path(MARK).exists()


def test_code_at_hand_is_loaded_by_the_users_word_and_by_nothing_else(mine, tmp_path):
    name = f"{mine}:Width"
    path = tmp_path / "theirs.toml"
    path.write_text(f'name = "a"\nestimator = [{{ name = "exact" }}, {{ name = "{name}" }}]')
    with pytest.raises(ProfileError, match=r"estimator\.1: name: .*is code.*--trust"):
        load_profile(path)
    with pytest.raises(ProfileError, match="is code"):
        load_profile(path, ["training.epochs=3"])
    with pytest.raises(ProfileError, match="is code"):
        load_profile(path, [f"title={name}x"])
    assert not was_loaded()
    given = load_profile(path, [f'estimator.1.name="{name}"'])
    assert was_loaded()
    assert given.series == ("exact", "Width")
    assert to_table(given)["estimator"][1]["name"] == name
    assert validate(to_table(given), "a") == given
    assert str(tmp_path) not in sys.path


def test_a_file_that_is_trusted_loads_it(mine, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(f'name = "a"\nestimator = [{{ name = "{mine}:Width", times = 3 }}]')
    assert load_profile(path, trust=True).series == ("Width-3",)


def test_what_the_config_names_is_loaded(mine, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "ibtui").mkdir()
    config = tmp_path / "ibtui/config.toml"
    config.write_text(f'[plugins]\nestimators = ["{mine}:Width"]\ndata = ["{mine}:Bad"]')
    assert f"{mine}:Width" in PLUGINS.names()
    assert not was_loaded()
    assert validate(profile(f"{mine}:Width"), "a").series == ("exact", "Width")
    from ibtui.tui.settings import load_settings

    assert load_settings().plugins.estimators == (f"{mine}:Width",)


def test_a_run_folder_is_read_without_its_code_and_resumed_by_trust_alone(mine, call):
    name = f"{mine}:Width"
    PLUGINS.take(name)
    folder = list(session_of(name))[-1].folder
    forget()
    # As it would be if the run had been killed in the midst of it.
    about = (folder / "run.toml").read_text().replace('"finished"', '"interrupted"')
    (folder / "run.toml").write_text(about)
    for words in (("list",), ("show", folder.name), ("show", folder.name, "--json")):
        code, out, err = call(*words)
        assert (code, err) == (0, "")
        assert folder.name[:12] in out or "Width" in out
    run = store.load(folder)
    assert run.profile.series == run.recording.header.series == ("exact", "Width")
    assert run.profile.nulls == (False, False)
    code, _, err = call("batch", "--resume", folder.name)
    assert code == 2
    assert f"estimator.1: name: {name} is code" in err
    assert not was_loaded()
    assert call("batch", "--resume", folder.name, "--trust", "--quiet")[0] == 0
    assert was_loaded()


def test_the_app_shows_such_a_run_without_its_code(mine):
    from ibtui.tui.feeds.saved import Saved
    from tests.tui import scripted_app

    name = f"{mine}:Width"
    PLUGINS.take(name)
    folder = list(session_of(name))[-1].folder
    forget()

    async def shown() -> None:
        feed = Saved(folder)
        app = scripted_app.app(folder.parent, profile=feed.profile, feed=feed)
        async with app.run_test(size=(120, 40)) as pilot:
            for key in ("s", "v", "2", "3", "4", "O", "enter", "escape", "p"):
                await pilot.press(key)
                await pilot.pause()
            assert app.is_running

    asyncio.run(shown())
    assert not was_loaded()


def net(name, **keys):
    table = profile("exact", label="b")
    table["training"] = table["training"] | keys.pop("training", {})
    return table | {"network": {"name": name, **keys}}


def test_a_network_is_code_too(mine, tmp_path, call):
    name = f"{mine}:Net"
    path = tmp_path / "theirs.toml"
    path.write_text(f'name = "a"\nnetwork = {{ name = "{name}", units = 2 }}')
    with pytest.raises(ProfileError, match=r"network: name: .*is code.*--trust.*networks = "):
        load_profile(path)
    assert not was_loaded()
    assert load_profile(path, trust=True).network.name == name
    folder = list(session_of(net(name)))[-1].folder
    run = store.load(folder)
    assert run.manifest.plugins == {name: mine}
    assert run.recording.header.layers == ("hidden", "logits")
    assert to_table(validate(net(name), "a"))["network"] == {"name": name, "units": 3}
    forget()
    about = (folder / "run.toml").read_text().replace('"finished"', '"interrupted"')
    (folder / "run.toml").write_text(about)
    for words in (("list",), ("show", folder.name), ("show", folder.name, "--json")):
        code, out, err = call(*words)
        assert (code, err) == (0, "")
        assert "capacity (" not in out
    code, _, err = call("batch", "--resume", folder.name)
    assert code == 2
    assert f"network: name: {name} is code" in err
    assert not was_loaded()
    code, _, err = call("batch", "--resume", folder.name, "--trust", "--quiet")
    assert code == 0, err
    assert was_loaded()
    code, _, err = call("measure", folder.name, "--estimator", "kde")
    assert code != 0
    assert f"{name}, whose weights are not kept" in err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"quantization": {"bits": 8}}, "quantization: the network .*:Net quantizes itself"),
        ({"training": {"backend": "kernel"}}, r"training\.backend: the network .*torch"),
        ({"training": {"compile": "always"}}, r"training\.compile: the network"),
        ({"measure": {"weights": "frames"}}, r"measure\.weights: .* are not kept"),
        ({"network": {"units": 0}}, r"network\.units: 0 is below 1"),
        ({"network": {"layers": [3]}}, r"network\.layers: unknown key"),
    ],
)
def test_what_somebody_elses_network_does_without_is_refused(mine, more, said):
    networks.PLUGINS.take(f"{mine}:Net")
    table = net(f"{mine}:Net")
    for key, keys in more.items():
        table[key] = {**table.get(key, {}), **keys}
    with pytest.raises(ProfileError, match=said):
        validate(table, "a")


def test_the_form_shows_the_options_of_such_a_network(mine):
    from ibtui.profile import Network, Profile
    from ibtui.profile.schema import picked, slots

    kind = networks.PLUGINS.take(f"{mine}:Net")
    (slot,) = (slot for slot in slots(Profile) if slot.key == "network")
    assert picked(slot.tables, {"name": f"{mine}:Net"}) is kind
    assert picked(slot.tables, {"layers": [3]}) is Network


def forget():
    """Be as a program that has not loaded any plug-in."""
    for plugins in (PLUGINS, data.PLUGINS, networks.PLUGINS):
        for name in plugins._taken:
            sys.modules.pop(name.partition(":")[0], None)
        plugins._taken.clear()
    Path(MARK).unlink(missing_ok=True)


def session_of(name, **keys):
    from ibtui.session import Session

    table = name if isinstance(name, dict) else profile(name, **keys)
    session = Session.start(validate(table, "a"), Path("runs"))
    for _ in session:
        yield session


def ibtui_of(*words, path=""):
    return subprocess.run(
        [sys.executable, "-m", "ibtui", *words],
        env={**os.environ, "COLUMNS": "200", "PYTHONPATH": f"{ROOT}:{path}"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("raises=value", "ValueError: it is so"),
        ("raises=exit", "ArithmeticError: it is so"),
        ("times=99", r"gives \(2, 1\) numbers, not one of each of 1 series and 1 replicates"),
    ],
)
def test_an_estimator_that_fails_has_no_value_and_says_why(mine, options, said):
    name = f"{mine}:Width"
    made = estimate({"T1": X, "T2": X[:, :2]}, Y, [f"{name}:{options}", "exact"])
    assert np.isnan(made.recording.i_xt_bits[0, 0]).all()
    assert (made.recording.i_xt_bits[0, 1] == np.log2(40)).all()
    row = rows(made)[0]
    assert row["reasons"]["i_xt_bits"].startswith("I(X;T) has no value: the plug-in failed: ")
    assert name in row["reasons"]["i_xt_bits"]
    assert re.search(said, row["reasons"]["i_xt_bits"])


def test_what_it_does_to_the_values_is_not_seen_by_others(mine):
    kept = X.copy()
    made = estimate({"T1": X}, Y, [f'{mine}:Width:raises="in place"', "exact"])
    assert made.recording.i_xt_bits[0, :, 0, 0].tolist() == [3, np.log2(40)]
    np.testing.assert_array_equal(X, kept)


def test_a_run_outlives_an_estimator_that_fails(mine):
    PLUGINS.take(f"{mine}:Width")
    found = list(session_of(f"{mine}:Width", raises="value"))
    session = found[0]
    assert len(found) == 2
    told = [str(event) for event in session.events]
    assert len([line for line in told if "ValueError: it is so" in line]) == 1
    run = store.load(session.folder)
    assert run.status == "finished"
    assert np.isnan(run.recording.i_xt_bits[:, 1]).all()
    assert not np.isnan(run.recording.i_xt_bits[:, 0]).any()
    assert any("it is so" in remark.line for remark in run.manifest.remarks)
    assert run.manifest.plugins == {f"{mine}:Width": mine}


def test_a_recorder_outlives_it_too(mine, tmp_path):
    estimators = ["exact", f"{mine}:Width:raises=value"]
    with Recorder(tmp_path / "a", y=Y, estimators=estimators) as record:
        with pytest.warns(UserWarning, match="ValueError: it is so"):
            record(0, activations={"T1": X})
        record(1, activations={"T1": X})
    assert np.isnan(store.load(tmp_path / "a").recording.i_xt_bits[:, 1]).all()


def test_the_form_offers_what_is_loaded(mine):
    from ibtui.profile import Profile
    from ibtui.profile.schema import slots, tag

    width = PLUGINS.take(f"{mine}:Width")
    (slot,) = (slot for slot in slots(Profile) if slot.key == "estimator")
    assert width in slot.tables
    assert tag(width) == f"{mine}:Width"
    assert [slot.key for slot in slots(width)][-2:] == ["times", "raises"]


def test_data_of_a_run_that_is_only_read_say_why_they_are_not_there(mine):
    table = profile("exact", label="b") | {"data": {"name": f"{mine}:Bad", "more": 1}}
    found = validate(table, "a", reading=True)
    assert not was_loaded()
    with pytest.raises(DataError, match=f"{mine}:Bad: is a plug-in's"):
        found.data.load(None)
    assert to_table(found)["data"] == {**to_table(found)["data"], **table["data"]}


def test_data_that_fail_are_named(mine, call):
    code, _, err = call("batch", "quickstart", "--set", f'data={{name="{mine}:Bad"}}')
    assert (code, err.strip()) == (1, f"ibtui: {mine}:Bad: the plug-in failed: KeyError: 'x'")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("{}:Nobody", "AttributeError"),
        ("nowhere_at_all:Width", "No module named 'nowhere_at_all'"),
        ("{}:np", "is no subclass of Estimator"),
        ("{}:Bad", "is no subclass of Estimator"),
        ("{}:Nameless", "has no name"),
    ],
)
def test_what_cannot_be_loaded_is_named_with_its_reason(mine, name, said):
    name = name.format(mine)
    with pytest.raises(PluginError, match=f"{name}: cannot be loaded: .*{said}"):
        parse(name)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"times": 0}, r"estimator\.1\.times: 0 is below 1 \(set it to 1 or more\)"),
        ({"time": 2}, r"estimator\.1\.time: unknown key \(did you mean 'times'\?\)"),
        ({"times": "2"}, r"estimator\.1\.times: '2' is not a whole number"),
    ],
)
def test_its_options_are_checked_as_those_of_others(mine, keys, said):
    PLUGINS.take(f"{mine}:Width")
    with pytest.raises(ProfileError, match=said):
        validate(profile(f"{mine}:Width", **keys), "a")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The example, built as a wheel and installed into a folder of its own."""
    folder = tmp_path_factory.mktemp("installed")
    source = tmp_path_factory.mktemp("source") / "plugin"
    source.mkdir()
    for path in EXAMPLE.iterdir():
        if path.is_file():
            (source / path.name).write_bytes(path.read_bytes())
    code = (
        "import sys, zipfile; from setuptools import build_meta\n"
        "folder = sys.argv[1]\n"  # the builder has arguments of its own
        "zipfile.ZipFile(build_meta.build_wheel('.')).extractall(folder)"
    )
    command = [sys.executable, "-W", "ignore", "-c", code, str(folder)]
    subprocess.run(command, cwd=source, capture_output=True, check=True, timeout=60)
    return folder


def test_an_installed_package_is_listed_measured_and_read_without_it(installed, here, call):
    path = str(installed)
    assert "ibtui-example" in ibtui_of("estimators", path=path).stdout
    assert "where a unit is on" in ibtui_of("estimators", "signs", path=path).stdout
    assert "the parity of" in ibtui_of("data", "list", path=path).stdout
    both = [str(EXAMPLE / f"{name}.toml") for name in ("profile", "network")]
    done = ibtui_of("batch", *both, "--quiet", path=path)
    assert (done.returncode, done.stderr) == (0, "")
    (folder,) = (here / "runs").glob("parity-by-signs-*")
    run = store.load(folder)
    assert run.manifest.plugins == {"signs": "ibtui-example 1.0", "parity": "ibtui-example 1.0"}
    assert run.recording.header.input_bits == 6
    exact, signs = run.recording.i_xt_bits.transpose(1, 0, 2, 3)
    assert (signs <= exact + 1e-9).all()
    assert (signs > 0).any()
    code, out, _ = call("show", folder.name)
    assert code == 0
    assert "signs" in out
    (folder,) = (here / "runs").glob("parity-by-blocks-*")
    run = store.load(folder)
    assert run.manifest.plugins == {"residual": "ibtui-example 1.0", "parity": "ibtui-example 1.0"}
    assert run.recording.header.layers == ("B1", "B2", "logits")
    assert run.recording.header.units == (6, 6, 2)
    assert np.isfinite(run.recording.i_xt_bits).all()
    assert call("show", folder.name)[0] == 0


def test_help_and_lists_ask_for_no_plug_in():
    code = (
        "import sys\nfrom importlib import metadata\n"
        "def none(group, found=metadata.entry_points):\n"
        "    assert not group.startswith('ibtui'), group\n"
        "    return found(group=group)\n"
        "metadata.entry_points = none\n"
        "sys.argv = ['ibtui', *sys.argv[1:]]\nfrom ibtui.cli import main\nmain()"
    )
    for words in ("--help", "list", "profiles", "estimators exact"):
        done = subprocess.run(
            [sys.executable, "-c", code, *words.split()],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
