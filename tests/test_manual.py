"""README and the topics of `ibtui help`: what they say can be done as they say it."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import tomli
import torch
import typer
from typer._click import exceptions
from typer.core import TyperGroup
from typer.main import get_command

import ibtui
from ibtui import cli
from ibtui.analysis import rule
from ibtui.profile import validate
from ibtui.report import examples, manual
from ibtui.report.keys import markdown
from ibtui.report.screen import Screen
from ibtui.tui.settings import Settings

ROOT = Path(ibtui.__file__).parents[1]
FILES = ("README.md", "CHANGELOG.md", "runs/README.md", "ibtui/README.md")
PAGES = [*(ROOT / name for name in FILES), *sorted(manual.FOLDER.glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks(kind: str) -> list:
    found = [
        (page, text) for page in PAGES for k, text in BLOCK.findall(page.read_text()) if k == kind
    ]
    return [pytest.param(text, id=f"{page.stem}-{i}") for i, (page, text) in enumerate(found)]


@pytest.mark.parametrize("text", blocks("python"))
@pytest.mark.usefixtures("here")
def test_examples_in_python_run(text):
    torch.set_num_threads(1)  # so small that threads only wait for each other
    exec(compile(text, "example", "exec"), {})


def commands(text: str) -> Iterator[list[str]]:
    """Every line of a block, and every word in code, that begins with `ibtui`."""
    lines = [
        line for kind, block in BLOCK.findall(text) if kind == "sh" for line in block.splitlines()
    ]
    text = BLOCK.sub("", text)
    lines += re.findall(r"^    (.*)$|`([^`\n]+)`", text, re.MULTILINE)
    for line in map("".join, lines):
        for words in re.findall(r"(?:^|&& |\"|\s)(ibtui [^&\"]+(?:\"[^\"]*\"[^&\"]*)*)", line):
            yield shlex.split(words, comments=True)[1:]


def parse(words: list[str]) -> None:
    """Take words as the command line does, up to the call of the verb."""
    if words and words[0].endswith("-completion"):
        return  # it would be done: test_completion does it elsewhere
    if words == ["[PROFILE]"] or words == ["PROFILE"]:
        words = ["quickstart"]
    context = group.make_context("ibtui", list(words))
    rest = [*context._protected_args, *context.args]
    command: object = group
    while isinstance(command, TyperGroup) and rest:
        name, command, rest = command.resolve_command(context, rest)
        assert command is not None
        if isinstance(command, TyperGroup):
            context = command.make_context(name, rest, parent=context)
            rest = [*context._protected_args, *context.args]
    if not isinstance(command, TyperGroup):
        command.make_context(name, rest, parent=context)


group = get_command(cli.app)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_commands_are_those_of_the_program(page, here):
    for words in commands(page.read_text(encoding="utf-8")):
        try:
            parse(words)
        except (exceptions.MissingParameter, typer.Exit):
            continue  # a verb is named alone, or with --help


@pytest.mark.parametrize("text", blocks("toml"))
def test_examples_in_toml_are_profiles_or_settings(text):
    table = tomli.loads(text)
    if "name" in table:
        table.pop("sweep", None)
        validate(table, "example")
    else:
        Settings.model_validate_json(json.dumps(table))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", text):
        place = "".join(link)
        assert place.startswith("https://") or (page.parent / place).exists(), place


def test_readme_names_every_topic():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in manual.topics() if f"ibtui/help/{name}.md" not in text] == []
    assert sorted(manual.ORDER) == sorted(manual.topics())


def test_the_page_on_profiles_has_every_key_as_it_is():
    text = (manual.FOLDER / "profiles.md").read_text(encoding="utf-8")
    assert text.endswith(markdown()), "python -m tests.test_manual makes the page anew"


def test_verdicts_are_told_by_their_thresholds():
    text = manual.topic("verdicts")
    for bits in (rule.FITS_BITS, rule.COMPRESSES_BITS, rule.FORGETS_BITS):
        assert f"by {bits:g} bits or more" in text
    assert f"fewer than {rule.DECIDING} replicates" in text
    assert f"fewer than {rule.TRUSTED} replicates it can be" in text


def test_every_variable_of_the_program_is_told():
    named = {
        name
        for path in Path(ibtui.__file__).parent.rglob("*.py")
        for name in re.findall(r"\"(IBTUI_[A-Z]+)\"", path.read_text(encoding="utf-8"))
    }
    assert {"IBTUI_RUNS", "IBTUI_DATA", "IBTUI_MIRROR"} <= named
    assert [name for name in named if f"`{name}`" not in manual.topic("environment")] == []


def test_topics_are_listed_shown_and_guessed(call):
    code, out, err = call("help")
    assert (code, err) == (0, "")
    assert all(f"{name} " in out and manual.title(name) in out for name in manual.topics())
    code, out, _ = call("help", "glossary")
    assert (code, out) == (0, manual.topic("glossary"))
    code, _, err = call("help", "glosary")
    assert code == 2
    assert "glosary: is no topic (did you mean 'glossary'?)" in err
    assert call("help", "glossary", "plugin")[0] == 2


def test_topics_are_set_for_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr(manual, "console", lambda: Screen(force_terminal=True, width=60))
    for name in manual.topics():
        manual.print_topic(name)
        shown = re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out)
        assert manual.title(name) in shown
        assert max(map(len, shown.splitlines())) <= 60
        assert "<!--" not in shown


def test_examples_are_listed_and_copied(call, here):
    code, out, _ = call("help", "examples")
    assert code == 0
    assert all(name in out and examples.about(path) in out for name, path in found().items())
    for name, path in found().items():
        assert examples.about(path)
        assert call("help", "examples", name)[:2] == (0, f"{path.name}\n")
        assert (here / path.name).exists()
        code, _, err = call("help", "examples", name)
        assert code == 2
        assert "exists already" in err
    assert not list(here.rglob("build"))
    code, _, err = call("help", "examples", "plugn")
    assert code == 2
    assert "did you mean 'plugin'?" in err


found = examples.examples


if __name__ == "__main__":  # the page is made anew
    page = manual.FOLDER / "profiles.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(text[: text.index("| key |")] + markdown(), encoding="utf-8")
