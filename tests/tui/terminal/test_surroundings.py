"""The terminal, the settings, the device: what the app finds around itself."""

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from textual.color import Color

from ibtui.errors import UsageError
from ibtui.tui import keys
from ibtui.tui.draw.raster import DOTS
from ibtui.tui.settings import Settings, load_settings, settings_file
from ibtui.tui.terminal import load as device
from ibtui.tui.terminal.terminal import AsciiOnly, markers_for, speaks_utf8, to_ascii


@pytest.mark.parametrize(
    ("environment", "utf8"),
    [
        ({}, True),
        ({"LANG": "en_US.UTF-8"}, True),
        ({"LANG": "de_DE.utf8"}, True),
        ({"LANG": "de_DE.ISO-8859-1"}, False),
        ({"LANG": "C"}, False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),  # what PEP 538 makes of LANG=C
        ({"LANG": "C", "LC_CTYPE": "en_US.UTF-8"}, True),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "POSIX"}, False),
        ({"LANG": "C", "LC_ALL": "C.UTF-8"}, True),
    ],
)
def test_the_locale_decides_between_braille_and_ascii(environment, utf8):
    assert speaks_utf8(environment) is utf8
    assert markers_for("auto", environment) == ("braille" if utf8 else "ascii")
    assert markers_for("block", environment) == "block"


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_ascii_text_is_as_long_and_ascii(text):
    assert to_ascii(text).isascii()
    assert len(to_ascii(text)) == len(text)


def test_the_frames_of_widgets_become_lines_of_ascii():
    assert to_ascii("╭─┤ 1.0 ├━╮│▼") == "+-+ 1.0 +-+|v"
    [segment] = AsciiOnly().apply([Segment("│±0.2")], Color(0, 0, 0))
    assert segment.text == "|~0.2"


def test_ascii_markers_are_ascii():
    assert "".join(DOTS["ascii"].glyphs).isascii()


@pytest.mark.parametrize(("function", "arguments"), [("launch", "None"), ("replay", "Path('x')")])
def test_without_a_terminal_one_sentence_says_so(function, arguments):
    code = (
        "from pathlib import Path\nfrom ibtui import tui\nfrom ibtui.errors import UsageError\n"
        f"try:\n    tui.{function}({arguments}, runs=Path('runs'))\n"
        "except UsageError as error:\n    print(error.exit_code, error)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert answer.stdout.startswith("2 this is no terminal")
    assert answer.stdout.count("\n") == 1


def test_the_app_loads_no_torch_until_it_trains():
    code = (
        "import sys, ibtui.tui.app, ibtui.tui.screens.workspace\n"
        "print(sorted({'torch', 'scipy', 'sklearn', 'matplotlib'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout == "[]\n"


def test_without_a_file_the_settings_are_the_defaults(tmp_path):
    assert load_settings(tmp_path / "config.toml") == Settings.model_validate({})


def test_settings_are_read_from_the_config_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = settings_file()
    assert file == tmp_path / "ibtui" / "config.toml"
    file.parent.mkdir()
    file.write_text('ramp = "cividis"\nunit = "nats"\n[keys]\nrun = "R,f5"\n')
    found = load_settings()
    assert (found.ramp, found.unit, found.keys) == ("cividis", "nats", {"run": "R,f5"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('rampe = "viridis"', "rampe: unknown key (did you mean 'ramp'?)"),
        ('ramp = "rainbow"', "ramp: 'rainbow' is not known"),
        ("frames_per_second = 0.0", "frames_per_second: 0.0 is not above 0"),
        ('[keys]\nruin = "r"', "ruin is no action (did you mean 'run'?)"),
        ("theme =", "cannot be read"),
    ],
)
def test_bad_settings_name_file_key_and_remedy(tmp_path, text, said):
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(UsageError) as error:
        load_settings(file)
    assert str(error.value).startswith(f"{file}: ")
    assert said in str(error.value)


def test_no_two_actions_share_a_key_or_a_name():
    every = [binding for group in keys.GROUPS.values() for binding in group]
    pressed = [key for binding in every for key in binding.key.split(",")]
    assert len(set(pressed)) == len(pressed)
    assert len({binding.id for binding in every}) == len(every)


def test_no_key_is_one_that_terminals_and_multiplexers_take():
    pressed = {
        key for group in keys.GROUPS.values() for binding in group for key in binding.key.split(",")
    }
    assert not pressed & {"ctrl+a", "ctrl+b", "ctrl+s", "ctrl+j", "ctrl+enter", "ctrl+m"}
    assert not any(key.startswith("f") and key[1:].isdigit() for key in pressed)


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ("NVIDIA H200, 87, 3174, 143771\n", "H200 87% 3.1/140 GiB"),
        ("Tesla T4, 0, 512, 15360\nTesla T4, 3, 1, 15360\n", "Tesla T4 0% 0.5/15 GiB"),
        ("NVIDIA GB10, 12, [N/A], [N/A]\n", "GB10 12%"),
        ("No devices were found\n", ""),
        ("", ""),
    ],
)
def test_the_gpu_line_says_what_nvidia_smi_knows(answer, line):
    assert device.gpu_line(answer) == line


def test_without_nvidia_smi_the_processor_is_shown(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    load = device.DeviceLoad()
    load.close()
    assert load.line.startswith(f"{os.cpu_count()} cores")
