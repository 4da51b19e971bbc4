"""Manual: the topics of `ibtui help`, Markdown files that read as well on a web page."""

from __future__ import annotations

import re
from pathlib import Path

from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text

from ibtui.errors import UsageError
from ibtui.problems import did_you_mean
from ibtui.report.screen import console, say

FOLDER = Path(__file__).parents[1] / "help"
ORDER = (
    *("app", "verbs", "profiles", "estimators", "verdicts", "files"),
    *("own-data", "own-network", "own-estimator", "notebook", "examples"),
    *("machines", "remote", "config", "environment", "completion", "speed", "glossary"),
)
WIDEST = 110  # columns of running text
COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)


def topics() -> list[str]:
    """The names of all topics, in the order in which one reads them."""
    found = {path.stem for path in FOLDER.glob("*.md")}
    return [*(name for name in ORDER if name in found), *sorted(found.difference(ORDER))]


def topic(name: str) -> str:
    """The text of a topic. Raises `UsageError` with the nearest name."""
    if name not in topics():
        raise UsageError(f"{name}: is no topic{did_you_mean(name, topics())}")
    return COMMENT.sub("", (FOLDER / f"{name}.md").read_text(encoding="utf-8"))


def title(name: str) -> str:
    """What a topic is about: its first heading."""
    return topic(name).partition("\n")[0].removeprefix("# ")


def print_topics() -> None:
    """All topics with their titles."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for name in topics():
        table.add_row(name, Text(title(name)))
    screen = console()
    screen.print(table)
    say(screen, "\nibtui help TOPIC shows one, ibtui VERB --help the options of a verb")


def print_topic(name: str) -> None:
    """One topic, set for a terminal; elsewhere the text as it is."""
    print_text(topic(name))


def print_text(text: str) -> None:
    """Markdown for people where they look at it, and the plain text where a program reads it."""
    screen = console()
    if not screen.is_terminal:
        print(text, end="")
        return
    told = Markdown(text, code_theme="ansi_dark", hyperlinks=False)
    screen.print(told, width=min(screen.width, WIDEST))
