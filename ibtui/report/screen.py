"""Screen: where words and tables for people go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from ibtui.text import printable


class Screen(Console):
    """A console on which text is text: no markup, no emoji codes, no control characters."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, **options)

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError  # the command line knows what to do, rich would exit with 1

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(printable(text), **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else printable(text), style, control)


def console() -> Console:
    """Standard output; where it is no terminal, wide enough that no table is cut."""
    plain = Screen()
    return plain if plain.is_terminal else Screen(width=max(plain.width, 140))


def say(screen: Console, line: str) -> None:
    """Print one line as it is: no colours of numbers, no markup, not wrapped."""
    screen.print(line, highlight=False, markup=False, soft_wrap=True)
