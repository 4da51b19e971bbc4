"""Screen: where words and tables for people go."""

from __future__ import annotations

from rich.console import Console


def console() -> Console:
    """Standard output; where it is no terminal, wide enough that no table is cut."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=max(plain.width, 140))


def say(screen: Console, line: str) -> None:
    """Print one line as it is: no colours of numbers, no markup, not wrapped."""
    screen.print(line, highlight=False, markup=False, soft_wrap=True)
